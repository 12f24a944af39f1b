//! What changed since an earlier survey of the territory: the questions that both asked in the same words, those that clearly
//! changed first.

use isoloir_charts::{Chart, Context, WaveChange, Waves, percent, sentence, waves};
use isoloir_disclosure::{Change, ChangeStatus, Comparison, Protection, Release, ReleaseTable};
use isoloir_export::{caution, change_in_words, changed_choice};
use isoloir_survey::Questionnaire;
use isoloir_ui::page;
use maud::{Markup, html};

use super::figure::{narrow_figure, printed_source, take_away};
use super::topic::{Drawing, Numbers, Topic};
use super::words::{counted, french, points};
use super::{address, breadcrumb, frame};
use crate::publication::Edition;

/// The page's address, below that of the edition.
pub(crate) const PATH: &str = "evolution";
/// How many changes the overview names.
const MOST_NAMED: usize = 6;

/// A question of which something is published in both editions.
#[derive(Debug)]
pub(crate) struct Changed<'a> {
    changes: &'a [Change],
    title: String,
    pub(crate) drawing: Drawing<'a>,
    /// Whether one of its answers changed by more than chance.
    is_clear: bool,
}

impl<'a> Changed<'a> {
    /// All of them, in the order of the questionnaire. `now` is the name of this edition.
    pub(crate) fn all(release: &'a Release, questionnaire: &Questionnaire, now: &str, context: &Context) -> Vec<Self> {
        let Some(comparison) = release.comparison() else { return Vec::new() };
        let is_weighted = (comparison.earlier_is_weighted(), release.weighting().is_some());
        let drawn = comparison.questions().filter_map(|changes| {
            let table = release.table_of(&changes[0].question)?;
            let choices = answers(table, changes);
            let is_clear = choices.iter().any(|choice| choice.is_significant);
            let title = title(questionnaire, table);
            let spec = table.spec();
            let compared = Waves {
                question: spec.question.clone(),
                title: title.clone(),
                text: spec.text.clone(),
                before: comparison.earlier().to_owned(),
                now: now.to_owned(),
                choices,
                bases: changes[0].bases,
                is_weighted,
            };
            let chart = waves(&compared, context)?;
            let named = format!("{title}, évolution");
            let drawing = Drawing { chart, numbers: Numbers::Changes(changes), title: named };
            Some(Self { changes, title, drawing, is_clear })
        });
        drawn.collect()
    }

    /// Its place on the page.
    pub(crate) fn anchor(&self) -> String {
        anchor(&self.changes[0].question)
    }

    fn finding(&self) -> &str {
        &self.drawing.chart.caption().title
    }

    /// The finding without the question's name, where that stands above it.
    fn what(&self) -> &str {
        let after = self.finding().strip_prefix(&self.title).and_then(|rest| rest.strip_prefix("\u{a0}: "));
        after.unwrap_or(self.finding())
    }
}

/// Every chart of what changed, whichever way it is handed over.
pub fn changes(release: &Release, questionnaire: &Questionnaire, now: &str, context: &Context) -> Vec<Chart> {
    Changed::all(release, questionnaire, now, context).into_iter().map(|changed| changed.drawing.chart).collect()
}

fn anchor(question: &str) -> String {
    format!("e-{question}")
}

/// The answers in both editions, without those that are no answer nor those that hold others in one edition only.
fn answers(table: &ReleaseTable, changes: &[Change]) -> Vec<WaveChange> {
    let columns = table.spec().columns.iter().filter(|column| !column.missing);
    let answers = columns.filter_map(|column| {
        let change = changes.iter().find(|change| change.choice == column.code)?;
        (change.status != ChangeStatus::Recoded).then(|| WaveChange {
            label: column.label.clone(),
            before: change.before,
            now: change.now,
            is_significant: change.is_significant(),
        })
    });
    answers.collect()
}

/// A row of a matrix says little without its heading.
fn title(questionnaire: &Questionnaire, table: &ReleaseTable) -> String {
    let spec = table.spec();
    let question = questionnaire.questions().find(|question| question.id.as_str() == spec.question);
    let heading = question.and_then(|question| questionnaire.question(question.row_of.as_ref()?));
    match heading {
        Some(heading) => french(&format!("{} : {}", heading.short.fr(), spec.title)),
        None => spec.title.clone(),
    }
}

