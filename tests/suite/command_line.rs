//! The command line: what it prints, what it refuses, and that a refusal changes nothing.

use std::path::Path;

use crate::server::{SURVEY, isoloir, repository, text};

/// Runs the program in an empty folder and returns the exit code, what it printed and what it complained of.
fn run(data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = isoloir(data, arguments);
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_verb_has_help_with_an_example() {
    let folder = tempfile::tempdir().expect("a folder");
    for verb in [
        &["demo"][..],
        &["serve"],
        &["survey", "check"],
        &["survey", "open"],
        &["invite"],
        &["simulate"],
        &["survey", "close"],
        &["survey", "print"],
        &["survey", "export"],
        &["survey", "import"],
        &["survey", "status"],
        &["responses", "import"],
        &["responses", "texts"],
        &["edition"],
        &["edition", "create"],
        &["edition", "export"],
        &["edition", "publish"],
        &["edition", "withdraw"],
        &["edition", "list"],
        &["edition", "margins"],
        &["analyse"],
        &["verify"],
    ] {
        let (code, help, _) = run(folder.path(), &[verb, &["--help"]].concat());
        assert_eq!(code, Some(0));
        assert!(help.contains("Exemple : isoloir "), "{verb:?}: {help}");
    }
}

#[test]
fn help_and_mistakes_are_in_french() {
    let folder = tempfile::tempdir().expect("a folder");
    for verb in [&[][..], &["survey"], &["survey", "open"], &["analyse"], &["restore"], &["responses", "import"]] {
        let (_, help, _) = run(folder.path(), &[verb, &["--help"]].concat());
        assert!(help.contains("Utilisation\u{a0}: isoloir") && help.contains("Afficher la version"), "{help}");
        for english in ["Usage", "Options:", "Arguments:", "Commands", "Print", "default:", "ossible values", "env:"] {
            assert!(!help.contains(english), "{verb:?}: {english} in {help}");
        }
    }
    for (arguments, words) in [
        (&["backp"][..], "il n’y a pas de commande « backp »\n  vouliez-vous écrire « backup »"),
        (&["serve", "--port", "80"], "« --port » n’est pas attendu ici"),
        (&["serve", "--listen", "8080"], "écrivez une adresse et un port, par exemple 127.0.0.1:8080"),
        (&["serve", "--listen"], "il manque une valeur après --listen <ADRESSE>"),
        (&["serve", "--role", "tout"], "valeurs possibles : all, issuer, collector"),
        (&["invite", SURVEY], "il manque --count <N>"),
        (
            &["invite", SURVEY, "--count", "cent"],
            "« cent » ne convient pas pour --count <N> : écrivez un nombre entier",
        ),
    ] {
        let (code, _, complaints) = run(folder.path(), arguments);
        assert_eq!(code, Some(2), "{complaints}");
        assert!(complaints.starts_with("Erreur : ") && complaints.contains(words), "{complaints}");
        assert!(!complaints.contains("Usage") && !complaints.contains("error:"), "{complaints}");
    }
    let (_, _, complaints) = run(folder.path(), &["survey", "check", "nulle-part.yaml"]);
    assert_eq!(complaints, "Erreur : impossible de lire nulle-part.yaml : il n’existe pas ; vérifiez son nom\n");
}

#[test]
fn a_folder_whose_name_is_mistyped_is_told_and_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("dtaa");
    for verb in [
        &["invite", SURVEY, "--count", "1", "--csv", "codes.csv"][..],
        &["survey", "close", SURVEY],
        &["edition", "list", SURVEY],
        &["edition", "publish", SURVEY, "2026"],
    ] {
        let (code, _, complaints) = run(&data, verb);
        assert_eq!(code, Some(1));
        assert!(complaints.contains("il n’y a pas d’installation dans"), "{verb:?}: {complaints}");
        assert!(complaints.contains("--data") && !data.exists(), "{verb:?}: {complaints}");
    }
}

#[test]
fn a_survey_that_is_open_to_all_has_a_poster_and_no_codes() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (code, printed, complaints) = run(&data, &["survey", "open", "bauge-2026"]);
    assert_eq!(code, Some(0), "{complaints}");
    assert!(printed.contains("isoloir survey poster bauge-2026"), "{printed}");
    let csv = folder.path().join("codes.csv");
    let invite = |survey| run(&data, &["invite", survey, "--count", "2", "--csv", csv.to_str().expect("UTF-8")]);
    let (code, _, complaints) = invite("bauge-2026");
    assert_eq!((code, csv.exists()), (Some(1), false));
    assert!(complaints.contains("isoloir survey poster bauge-2026"), "{complaints}");
    assert!(invite("bauge").2.contains("sont ouverts : bauge-2026"), "a name that is mistyped");
}

