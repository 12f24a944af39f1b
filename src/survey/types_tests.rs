//! Each type of question from YAML to a stored sheet, over the fixture that has them all.

use crate::{
    Answer, AnswerSheet, Condition, FieldErrorKind, Kind, Lang, Points, QuestionId, Questionnaire, Silence, Submitted,
    Territories, parse, read_csv, submitted_from_json, validate, write_csv,
};

const YAML: &str = include_str!("fixtures/types.yaml");

fn territories() -> Territories {
    Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories")
}

fn questionnaire() -> Questionnaire {
    parse(YAML, &territories()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The problems of the fixture once `from` is `to`.
fn problems(from: &str, to: &str) -> Vec<String> {
    let broken = YAML.replacen(from, to, 1);
    assert_ne!(broken, YAML, "{from}");
    let problems = parse(&broken, &territories()).expect_err(to);
    problems.into_iter().map(|problem| format!("{} | {}", problem.message, problem.fix)).collect()
}

fn submit(pairs: &[(&str, &str)]) -> Submitted {
    let mut submitted = Submitted::new();
    for (name, value) in pairs {
        submitted.entry((*name).to_owned()).or_default().push((*value).to_owned());
    }
    submitted
}

fn sheet(pairs: &[(&str, &str)]) -> AnswerSheet {
    let mut all = vec![("renonce", "non")];
    all.retain(|(name, _)| !pairs.iter().any(|(other, _)| name == other));
    all.extend(pairs);
    validate(&questionnaire(), &submit(&all)).expect("valid")
}

fn error(pairs: &[(&str, &str)]) -> FieldErrorKind {
    let mut errors =
        validate(&questionnaire(), &submit(&[&[("renonce", "oui")], pairs].concat())).expect_err("an error");
    assert_eq!(errors.len(), 1);
    errors.remove(0).kind
}

fn id(text: &str) -> QuestionId {
    QuestionId::parse(text).expect(text)
}

#[test]
fn a_row_of_a_matrix_is_a_variable_like_any_other() {
    let questionnaire = questionnaire();
    let header = questionnaire.question(&id("satisfaction")).expect("the heading");
    assert!(matches!(header.kind, Kind::Matrix) && !header.is_asked());
    let rows: Vec<&str> = questionnaire.rows(header).map(|row| row.id.as_str()).collect();
    assert_eq!(rows, ["satisfaction_transports", "satisfaction_medecins", "satisfaction_pharmacie"]);
    let row = questionnaire.question(&id("satisfaction_medecins")).expect("a row");
    assert_eq!(row.choices().len(), 4);
    assert_eq!(row.short.fr(), "Satisfaction – Les médecins généralistes");
    assert_eq!(row.axis, header.axis);
    let easy = questionnaire.wording(row, &Lang::easy_french());
    assert_eq!(easy, "Dans votre commune, cela vous plaît\u{a0}? – Les médecins");
    // Routing refers to a row, and the heading takes no answer.
    assert!(
        sheet(&[("satisfaction_transports", "non"), ("bus_horaires", "18 h")]).answers().contains_key("bus_horaires")
    );
    assert!(
        !sheet(&[("satisfaction_transports", "oui"), ("bus_horaires", "18 h")]).answers().contains_key("bus_horaires")
    );
    assert_eq!(error(&[("satisfaction", "oui")]), FieldErrorKind::UnknownQuestion);
    assert_eq!(error(&[("satisfaction_medecins", "peut-etre")]), FieldErrorKind::UnknownChoice);
}

#[test]
fn a_ranking_keeps_the_order_of_preference() {
    let ranked = sheet(&[("priorites", "sport"), ("priorites", ""), ("priorites", "bus")]);
    assert_eq!(ranked.answers()["priorites"].codes(), ["sport", "bus"], "an empty rank is left out");
    assert_eq!(ranked.to_json(), r#"{"priorites":["sport","bus"],"renonce":"non"}"#);
    let with = |codes: &[&str]| error(&codes.iter().map(|code| ("priorites", *code)).collect::<Vec<_>>());
    assert_eq!(with(&["bus", "air", "bus"]), FieldErrorKind::Twice);
    assert_eq!(with(&["bus", "air", "sport", "medecins"]), FieldErrorKind::TooMany { max: 3 });
    assert_eq!(with(&["bus", "or"]), FieldErrorKind::UnknownChoice);
    assert!(matches!(with(&["bus", "nsp"]), FieldErrorKind::Exclusive { .. }));
}

#[test]
fn a_short_text_has_one_line_and_goes_apart() {
    let questionnaire = questionnaire();
    let mut sheet = sheet(&[("satisfaction_transports", "non"), ("bus_horaires", "18 h\r\n ou 19 h\u{7}")]);
    let apart = sheet.take_free_texts(&questionnaire);
    assert_eq!(apart, [(id("bus_horaires"), "18 h  ou 19 h".to_owned())]);
    assert_eq!(validate(&questionnaire, &sheet.to_submitted()).expect("valid without it"), sheet);
    let long = "x".repeat(41);
    let kind = error(&[("satisfaction_transports", "non"), ("bus_horaires", &long)]);
    assert_eq!(kind, FieldErrorKind::TooLong { max_chars: 40 });
}

#[test]
fn another_reason_is_spelled_out_apart_from_the_answers() {
    let questionnaire = questionnaire();
    let precision = questionnaire.question(&id("motifs_autre")).expect("comes with the choice");
    assert_eq!(precision.specifies, Some(id("motifs")));
    assert!(precision.is_kept_apart());
    let written = [("renonce", "oui"), ("motifs", "autre"), ("motifs_autre", "Le bus ne passe plus")];
    let mut kept = sheet(&written);
    assert_eq!(kept.take_free_texts(&questionnaire).len(), 1);
    assert_eq!(kept.answers().keys().map(QuestionId::as_str).collect::<Vec<_>>(), ["motifs", "renonce"]);
    let unsaid = sheet(&[("renonce", "oui"), ("motifs", "cout"), ("motifs_autre", "Le bus")]);
    assert!(!unsaid.answers().contains_key("motifs_autre"), "shown with its choice only");
}

#[test]
fn a_linked_text_stays_and_the_others_go() {
    let yaml = YAML.replacen("max_chars: 40", "max_chars: 40\n        linked: true", 1);
    let questionnaire = parse(&yaml, &territories()).expect("valid");
    let submitted = submit(&[("renonce", "non"), ("satisfaction_transports", "non"), ("bus_horaires", "18 h")]);
    let mut sheet = validate(&questionnaire, &submitted).expect("valid");
    assert!(sheet.take_free_texts(&questionnaire).is_empty());
    assert!(sheet.answers().contains_key("bus_horaires"));
}

#[test]
fn a_score_is_computed_and_never_taken_from_a_client() {
    let questionnaire = questionnaire();
    let question = questionnaire.question(&id("gene")).expect("a score");
    let score = |pairs: &[(&str, &str)]| questionnaire.score(question, &sheet(pairs));
    let level = |pairs: &[(&str, &str)]| {
        questionnaire.score_level(question, &sheet(pairs)).map(|level| level.code.as_str().to_owned())
    };
    let (good, bad) = ([("satisfaction_transports", "oui")], [("renonce", "oui"), ("satisfaction_transports", "non")]);
    assert_eq!(score(&good), Some(Points::from_hundredths(975)));
    assert_eq!(level(&good).as_deref(), Some("faible"));
    assert_eq!(score(&bad), Some(Points::from_hundredths(1425)));
    assert_eq!(level(&bad).as_deref(), Some("forte"));
    let at_the_cut = [("renonce", "non"), ("satisfaction_transports", "non")];
    assert_eq!(level(&at_the_cut).as_deref(), Some("forte"), "the cut-off belongs to the level above");
    assert_eq!(score(&[]), None, "an answer is not there although its question was shown");
    assert_eq!(score(&[("renonce", "nrp"), ("satisfaction_transports", "oui")]), None, "a non-answer has no points");
    assert_eq!(error(&[("gene", "12")]), FieldErrorKind::UnknownQuestion);
}

#[test]
fn a_question_that_was_not_shown_has_its_own_points() {
    let yaml = YAML.replacen("headline: [non]", "headline: [non]\n        show_if: {q: renonce, is: oui}", 1);
    let questionnaire = parse(&yaml, &territories()).expect("valid");
    let question = questionnaire.question(&id("gene")).expect("a score");
    let sheet = validate(&questionnaire, &submit(&[("renonce", "non")])).expect("valid");
    assert_eq!(questionnaire.score(question, &sheet), Some(Points::from_hundredths(1000)));
    let row = questionnaire.question(&id("satisfaction_pharmacie")).expect("a row");
    assert!(matches!(row.show_if, Some(Condition::Is { .. })), "a row is shown with its matrix");
}

#[test]
fn every_type_survives_json_and_csv() {
    let questionnaire = questionnaire();
    let full = sheet(&[
        ("renonce", "oui"),
        ("motifs", "autre"),
        ("motifs", "cout"),
        ("motifs_autre", "Trop | loin"),
        ("satisfaction_transports", "non"),
        ("satisfaction_pharmacie", "nsp"),
        ("bus_horaires", "18 h"),
        ("priorites", "sport"),
        ("priorites", "bus"),
        ("moral", "7"),
        ("remarque", "Merci\nà tous"),
        ("foyer", "3"),
        ("age", "30-59"),
        ("commune", "49301"),
    ]);
    assert_eq!(full.answers().len(), 12);
    assert!(matches!(full.answers()["foyer"], Answer::Number(3)));
    let mut csv = Vec::new();
    write_csv(&questionnaire, [&full], &mut csv).expect("written");
    let header = String::from_utf8(csv.clone()).expect("UTF-8").lines().next().expect("a heading").to_owned();
    assert_eq!(
        header,
        "renonce,motifs,motifs_autre,satisfaction_transports,satisfaction_medecins,satisfaction_pharmacie,bus_horaires,\
         priorites,moral,remarque,foyer,age,commune"
    );
    assert_eq!(
        read_csv(&questionnaire, csv.as_slice(), Silence::Refused).expect("read").sheets,
        std::slice::from_ref(&full)
    );
    let json: serde_json::Value = serde_json::from_str(&full.to_json()).expect("JSON");
    let again = submitted_from_json(json.as_object().expect("an object")).expect("submitted");
    assert_eq!(validate(&questionnaire, &again).expect("valid"), full);
    let canonical = questionnaire.canonical_json();
    let read: Questionnaire = serde_json::from_str(&canonical).expect("canonical JSON");
    assert_eq!(read, questionnaire);
    assert_eq!(read.version(), questionnaire.version());
}

#[test]
fn what_does_not_go_together_is_named() {
    for (from, to, words) in [
        ("color: \"#6a2c5e\"", "color: rouge", "« rouge » n’est pas une couleur"),
        ("color: \"#6a2c5e\"", "color: \"#ff8800\"", "avec la page est de 2,"),
        ("type: matrix", "type: single", "la clé « rows » ne va pas avec le type « single »"),
        ("max: 3\n        text: {fr: \"Quelles", "max: 1\n        text: {fr: \"Quelles", "de 2 à 5"),
        ("max_chars: 40", "max_chars: 400", "entre 1 et 200"),
        ("max_chars: 40", "max_chars: 40\n        required: true", "ne peut pas être obligatoire"),
        ("missing: true}\n      - id: motifs", "missing: true, other: true}\n      - id: motifs", "rien à préciser"),
        ("{q: satisfaction_transports, in", "{q: satisfaction, in", "chacune de ses lignes a son propre nom"),
        ("{q: satisfaction_transports, in", "{q: motifs_autre, in", "un texte libre"),
        ("{q: satisfaction_transports, in", "{q: gene, in", "n’est pas posée avant"),
        ("{q: renonce, points: {oui: 2.5", "{q: renonce, points: {oui: 2.555", "n’est pas un nombre de points"),
        ("{q: renonce, points: {oui: 2.5", "{q: renonce, points: {jamais: 2.5", "le choix « jamais » n’existe pas"),
        ("from: 11.75", "from: -1", "du plus bas au plus haut"),
        ("id: foyer", "id: motifs_autre", "déjà pris"),
        ("{id: pharmacie, label", "{id: medecins, label", "« satisfaction_medecins » est déjà pris"),
        ("type: rank_top", "type: rank", "matrix, rank_top"),
    ] {
        let found = problems(from, to);
        assert!(found.iter().any(|problem| problem.contains(words)), "{to}: {found:#?}");
    }
}

#[test]
fn a_choice_is_harmless_only_where_a_question_is_sensitive() {
    let questionnaire = questionnaire();
    let renonce = questionnaire.question(&id("renonce")).expect("a question");
    let harmless: Vec<&str> =
        renonce.choices().iter().filter(|choice| choice.harmless).map(|c| c.code.as_str()).collect();
    assert_eq!(harmless, ["non"]);
    // What is not said is not in the canonical JSON: a questionnaire without the key has the version that it always had.
    assert_eq!(questionnaire.canonical_json().matches("harmless").count(), 1);
    let told = |from: &str, to: &str| {
        let problems = problems(from, to);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        problems.into_iter().next().expect("one")
    };
    let not_sensitive = told("        sensitive: true\n", "");
    assert!(not_sensitive.contains("ne va qu’aux choix d’une question sensible"), "{not_sensitive}");
    let declining = told("missing: true}\n      - id: motifs", "missing: true, harmless: true}\n      - id: motifs");
    assert!(declining.contains("une non-réponse ne dit déjà rien"), "{declining}");
    let several = "        priority: cout\n        show_if";
    let multiple = YAML.replacen(several, &format!("        sensitive: true\n{several}"), 1);
    let with = |from: &str| {
        let yaml = multiple.replacen(from, &from.replacen("}}", "}, harmless: true}", 1), 1);
        assert_ne!(yaml, multiple);
        parse(&yaml, &territories()).map(drop)
    };
    assert!(
        with("fr-FALC: \"C’est trop long\"}}").expect_err("given with others")[0].message.contains("avec d’autres")
    );
    let alone = multiple.replacen("exclusive: true}", "exclusive: true, harmless: true}", 1);
    assert!(parse(&alone, &territories()).is_ok(), "« aucune » excludes the others");
}

#[test]
fn every_problem_is_told_at_once() {
    let broken = YAML
        .replacen("minutes: 2", "minutes: quatre\ncouleur: bleu", 1)
        .replacen("access: open", "acess: open", 1)
        .replacen("territory: mauges", "territory: bretagne", 1)
        .replacen("required: true", "required: oui", 1)
        .replacen("{q: renonce, is: oui}", "{q: renonce, is: jamais}", 1)
        .replacen("type: rank_top", "type: rank_top\n        type: rank_top", 1)
        .replacen("        short: {fr: \"Moral\", fr-FALC: \"Moral\"}\n", "", 1);
    let problems = parse(&broken, &territories()).expect_err("broken");
    let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    for words in [
        "un nombre entier est attendu ici",
        "la clé « couleur » n’existe pas ici",
        "la clé « acess » n’existe pas ici",
        "il manque la clé « access »",
        "le territoire « bretagne » est inconnu",
        "« true » ou « false » est attendu ici",
        "le choix « jamais » n’existe pas",
        "la clé « type » est écrite deux fois",
        "il manque la clé « short »",
    ] {
        assert_eq!(messages.iter().filter(|message| message.contains(words)).count(), 1, "{words}: {messages:#?}");
    }
    assert!(problems.is_sorted_by_key(|problem| problem.line), "in the order of the file");
    assert!(problems.iter().all(|problem| problem.line > 0 && problem.column > 0 && !problem.fix.is_empty()));
    let misspelt = problems.iter().find(|problem| problem.message.contains("acess")).expect("found");
    assert!(misspelt.fix.contains("« access »"), "{}", misspelt.fix);
}

#[test]
fn a_question_names_a_priority_of_its_axis() {
    let questionnaire = questionnaire();
    let of = |id: &str| {
        let question = questionnaire.questions().find(|question| question.id.as_str() == id).expect(id);
        questionnaire.priority(question).map(|priority| priority.title.as_str())
    };
    assert_eq!(of("motifs"), Some("Le coût des soins"));
    assert_eq!(of("motifs_autre"), Some("Le coût des soins"), "what spells out a choice comes with its question");
    assert_eq!(of("satisfaction_medecins"), Some("Des soins près de chez soi"), "a row has its matrix's");
    assert_eq!(of("foyer"), None);
    assert!(questionnaire.canonical_json().contains(r#""axis":"soins","priority":"cout""#));

    let other = "axes:\n  - {id: autre, title: {fr: A, fr-FALC: A}, summary: {fr: A, fr-FALC: A}, priorities: [{id: ici, title: A}]}";
    let yaml = YAML.replacen("axes:", other, 1);
    for (priority, words, fix) in [
        ("cuot", "la priorité « cuot » n’est déclarée sous aucun axe", "vouliez-vous écrire « cout »"),
        ("inconnue", "n’est déclarée sous aucun axe", "choisissez parmi : cout, proximite"),
        ("ici", "la priorité « ici » est de l’axe « autre »", "écrivez « axis: autre »"),
    ] {
        let broken = yaml.replacen("priority: cout", &format!("priority: {priority}"), 1);
        let problems = parse(&broken, &territories()).expect_err(priority);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert!(problems[0].message.contains(words) && problems[0].fix.contains(fix), "{problems:#?}");
    }
    for (from, to, words) in [
        ("title: \"Le coût des soins\"", "title: \" \"", "ce texte est vide"),
        ("{id: cout, title", "{id: proximite, title", "l’identifiant de priorité « proximite » est déjà pris"),
        ("short: {fr: \"Moral\"", "priority: cout\n        short: {fr: \"Moral\"", "et pas d’axe"),
    ] {
        let problems = parse(&yaml.replacen(from, to, 1), &territories()).expect_err(to);
        assert!(problems.iter().any(|problem| problem.message.contains(words)), "{words}: {problems:#?}");
    }
}

#[test]
fn an_axis_does_not_take_the_address_of_another_page() {
    for taken in ["methode", "evolution", "charts", "embed"] {
        let problems = problems("  - id: soins", &format!("  - id: {taken}"));
        let words = format!("« {taken} » est l’adresse d’une autre page des résultats");
        assert!(problems.iter().any(|problem| problem.contains(&words)), "{problems:#?}");
    }
}

#[test]
fn only_plain_yaml_is_taken() {
    for (yaml, words) in [
        ("", "le fichier est vide"),
        ("# rien\n", "le fichier est vide"),
        ("- a\n- b\n", "un bloc de clés est attendu ici"),
        ("id: &nom essai\n", "ancres"),
        ("id: !texte essai\n", "ancres"),
        ("id: [essai\n", "ce n’est pas du YAML"),
        ("id: essai\n---\nid: autre\n", "second document"),
    ] {
        let problems = parse(yaml, &territories()).expect_err(yaml);
        assert!(problems.iter().any(|problem| problem.message.contains(words)), "{yaml}: {problems:#?}");
    }
    let deep = "[".repeat(5000);
    assert_eq!(parse(&deep, &territories()).expect_err("too deep").len(), 1);
}

#[test]
fn a_territory_has_its_colour() {
    let questionnaire = questionnaire();
    assert_eq!(questionnaire.color.map(|color| color.to_string()).as_deref(), Some("#6a2c5e"));
    let read: Questionnaire = serde_json::from_str(&questionnaire.canonical_json()).expect("canonical JSON");
    assert_eq!(read, questionnaire);
}

#[test]
fn a_logo_stands_beside_its_questionnaire_and_travels_inside_its_version() {
    let svg = include_str!("fixtures/logo.svg");
    let files = |name: &str| match name {
        "logo.svg" => Ok(svg.as_bytes().to_vec()),
        "piege.svg" => Ok(svg.replace("<title>", "<script/><title>").into_bytes()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let with = |logo: &str| {
        let yaml = format!("logo: {logo}\n{}", include_str!("fixtures/types.yaml"));
        crate::parse_with_warnings(&yaml, &territories(), &files).map(|(questionnaire, _)| questionnaire)
    };
    let alt = "alt: {fr: \"Une mairie\", fr-FALC: \"Une mairie\"}";
    let questionnaire = with(&format!("{{file: logo.svg, {alt}}}")).expect("valid");
    let logo = questionnaire.logo.as_ref().expect("a logo");
    assert_eq!((logo.format.media_type(), logo.bytes()), ("image/svg+xml", svg.as_bytes()));
    let read: Questionnaire = serde_json::from_str(&questionnaire.canonical_json()).expect("canonical JSON");
    assert_eq!(read, questionnaire);

    for (logo, words) in [
        (format!("{{file: absent.svg, {alt}}}"), "impossible de lire le logo « absent.svg »"),
        (format!("{{file: ../logo.svg, {alt}}}"), "« ../logo.svg » n’est pas un nom de fichier"),
        (format!("{{file: piege.svg, {alt}}}"), "ce SVG contient l’élément « script »"),
        ("{file: logo.svg}".to_owned(), "il manque la clé « alt »"),
        ("{file: logo.svg, alt: {fr: \"\"}}".to_owned(), "ce texte est vide"),
    ] {
        let problems = with(&logo).expect_err(&logo);
        let problem = problems.iter().find(|problem| problem.message.contains(words));
        let problem = problem.unwrap_or_else(|| panic!("{words}: {problems:#?}"));
        assert_eq!((problem.line, problem.fix.is_empty()), (1, false), "{words}");
    }
}