/// The page; there is one where the edition is compared.
pub(crate) fn evolution(edition: Edition, comparison: &Comparison, all: &[Changed]) -> Markup {
    let title = french(&format!("Ce qui a changé depuis « {} »", comparison.earlier()));
    let (clear, still): (Vec<&Changed>, Vec<&Changed>) = all.iter().partition(|changed| changed.is_clear);
    let body = html! {
        (breadcrumb(edition, "Ce qui a changé"))
        h1 { (title) }
        p.lead { (french(&in_short(comparison, all))) }
        @if let Some(caution) = caution(edition.release, comparison) { p.note { (caution) } }
        h2 #net { "Ce qui a nettement changé" }
        @if clear.is_empty() {
            p { (french("Rien : aucun écart ne dépasse ce que le hasard explique, compte tenu du nombre de réponses comparées.")) }
        }
        @for changed in &clear {
            section.result id=(changed.anchor()) {
                h3 { (changed.title) }
                p.finding { (sentence(changed.what())) }
                (shown(edition, comparison, changed))
                (take_away(edition, &changed.drawing.title, std::slice::from_ref(&changed.drawing)))
            }
        }
        @if !still.is_empty() {
            h2 #stable { "Ce qui n’a pas nettement changé" }
            p { (french("Les écarts de ces questions peuvent venir du hasard : on ne peut dire ni qu’elles ont changé, ni qu’elles sont \
                         restées les mêmes.")) }
            @for changed in &still {
                details.chart-table.still {
                    summary { (changed.title) }
                    // A link to what is folded unfolds it.
                    div id=(changed.anchor()) { (shown(edition, comparison, changed)) }
                    (take_away(edition, &changed.drawing.title, std::slice::from_ref(&changed.drawing)))
                }
            }
        }
        (printed_source(all.first().map(|changed| &changed.drawing)))
        section.method {
            h2 #lire { "Comment lire ces écarts" }
            (reading(edition, comparison))
        }
        nav.onwards aria-label="Suite" {
            p.link { a href=(address(edition, "methode")) { "Comment ces chiffres sont faits" } }
        }
    };
    page(&frame(edition, &title), &body)
}

/// How many questions could be compared, and how many of them changed.
fn in_short(comparison: &Comparison, all: &[Changed]) -> String {
    let asked = comparison.questions().count();
    let clear = all.iter().filter(|changed| changed.is_clear).count();
    let questions = match asked {
        1 => "Une question a été posée dans les mêmes mots aux deux enquêtes".to_owned(),
        _ => format!("{asked} questions ont été posées dans les mêmes mots aux deux enquêtes"),
    };
    match clear {
        0 => format!("{questions} ; aucune n’a nettement changé."),
        1 => format!("{questions} ; une seule a nettement changé."),
        _ => format!("{questions} ; {clear} ont nettement changé."),
    }
}

/// The drawing and its numbers.
fn shown(edition: Edition, comparison: &Comparison, changed: &Changed) -> Markup {
    html! {
        div.pair { (narrow_figure(&changed.drawing.chart)) (table(edition, comparison, changed)) }
    }
}

fn table(edition: Edition, comparison: &Comparison, changed: &Changed) -> Markup {
    let title = &changed.drawing.title;
    let protection = edition.release.protection();
    let share = |share: Option<f64>| {
        share.map_or_else(|| Protection::NOT_PUBLISHED.to_owned(), |share| percent(share, protection))
    };
    let (before, now) = changed.changes[0].bases;
    html! {
        div.table-scroll tabindex="0" role="region" aria-label=(french(&format!("Tableau : {title}"))) {
            table.totals {
                caption { (title) (french(" : part des réponses, écart en points et intervalle à 95 %")) }
                thead {
                    tr {
                        th scope="col" { "Réponse" }
                        th scope="col" { (comparison.earlier()) }
                        th scope="col" { (edition.label) }
                        th scope="col" { "Écart" }
                    }
                }
                tbody {
                    @for change in changed.changes {
                        tr {
                            th scope="row" { (changed_choice(edition.release, edition.questionnaire, change)) }
                            td { (share(change.before)) }
                            td { (share(change.now)) }
                            td {
                                @if let Some((difference, (low, high))) = change.difference.zip(change.interval) {
                                    strong { (points(difference)) } " "
                                    span.interval { "de " (points(low)) " à " (points(high)) } " "
                                }
                                span.verdict { (change_in_words(change)) }
                            }
                        }
                    }
                    tr {
                        th scope="row" { "Nombre de réponses" }
                        td { (counted(before)) }
                        td { (counted(now)) }
                        td { "–" }
                    }
                }
            }
        }
    }
}