#[test]
fn misuse_exits_with_2_and_failure_with_1() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(folder.path(), &["invite"]).0, Some(2));
    assert_eq!(run(folder.path(), &["invite", SURVEY, "--count", "1", "--csv", "/nowhere/codes.csv"]).0, Some(1));
}

#[test]
fn the_questionnaires_of_the_repository_have_nothing_to_mend() {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(repository().join("surveys")).expect("surveys") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let (code, printed, complaints) = run(folder.path(), &["survey", "check", path.to_str().expect("UTF-8")]);
            assert_eq!(code, Some(0), "{complaints}");
            assert!(printed.contains("rien à corriger"));
        }
    }
}

#[test]
fn a_broken_questionnaire_is_answered_with_file_line_column_and_fix() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = std::fs::read_to_string(repository().join("surveys/mauges-2026.yaml")).expect("a questionnaire");
    let line_of = |text: &str, part: &str| 1 + text.lines().position(|line| line.contains(part)).expect(part);
    for (from, to, marker, words) in [
        ("access: invitation", "access: [invitation", "access:", "YAML"),
        ("access: invitation", "access: sesame", "access: sesame", "écrivez « invitation » ou « open »"),
        ("territory: mauges", "territory: bretagne", "territory:", "bauge, laval, mauges"),
        ("minutes: 10", "minutes: 10\ncouleur: bleu", "couleur", "la clé « couleur » n’existe pas ici"),
        ("minutes: 10", "minutes: 10\nminutes: 8", "minutes: 8", "deux fois"),
        ("is: oui}", "is: jamais}", "is: jamais", "le choix « jamais » n’existe pas"),
    ] {
        let broken = good.replacen(from, to, 1);
        assert_ne!(broken, good, "{from} is in the file");
        let path = folder.path().join("essai.yaml");
        std::fs::write(&path, &broken).expect("written");
        let (code, _, complaints) = run(folder.path(), &["survey", "check", path.to_str().expect("UTF-8")]);
        assert_eq!(code, Some(1), "{to}");
        let line = line_of(&broken, marker);
        let places = [format!("essai.yaml:{line}:"), format!("essai.yaml:{}:", line + 1)];
        assert!(places.iter().any(|place| complaints.contains(place)), "{to}: line {line} in {complaints}");
        assert!(complaints.contains(words), "{to}: {complaints}");
        assert!(complaints.contains("à faire :"), "{to}: {complaints}");
    }
}

/// What `survey check --json` says of a file: the exit code, and the report.
fn checked(folder: &Path, yaml: &str, more: &[&str]) -> (Option<i32>, serde_json::Value) {
    let path = folder.join("essai.yaml");
    std::fs::write(&path, yaml).expect("written");
    let arguments = [&["survey", "check", "--json", path.to_str().expect("UTF-8")], more].concat();
    let (code, printed, _) = run(folder, &arguments);
    (code, serde_json::from_str(&printed).expect("JSON on the standard output"))
}

#[test]
fn every_problem_of_a_questionnaire_is_told_at_once_also_to_a_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = std::fs::read_to_string(repository().join("surveys/mauges-2026.yaml")).expect("a questionnaire");
    let broken = good
        .replacen("access: invitation", "access: sesame", 1)
        .replacen("minutes: 10", "minuts: 10", 1)
        .replacen("is: oui}", "is: jamais}", 1);
    let (code, report) = checked(folder.path(), &broken, &[]);
    assert_eq!(code, Some(1));
    assert_eq!(report["ok"], false);
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 4, "a wrong mode, a wrong key, the key that it should be, a wrong code: {report:#}");
    for finding in findings {
        let line = usize::try_from(finding["line"].as_u64().expect("a line")).expect("small");
        assert_eq!(finding["excerpt"].as_str(), broken.lines().nth(line - 1), "{finding:#}");
        assert_eq!(finding["severity"], "error");
        assert!(!finding["fix"].as_str().expect("what to do").is_empty());
    }
}

