//! Communes and sectors, from the file of territories to an answer.

use crate::{ChoiceCode, Questionnaire, Submitted, Territories, Text, parse, validate};

const YAML: &str = include_str!("fixtures/types.yaml");

fn territories() -> Territories {
    Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories")
}

#[test]
fn small_communes_are_asked_by_their_sector() {
    let yaml = YAML.replacen("territory: mauges", "territory: laval", 1);
    let by_sector = yaml.replacen("type: territory\n", "type: territory\n        level: sector\n", 1);
    let questionnaire = parse(&by_sector, &territories()).expect("valid");
    let places = questionnaire.territory_question().expect("it is asked").choices();
    let codes: Vec<&str> = places.iter().map(|place| place.code.as_str()).collect();
    assert_eq!(codes, ["53130", "secteur_loiron", "secteur_nord", "secteur_est", "secteur_sud", "secteur_ouest"]);
    let detail = |index: usize| places[index].detail.as_ref().map(Text::fr);
    assert_eq!((detail(0), detail(5)), (None, Some("Ahuillé, Montigné-le-Brillant, Saint-Berthevin")));
    let loiron = detail(1).expect("its communes");
    assert!(
        loiron.starts_with("Beaulieu-sur-Oudon, Le\u{a0}Bourgneuf-la-Forêt, Bourgon, La\u{a0}Brûlatte, "),
        "{loiron}"
    );
    assert!(loiron.contains("Loiron-Ruillé (Loiron, Ruillé-le-Gravelais)"), "{loiron}");

    // Every commune is asked once: by its name or in the one sector that names it.
    let territory = &questionnaire.territory;
    for commune in &territory.communes {
        let place = territory.sector_of(commune.code.as_str()).map_or(&commune.code, |sector| &sector.code);
        assert!(codes.contains(&place.as_str()), "{}", commune.name);
        let named = places.iter().filter_map(|place| place.detail.as_ref()).filter(|detail| {
            detail
                .fr()
                .replace('\u{a0}', " ")
                .split(", ")
                .any(|name| name.split(" (").next() == Some(commune.name.as_str()))
        });
        assert_eq!(named.count(), usize::from(commune.sector.is_some()), "{}", commune.name);
    }
    let sheet = |place: &str| {
        let submitted = Submitted::from([
            ("renonce".to_owned(), vec!["non".to_owned()]),
            ("commune".to_owned(), vec![place.to_owned()]),
        ]);
        validate(&questionnaire, &submitted)
    };
    assert!(sheet("secteur_loiron").is_ok() && sheet("53137").is_err(), "a commune of a sector cannot be told");
    let read: Questionnaire = serde_json::from_str(&questionnaire.canonical_json()).expect("canonical JSON");
    assert_eq!(read, questionnaire);
}

#[test]
fn a_commune_names_the_former_ones_that_it_is_made_of() {
    let questionnaire = parse(YAML, &territories()).expect("valid");
    let place = questionnaire.territory_question().and_then(|question| question.choice("49023")).expect("a commune");
    let detail = place.detail.as_ref().expect("its former communes").fr();
    assert!(detail.starts_with("Andrezé, Beaupréau, La\u{a0}Chapelle-du-Genêt, Gesté, Jallais, "), "{detail}");
}

#[test]
fn a_level_that_cannot_be_asked_is_refused() {
    for (from, to, words) in [
        ("type: territory", "type: territory\n        level: sector", "le territoire « mauges » n’a pas de secteurs"),
        ("type: territory", "type: territory\n        level: secteur", "« secteur » n’est pas un niveau"),
        ("type: age_band", "type: age_band\n        level: sector", "la clé « level » ne va pas"),
    ] {
        let problems = parse(&YAML.replacen(from, to, 1), &territories()).expect_err(to);
        let found: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        let ordinary = |text: &str| text.replace('\u{a0}', " ");
        assert!(found.len() == 1 && ordinary(found[0]).contains(words), "{words}: {found:#?}");
    }
}

#[test]
fn a_territories_file_says_on_which_line_it_is_wrong() {
    const GOOD: &str = "territoire\tepci\tcode_insee\tnom\ttype\tchef_lieu\tpop_municipale\tsecteur\n\
        t\t1\t00001\tA\tcommune\t\t900\t\n\
        t\t1\t00002\tB\tcommune\t\t90\tsecteur_b\n\
        t\t1\t00003\tC\tcommune-deleguee\t00002\t\t\n\
        t\t1\t\tSecteur de B\tsecteur\t\t\tsecteur_b\n";
    let good = Territories::parse(GOOD).expect("valid");
    let territory = good.get("t").expect("it is there");
    assert_eq!(territory.sector_of("00002").map(|sector| sector.name.as_str()), Some("Secteur de B"));
    assert_eq!(
        (territory.sector_of("00001"), territory.communes[1].delegated.as_slice()),
        (None, &["C".to_owned()][..])
    );
    let inhabitants = |place: &str| good.inhabitants("t", &ChoiceCode::parse(place).expect("a code"));
    assert_eq!((inhabitants("00001"), inhabitants("secteur_b"), inhabitants("00009")), (Some(900), Some(90), None));
    for (from, to, line) in [
        ("secteur\n", "secteurs\n", 1),
        ("\t900\t", "\tbeaucoup\t", 2),
        ("\t90\tsecteur_b", "\t90\tsecteur_c", 3),
        ("00002\tB", "00001\tB", 3),
        ("\t00002\t\t", "\t00009\t\t", 4),
        ("commune-deleguee", "hameau", 4),
        ("\t90\tsecteur_b", "\t90\t", 5),
        ("\tsecteur_b\n", "\tsecteur b\n", 3),
        ("\t\t\tsecteur_b\n", "\t\t\tsecteur_b\t\n", 5),
    ] {
        let broken = GOOD.replacen(from, to, 1);
        assert_ne!(broken, GOOD, "{from}");
        let error = Territories::parse(&broken).expect_err(to);
        assert_eq!(error.line, line, "{error}");
    }
    let without = GOOD.lines().take(2).map(|line| line.rsplit_once('\t').expect("a last column").0);
    let without: Vec<&str> = without.collect();
    assert!(Territories::parse(&without.join("\n")).is_ok(), "a file without sectors has no such column");
}
