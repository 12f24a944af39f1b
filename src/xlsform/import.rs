//! From the sheets of a form to the YAML of a questionnaire. The YAML says what the form says and no more: what our
//! questionnaires need beside (an organiser, a phone number…) is then asked for by the check of the questionnaire.

use std::collections::BTreeMap;
use std::fmt::Write;

use isoloir_survey::Lang;

use crate::Problem;
use crate::export::{OUR_FLAGS, OUR_TEXTS, OURS, PLAIN, THEIR_TEXTS};
use crate::import_question::Questions;
use crate::sheets::{Row, Sheet, read};

/// Reads a form and writes it as a questionnaire in YAML.
///
/// # Errors
/// Everything that is not supported, each with its sheet and cell.
pub fn import(bytes: &[u8]) -> Result<String, Vec<Problem>> {
    let [survey, choices, settings, ours] =
        read(bytes, ["survey", "choices", "settings", "isoloir"]).map_err(|problem| vec![problem])?;
    let missing = |name: &str, fix: &str| {
        let message = "cette feuille manque".to_owned();
        vec![Problem { sheet: name.to_owned(), cell: String::new(), message, fix: fix.to_owned() }]
    };
    let survey = survey.ok_or_else(|| missing("survey", "ajoutez-la : c’est celle des questions"))?;
    let settings = settings.ok_or_else(|| missing("settings", "ajoutez-la, avec form_title et form_id"))?;
    let languages = languages(&survey);
    if languages.first().is_none_or(|(lang, _)| !lang.is_french()) {
        let fix = "nommez « label::fr » la colonne des questions en français";
        survey.note_at("A1".to_owned(), "il n’y a pas de libellés en français", fix);
    }
    refuse_columns(&survey, choices.as_ref(), &settings, &languages);
    let mut yaml = head(&settings, ours.as_ref(), &languages);
    let title = settings.rows.first().map_or("", |row| settings.get(row, "form_title")).to_owned();
    yaml.push_str(&Questions::new(&survey, choices.as_ref(), &languages).pages(&title));
    let sheets = [Some(survey), choices, Some(settings), ours];
    let problems: Vec<Problem> = sheets.into_iter().flatten().flat_map(Sheet::into_problems).collect();
    if problems.is_empty() { Ok(yaml) } else { Err(problems) }
}

/// A language, with how its columns are named: `label::fr` or `label::Français (fr)`; the bare `label` is French.
pub(crate) type Languages = Vec<(Lang, String)>;

fn languages(survey: &Sheet) -> Languages {
    let of = |code: &str| {
        let end = format!("({code})");
        let mut suffixes = survey.columns().filter_map(|name| name.strip_prefix("label::"));
        let named = suffixes.find(|suffix| *suffix == code || suffix.ends_with(&end));
        let suffix = named.or((code == "fr" && survey.has("label")).then_some(""))?;
        Some((Lang::parse(code).ok()?, suffix.to_owned()))
    };
    ["fr", "fr-FALC"].into_iter().filter_map(of).collect()
}

/// The name of a form's column of texts.
pub(crate) fn column(base: &str, lang: &Lang, suffix: &str) -> String {
    match suffix {
        _ if base.starts_with("isoloir_") => format!("{base}_{lang}"),
        "" => base.to_owned(),
        suffix => format!("{base}::{suffix}"),
    }
}

fn refuse_columns(survey: &Sheet, choices: Option<&Sheet>, settings: &Sheet, languages: &Languages) {
    let is_text = |name: &str, bases: &[&str]| {
        let of = |base: &&str| languages.iter().any(|(lang, suffix)| column(base, lang, suffix) == name);
        bases.iter().any(of)
    };
    survey.refuse_other_columns(
        |name| {
            PLAIN.contains(&name) || OURS.contains(&name) || is_text(name, &THEIR_TEXTS) || is_text(name, &OUR_TEXTS)
        },
        "enlevez-la, ou videz-la ; les langues prises en charge sont fr et fr-FALC",
    );
    if let Some(choices) = choices {
        let is_ours = |name: &str| ["list_name", "name"].contains(&name) || OUR_FLAGS.contains(&name);
        choices.refuse_other_columns(|name| is_ours(name) || is_text(name, &["label"]), "enlevez-la, ou videz-la");
    }
    let known = ["form_title", "form_id", "version", "default_language", "style"];
    settings.refuse_other_columns(|name| known.contains(&name), "enlevez-la, ou videz-la");
}