#[test]
fn a_warning_stops_nobody_but_the_strict() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = std::fs::read_to_string(repository().join("surveys/mauges-2026.yaml")).expect("a questionnaire");
    assert_eq!(checked(folder.path(), &good, &["--strict"]).0, Some(0));
    let hasty = good.replacen("minutes: 10", "minutes: 2", 1);
    let (code, report) = checked(folder.path(), &hasty, &[]);
    assert_eq!(code, Some(0));
    assert_eq!(report["ok"], true);
    assert_eq!(report["findings"][0]["lint"], "duree-annoncee");
    assert_eq!(checked(folder.path(), &hasty, &["--strict"]).0, Some(1));
}

#[test]
fn an_open_survey_does_not_change_and_no_answer_is_lost_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let surveys = folder.path().join("surveys");
    std::fs::create_dir(&surveys).expect("a folder");
    for file in ["mauges-2026.yaml", "territories.tsv"] {
        std::fs::copy(repository().join("surveys").join(file), surveys.join(file)).expect("copied");
    }
    let open = ["survey", "open", SURVEY, "--surveys", surveys.to_str().expect("UTF-8")];
    assert_eq!(run(folder.path(), &open).0, Some(0));
    assert_eq!(run(folder.path(), &open).0, Some(0), "opening it again changes nothing");
    let file = surveys.join("mauges-2026.yaml");
    let text = std::fs::read_to_string(&file).expect("a questionnaire");
    let edited = text.replacen("Avez-vous un médecin traitant", "Avez-vous trouvé un médecin traitant", 1);
    assert_ne!(edited, text);
    std::fs::write(&file, &edited).expect("written");
    let in_surveys = |arguments: &[&str]| {
        run(folder.path(), &[arguments, &["--surveys", surveys.to_str().expect("UTF-8")]].concat())
    };
    let (path, pdf) = (file.to_str().expect("UTF-8"), folder.path().join("papier.pdf"));
    let print = ["survey", "print", SURVEY, "--pdf", pdf.to_str().expect("UTF-8")];
    for arguments in [&["survey", "open", SURVEY][..], &["survey", "check", path], &print] {
        let (code, _, complaints) = in_surveys(arguments);
        assert_eq!(code, Some(1), "{arguments:?}");
        for words in [
            "mauges-2026.yaml n’est plus le questionnaire",
            "une version publiée ne change plus",
            "question « medecin_traitant », text.fr : « Avez-vous un médecin traitant",
            "isoloir survey version mauges-2026 mauges-2026-v2",
            "isoloir survey open mauges-2026-v2",
            "pas celles de : medecin_traitant",
        ] {
            assert!(complaints.contains(words), "{arguments:?}: {words}: {complaints}");
        }
    }
    assert!(!pdf.exists(), "no paper of a version that nobody can answer");
    let (code, said, complaints) = in_surveys(&["survey", "version", SURVEY, "mauges-2026-v2"]);
    assert_eq!(code, Some(0), "{complaints}");
    assert!(said.contains("remettez") && said.contains("pas celles de : medecin_traitant"), "{said}");
    assert_eq!(in_surveys(&["survey", "open", "mauges-2026-v2"]).0, Some(0));
    assert_eq!(in_surveys(&["survey", "version", SURVEY, "mauges-2026-v2"]).0, Some(1), "nothing is overwritten");
    std::fs::write(&file, &text).expect("written");
    assert_eq!(run(folder.path(), &open).0, Some(0), "the file as it was is the version that is open");
}

#[test]
fn codes_are_never_overwritten_and_never_drawn_for_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let csv = folder.path().join("codes.csv");
    let invite = |count: &str| run(&data, &["invite", SURVEY, "--count", count, "--csv", csv.to_str().expect("UTF-8")]);
    assert_eq!(run(&data, &["survey", "open", "laval-2026"]).0, Some(0));
    let (code, _, complaints) = invite("5");
    assert_eq!(code, Some(1));
    assert!(complaints.contains("isoloir survey open mauges-2026"), "{complaints}");
    assert!(!csv.exists(), "no empty file is left behind");
    assert_eq!(run(&data, &["survey", "open", SURVEY]).0, Some(0));
    assert_eq!(invite("5").0, Some(0));
    let codes = std::fs::read_to_string(&csv).expect("codes");
    assert_eq!(codes.lines().count(), 6);
    assert!(codes.starts_with("code,link\n"));
    let (code, _, complaints) = invite("5");
    assert_eq!(code, Some(1));
    assert!(complaints.contains("existe déjà"));
    assert_eq!(std::fs::read_to_string(&csv).expect("codes"), codes);
    assert_eq!(invite("0").0, Some(1));
}

