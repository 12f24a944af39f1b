//! Each lint with a questionnaire that deserves it and one that does not.

use crate::{Report, Territories, check};

const YAML: &str = include_str!("fixtures/types.yaml");

fn report(yaml: &str) -> Report {
    let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
    let report = check("essai.yaml", yaml, &territories, &crate::no_files);
    assert_eq!(report.problems, [], "a lint is about a questionnaire in which nothing is wrong");
    report
}

fn lints(yaml: &str) -> Vec<&'static str> {
    report(yaml).warnings.iter().map(|warning| warning.lint).collect()
}

/// Asserts that `bad` in place of `good` is what brings the lint, on the line where it stands.
fn deserves(lint: &str, good: &str, bad: &str) {
    let yaml = YAML.replacen(good, bad, 1);
    assert_ne!(yaml, YAML, "{good}");
    let report = report(&yaml);
    let found: Vec<_> = report.warnings.iter().filter(|warning| warning.lint == lint).collect();
    assert_eq!(found.len(), 1, "{bad}: {:#?}", report.warnings);
    assert!(found[0].problem.line > 0 && !found[0].problem.fix.is_empty());
    assert!(format!("{report}").contains(&format!("attention ({lint}) : ")));
}

#[test]
fn the_fixture_deserves_no_lint() {
    assert_eq!(report(YAML).warnings, []);
}

#[test]
fn a_text_to_be_translated() {
    deserves("traduction-manquante", ", fr-FALC: \"La pharmacie\"", "");
}

#[test]
fn a_question_that_nobody_can_see() {
    let condition = "show_if: {q: satisfaction_transports, in: [moyen, non]}";
    for impossible in [
        "{all: [{q: renonce, is: oui}, {q: renonce, is: non}]}",
        "{all: [{q: renonce, is: non}, {q: motifs, answered: true}]}",
        "{q: renonce, answered: false}",
        "{all: [{q: motifs, is: cout}, {q: motifs, is: aucune}]}",
        "{any: [{q: satisfaction_medecins, gte: 1}, {not: {q: renonce, in: [oui, non, nrp]}}]}",
    ] {
        deserves("condition-impossible", condition, &format!("show_if: {impossible}"));
    }
    for possible in [
        "{all: [{q: motifs, is: cout}, {q: motifs, is: delai}]}",
        "{all: [{q: renonce, is: oui}, {q: motifs, answered: false}]}",
        "{not: {all: [{q: renonce, is: oui}, {q: renonce, is: non}]}}",
    ] {
        assert_eq!(lints(&YAML.replacen(condition, &format!("show_if: {possible}"), 1)), [""; 0], "{possible}");
    }
}

#[test]
fn a_number_that_is_out_of_reach() {
    let question = "      - id: age\n        type: age_band";
    let with = |gte: i64| YAML.replacen(question, &format!("{question}\n        show_if: {{q: foyer, gte: {gte}}}"), 1);
    assert_eq!(lints(&with(20)), [""; 0]);
    assert_eq!(lints(&with(21)), ["condition-impossible"]);
}

#[test]
fn a_sensitive_or_required_question_that_cannot_be_declined() {
    let declining = "          - {code: nrp, label: {fr: \"Je préfère ne pas répondre\", fr-FALC: \"Je ne veux pas répondre\"}, missing: true}\n";
    deserves("sans-non-reponse", declining, "");
    let harmless = YAML.replacen("        sensitive: true\n", "", 1).replacen(", harmless: true", "", 1);
    let obliging = harmless.replacen(declining, "", 1);
    assert_eq!(lints(&obliging), ["sans-non-reponse"], "paper cannot oblige anybody");
    assert_eq!(lints(&obliging.replacen("        required: true\n", "", 1)), [""; 0]);
    deserves("sans-non-reponse", "type: integer", "type: integer\n        required: true");
    let matrix = YAML.replacen("type: matrix", "type: matrix\n        sensitive: true", 1);
    assert_eq!(lints(&matrix), [""; 0], "its rows can be declined");
    let unknown =
        "          - {code: nsp, label: {fr: \"Je ne sais pas\", fr-FALC: \"Je ne sais pas\"}, missing: true}\n";
    assert_eq!(lints(&matrix.replacen(unknown, "", 1)), ["sans-non-reponse"], "once for the matrix");
}