/// A text in double quotes: JSON's strings are YAML's.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// `{fr: "…", fr-FALC: "…"}`; `None` when there is no text at all.
pub(crate) fn texts<'t>(texts: impl Iterator<Item = (&'t Lang, &'t str)>) -> Option<String> {
    let parts: Vec<String> =
        texts.filter(|(_, text)| !text.is_empty()).map(|(lang, text)| format!("{lang}: {}", quoted(text))).collect();
    (!parts.is_empty()).then(|| format!("{{{}}}", parts.join(", ")))
}

/// What stands before the pages.
fn head(settings: &Sheet, ours: Option<&Sheet>, languages: &Languages) -> String {
    let mut yaml = String::new();
    let Some(setting) = settings.rows.first() else {
        settings.note_at("A2".to_owned(), "il n’y a ni titre ni identifiant", "remplissez form_title et form_id");
        return yaml;
    };
    let id = settings.get(setting, "form_id");
    if let Err(error) = isoloir_survey::SurveyId::parse(id) {
        settings.note(setting, "form_id", format!("« {id} » n’est pas un nom de questionnaire"), error.rule);
    }
    let empty = BTreeMap::new();
    let keys: BTreeMap<&str, &Row> =
        ours.map_or(empty, |ours| ours.rows.iter().map(|row| (ours.get(row, "key"), row)).collect());
    let value = |key: &str| ours.zip(keys.get(key)).map_or("", |(ours, row)| ours.get(row, "fr"));
    let text = |key: &str| {
        let (ours, row) = ours.zip(keys.get(key))?;
        texts(languages.iter().map(|(lang, _)| (lang, ours.get(row, lang.as_str()))))
    };
    let title = text("title").unwrap_or_else(|| format!("{{fr: {}}}", quoted(settings.get(setting, "form_title"))));
    let mut line = |key: &str, value: &str| {
        if !value.is_empty() {
            writeln!(yaml, "{key}: {value}").expect("a String takes everything");
        }
    };
    line("id", id);
    line("title", &title);
    let languages_line: Vec<&str> = languages.iter().map(|(lang, _)| lang.as_str()).collect();
    line("languages", &format!("[{}]", languages_line.join(", ")));
    line("territory", value("territory"));
    if !value("color").is_empty() {
        line("color", &quoted(value("color")));
    }
    for key in ["access", "opens", "closes", "minutes"] {
        line(key, value(key));
    }
    for key in ["organiser", "welcome", "welcome_paper", "thanks"] {
        line(key, &text(key).unwrap_or_default());
    }
    let email = value("email");
    let email = if email.is_empty() { String::new() } else { format!(", email: {}", quoted(email)) };
    if !value("phone").is_empty() {
        line("contact", &format!("{{phone: {}{email}}}", quoted(value("phone"))));
    }
    yaml.push_str(&axes(ours, languages));
    yaml
}

fn axes(ours: Option<&Sheet>, languages: &Languages) -> String {
    let mut yaml = String::new();
    let rows = ours.map_or(&[][..], |ours| &ours.rows);
    let mut has_priorities = false;
    for row in rows {
        let Some(ours) = ours else { continue };
        let key: Vec<&str> = ours.get(row, "key").split(':').collect();
        let text = || texts(languages.iter().map(|(lang, _)| (lang, ours.get(row, lang.as_str())))).unwrap_or_default();
        match key[..] {
            ["axis", id, "title"] => {
                has_priorities = false;
                writeln!(yaml, "  - id: {id}\n    title: {}", text())
            }
            ["axis", _, "summary"] => writeln!(yaml, "    summary: {}", text()),
            ["axis", _, "priority", id] => {
                let start = if has_priorities { "" } else { "    priorities:\n" };
                has_priorities = true;
                writeln!(yaml, "{start}      - {{id: {id}, title: {}}}", quoted(ours.get(row, "fr")))
            }
            _ => continue,
        }
        .expect("a String takes everything");
    }
    if yaml.is_empty() { "axes: []\n".to_owned() } else { format!("axes:\n{yaml}") }
}