#[test]
fn made_up_responses_are_the_same_for_the_same_seed() {
    let folder = tempfile::tempdir().expect("a folder");
    let simulate = |seed: &str, name: &str| {
        let csv = folder.path().join(name);
        let arguments =
            ["simulate", SURVEY, "--responses", "300", "--seed", seed, "--csv", csv.to_str().expect("UTF-8")];
        assert_eq!(run(folder.path(), &arguments).0, Some(0));
        std::fs::read_to_string(csv).expect("responses")
    };
    let first = simulate("7", "a.csv");
    assert_eq!(first, simulate("7", "b.csv"));
    assert_ne!(first, simulate("8", "c.csv"));
    let mut lines = first.lines();
    let column = lines.next().expect("a heading").split(',').position(|name| name == "sexe").expect("a column");
    let women = csv_column(&first, column).iter().filter(|value| *value == "femme").count();
    assert!((165..=225).contains(&women), "two thirds of volunteers are women: {women} of 300");
}

/// A column of a CSV file whose free texts hold no line break.
fn csv_column(csv: &str, column: usize) -> Vec<String> {
    let cells = |line: &str| {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        for character in line.chars() {
            match character {
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().expect("a cell").push(other),
            }
        }
        cells
    };
    csv.lines().skip(1).map(|line| cells(line)[column].clone()).collect()
}

#[test]
fn an_unknown_setting_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("isoloir.toml");
    std::fs::write(&config, "listen = \"127.0.0.1:0\"\nlog_addresses = true\n").expect("written");
    let (code, _, complaints) = run(folder.path(), &["serve", "--config", config.to_str().expect("UTF-8")]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("isoloir.toml") && complaints.contains("log_addresses"), "{complaints}");
}

#[test]
fn a_foreign_file_in_place_of_a_database_is_refused_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("issuer/issuer.db");
    std::fs::create_dir(folder.path().join("issuer")).expect("a folder");
    std::fs::write(&database, "This is not a database, but somebody may want it.").expect("written");
    let (code, _, complaints) = run(folder.path(), &["survey", "open", SURVEY]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("issuer.db"), "{complaints}");
    assert!(std::fs::read_to_string(&database).expect("kept").starts_with("This is not a database"));
}

#[test]
fn a_final_edition_is_of_a_closed_survey_and_not_of_too_few() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(folder.path(), &["survey", "open", SURVEY]).0, Some(0));
    let (code, _, complaints) = run(folder.path(), &["edition", "create", SURVEY, "--label", "2026", "--unweighted"]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("isoloir survey close mauges-2026"), "{complaints}");
    assert_eq!(run(folder.path(), &["survey", "close", SURVEY]).0, Some(0));
    let (code, _, complaints) = run(folder.path(), &["edition", "create", SURVEY, "--label", "2026", "--unweighted"]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("trop peu de réponses"), "{complaints}");
}

#[test]
fn letters_hold_the_codes_that_were_drawn_and_are_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    assert_eq!(run(&data, &["survey", "open", SURVEY]).0, Some(0));
    let (csv, pdf) = (folder.path().join("codes.csv"), folder.path().join("lettres.pdf"));
    let (csv_path, pdf_path) = (csv.to_str().expect("UTF-8"), pdf.to_str().expect("UTF-8"));
    let public = ["--public-url", "https://sante.exemple.fr"];
    let both = [&["invite", SURVEY, "--count", "3", "--csv", csv_path, "--letters", pdf_path][..], &public].concat();
    let (code, _, complaints) = run(&data, &both);
    assert_eq!(code, Some(0), "{complaints}");
    let codes = std::fs::read_to_string(&csv).expect("codes");
    assert!(codes.lines().skip(1).all(|line| line.contains("https://sante.exemple.fr/s/mauges-2026#k=")));
    let bytes = std::fs::read(&pdf).expect("letters");
    assert!(bytes.starts_with(b"%PDF-1.7"));
    assert!(bytes.len() > 20_000, "three letters with their QR codes");

    let (code, _, complaints) = run(&data, &["invite", SURVEY, "--count", "3", "--letters", pdf_path]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("existe déjà"), "{complaints}");
    assert_eq!(std::fs::read(&pdf).expect("letters"), bytes);
    let (code, _, complaints) = run(&data, &["invite", SURVEY, "--count", "3"]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("--letters FICHIER"), "{complaints}");
    let (code, _, complaints) = run(&data, &["survey", "poster", SURVEY, "--pdf", pdf_path]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("sur invitation"), "{complaints}");
}
