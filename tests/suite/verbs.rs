//! What a coordinator meets who uses the program for the first time: a verb that could do harm asks, and what can be known is told.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::editions::Hall;
use crate::server::{SURVEY, Server, isoloir, repository, text};

/// How it ends, and what is said and complained of.
fn run(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = isoloir(data, arguments);
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

fn file(hall: &Hall, name: &str, bytes: &str) -> String {
    let path = hall.path(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

#[test]
fn a_final_edition_is_unweighted_only_when_that_is_said() {
    let hall = Hall::new();
    hall.answers(300, 1);
    hall.done(&["survey", "close", SURVEY]);
    let refused = hall.refused(&["edition", "create", SURVEY, "--label", "2026"]);
    assert!(refused.contains("ne se refait pas") && refused.contains("--unweighted si c’est voulu"), "{refused}");
    assert!(!hall.edition("2026").exists());
    let made = hall.done(&["edition", "create", SURVEY, "--label", "2026", "--unweighted"]);
    // The number is published too, and carries the noise of every other.
    let is_near = ["295", "300", "305"].iter().any(|near| made.contains(&format!("{near} réponses environ")));
    assert!(is_near && made.contains("sans redressement"), "{made}");
}

#[test]
fn the_template_of_margins_is_filled_in_and_weighs_an_edition() {
    let hall = Hall::new();
    let template = hall.path("modele.csv");
    let arguments = ["edition", "margins", SURVEY, "--csv", &template];
    hall.done(&arguments);
    assert!(hall.refused(&arguments).contains("existe déjà"));
    let lines = std::fs::read_to_string(&template).expect("a template");
    assert!(lines.starts_with("variable,category,population\n") && lines.contains("commune,49301,\n"), "{lines}");
    assert!(!lines.contains("renonce_12m"), "opinions are in no census");
    hall.answers(300, 1);
    hall.done(&["survey", "close", SURVEY]);
    let sexes = lines.lines().filter(|line| line.starts_with("sexe,"));
    let filled: Vec<String> = sexes.map(|line| format!("{line}5000").replace(',', ";")).collect();
    let margins = file(&hall, "marges.csv", &format!("variable;category;population\n{}\n", filled.join("\n")));
    let made = hall.create(&["2026", "--margins", &margins]);
    assert!(made.contains("redressées sur sexe ; effet de plan 1,"), "{made}");
}

#[test]
fn what_is_wrong_with_margins_is_told_with_file_and_line_and_moves_nothing() {
    let hall = Hall::new();
    hall.answers(300, 1);
    hall.done(&["survey", "close", SURVEY]);
    let refused = |text: &[u8]| {
        let path = hall.path("marges.csv");
        std::fs::write(&path, text).expect("written");
        let refused = hall.refused(&["edition", "create", SURVEY, "--label", "2026", "--margins", &path]);
        assert!(!hall.edition("2026").exists());
        assert!(refused.contains(&format!("{path}, ")) || refused.contains(&format!("{path} : ")), "{refused}");
        refused
    };
    let sexes = "variable,category,population\nsexe,femme,500\nsexe,homme,500\n";
    for (text, words) in [
        (
            "question,choix,effectif\n".to_owned(),
            "ligne 1, colonne «\u{a0}variable\u{a0}»\u{a0}: la première ligne doit être",
        ),
        ("variable,category,population\n".to_owned(), "aucune marge\u{202f}; écrivez"),
        (
            sexes.replace(",500\nsexe,h", "\nsexe,h"),
            "ligne 2, colonne «\u{a0}variable\u{a0}»\u{a0}: 2 valeurs au lieu de 3\u{202f}; écrivez",
        ),
        (sexes.replace("sexe,h", "genre,h"), "ligne 3, colonne «\u{a0}variable\u{a0}»\u{a0}: «\u{a0}genre\u{a0}»"),
        (sexes.replace("500", "0"), "ligne 2, la marge «\u{a0}sexe\u{a0}» ne compte aucun habitant"),
        (
            format!(
                "{sexes}age,16-17,1\nage,18-24,1\nage,25-34,1\nage,35-44,1\nage,45-54,1\nage,55-64,1\nage,65-74,1\nage,75+,1\n"
            ),
            "ligne 4, la marge «\u{a0}age\u{a0}» porte sur une population de 8",
        ),
    ] {
        let said = refused(text.as_bytes());
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(refused(b"PK\x03\x04\xff\xfe").contains("« CSV UTF-8 »"));
    // As Excel saves it, with a row of nothing at the end.
    let excel = sexes.replace(',', ";").replace('\n', ";\r\n") + ";;;\r\n";
    let made = hall.create(&["2026", "--margins", &file(&hall, "marges.csv", &format!("\u{feff}{excel}"))]);
    assert!(made.contains("redressées sur sexe"), "{made}");
}

#[test]
fn an_interim_edition_says_what_it_costs_and_a_final_one_what_it_cost() {
    let hall = Hall::new();
    hall.answers(400, 1);
    let made = hall.create(&["Printemps", "--interim"]);
    assert!(made.contains("ce qu’elle coûte") && made.contains("au moins 30 personnes de plus"), "{made}");
    hall.answers(120, 2);
    hall.done(&["survey", "close", SURVEY]);
    let made = hall.create(&["2026"]);
    assert!(
        made.contains("lignes de tableau de plus sont masquées à cause de l’édition intermédiaire « Printemps »"),
        "{made}"
    );
}

#[test]
fn closing_says_that_too_few_came_since_an_interim_edition() {
    let hall = Hall::new();
    hall.answers(300, 1);
    hall.create(&["Printemps", "--interim"]);
    hall.answers(25, 2);
    let closed = hall.done(&["survey", "close", SURVEY]);
    assert!(
        closed.contains("moins de 30 réponses sont arrivées depuis l’édition intermédiaire « Printemps »"),
        "{closed}"
    );
    let refused = hall.refused(&["edition", "create", SURVEY, "--label", "2026", "--unweighted"]);
    assert!(refused.contains("trop peu de réponses sont arrivées"), "as it was said: {refused}");
    let enough = Hall::new();
    enough.answers(300, 1);
    enough.create(&["Printemps", "--interim"]);
    enough.answers(40, 2);
    assert!(!enough.done(&["survey", "close", SURVEY]).contains("ATTENTION"));
}

#[test]
fn a_closed_survey_is_not_opened_again_and_an_open_one_is_said_to_be() {
    let hall = Hall::new();
    let again = hall.done(&["survey", "open", SURVEY]);
    assert!(again.contains("était déjà ouvert"), "{again}");
    let closed = hall.done(&["survey", "close", SURVEY]);
    assert!(closed.contains("effacez celles d’avant la clôture"), "{closed}");
    let refused = hall.refused(&["survey", "open", SURVEY]);
    assert!(refused.contains("est clos, pour de bon"), "{refused}");
    assert!(refused.contains("isoloir survey version mauges-2026 mauges-2026-v2"), "{refused}");
}

#[test]
fn what_is_printed_has_an_address_that_others_reach() {
    let hall = Hall::new();
    let letters = hall.path("lettres.pdf");
    let invite = ["invite", SURVEY, "--count", "1", "--letters", &letters];
    let refused = hall.refused(&invite);
    assert!(refused.contains("--public-url https://sante.exemple.fr"), "{refused}");
    assert!(!Path::new(&letters).exists());
    let (code, said) = run(&hall.data(), &[&invite[..], &["--public-url", "http://127.0.0.1:8080"]].concat());
    assert_eq!(code, Some(0), "a trial on this machine: {said}");
    assert!(said.contains("n’est pas en https") && said.contains("1 code écrit dans"), "{said}");
}

#[test]
fn a_mistyped_name_is_answered_with_those_there_are() {
    let hall = Hall::new();
    let csv = file(&hall, "saisie.csv", "sante_generale\nbon\n");
    for arguments in [
        &["survey", "close", "mauge-2026"][..],
        &["survey", "status", "mauge-2026"],
        &["responses", "import", "mauge-2026", "--channel", "papier", &csv],
        &["responses", "texts", "mauge-2026", "--csv", &hall.path("textes.csv")],
    ] {
        let refused = hall.refused(arguments);
        assert!(refused.contains("sont ouverts : mauges-2026"), "{arguments:?}: {refused}");
    }
    // A name does where a file is asked for.
    assert!(hall.done(&["survey", "check", SURVEY]).contains("rien à corriger"));
}

#[test]
fn a_made_up_telephone_number_is_told_when_the_survey_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    for survey in ["bauge-2026", "laval-2026"] {
        let (code, said) = run(folder.path(), &["survey", "open", survey]);
        let yaml = std::fs::read_to_string(repository().join(format!("surveys/{survey}.yaml"))).expect("a file");
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(said.contains("attention (telephone-exemple)"), yaml.contains("02 00 00 00 00"), "{survey}: {said}");
    }
}

#[test]
fn a_password_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("isoloir.toml");
    let config = ["survey", "status", "--config", settings.to_str().expect("UTF-8")];
    for (url, mode, words) in [
        ("postgres://urne:secret@127.0.0.1:1/urne", 0o644, "chmod 600"),
        ("postgres://127.0.0.1:1/urne?user=urne&password=secret", 0o640, "chmod 600"),
        ("postgres://urne:secret@127.0.0.1:1/urne", 0o600, "impossible de joindre"),
        ("postgres://urne@127.0.0.1:1/urne", 0o644, "impossible de joindre"),
    ] {
        std::fs::write(&settings, format!("collector_database = \"{url}\"\n")).expect("written");
        std::fs::set_permissions(&settings, std::fs::Permissions::from_mode(mode)).expect("chmod");
        let (code, said) = run(folder.path(), &config);
        assert_eq!(code, Some(1));
        assert!(said.contains(words) && !said.contains("secret"), "{url}: {said}");
    }
}

#[test]
fn made_up_responses_overwrite_nothing() {
    let hall = Hall::new();
    let csv = file(&hall, "saisie.csv", "à garder");
    let refused = hall.refused(&["simulate", SURVEY, "--responses", "5", "--csv", &csv]);
    assert!(refused.contains("existe déjà"), "{refused}");
    assert_eq!(std::fs::read_to_string(csv).expect("kept"), "à garder");
}

#[test]
fn free_texts_are_handed_out_after_the_close_in_no_order_of_arrival() {
    let hall = Hall::new();
    let answers = file(
        &hall,
        "saisie.csv",
        "suggestion,sante_generale,renonce_12m\nUn bus le samedi,bon,non\n=1+1,bon,oui\nDes médecins,mauvais,non\n,bon,non\n",
    );
    hall.done(&["responses", "import", SURVEY, "--channel", "papier", &answers]);
    let csv = hall.path("textes.csv");
    let texts = ["responses", "texts", SURVEY, "--csv", &csv];
    assert!(hall.refused(&texts).contains("prend encore des réponses"), "two readings would tell what came in between");
    hall.done(&["survey", "close", SURVEY]);
    let said = hall.done(&texts);
    assert!(said.contains("3 textes écrits") && said.contains("à relire avant toute diffusion"), "{said}");
    let written = std::fs::read_to_string(&csv).expect("texts");
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines.len(), 4, "{written}");
    assert_eq!(lines[0], "question,libelle,texte");
    let ends = ["'=1+1", "Des médecins", "Un bus le samedi"];
    for (line, end) in lines[1..].iter().zip(ends) {
        assert!(line.starts_with("suggestion,") && line.ends_with(end), "{line}");
    }
    assert_eq!(Path::new(&csv).metadata().expect("there").permissions().mode() & 0o777, 0o600);
    assert!(hall.refused(&texts).contains("existe déjà"));
}

#[tokio::test]
async fn where_a_survey_stands_is_told_beside_a_server_and_in_tens() {
    let server = Server::start(25);
    let client = server.client().await;
    let body = serde_json::json!({"version": server.version().await, "answers": crate::server::answers()});
    for code in &server.codes[..23] {
        let token = server.token(&client, code).await;
        let reply = server.post_response(Some(&token), &body).await;
        assert!(reply.status().is_success());
    }
    let said = text(&server.isoloir(&["survey", "status"]).stdout);
    assert!(said.contains("mauges-2026 : ouvert"), "{said}");
    let count = |words: &str| -> String {
        let line = said.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {said}"));
        line.split(words).nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default().to_owned()
    };
    assert_eq!(
        (count("codes tirés"), count("codes utilisés"), count("réponses mêlées")),
        ("25".into(), "20".into(), "20".into())
    );
    assert!(said.contains("attendent d’être 20 pour se mêler") && said.contains("pas encore d’édition"), "{said}");
}

#[test]
fn a_faulty_file_is_told_while_a_server_has_the_box() {
    let server = Server::start(1);
    let folder = tempfile::tempdir().expect("a folder");
    let csv = folder.path().join("saisie.csv");
    std::fs::write(&csv, "sante_generale,renonce_12m,priorites\nbon,non,\"medecins, transports\"\n").expect("written");
    let import = ["responses", "import", SURVEY, "--channel", "papier", csv.to_str().expect("UTF-8")];
    let refused = text(&server.isoloir(&import).stderr);
    assert!(refused.contains("plusieurs joints par « | »"), "{refused}");
}
