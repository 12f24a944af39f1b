//! Pages, rendered without a server.

use std::sync::Arc;

use isoloir_collector::{BlindingSeed, Publication};
use isoloir_survey::{Kind, Lang, Questionnaire, Territories, validate};
use isoloir_token::key::PrivateKey;
use isoloir_token::wire::TokenChallenge;
use isoloir_ui::Reading;

use crate::form_state::{FormState, code_error};
use crate::message::thanks_page;
use crate::questionnaire_page::questionnaire_page;
use crate::review_page::review_page;
use crate::trust_page::trust_page;
use crate::view::View;

fn publication() -> Publication {
    publish(include_str!("../../surveys/mauges-2026.yaml"))
}

/// Every type of question, in both languages.
pub(crate) fn every_type() -> Publication {
    publish(include_str!("../survey/fixtures/types.yaml"))
}

pub(crate) fn publish(yaml: &str) -> Publication {
    let territories = Territories::parse(include_str!("../../surveys/territories.tsv")).expect("territories");
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

fn page_in(publication: &Publication, lang: &Lang, state: &FormState) -> String {
    questionnaire_page(View { state, ..View::usual(publication, lang) }).into_string()
}

fn french_page(publication: &Publication, state: &FormState) -> String {
    page_in(publication, &Lang::french(), state)
}

pub(crate) fn form(fields: &[(&str, &str)]) -> FormState {
    let mut form = std::collections::BTreeMap::<String, Vec<String>>::new();
    for (name, value) in fields {
        form.entry((*name).to_owned()).or_default().push((*value).to_owned());
    }
    FormState::from_form(form)
}

#[test]
fn a_resident_finds_the_own_commune_below_its_sector() {
    let laval = publish(include_str!("../../surveys/laval-2026.yaml"));
    let page = french_page(&laval, &FormState::default());
    let label = "<label for=\"commune-secteur_ouest\"><span>Secteur ouest</span>\
                 <span class=\"choice__detail\"><span class=\"whole\">Ahuillé,</span> \
                 <span class=\"whole\">Montigné-le-Brillant,</span> <span class=\"whole\">Saint-Berthevin</span></span></label>";
    assert!(page.contains(label));
    for commune in &laval.questionnaire.territory.communes {
        // An article stays with its name at the end of a line.
        assert!(page.replace('\u{a0}', " ").contains(&commune.name), "{}", commune.name);
    }
}

#[test]
fn every_question_is_on_the_page_with_every_choice() {
    for publication in [publication(), every_type()] {
        let page = french_page(&publication, &FormState::default());
        for question in publication.questionnaire.questions() {
            let is_score = matches!(question.kind, Kind::Score { .. });
            let box_id = format!("id=\"q-{}\"", question.id);
            assert_eq!(page.matches(&box_id).count(), usize::from(!is_score), "{box_id}");
            if let Kind::RankTop { ranks, choices } = &question.kind {
                for rank in 1..=*ranks {
                    assert!(page.contains(&format!("<label for=\"{0}-{rank}\">", question.id)));
                }
                let options = page.matches(&format!("<option value=\"{}\">", choices[0].code)).count();
                assert_eq!(options, usize::from(*ranks), "one list per rank");
            } else {
                for choice in question.choices() {
                    let id = format!("id=\"{}-{}\"", question.id, choice.code);
                    assert_eq!(page.matches(&id).count(), usize::from(!is_score), "{id}");
                }
            }
            if let Kind::TextLong { max_chars, .. } = question.kind {
                assert!(page.contains(&format!("maxlength=\"{max_chars}\"")));
            }
        }
    }
    let publication = publication();
    let page = french_page(&publication, &FormState::default());
    assert!(page.contains("name=\"code\""), "an invitation asks for its code");
    assert!(page.contains(&publication.token_key.id().words().join(" ")), "the control words are on the page");
    assert!(!page.contains("name=\"reprise\""), "an empty page is the same for everybody");
}

#[test]
fn a_conditional_question_says_whom_it_concerns() {
    let page = french_page(&publication(), &FormState::default());
    let nbsp = '\u{a0}';
    assert!(page.contains(&format!("À remplir seulement si vous avez répondu «{nbsp}Oui{nbsp}» à la question")));
}

#[test]
fn what_was_being_sent_stays_the_same_when_it_is_changed() {
    let publication = publication();
    let state = form(&[("sante_generale", "bon"), ("code", "7K3M-9QZT-4H2X-B"), ("reprise", "abc"), ("modifier", "x")]);
    let page = french_page(&publication, &state);
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
    let lang = Lang::french();
    let view = View { state: &state, ..View::usual(&publication, &lang) };
    let page = review_page(view, &sheet, BlindingSeed([7; 32]), None).into_string();
    assert!(page.contains("<dd dir=\"auto\">Bon</dd>"));
    assert!(page.contains("<ul><li>Il fallait attendre trop longtemps</li><li>Le coût</li></ul>"));
    assert!(page.contains("Sans réponse"));
    assert!(!page.contains("aide_psy_trouvee"), "what the routing hides is not reviewed");
    let hidden = page.matches("type=\"hidden\"").count();
    assert_eq!(hidden, 4 + 2, "each answer, the code and the seed travel with the page");
}

#[test]
fn thanks_and_trust_hold_nothing_of_a_response() {
    let publication = publication();
    for page in [
        thanks_page(View::usual(&publication, &Lang::french())).into_string(),
        trust_page(View::usual(&publication, &Lang::french())).into_string(),
    ] {
        assert!(page.contains("<h1"));
        assert!(!page.contains("<input") && !page.contains("reprise"));
    }
}

#[test]
fn a_code_is_told_from_no_code() {
    for reading in [Reading::Usual, Reading::Easy] {
        assert!(code_error("", reading).is_some_and(|message| message.contains("Écrivez")));
        assert!(code_error("7K3M", reading).is_some_and(|message| message.contains("13 lettres")));
        assert_eq!(code_error(" 7k3m 9qzt–4h2x.b ", reading), None);
    }
}

#[test]
fn each_language_has_its_page_and_leads_to_the_other() {
    let publication = every_type();
    let page = |lang: &Lang| page_in(&publication, lang, &FormState::default());
    let (french, easy) = (page(&Lang::french()), page(&Lang::easy_french()));
    assert!(french.contains("<html lang=\"fr\">") && easy.contains("<html lang=\"fr-simple\">"));
    assert!(french.contains("href=\"/s/types?lang=fr-FALC\"") && easy.contains("href=\"/s/types\""));
    assert!(easy.contains("action=\"/s/types/verifier?lang=fr-FALC\""), "the form stays in its language");
    assert!(french.contains("Le coût") && !french.contains("C’est trop cher"));
    assert!(easy.contains("C’est trop cher") && !easy.contains("Le coût"));
    let ids = |page: &str| page.matches(" id=\"").count();
    assert_eq!(ids(&french), ids(&easy), "the same questions under the same names");
    assert!(!page(&Lang::french()).contains("type=\"hidden\""), "the same bytes for everybody");
}

#[test]
fn what_is_wrong_is_said_in_the_language_of_the_page() {
    let publication = every_type();
    let mut state = form(&[("renonce", "oui"), ("motifs", "cout"), ("motifs", "aucune")]);
    let lang = Lang::easy_french();
    let errors = validate(&publication.questionnaire, &state.submitted).expect_err("an error");
    state.add_errors(errors, &lang);
    let page = page_in(&publication, &lang, &state);
    assert!(page.contains("Si vous choisissez «\u{a0}Je ne sais pas pourquoi\u{a0}», ne choisissez rien d’autre."));
    assert!(page.contains("<a href=\"#motifs-cout\">Pourquoi</a>"), "the summary leads to the question");
}

#[test]
fn rows_ranks_and_precisions_are_filled_in_and_reviewed_in_words() {
    let publication = every_type();
    let state = form(&[
        ("renonce", "oui"),
        ("motifs", "autre"),
        ("motifs_autre", "Le bus <ne> passe plus"),
        ("satisfaction_medecins", "non"),
        ("priorites", "sport"),
        ("priorites", "bus"),
        ("priorites", ""),
    ]);
    let page = french_page(&publication, &state);
    assert!(page.contains("id=\"satisfaction_medecins-non\" name=\"satisfaction_medecins\" value=\"non\" checked"));
    assert_eq!(page.matches("<option value=\"sport\" selected>").count(), 1);
    assert!(page.contains("value=\"Le bus &lt;ne&gt; passe plus\""));
    let sheet = validate(&publication.questionnaire, &state.submitted).expect("valid");
    let lang = Lang::french();
    let view = View { state: &state, ..View::usual(&publication, &lang) };
    let review = review_page(view, &sheet, BlindingSeed([7; 32]), None).into_string();
    assert!(review.contains("<dd dir=\"auto\"><ol><li>Bouger davantage</li><li>Pouvoir se déplacer</li></ol></dd>"));
    assert!(review.contains(
        "des services suivants\u{a0}? – </span>Les médecins généralistes</dt><dd dir=\"auto\">Pas satisfait</dd>"
    ));
    assert!(review.contains("Pour quelles raisons\u{a0}? – </span>Précisez, si vous le souhaitez</dt>"));
    assert!(!review.contains("gene"), "a score is not the resident’s to review");
    let (sport, bus) = (review.find("value=\"sport\"").expect("sent"), review.find("value=\"bus\"").expect("sent"));
    assert!(sport < bus, "ranks travel in their order");
}
