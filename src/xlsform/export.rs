//! From a questionnaire to the sheets of a form.

use std::collections::BTreeMap;

use isoloir_survey::{Choice, ChoiceCode, Condition, Kind, Lang, Page, Question, Questionnaire, Role, Text};

use serde_json::json;

use crate::sheets::{NewSheet, write};
use crate::{constraint, relevant};

/// A questionnaire that has no form.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What XLSForm cannot say, one per line.
    #[error("{}", .0.join("\n"))]
    Unsupported(Vec<String>),
    /// A text that a spreadsheet cannot hold.
    #[error("le classeur n’a pas pu être écrit : {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

/// Writes a questionnaire as a form.
///
/// # Errors
/// [`ExportError::Unsupported`] with every question that ODK and Kobo could not ask as we do.
pub fn export(questionnaire: &Questionnaire) -> Result<Vec<u8>, ExportError> {
    let mut form = Form { questionnaire, survey: Vec::new(), choices: Vec::new(), unsupported: Vec::new() };
    for page in &questionnaire.pages {
        form.page(page);
    }
    if !form.unsupported.is_empty() {
        return Err(ExportError::Unsupported(form.unsupported));
    }
    let sheets = [
        NewSheet { name: "survey", columns: survey_columns(questionnaire), rows: form.survey },
        NewSheet { name: "choices", columns: choice_columns(questionnaire), rows: form.choices },
        settings(questionnaire),
        ours(questionnaire),
    ];
    Ok(write(&sheets)?)
}

type Row = BTreeMap<String, String>;

/// Columns of texts in the sheet `survey`: theirs, which they name by language, then ours.
pub(crate) const THEIR_TEXTS: [&str; 2] = ["label", "hint"];
pub(crate) const OUR_TEXTS: [&str; 4] = ["isoloir_short", "isoloir_intro", "isoloir_low", "isoloir_high"];
pub(crate) const PLAIN: [&str; 7] = ["type", "name", "required", "relevant", "appearance", "constraint", "disabled"];
pub(crate) const OURS: [&str; 9] = [
    "isoloir_type",
    "isoloir_axis",
    "isoloir_priority",
    "isoloir_headline",
    "isoloir_ordered",
    "isoloir_sensitive",
    "isoloir_linked",
    "isoloir_instrument",
    "isoloir_score",
];

/// Columns of yes and no in the sheet `choices`.
pub(crate) const OUR_FLAGS: [&str; 4] = ["isoloir_missing", "isoloir_exclusive", "isoloir_other", "isoloir_harmless"];

/// The name of a column of texts in one language.
pub(crate) fn column(base: &str, lang: &Lang) -> String {
    // ODK takes « :: » for its own.
    let sign = if base.starts_with("isoloir_") { "_" } else { "::" };
    format!("{base}{sign}{lang}")
}

fn survey_columns(questionnaire: &Questionnaire) -> Vec<String> {
    let texts = |bases: &[&str]| -> Vec<String> {
        bases.iter().flat_map(|base| questionnaire.languages.iter().map(move |lang| column(base, lang))).collect()
    };
    let plain = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    [plain(&PLAIN[..2]), texts(&THEIR_TEXTS), plain(&PLAIN[2..]), plain(&OURS), texts(&OUR_TEXTS)].concat()
}

fn choice_columns(questionnaire: &Questionnaire) -> Vec<String> {
    let labels = questionnaire.languages.iter().map(|lang| column("label", lang));
    let ours = OUR_FLAGS.map(str::to_owned);
    ["list_name", "name"].map(str::to_owned).into_iter().chain(labels).chain(ours).collect()
}

struct Form<'a> {
    questionnaire: &'a Questionnaire,
    survey: Vec<Row>,
    choices: Vec<Row>,
    unsupported: Vec<String>,
}

