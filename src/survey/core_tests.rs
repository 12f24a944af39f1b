//! What makes three territories comparable: questions of the same name are the same question, word for word.

use std::collections::BTreeMap;

use crate::model::Kind;
use crate::{Questionnaire, Territories, parse};

/// What differs in the words of one questionnaire: its place, and whom one asks there.
type Own = &'static [(&'static str, &'static str)];

const SURVEYS: [(&str, Own); 3] = [
    (
        include_str!("../../surveys/mauges-2026.yaml"),
        &[("dans les Mauges", "ICI"), ("Mauges Communauté", "EUX"), ("la commune, ", "")],
    ),
    (include_str!("../../surveys/laval-2026.yaml"), &[("dans l’agglomération de Laval", "ICI"), ("le secteur, ", "")]),
    (include_str!("../../surveys/bauge-2026.yaml"), &[("à Baugé-en-Anjou", "ICI"), ("communauté de communes", "EUX")]),
];

/// Asked everywhere, in this order.
const CORE: [&str; 25] = [
    "sante_generale",
    "maladie_chronique",
    "limitation",
    "medecin_traitant",
    "renonce_12m",
    "renonce_motifs",
    "transport_soins",
    "tabac",
    "alcool",
    "environnement",
    "aide_quotidien",
    "suivi_difficultes",
    "aidant",
    "aidant_difficultes",
    "moral",
    "solitude",
    "aide_psy",
    "aide_psy_trouvee",
    "aide_psy_freins",
    "priorites",
    "suggestion",
    "age",
    "sexe",
    "situation",
    "foyer",
];

fn surveys() -> impl Iterator<Item = (Questionnaire, Own)> {
    let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
    SURVEYS.into_iter().map(move |(yaml, own)| (parse(yaml, &territories).expect("a questionnaire"), own))
}

/// Everything about each question but the axis that it informs there and the names of the place.
fn questions(survey: &Questionnaire, own: Own) -> BTreeMap<String, String> {
    let is_territory = |id: &str| survey.territory_question().is_some_and(|question| question.id.as_str() == id);
    let compared = survey.questions().filter(|question| !is_territory(question.id.as_str()));
    compared
        .map(|question| {
            let mut value = serde_json::to_value(question).expect("JSON");
            let fields = value.as_object_mut().expect("an object");
            fields.remove("axis");
            fields.remove("priority");
            let text = own.iter().fold(value.to_string(), |text, (words, neutral)| text.replace(words, neutral));
            (question.id.to_string(), text)
        })
        .collect()
}

#[test]
fn questions_of_the_same_name_are_the_same_word_for_word() {
    let all: Vec<_> = surveys().map(|(survey, own)| (survey.id.to_string(), questions(&survey, own))).collect();
    let mut compared = 0;
    for (index, (one, questions)) in all.iter().enumerate() {
        for (other, others) in &all[..index] {
            for (id, question) in questions {
                let Some(same) = others.get(id) else { continue };
                assert_eq!(question, same, "{id} in {one} and in {other}");
                compared += 1;
            }
        }
    }
    assert!(compared > 3 * CORE.len(), "{compared} compared");
}

#[test]
fn the_core_is_asked_everywhere_in_one_order() {
    for (survey, _) in surveys() {
        let asked: Vec<&str> = survey.questions().map(|question| question.id.as_str()).collect();
        let core: Vec<&str> = asked.iter().copied().filter(|id| CORE.contains(id)).collect();
        assert_eq!(core, CORE, "{}", survey.id);
    }
}

#[test]
fn every_question_names_its_axis_and_priority_or_serves_them_all() {
    const FOR_ALL: [&str; 3] = ["sante_generale", "priorites", "suggestion"];
    for (survey, _) in surveys() {
        let profile = survey.pages.last().expect("a page");
        let others = survey.pages.iter().filter(|page| page.id != profile.id).flat_map(|page| &page.questions);
        for question in others.filter(|question| !matches!(question.kind, Kind::Note)) {
            let serves_all = FOR_ALL.contains(&question.id.as_str());
            let is_named = question.axis.is_some() && question.priority.is_some();
            assert_ne!(is_named, serves_all, "{}: {}", survey.id, question.id);
        }
        for axis in &survey.axes {
            let informs = |question: &&crate::Question| question.axis.as_ref() == Some(&axis.id);
            assert!(survey.questions().any(|question| informs(&question)), "{}: {}", survey.id, axis.id);
        }
    }
}
