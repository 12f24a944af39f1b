//! Published instruments inside a questionnaire: their scores, against hand-computed ones.

use std::fmt::Write;

use crate::{Points, QuestionId, Questionnaire, Submitted, Territories, instrument, parse, validate};

fn territories() -> Territories {
    Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories")
}

/// A questionnaire that asks an instrument word for word, each item as a question `i1`, `i2`…, and scores it.
fn yaml(id: &str) -> String {
    let instrument = instrument(id).expect(id);
    let mut yaml = String::from(
        "id: essai\ntitle: {fr: Essai}\nlanguages: [fr]\nterritory: mauges\naccess: open\norganiser: {fr: Une mairie}\n\
         contact: {phone: \"02 00 00 00 00\"}\nminutes: 2\nwelcome: {fr: Bonjour.}\nthanks: {fr: Merci.}\naxes: []\npages:\n  \
         - id: seule\n    title: {fr: Vous}\n    questions:\n",
    );
    for (item, asked) in &instrument.items {
        let routing = if id == "audit_c" && *item > 1 { ", show_if: {not: {q: i1, is: jamais}}" } else { "" };
        let choices: Vec<String> =
            asked.choices.iter().map(|(code, label)| format!("{{code: {code}, label: {{fr: \"{label}\"}}}}")).collect();
        writeln!(
            yaml,
            "      - {{id: i{item}, type: single, instrument: {{id: {id}, item: {item}}}, text: {{fr: \"{}\"}}, \
             short: {{fr: Question {item}}}{routing}, choices: [{}, {{code: nrp, label: {{fr: Non réponse}}, missing: true}}]}}",
            asked.text,
            choices.join(", ")
        )
        .expect("written to memory");
    }
    writeln!(
        yaml,
        "      - {{id: score, type: score, text: {{fr: Score}}, short: {{fr: Score}}, instrument: {{id: {id}}}}}"
    )
    .expect("written to memory");
    yaml
}

fn questionnaire(id: &str) -> Questionnaire {
    parse(&yaml(id), &territories()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The score, and the code of its level, of the codes given to the items in their order; an empty code is no answer.
fn score(questionnaire: &Questionnaire, codes: &[&str]) -> Option<(Points, String)> {
    let submitted: Submitted =
        codes.iter().zip(1..).map(|(code, item)| (format!("i{item}"), vec![(*code).to_owned()])).collect();
    let sheet = validate(questionnaire, &submitted).expect("valid");
    let question = questionnaire.question(&QuestionId::parse("score").expect("an identifier")).expect("a score");
    let level = questionnaire.score_level(question, &sheet).map(|level| level.code.to_string());
    questionnaire.score(question, &sheet).zip(level)
}

fn hundredths(score: Option<(Points, String)>) -> Option<(i64, String)> {
    score.map(|(points, level)| (points.hundredths(), level))
}

#[test]
fn epices_is_the_published_sum() {
    let epices = questionnaire("epices");
    let least = ["non", "oui", "oui", "oui", "non", "oui", "oui", "oui", "oui", "oui", "oui"];
    let most = least.map(|code| if code == "oui" { "non" } else { "oui" });
    assert_eq!(hundredths(score(&epices, &least)), Some((0, "non_precaire".into())));
    assert_eq!(hundredths(score(&epices, &most)), Some((10_000, "precaire".into())));
    // Lives alone (+8.28), rents (+8.28), no sport (+6.51) and no show (+7.10): 30.17, the cut-off, belongs above.
    let mut at_the_cut = least;
    for item in [3, 4, 6, 7] {
        at_the_cut[item - 1] = "non";
    }
    assert_eq!(hundredths(score(&epices, &at_the_cut)), Some((3_017, "precaire".into())));
    let mut declined = least;
    declined[4] = "nrp";
    assert_eq!(score(&epices, &declined), None, "the score needs its eleven answers");
    assert_eq!(score(&epices, &least[..10]), None);
}

#[test]
fn who5_is_four_times_the_sum() {
    let who5 = questionnaire("who5");
    assert_eq!(hundredths(score(&who5, &["jamais"; 5])), Some((0, "faible".into())));
    assert_eq!(hundredths(score(&who5, &["toujours"; 5])), Some((10_000, "correct".into())));
    // 5 + 3 + 2 + 2 + 0 = 12 is low, 13 is not.
    let twelve = ["toujours", "plus_moitie", "moins_moitie", "moins_moitie", "jamais"];
    assert_eq!(hundredths(score(&who5, &twelve)), Some((4_800, "faible".into())));
    let thirteen = ["toujours", "plus_moitie", "moins_moitie", "moins_moitie", "parfois"];
    assert_eq!(hundredths(score(&who5, &thirteen)), Some((5_200, "correct".into())));
}

#[test]
fn audit_c_of_someone_who_never_drinks_is_nought() {
    let audit = questionnaire("audit_c");
    assert_eq!(hundredths(score(&audit, &["jamais"])), Some((0, "p0_2".into())));
    assert_eq!(hundredths(score(&audit, &["mois2_4", "v3_4", "jamais"])), Some((300, "p3".into())));
    assert_eq!(hundredths(score(&audit, &["sem4_plus", "v10", "jour"])), Some((1_200, "p4_12".into())));
    assert_eq!(score(&audit, &["mois1", "v1_2"]), None, "shown and skipped is not hidden");
}

#[test]
fn what_an_instrument_lacks_is_said() {
    for (from, to, words) in [
        ("instrument: {id: epices, item: 3}", "instrument: {id: epices, item: 12}", "n’a pas de question 12"),
        ("instrument: {id: epices, item: 3}, ", "", "il manque des questions de « epices » : 3"),
        ("instrument: {id: epices, item: 3}", "instrument: {id: epices, item: 2}", "est posée deux fois"),
        ("instrument: {id: epices, item: 3}", "instrument: {id: epices}", "il manque le numéro"),
        ("instrument: {id: epices}", "instrument: {id: phq9}", "l’instrument « phq9 » est inconnu"),
        ("instrument: {id: epices}", "instrument: {id: mehm}", "n’a pas de score publié"),
    ] {
        let good = yaml("epices");
        let broken = good.replacen(from, to, 1);
        assert_ne!(broken, good, "{from}");
        let problems = parse(&broken, &territories()).expect_err(to);
        assert!(problems.iter().any(|problem| problem.message.contains(words)), "{to}: {problems:#?}");
    }
}

#[test]
fn an_instrument_word_for_word_deserves_no_lint() {
    for id in ["audit_c", "epices", "mehm", "who5"] {
        let yaml = if id == "mehm" { yaml(id).replace("      - {id: score", "#") } else { yaml(id) };
        let report = crate::check("essai.yaml", &yaml, &territories(), &crate::no_files);
        assert_eq!(report.problems, [], "{id}");
        assert!(report.warnings.iter().all(|warning| warning.lint != "libelle-modifie"), "{id}: {report}");
    }
}
