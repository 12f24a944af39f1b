//! What disclosure control must know of a question and a breakdown, read from the questionnaire.

use std::collections::BTreeSet;

use isoloir_disclosure::{Recoding, Row, Treatment};
use isoloir_survey::{Choice, Condition, Kind, Question, QuestionId, Questionnaire, Role};

use crate::tabulate::categories;

/// How the table of a question by a breakdown is to be treated. `overlaps` says whether an earlier breakdown sorts respondents
/// alike.
pub(crate) fn treatment(
    questionnaire: &Questionnaire,
    question: &Question,
    by: Option<&Question>,
    overlaps: bool,
) -> Treatment {
    Treatment {
        overlaps,
        sensitive: is_sensitive(questionnaire, question),
        harmless: harmless(question),
        asked_after: asked_after(questionnaire, question),
        other: other_choice(questionnaire, question),
        recoding: by.map(|by| recoding(questionnaire, by)).unwrap_or_default(),
    }
}

/// A score is as sensitive as the answers that it is made of.
fn is_sensitive(questionnaire: &Questionnaire, question: &Question) -> bool {
    let of_terms = terms(question).filter_map(|term| questionnaire.question(term)).any(|term| term.sensitive);
    question.sensitive || of_terms
}

/// The levels of a score are all of the answers that it is made of, harmless or not.
fn harmless(question: &Question) -> Vec<String> {
    question.choices().iter().filter(|choice| choice.harmless).map(|choice| choice.code.to_string()).collect()
}

fn terms(question: &Question) -> impl Iterator<Item = &QuestionId> {
    let terms = match &question.kind {
        Kind::Score { terms, .. } => &terms[..],
        _ => &[],
    };
    terms.iter().map(|term| &term.q)
}

/// The questions that decide who is put this one, those that decide who is put those, and so on.
fn asked_after(questionnaire: &Questionnaire, question: &Question) -> Vec<String> {
    let (mut found, mut waiting) = (BTreeSet::new(), vec![question]);
    while let Some(question) = waiting.pop() {
        let conditions = question.show_if.iter().flat_map(Condition::questions);
        for id in conditions.chain(terms(question)) {
            if found.insert(id.to_string()) {
                waiting.extend(questionnaire.question(id));
            }
        }
    }
    found.into_iter().collect()
}

/// The choice that respondents may spell out, where they may give one only.
fn other_choice(questionnaire: &Questionnaire, question: &Question) -> Option<usize> {
    if question.takes_several() {
        return None;
    }
    question.choices().iter().position(|choice| questionnaire.is_spelled_out(question, choice))
}

fn recoding(questionnaire: &Questionnaire, by: &Question) -> Recoding {
    match &by.kind {
        Kind::Single { role: Some(Role::Territory), .. } => {
            Recoding::Groups(categories(by).map(|choice| sector(questionnaire, choice)).collect())
        }
        _ if by.is_ordinal() => Recoding::Neighbours,
        _ => Recoding::Others,
    }
}

/// The sector of a commune, or the one that a choice stands for; large communes are in none, and make up a group of their own.
fn sector(questionnaire: &Questionnaire, commune: &Choice) -> Row {
    let (territory, code) = (&questionnaire.territory, commune.code.as_str());
    match territory.sector_of(code).or_else(|| territory.sector(code)) {
        Some(sector) => Row { code: sector.code.to_string(), label: sector.name.clone() },
        None => Row { code: "autres_communes".to_owned(), label: "Autres communes".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use isoloir_survey::Territories;

    use super::*;

    fn questionnaire(file: &str) -> Questionnaire {
        let territories =
            Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories of the repository");
        isoloir_survey::parse(file, &territories).expect("a questionnaire of the repository")
    }

    #[test]
    fn communes_go_to_their_sector_and_ages_to_their_neighbours() {
        let laval = questionnaire(include_str!("../../surveys/laval-2026.yaml"));
        let commune = laval.territory_question().expect("a commune");
        let Recoding::Groups(groups) = recoding(&laval, commune) else { panic!("communes have groups") };
        assert_eq!(groups.len(), categories(commune).count());
        assert!(groups.iter().any(|group| group.code.starts_with("secteur_")), "{groups:?}");
        let age = laval.questions().find(|question| question.id.as_str() == "age").expect("an age");
        assert_eq!(recoding(&laval, age), Recoding::Neighbours);
    }

    #[test]
    fn those_who_declined_to_say_make_no_row() {
        let mauges = questionnaire(include_str!("../../surveys/mauges-2026.yaml"));
        let sex = mauges.questions().find(|question| question.id.as_str() == "sexe").expect("a sex");
        let rows: Vec<&str> = categories(sex).map(|choice| choice.code.as_str()).collect();
        assert_eq!((rows, sex.choices().len()), (vec!["femme", "homme"], 3));
    }

    #[test]
    fn what_is_put_after_a_sensitive_question_says_so() {
        let mauges = questionnaire(include_str!("../../surveys/mauges-2026.yaml"));
        let of = |id: &str| {
            let question = mauges.questions().find(|question| question.id.as_str() == id).expect(id);
            treatment(&mauges, question, None, false)
        };
        assert!(of("moral").sensitive && !of("sante_generale").sensitive);
        assert_eq!(of("aide_psy_trouvee").asked_after, ["aide_psy"]);
        assert_eq!((of("aide_psy").harmless, of("alcool").harmless), (vec!["non".to_owned()], Vec::new()));
    }
}
