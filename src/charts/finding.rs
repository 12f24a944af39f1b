//! What a table says of everybody, in one clause that its intervals bear out.

use isoloir_disclosure::{Column, Estimate, ReleaseTable, TableSpec};

use crate::wording::{enumerated, headline_columns, percent, quoted, quoted_either, sorted_columns, sum_of};

/// How many of the most cited answers a finding lists.
const MOST_CITED: usize = 3;
/// As many of a hundred people are the others together.
const HALF: f64 = 0.5;

/// An answer with its published share and the low end of its interval.
type Answer<'a> = (&'a Column, f64, f64);

/// `ont cité`, `répondent`: what those who are counted have done. Nobody gives the level of a score as an answer.
pub(crate) fn verb(spec: &TableSpec, is_past: bool) -> &'static str {
    match (spec.computed, spec.several, is_past) {
        (true, _, _) => "sont au niveau",
        (false, true, true) => "ont cité",
        (false, true, false) => "citent",
        (false, false, true) => "ont répondu",
        (false, false, false) => "répondent",
    }
}

/// [`finding`] with more room than a title has: of several answers, the three most cited.
pub fn finding_at_length(table: &ReleaseTable) -> Option<String> {
    let spec = table.spec();
    let answers = answers(table);
    if !spec.several || spec.headline.len() == 1 || answers.len() < 2 {
        return finding(table);
    }
    let (cited, others) = answers.split_at(answers.len().min(MOST_CITED));
    let names = named(cited, table);
    // The next one might be among them, had others answered.
    let is_open = others.first().zip(cited.last()).is_some_and(|((_, next, _), (_, _, low))| next >= low);
    Some(format!("{names} sont {}les réponses les plus citées", if is_open { "parmi " } else { "" }))
}

/// What the table says of everybody, in one clause; `None` when nothing of it is published. An answer is said to come first
/// where its interval leaves the next one out.
pub fn finding(table: &ReleaseTable) -> Option<String> {
    let (spec, protection) = (table.spec(), table.protection());
    let headline = headline_columns(table);
    // Shares of choices that could be given together do not add up to anything.
    if let Some(total) = sum_of(&table.total().cells, &headline).filter(|_| !spec.several || headline.len() == 1) {
        let labels: Vec<&str> = headline.iter().map(|index| spec.columns[*index].label.as_str()).collect();
        return Some(format!("{} {} {}", percent(total, protection), verb(spec, false), quoted_either(&labels)));
    }
    let answers = answers(table);
    let (first, share, low) = *answers.first()?;
    let leaders = answers.iter().filter(|(_, share, _)| *share >= low).count();
    let most = if spec.several { "citée" } else { "fréquente" };
    Some(match leaders {
        1 if !spec.several && share >= HALF => {
            format!("{} {} {}", percent(share, protection), verb(spec, false), quoted(&first.label))
        }
        1 => format!("{} est la réponse la plus {most} ({})", quoted(&first.label), percent(share, protection)),
        2..=MOST_CITED if leaders < answers.len() => {
            format!("{} sont les réponses les plus {most}s", named(&answers[..leaders], table))
        }
        _ => format!("aucune réponse ne se détache ({} au plus)", percent(share, protection)),
    })
}

/// Published answers, largest share first; ways of not answering are none.
fn answers(table: &ReleaseTable) -> Vec<Answer<'_>> {
    let published = |(_, column, cell): (usize, _, Estimate)| Some((column, cell.share()?, cell.interval()?.0));
    let mut answers: Vec<Answer> =
        sorted_columns(table).into_iter().filter_map(published).filter(|(column, _, _)| !column.missing).collect();
    answers.sort_by(|(_, one, _), (_, other, _)| other.total_cmp(one));
    answers
}

fn named(answers: &[Answer], table: &ReleaseTable) -> String {
    let names = answers
        .iter()
        .map(|(column, share, _)| format!("{} ({})", quoted(&column.label), percent(*share, table.protection())));
    enumerated(&names.collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>())
}