fn reading(edition: Edition, comparison: &Comparison) -> Markup {
    let tested = comparison.changes().iter().filter(|change| change.p_value.is_some()).count();
    let by_chance = tested / 20;
    let say = |text: &str| html! { p { (french(text)) } };
    html! {
        (say("Ce ne sont pas les mêmes personnes qui ont répondu aux deux enquêtes. Même si rien n’avait changé dans le territoire, les \
              parts ne seraient pas tout à fait les mêmes. Un écart est dit net quand le hasard n’en donnerait un aussi grand que \
              rarement."))
        (say(&format!("{tested} écarts ont été testés. Plus on en regarde, plus on risque d’en trouver un qui ne doit rien qu’au hasard : au \
              seuil habituel de 5 %, il y en aurait {} même si rien n’avait changé. La correction de Holm tient compte de ce nombre : elle \
              range les écarts du plus improbable au moins improbable et exige des premiers d’autant plus qu’il y en a à tester. Le risque \
              de dire net ne serait-ce qu’un écart dû au hasard reste ainsi sous 5 % pour toute cette page.",
              if by_chance > 1 { format!("à peu près {by_chance}") } else { "parfois".to_owned() })))
        (say("Un écart de 5 points veut dire : 5 personnes de plus sur 100. L’intervalle dit entre quels nombres l’écart se trouverait \
              probablement, pris seul. Net ne veut pas dire grand, ni expliqué : un écart ne dit pas sa cause, et celles et ceux qui \
              choisissent de répondre peuvent avoir changé plus que le territoire."))
        (say("Ne sont comparées que les questions posées dans les mêmes mots, avec les mêmes réponses possibles, aux mêmes personnes. \
              Celles sur lesquelles une édition est redressée (l’âge ou la commune, par exemple) ne le sont pas : leurs parts sont celles \
              du recensement. Chaque part est celle que publie son édition, protégée comme tout le reste ; rien d’autre n’entre dans la \
              comparaison."))
        p {
            "Tous ces écarts, avec leurs probabilités, sont dans le fichier "
            a href=(address(edition, "changes.csv")) download { "changes.csv" } "."
        }
    }
}

/// What the overview says of it, with the way there.
pub(crate) fn summary(edition: Edition, all: &[Changed]) -> Markup {
    let Some(comparison) = edition.release.comparison() else { return html! {} };
    let clear: Vec<&Changed> = all.iter().filter(|changed| changed.is_clear).collect();
    let page = address(edition, PATH);
    html! {
        h2 #evolution { (french(&format!("Ce qui a changé depuis « {} »", comparison.earlier()))) }
        p { (french(&in_short(comparison, all))) }
        @if let Some(caution) = caution(edition.release, comparison) { p.note { (caution) } }
        @if !clear.is_empty() {
            ul.changes {
                @for changed in clear.iter().take(MOST_NAMED) {
                    li { a href={ (page) "#" (changed.anchor()) } { (changed.finding()) } }
                }
            }
        }
        p { a.button.button--secondary href=(page) { "Voir tout ce qui a changé, ou non" } }
    }
}

/// A line under a question, where it is compared.
pub(crate) fn since(edition: Edition, topic: &Topic) -> Markup {
    let Some(comparison) = edition.release.comparison() else { return html! {} };
    let is_of_topic = |changes: &&[Change]| {
        let is_question = |tables: &&[ReleaseTable]| tables[0].spec().question == changes[0].question;
        topic.questions.iter().any(is_question)
            && edition.release.table_of(&changes[0].question).is_some_and(|table| {
                answers(table, changes).iter().any(|choice| choice.before.is_some() && choice.now.is_some())
            })
    };
    let compared: Vec<&[Change]> = comparison.questions().filter(is_of_topic).collect();
    let is_clear = |changes: &&[Change]| {
        let table = edition.release.table_of(&changes[0].question);
        table.is_some_and(|table| answers(table, changes).iter().any(|choice| choice.is_significant))
    };
    let clear = compared.iter().copied().find(is_clear);
    let Some(first) = clear.or(compared.first().copied()) else { return html! {} };
    let what = if clear.is_some() { "Nette évolution" } else { "Pas d’évolution nette" };
    html! {
        p.link {
            a href=(address(edition, &format!("{PATH}#{}", anchor(&first[0].question)))) {
                (french(&format!("{what} depuis « {} »", comparison.earlier())))
                span.visually-hidden { (french(" : ")) (topic.title()) }
            }
        }
    }
}