impl Form<'_> {
    fn page(&mut self, page: &Page) {
        let mut row = row(&[("type", "begin_group"), ("name", page.id.as_str()), ("appearance", "field-list")]);
        self.text(&mut row, "label", &page.title);
        if let Some(intro) = &page.intro {
            self.text(&mut row, "isoloir_intro", intro);
        }
        self.survey.push(row);
        for question in page.questions.iter().filter(|question| question.row_of.is_none()) {
            self.question(question);
        }
        self.survey.push(self::row(&[("type", "end_group")]));
    }

    /// Adds a text in the languages that it is written in.
    fn text(&self, row: &mut Row, base: &str, text: &Text) {
        for lang in &self.questionnaire.languages {
            let written = text.get(lang);
            // French stands in for a translation that is missing, which must stay so.
            if !written.is_empty() && text.has(lang) {
                row.insert(column(base, lang), written.to_owned());
            }
        }
    }

    fn question(&mut self, question: &Question) {
        let (kind, appearance, ours) = match &question.kind {
            Kind::Single { role, .. } => {
                let ours = match role {
                    Some(Role::Territory) if self.asks_sectors(question) => "territory_sector",
                    Some(Role::Territory) => "territory",
                    Some(Role::AgeBand) => "age_band",
                    None => "",
                };
                (format!("select_one {}", question.id), "", ours)
            }
            Kind::Scale { .. } => (format!("select_one {}", question.id), "likert", "scale"),
            Kind::Multiple { .. } => (format!("select_multiple {}", question.id), "", ""),
            Kind::Integer { .. } => ("integer".to_owned(), "", ""),
            Kind::TextLong { .. } if question.specifies.is_some() => ("text".to_owned(), "", "precision"),
            Kind::TextLong { one_line, .. } => ("text".to_owned(), if *one_line { "" } else { "multiline" }, ""),
            Kind::Note => ("note".to_owned(), "", ""),
            Kind::Matrix => ("begin_group".to_owned(), "table-list", ""),
            Kind::RankTop { .. } => {
                return self.refuse(question, "un classement (rank_top) : ODK fait classer tous les choix");
            }
            // Nobody is asked for it: ODK skips the row, and the import reads it.
            Kind::Score { .. } => ("calculate".to_owned(), "", "score"),
        };
        let mut row = row(&[("type", &kind), ("appearance", appearance), ("isoloir_type", ours)]);
        self.common(&mut row, question);
        if let Kind::Scale { low, high, .. } = &question.kind {
            self.text(&mut row, "isoloir_low", low);
            self.text(&mut row, "isoloir_high", high);
        }
        if let Some(score) = score(&question.kind) {
            row.extend(filled(&[("disabled", "yes"), ("isoloir_score", &score)]));
        }
        if let Kind::TextLong { linked: true, .. } = question.kind {
            row.insert("isoloir_linked".to_owned(), "yes".to_owned());
        }
        if matches!(question.kind, Kind::Matrix) {
            self.matrix(row, question);
        } else {
            let is_asked = !row.contains_key("disabled");
            self.survey.push(row);
            if is_asked {
                self.list(question.id.as_str(), question);
            }
        }
    }

    fn matrix(&mut self, mut row: Row, matrix: &Question) {
        let rows: Vec<Question> = self.questionnaire.rows(matrix).cloned().collect();
        if let Some(first) = rows.first() {
            // What is said of the matrix is said of each of its rows.
            row.extend(filled(&[
                ("isoloir_headline", &headline(first)),
                ("isoloir_ordered", ordered(first)),
                ("isoloir_instrument", &instrument(first)),
            ]));
            self.list(matrix.id.as_str(), first);
        }
        self.survey.push(row);
        for question in &rows {
            let kind = format!("select_one {}", matrix.id);
            let mut row = self::row(&[("type", &kind), ("name", question.id.as_str())]);
            row.extend(filled(&[("required", if question.required { "yes" } else { "" })]));
            self.text(&mut row, "label", &question.text);
            self.text(&mut row, "isoloir_short", &question.short);
            self.survey.push(row);
        }
        self.survey.push(self::row(&[("type", "end_group")]));
    }

    /// What all questions may have.
    fn common(&mut self, row: &mut Row, question: &Question) {
        let relevant = question.show_if.as_ref().map(|condition| self.relevant(question, condition));
        row.extend(filled(&[
            ("name", question.id.as_str()),
            ("required", if question.required { "yes" } else { "" }),
            ("relevant", &relevant.unwrap_or_default()),
            ("constraint", &constraint::write(question)),
            ("isoloir_axis", question.axis.as_ref().map_or("", |axis| axis.as_str())),
            ("isoloir_priority", question.priority.as_ref().map_or("", |priority| priority.as_str())),
            ("isoloir_headline", &headline(question)),
            ("isoloir_ordered", ordered(question)),
            ("isoloir_sensitive", if question.sensitive { "yes" } else { "" }),
            ("isoloir_instrument", &instrument(question)),
        ]));
        self.text(row, "label", &question.text);
        self.text(row, "isoloir_short", &question.short);
        if let Some(hint) = &question.hint {
            self.text(row, "hint", hint);
        }
    }

    fn relevant(&mut self, question: &Question, condition: &Condition) -> String {
        relevant::write(condition, self.questionnaire).unwrap_or_else(|| {
            self.refuse(question, "une condition dont une liste a moins de deux éléments");
            String::new()
        })
    }

    fn refuse(&mut self, question: &Question, what: &str) {
        self.unsupported
            .push(format!("question « {} » : {what} ; enlevez-la d’une copie du questionnaire", question.id));
    }

    fn list(&mut self, name: &str, question: &Question) {
        for choice in question.choices() {
            let mut row = row(&[("list_name", name), ("name", choice.code.as_str())]);
            self.label(&mut row, choice);
            let is_own_exclusive = choice.exclusive && !choice.missing;
            row.extend(filled(&[
                ("isoloir_missing", if choice.missing { "yes" } else { "" }),
                ("isoloir_exclusive", if is_own_exclusive { "yes" } else { "" }),
                ("isoloir_other", if self.questionnaire.is_spelled_out(question, choice) { "yes" } else { "" }),
                ("isoloir_harmless", if choice.harmless { "yes" } else { "" }),
            ]));
            self.choices.push(row);
        }
    }

    /// What a choice covers has no place of its own there: it follows the label. It comes from the territory, so that it
    /// need not be read back.
    fn label(&self, row: &mut Row, choice: &Choice) {
        self.text(row, "label", &choice.label);
        let Some(detail) = &choice.detail else { return };
        for lang in &self.questionnaire.languages {
            let label = format!("{}\u{a0}: {}", choice.label.get(lang), detail.get(lang));
            row.insert(column("label", lang), label);
        }
    }

    fn asks_sectors(&self, question: &Question) -> bool {
        self.questionnaire.territory.sectors.iter().any(|sector| question.choice(sector.code.as_str()).is_some())
    }
}

