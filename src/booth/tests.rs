//! Pages, rendered without a server.

use std::sync::Arc;

use isoloir_collector::{BlindingSeed, Publication};
use isoloir_survey::{Kind, Questionnaire, Territories, validate};
use isoloir_token::key::PrivateKey;
use isoloir_token::wire::TokenChallenge;

use crate::form_state::{FormState, code_error};
use crate::message::thanks_page;
use crate::questionnaire_page::questionnaire_page;
use crate::review_page::review_page;
use crate::trust_page::trust_page;

fn publication() -> Publication {
    let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
    let yaml = include_str!("../../surveys/mauges-2026.yaml");
    let questionnaire: Questionnaire = isoloir_survey::parse(yaml, &territories).expect("a questionnaire");
    let challenge = TokenChallenge::new("sante.exemple.fr", [0; 32], "sante.exemple.fr").expect("a challenge");
    Publication {
        version: questionnaire.version().clone(),
        questionnaire: Arc::new(questionnaire),
        token_key: PrivateKey::generate().expect("a key").public_key().clone(),
        challenge,
        issuer_url: None,
        is_closed: false,
    }
}

fn form(fields: &[(&str, &str)]) -> FormState {
    let mut form = std::collections::BTreeMap::<String, Vec<String>>::new();
    for (name, value) in fields {
        form.entry((*name).to_owned()).or_default().push((*value).to_owned());
    }
    FormState::from_form(form)
}

#[test]
fn every_question_is_on_the_page_with_every_choice() {
    let publication = publication();
    let page = questionnaire_page(&publication, &FormState::default()).into_string();
    for question in publication.questionnaire.questions() {
        assert!(page.contains(&format!("id=\"q-{}\"", question.id)), "{}", question.id);
        for choice in question.choices() {
            let id = format!("id=\"{}-{}\"", question.id, choice.code);
            assert_eq!(page.matches(&id).count(), 1, "{id}");
        }
        if let Kind::TextLong { max_chars } = question.kind {
            assert!(page.contains(&format!("maxlength=\"{max_chars}\"")));
        }
    }
    assert!(page.contains("name=\"code\""), "an invitation asks for its code");
    assert!(page.contains(&publication.token_key.id().words().join(" ")), "the control words are on the page");
    assert!(!page.contains("name=\"reprise\""), "an empty page is the same for everybody");
}

#[test]
fn a_conditional_question_says_whom_it_concerns() {
    let page = questionnaire_page(&publication(), &FormState::default()).into_string();
    let nbsp = '\u{a0}';
    assert!(page.contains(&format!("À remplir seulement si vous avez répondu «{nbsp}Oui{nbsp}» à la question")));
}

#[test]
fn what_was_being_sent_stays_the_same_when_it_is_changed() {
    let publication = publication();
    let state = form(&[("sante_generale", "bon"), ("code", "7K3M-9QZT-4H2X-B"), ("reprise", "abc"), ("modifier", "x")]);
    let page = questionnaire_page(&publication, &state).into_string();
    assert!(page.contains(r#"name="reprise" value="abc""#), "the seed goes back with the form");
    assert!(page.contains(r#"value="7K3M-9QZT-4H2X-B""#));
    assert!(page.contains(r#"id="sante_generale-bon" name="sante_generale" value="bon" checked"#));
}

#[test]
fn the_review_shows_answers_in_words_and_skipped_questions_as_such() {
    let publication = publication();
    let state = form(&[
        ("sante_generale", "bon"),
        ("renonce_12m", "oui"),
        ("renonce_motifs", "cout"),
        ("renonce_motifs", "delai"),
    ]);
    let sheet = validate(&publication.questionnaire, &state.submitted).expect("valid");
    let page = review_page(&publication, &sheet, &state, BlindingSeed([7; 32]), None).into_string();
    assert!(page.contains("<dd>Bon</dd>"));
    assert!(page.contains("Il fallait attendre trop longtemps\u{a0}; Le coût"));
    assert!(page.contains("Sans réponse"));
    assert!(!page.contains("aide_psy_trouvee"), "what the routing hides is not reviewed");
    let hidden = page.matches("type=\"hidden\"").count();
    assert_eq!(hidden, 4 + 2, "each answer, the code and the seed travel with the page");
}

#[test]
fn thanks_and_trust_hold_nothing_of_a_response() {
    let publication = publication();
    for page in [thanks_page(&publication).into_string(), trust_page(&publication).into_string()] {
        assert!(page.contains("<h1"));
        assert!(!page.contains("<input") && !page.contains("reprise"));
    }
}

#[test]
fn a_code_is_told_from_no_code() {
    assert!(code_error("").is_some_and(|message| message.contains("Écrivez")));
    assert!(code_error("7K3M").is_some_and(|message| message.contains("13 lettres")));
    assert_eq!(code_error(" 7k3m 9qzt–4h2x.b "), None);
}
