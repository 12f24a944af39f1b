//! Paper and exchange: a questionnaire that is printed, keyed answers that come back, and forms of ODK and Kobo.

use std::path::{Path, PathBuf};

use crate::server::{SURVEY, Server, isoloir, repository, text};

/// Runs the program and returns the exit code, what it printed and what it complained of.
fn run(data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = isoloir(data, arguments);
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A folder with the Mauges survey open in `data`.
fn opened() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (code, _, complaints) = run(&data, &["survey", "open", SURVEY]);
    assert_eq!(code, Some(0), "{complaints}");
    (folder, data)
}

/// A file of so many made-up responses.
fn responses(folder: &Path, count: usize, seed: u32) -> String {
    let path = folder.join(format!("saisie-{count}-{seed}.csv")).to_str().expect("UTF-8").to_owned();
    let (count, seed) = (count.to_string(), seed.to_string());
    let (code, _, complaints) =
        run(folder, &["simulate", SURVEY, "--responses", &count, "--seed", &seed, "--csv", &path]);
    assert_eq!(code, Some(0), "{complaints}");
    path
}

fn import(data: &Path, channel: &str, file: &str, more: &[&str]) -> (Option<i32>, String, String) {
    run(data, &[&["responses", "import", SURVEY, "--channel", channel, file], more].concat())
}

#[test]
fn keyed_answers_are_imported_mixed_and_counted_by_channel() {
    let (folder, data) = opened();
    let (code, printed, complaints) = import(&data, "papier", &responses(folder.path(), 25, 1), &[]);
    assert_eq!(code, Some(0), "{complaints}");
    assert!(printed.contains("25 réponses importées") && printed.contains("mêlées aux autres"), "{printed}");
    let (code, printed, _) = import(&data, "borne", &responses(folder.path(), 3, 2), &[]);
    assert_eq!(code, Some(0));
    assert!(printed.contains("elles attendent") && printed.contains("ne sera pas reconnu"), "{printed}");
    assert!(printed.contains("papier") && !printed.contains("borne      "), "what waits is not counted: {printed}");
    // Nothing of this tells who answered what.
    let (code, report, complaints) = run(&data, &["audit"]);
    assert_eq!(code, Some(0), "{report}{complaints}");
    let (code, printed, _) = run(&data, &["survey", "close", SURVEY]);
    assert_eq!(code, Some(0));
    let counted = |channel: &str| printed.lines().find(|line| line.contains(channel)).map(str::trim).map(str::to_owned);
    assert!(counted("papier").is_some_and(|line| line.ends_with("25")), "{printed}");
    assert!(counted("borne").is_some_and(|line| line.ends_with(" 3")), "{printed}");
    let (code, _, complaints) = import(&data, "papier", &responses(folder.path(), 21, 3), &[]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("est clos"), "{complaints}");
}

#[test]
fn every_bad_cell_is_told_and_nothing_is_imported() {
    let (folder, data) = opened();
    let good = std::fs::read_to_string(responses(folder.path(), 25, 1)).expect("responses");
    let file = folder.path().join("saisie.csv");
    let attempt = |text: &str| {
        std::fs::write(&file, text).expect("written");
        let (code, _, complaints) = import(&data, "papier", file.to_str().expect("UTF-8"), &[]);
        assert_eq!(code, Some(1), "{complaints}");
        complaints
    };
    let heading = "sante_generale,renonce_12m,renonce_motifs,age\n";
    let complaints = attempt(&format!("{heading}bon,peut-etre,,\nbon,oui,cout|delai|temps|peur,200\nbon,non\n"));
    for told in [
        "ligne 2, colonne « renonce_12m » : ce code n’existe pas ; choisissez parmi : oui, non, nsp, nrp",
        "ligne 3, colonne « renonce_motifs » : 3 réponses au plus",
        "ligne 3, colonne « age » : ce code n’existe pas",
        "ligne 4 : 2 cellules, alors que l’en-tête a 4 colonnes",
        "4 problèmes, rien n’a été importé",
    ] {
        assert!(complaints.contains(told), "{told}\n{complaints}");
    }
    assert!(!complaints.contains("peut-etre") && !complaints.contains("200"), "no answer is repeated: {complaints}");
    let complaints = attempt("sante_generale,humeur,sante_generale,chat\nbon,,,\n");
    for told in ["colonne 2 : « humeur »", "colonne 3 : « sante_generale » est là deux fois", "colonne 4 : « chat »"]
    {
        assert!(complaints.contains(told), "{told}\n{complaints}");
    }
    assert!(attempt(heading).contains("aucune réponse"));
    // One bad row keeps all the others out.
    let spoilt = good.replacen(",non,", ",jamais,", 1);
    assert_ne!(spoilt, good);
    attempt(&spoilt);
    let (_, printed, _) = run(&data, &["survey", "close", SURVEY]);
    assert!(!printed.contains("papier"), "{printed}");
}