#[test]
fn an_instrument_whose_words_were_changed() {
    let good = "      - id: sante
        type: single
        instrument: {id: mehm, item: 2}
        text: {fr: \"Avez-vous une maladie ou un problème de santé qui soit chronique ou de caractère durable\u{a0}?\", fr-FALC: \"Êtes-vous malade depuis longtemps\u{a0}?\"}
        short: {fr: \"Maladie durable\", fr-FALC: \"Maladie\"}
        priority: proximite
        choices:
          - {code: oui, label: {fr: \"Oui\", fr-FALC: \"Oui\"}}
          - {code: non, label: {fr: \"Non\", fr-FALC: \"Non\"}}
          - {code: nrp, label: {fr: \"Je préfère ne pas répondre\", fr-FALC: \"Je ne veux pas répondre\"}, missing: true}
";
    let with = |question: &str| YAML.replacen("      - id: motifs\n", &format!("{question}      - id: motifs\n"), 1);
    assert_eq!(lints(&with(good)), [""; 0], "a way of not answering may be added");
    let reworded = with(good).replacen("qui soit chronique ou de caractère durable", "chronique", 1);
    assert_eq!(lints(&reworded), ["libelle-modifie"]);
    let relabelled = with(good).replacen(
        "label: {fr: \"Oui\", fr-FALC: \"Oui\"}}\n          - {code: non, label: {fr: \"Non\"",
        "label: {fr: \"Oui\", fr-FALC: \"Oui\"}}\n          - {code: non, label: {fr: \"Non, jamais\"",
        2,
    );
    assert!(lints(&relabelled).contains(&"libelle-modifie"));
}

#[test]
fn an_easy_sentence_that_is_too_long() {
    deserves(
        "falc-phrase-longue",
        "fr-FALC: \"Bonjour. Donnez votre avis.\"",
        "fr-FALC: \"Bonjour. Un deux trois quatre cinq six sept huit neuf dix onze douze treize.\"",
    );
    let twelve = "fr-FALC: \"Un deux trois quatre cinq six sept huit neuf dix onze douze. Un deux trois.\"";
    assert_eq!(lints(&YAML.replacen("fr-FALC: \"Bonjour. Donnez votre avis.\"", twelve, 1)), [""; 0]);
}

#[test]
fn a_word_that_squeezes_two() {
    deserves("mot-abrege", "fr: \"La pharmacie\"", "fr: \"Un(e) pharmacien(ne)\"");
    assert_eq!(lints(&YAML.replacen("fr: \"La pharmacie\"", "fr: \"La pharmacie (ouverte)\"", 1)), [""; 0]);
    // The published words of an instrument are its own.
    assert!(!lints(include_str!("../../surveys/laval-2026.yaml")).contains(&"mot-abrege"));
}

#[test]
fn an_announced_time_that_misleads() {
    deserves("duree-annoncee", "minutes: 2", "minutes: 20");
    let mauges = include_str!("../../surveys/mauges-2026.yaml");
    assert!(!lints(mauges).contains(&"duree-annoncee"));
    assert!(lints(&mauges.replacen("minutes: 10", "minutes: 6", 1)).contains(&"duree-annoncee"));
}

#[test]
fn answers_that_together_point_at_one_person() {
    // 15,726 inhabitants in the smallest commune, 20 sizes of household, 3 age bands: 262 neighbours each.
    deserves(
        "quasi-identifiants",
        "bands: [16, 30, 60]",
        "bands: [16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62, 64, 66, 68, 70, 72, 74, 76, 78, 80, 82, 84, 86, 88, 90, 92, 94, 96, 98, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129]",
    );
    deserves("quasi-identifiants", "territory: mauges", "territory: laval");
}

#[test]
fn small_communes_that_are_asked_together_hide_each_other() {
    let laval = include_str!("../../surveys/laval-2026.yaml");
    assert!(!lints(laval).contains(&"quasi-identifiants"));
    let one_by_one = laval.replacen("        level: sector\n", "", 1);
    assert!(lints(&one_by_one).contains(&"quasi-identifiants"));
    assert!(report(&one_by_one).to_string().contains("à Montflours (247 habitants)"));
}

#[test]
fn a_question_that_says_nothing_of_the_priority_it_informs() {
    deserves("sans-priorite", "        priority: cout\n", "");
    // An axis may have no priorities, and then there is nothing to say.
    let (axis, rest) = YAML.split_once("    priorities:\n").expect("priorities of the axis");
    let (_, rest) = rest.split_once("\npages:").expect("pages");
    let none = format!("{axis}\npages:{rest}").replace("        priority: cout\n", "");
    assert_eq!(lints(&none.replace("        priority: proximite\n", "")), [""; 0]);
}

#[test]
fn choices_that_may_or_may_not_go_from_more_to_less() {
    deserves("ordre-des-choix", "        ordered: true\n", "");
    let sorted = YAML.replacen("        ordered: true\n", "        ordered: false\n", 1);
    assert_eq!(lints(&sorted), [""; 0], "that they do not is an answer");
}

#[test]
fn a_telephone_number_at_which_nobody_answers() {
    let good = "phone: \"02 41 71 77 00\"";
    for bad in ["02 00 00 00 00", "0000000000", "+33 2 61 91 12 34", "01.23.45.67.89", "06 39 98 00 01"] {
        deserves("telephone-exemple", good, &format!("phone: \"{bad}\""));
    }
    for other in ["39 39", "+33 2 41 71 77 00", "116 006"] {
        assert_eq!(lints(&YAML.replacen(good, &format!("phone: \"{other}\""), 1)), [""; 0], "{other}");
    }
}

#[test]
fn a_day_in_a_text_that_is_no_longer_the_last_one() {
    let thanks = "thanks: {fr: \"Merci.\"";
    let days = "opens: 2027-01-04\ncloses: 2027-01-31\nthanks: {fr: \"Merci. Du 4\u{a0}janvier 2027 au 31 janvier\u{a0}2027.\"";
    deserves("autre-jour", thanks, &days.replace("01-31", "02-28"));
    deserves("autre-jour", thanks, &days.replace("31 janvier", "3 janvier"));
    deserves("autre-jour", thanks, &days.replacen("closes: 2027-01-31\n", "", 1));
    assert_eq!(lints(&YAML.replacen(thanks, days, 1)), [""; 0]);
}

#[test]
fn a_free_text_that_warns_of_nothing() {
    let hint = "        hint: {fr: \"N’écrivez rien qui permette de vous reconnaître.\", fr-FALC: \"N’écrivez pas votre nom.\"}\n";
    deserves("texte-libre-sans-avertissement", hint, "");
}

#[test]
fn a_free_text_that_stays_with_the_answers() {
    deserves("texte-libre-lie", "max_chars: 40", "max_chars: 40\n        linked: true");
    assert_eq!(lints(&YAML.replacen("max_chars: 40", "max_chars: 40\n        linked: false", 1)), [""; 0]);
}

#[test]
fn an_answer_to_a_sensitive_question_that_is_not_harmless() {
    let yes = "{code: oui, label: {fr: \"Oui\", fr-FALC: \"Oui\"}";
    deserves("reponse-sans-danger", &format!("{yes}}}"), &format!("{yes}, harmless: true}}"));
    // The follow-up of a harmless answer tells who gave it.
    let no = "{code: non, label: {fr: \"Non\", fr-FALC: \"Non\"}, harmless: true}";
    let harmless_yes = YAML.replacen(no, &no.replace(", harmless: true", ""), 1).replacen(
        &format!("{yes}}}"),
        &format!("{yes}, harmless: true}}"),
        1,
    );
    assert_eq!(lints(&harmless_yes), [""; 0], "« motifs » is not sensitive");
    let none = "          - {code: aucune,";
    let can_be_declined =
        format!("          - {{code: nrp, label: {{fr: \"Rien à dire\", fr-FALC: \"Rien\"}}, missing: true}}\n{none}");
    let sensitive = harmless_yes
        .replacen(
            "        priority: cout\n        show_if",
            "        priority: cout\n        sensitive: true\n        show_if",
            1,
        )
        .replacen(none, &can_be_declined, 1);
    assert_eq!(lints(&sensitive), ["reponse-sans-danger"]);
    assert!(
        report(&sensitive)
            .to_string()
            .contains("« oui » est dit sans danger, et mène à la question sensible « motifs »")
    );
}

#[test]
fn a_sensitive_question_with_nobody_to_call() {
    deserves("sans-numero-aide", "Le 3114 est gratuit.", "Vous pouvez le dire.");
    let note = YAML.replacen("Le 3114 est gratuit.", "Vous pouvez le dire.", 1).replacen(
        "Une réponse par ligne.",
        "En danger, appelez le 119. Une réponse par ligne.",
        1,
    );
    assert_eq!(lints(&note), [""; 0], "anywhere on the page");
    let usual_only = YAML.replacen("Vous allez mal\u{a0}? Appelez le 3114.", "Vous allez mal\u{a0}?", 1);
    assert_eq!(lints(&usual_only), ["sans-numero-aide"], "in every language");
    let hours = YAML.replacen("Le 3114 est gratuit.", "Il faut 15 minutes.", 1);
    assert_eq!(lints(&hours), ["sans-numero-aide"], "a number that nobody can call");
    let moved = YAML.replacen("Besoin de parler\u{a0}? Le 3114 est gratuit.", "Vous pouvez le dire.", 1).replacen(
        "        max: 2\n",
        "        max: 2\n        hint: {fr: \"Appelez le 3114.\", fr-FALC: \"Appelez le 3114.\"}\n",
        1,
    );
    assert_eq!(lints(&moved), ["sans-numero-aide"], "whoever does not see « motifs » is told of nobody");
}

#[test]
fn questions_about_the_person_that_come_first_oblige_or_do_not_explain() {
    let intro = "    intro: {fr: \"Pour savoir si les besoins changent selon l’âge ou la commune. Tout est facultatif.\", fr-FALC: \"Vous pouvez ne pas répondre.\"}\n";
    deserves("a-propos-de-vous", intro, "");
    deserves("a-propos-de-vous", "type: age_band", "type: age_band\n        required: true");
    let last = "  - id: fin\n    title: {fr: \"Fin\", fr-FALC: \"Fin\"}\n    questions:\n      - {id: note_fin, type: note, text: {fr: \"Fin.\", fr-FALC: \"Fin.\"}}\n";
    assert_eq!(lints(&format!("{YAML}{last}")), ["a-propos-de-vous"]);
}