fn headline(question: &Question) -> String {
    question.headline.iter().map(ChoiceCode::as_str).collect::<Vec<_>>().join(" ")
}

/// Whether choices keep their order, of those questions that have to say it.
fn ordered(question: &Question) -> &'static str {
    match question.kind {
        Kind::Single { role: None, .. } if question.ordered => "yes",
        Kind::Single { role: None, .. } if !question.keeps_order() => "no",
        _ => "",
    }
}

fn instrument(question: &Question) -> String {
    question.instrument.as_ref().map(|item| format!("{}:{}", item.id, item.item)).unwrap_or_default()
}

/// How a score is computed: the keys `base`, `terms` and `levels` of our YAML, as JSON.
fn score(kind: &Kind) -> Option<String> {
    let Kind::Score { base, terms, levels, from } = kind else { return None };
    let levels: Vec<_> = levels
        .iter()
        .zip(from)
        .map(|(level, from)| json!({"code": level.code, "label": level.label, "from": from}))
        .collect();
    Some(json!({"base": base, "terms": terms, "levels": levels}).to_string())
}

/// The cells that hold something.
fn filled(cells: &[(&str, &str)]) -> Row {
    let filled = cells.iter().filter(|(_, text)| !text.is_empty());
    filled.map(|(column, text)| ((*column).to_owned(), (*text).to_owned())).collect()
}

fn row(cells: &[(&str, &str)]) -> Row {
    filled(cells)
}

fn settings(questionnaire: &Questionnaire) -> NewSheet {
    let version = &questionnaire.version().as_str()[..12];
    let cells = [
        ("form_title", questionnaire.title.fr()),
        ("form_id", questionnaire.id.as_str()),
        ("version", version),
        ("default_language", "fr"),
    ];
    let columns = cells.iter().map(|(column, _)| (*column).to_owned()).collect();
    NewSheet { name: "settings", columns, rows: vec![row(&cells)] }
}

/// What XLSForm has no place for: a key, and a text in each language.
fn ours(questionnaire: &Questionnaire) -> NewSheet {
    let mut rows = Vec::new();
    let mut plain = |key: &str, value: &str| rows.extend([row(&[("key", key), ("fr", value)])]);
    let languages: Vec<&str> = questionnaire.languages.iter().map(Lang::as_str).collect();
    plain("languages", &languages.join(" "));
    plain("territory", &questionnaire.territory.code);
    let access = match questionnaire.access {
        isoloir_survey::Access::Invitation => "invitation",
        isoloir_survey::Access::Open => "open",
    };
    plain("access", access);
    for (key, value) in [
        ("color", questionnaire.color.map(|color| color.to_string())),
        ("opens", questionnaire.opens.map(|day| day.to_string())),
        ("closes", questionnaire.closes.map(|day| day.to_string())),
        ("phone", Some(questionnaire.contact.phone.clone())),
        ("email", questionnaire.contact.email.clone()),
        ("minutes", Some(questionnaire.minutes.to_string())),
    ] {
        if let Some(value) = value {
            plain(key, &value);
        }
    }
    let text = |key: String, text: &Text| {
        let texts = questionnaire.languages.iter().filter(|lang| text.has(lang));
        let mut cells: Row = texts.map(|lang| (lang.to_string(), text.get(lang).to_owned())).collect();
        cells.insert("key".to_owned(), key);
        cells
    };
    rows.push(text("title".to_owned(), &questionnaire.title));
    rows.push(text("organiser".to_owned(), &questionnaire.organiser));
    rows.push(text("welcome".to_owned(), &questionnaire.welcome));
    rows.extend(questionnaire.welcome_paper.iter().map(|welcome| text("welcome_paper".to_owned(), welcome)));
    rows.push(text("thanks".to_owned(), &questionnaire.thanks));
    for axis in &questionnaire.axes {
        rows.push(text(format!("axis:{}:title", axis.id), &axis.title));
        rows.push(text(format!("axis:{}:summary", axis.id), &axis.summary));
        for priority in &axis.priorities {
            rows.push(row(&[("key", &format!("axis:{}:priority:{}", axis.id, priority.id)), ("fr", &priority.title)]));
        }
    }
    let columns = ["key"].into_iter().chain(languages).map(str::to_owned).collect();
    NewSheet { name: "isoloir", columns, rows }
}