/// As a town hall keys it in Excel: semicolons, Windows-1252, labels here and there, rows of nothing at the end.
#[test]
fn what_a_sheet_of_paper_leaves_empty_is_declined_and_told() {
    let (folder, data) = opened();
    let file = folder.path().join("saisie.csv");
    let keyed = b"sante_generale;renonce_12m;renonce_motifs;suggestion;\r\n\
        Tr\xe8s bon;;cout;D\xe9\xe7u par l\x92accueil;\r\n;Oui;cout | delai;;\r\n;non;;;\r\n;;;;\r\n;;;;\r\n";
    std::fs::write(&file, keyed).expect("written");
    let file = file.to_str().expect("UTF-8");
    // A form would have asked again: what comes from one is as it should be.
    let (code, _, complaints) = import(&data, "ailleurs", file, &[]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("3 problèmes, rien n’a été importé"), "{complaints}");
    assert!(complaints.contains("ligne 3, colonne « sante_generale » : il faut une réponse"), "{complaints}");
    let (code, printed, complaints) = import(&data, "papier", file, &[]);
    assert_eq!(code, Some(0), "{complaints}");
    for told in [
        "3 réponses importées",
        "2 lignes vides",
        "lus comme Excel les écrit",
        "sante_generale : 2 cellules vides, prises pour « Je préfère ne pas répondre » (nrp)",
        "renonce_12m : 1 cellule vide, prise pour « Je préfère ne pas répondre » (nrp)",
        "renonce_motifs : 1 réponse laissée de côté",
    ] {
        assert!(printed.contains(told), "{told}\n{printed}");
    }
    assert_eq!(run(&data, &["survey", "close", SURVEY]).0, Some(0));
    let texts = folder.path().join("textes.csv").to_str().expect("UTF-8").to_owned();
    assert_eq!(run(&data, &["responses", "texts", SURVEY, "--csv", &texts]).0, Some(0));
    assert!(std::fs::read_to_string(texts).expect("texts").contains("Déçu par l’accueil"));
}

#[test]
fn the_same_file_does_not_count_twice_unless_it_is_asked_for() {
    let (folder, data) = opened();
    let file = responses(folder.path(), 20, 1);
    assert_eq!(import(&data, "papier", &file, &[]).0, Some(0));
    let copy = folder.path().join("copie.csv");
    std::fs::copy(&file, &copy).expect("copied");
    let (code, _, complaints) = import(&data, "ailleurs", copy.to_str().expect("UTF-8"), &[]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("déjà été importé") && complaints.contains("--again"), "{complaints}");
    let (code, printed, _) = import(&data, "papier", &file, &["--again"]);
    assert_eq!(code, Some(0));
    assert!(printed.contains("40 mêlées en tout"), "{printed}");
}

#[test]
fn answers_are_not_imported_under_a_running_server_and_a_channel_has_a_name() {
    let mut server = Server::start(1);
    let folder = tempfile::tempdir().expect("a folder");
    let file = responses(folder.path(), 20, 1);
    let (code, _, complaints) = import(&server.data(), "papier", &file, &[]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("arrêtez"), "{complaints}");
    let _ = server.stop();
    let (code, _, complaints) = import(&server.data(), "pigeon", &file, &[]);
    assert_eq!(code, Some(2));
    assert!(complaints.contains("papier, entretien, borne, ailleurs"), "{complaints}");
    assert_eq!(import(&server.data(), "papier", &file, &[]).0, Some(0));
}

#[test]
fn a_questionnaire_is_printed_in_each_size_and_never_over_another_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let pages = |bytes: &[u8]| bytes.windows(11).filter(|window| *window == b"/Type/Page/").count();
    let mut counts = Vec::new();
    for (name, more) in [("petit.pdf", &[][..]), ("grand.pdf", &["--large", "--return-to", "Mairie, 1 rue Haute"])] {
        let path = path(name);
        let (code, _, complaints) = run(folder.path(), &[&["survey", "print", SURVEY, "--pdf", &path], more].concat());
        assert_eq!(code, Some(0), "{complaints}");
        let bytes = std::fs::read(&path).expect("a PDF");
        assert!(bytes.starts_with(b"%PDF-1.7"));
        counts.push(pages(&bytes));
    }
    assert!(counts[0] >= 4 && counts[1] > counts[0], "{counts:?}");
    let (code, _, complaints) = run(folder.path(), &["survey", "print", SURVEY, "--pdf", &path("petit.pdf")]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("existe déjà"), "{complaints}");
    let (code, _, complaints) =
        run(folder.path(), &["survey", "print", SURVEY, "--pdf", &path("autre.pdf"), "--lang", "br"]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("n’est pas écrit en « br »"), "{complaints}");
}

#[test]
fn a_questionnaire_goes_to_xlsform_and_comes_back_as_the_same_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (form, yaml) = (path("mauges.xlsx"), path("retour.yaml"));
    let (code, _, complaints) = run(folder.path(), &["survey", "export", SURVEY, "--xlsform", &form]);
    assert_eq!(code, Some(0), "{complaints}");
    let (code, _, complaints) = run(folder.path(), &["survey", "import", &form, "--yaml", &yaml]);
    assert_eq!(code, Some(0), "{complaints}");
    let version = |file: &str| {
        let (code, printed, complaints) = run(folder.path(), &["survey", "check", file]);
        assert_eq!(code, Some(0), "{complaints}");
        printed.lines().find(|line| line.contains("version")).expect("a version").to_owned()
    };
    let original = repository().join("surveys/mauges-2026.yaml");
    assert_eq!(version(&yaml), version(original.to_str().expect("UTF-8")));
    for again in [&["survey", "export", SURVEY, "--xlsform", &form][..], &["survey", "import", &form, "--yaml", &yaml]]
    {
        let (code, _, complaints) = run(folder.path(), again);
        assert_eq!(code, Some(1));
        assert!(complaints.contains("existe déjà"), "{complaints}");
    }
    let (code, _, complaints) = run(folder.path(), &["survey", "import", &yaml, "--yaml", &path("rien.yaml")]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("classeur .xlsx"), "{complaints}");
    assert!(!folder.path().join("rien.yaml").exists());
}
