//! The rows of a form's sheet `survey`, one after the other, as pages and questions in YAML.

use std::fmt::Write;

use isoloir_survey::{ChoiceCode, Condition, PageId, QuestionId};

use crate::constraint::{Limits, read as read_constraint};
use crate::import::{Languages, column, quoted, texts};
use crate::relevant;
use crate::sheets::{Row, Sheet};

/// Appearances that change nothing in what is asked.
const HARMLESS: [&str; 9] =
    ["minimal", "quick", "compact", "horizontal", "columns", "likert", "multiline", "field-list", "table-list"];
/// What ODK notes by itself, and we never do.
const TRACES: [&str; 10] =
    ["start", "end", "today", "deviceid", "username", "phonenumber", "email", "subscriberid", "simserial", "audit"];

pub(crate) struct Questions<'a> {
    survey: &'a Sheet,
    choices: Option<&'a Sheet>,
    languages: &'a Languages,
    yaml: String,
    /// Where the rows stand: outside, on a page, or in a matrix.
    place: Place<'a>,
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Outside,
    /// In a group, or on the one page of a form without groups.
    Page {
        is_group: bool,
    },
    Matrix {
        row: &'a Row,
        rows: usize,
        is_in_group: bool,
    },
}

impl<'a> Questions<'a> {
    pub(crate) fn new(survey: &'a Sheet, choices: Option<&'a Sheet>, languages: &'a Languages) -> Self {
        Self { survey, choices, languages, yaml: "pages:\n".to_owned(), place: Place::Outside }
    }

    /// Every page; questions outside groups are on a page that has the form's title.
    pub(crate) fn pages(mut self, title: &str) -> String {
        for row in &self.survey.rows {
            // ODK skips these rows; a score is among them, since nobody is asked for it.
            if self.flag(row, "disabled", false) && self.get(row, "isoloir_type") != "score" {
                continue;
            }
            let kind: Vec<&str> = self.get(row, "type").split_whitespace().collect();
            // ODK also takes « begin group ».
            let kind = match kind[..] {
                ["begin", "group"] => vec!["begin_group"],
                ["end", "group"] => vec!["end_group"],
                _ => kind,
            };
            match kind[..] {
                ["begin_group"] => {
                    if self.get(row, "appearance").split_whitespace().any(|word| word == "table-list") {
                        self.open_page(row, title);
                    }
                    self.begin(row);
                }
                ["end_group"] => self.end(row),
                [] => self.note(row, "type", "cette ligne n’a pas de type", "donnez-lui un type, ou videz-la"),
                _ => {
                    self.open_page(row, title);
                    self.row(row, &kind);
                }
            }
        }
        if matches!(self.place, Place::Page { is_group: true } | Place::Matrix { .. }) {
            self.survey.note_at(String::new(), "un groupe n’est pas fermé", "ajoutez une ligne « end_group »");
        }
        self.yaml
    }

    /// Before a question that is in no group: the first one begins a page.
    fn open_page(&mut self, row: &'a Row, title: &str) {
        if !matches!(self.place, Place::Outside) {
            return;
        }
        if self.yaml.contains("\n  - id: ") {
            let fix = "mettez toutes les questions dans des groupes, ou aucune";
            self.note(row, "type", "cette question n’est dans aucun groupe", fix);
            return;
        }
        self.place = Place::Page { is_group: false };
        let title = format!("{{fr: {}}}", quoted(title));
        self.line(&format!("  - id: questions\n    title: {title}\n    questions:\n"));
    }

    fn get(&self, row: &'a Row, column: &str) -> &'a str {
        self.survey.get(row, column)
    }

    fn note(&self, row: &Row, column: &str, message: impl Into<String>, fix: impl Into<String>) {
        self.survey.note(row, column, message, fix);
    }

    fn line(&mut self, text: &str) {
        self.yaml.push_str(text);
    }

    fn texts(&self, row: &'a Row, base: &str) -> Option<String> {
        let survey = self.survey;
        let each = self.languages.iter().map(|(lang, suffix)| (lang, survey.get(row, &column(base, lang, suffix))));
        texts(each)
    }

    fn begin(&mut self, row: &'a Row) {
        let is_matrix = self.get(row, "appearance").split_whitespace().any(|word| word == "table-list");
        self.check_appearance(row);
        match (self.place, is_matrix) {
            (Place::Outside, false) => {
                self.place = Place::Page { is_group: true };
                let name = self.get(row, "name");
                if let Err(error) = PageId::parse(name) {
                    self.note(row, "name", format!("« {name} » n’est pas un nom de page"), error.rule);
                }
                if !self.get(row, "relevant").is_empty() {
                    let fix = "mettez la condition sur chaque question de la page";
                    self.note(row, "relevant", "une page n’a pas de condition", fix);
                }
                let title = self.texts(row, "label").unwrap_or_default();
                self.line(&format!("  - id: {name}\n    title: {title}\n"));
                if let Some(intro) = self.texts(row, "isoloir_intro") {
                    self.line(&format!("    intro: {intro}\n"));
                }
                self.line("    questions:\n");
            }
            (Place::Page { is_group }, true) => {
                self.place = Place::Matrix { row, rows: 0, is_in_group: is_group };
                self.question(row, "matrix", &Limits::default());
            }
            _ => {
                let fix =
                    "un groupe est une page ; seul un tableau (appearance « table-list ») peut être dans une page";
                self.note(row, "type", "ce groupe est dans un autre", fix);
            }
        }
    }

    fn end(&mut self, row: &'a Row) {
        self.place = match self.place {
            Place::Matrix { is_in_group, .. } => Place::Page { is_group: is_in_group },
            Place::Page { is_group: true } => Place::Outside,
            other => {
                self.note(row, "type", "aucun groupe n’est ouvert", "enlevez cette ligne");
                other
            }
        };
    }

    fn row(&mut self, row: &'a Row, kind: &[&str]) {
        self.check_appearance(row);
        if let Place::Matrix { row: matrix, rows, is_in_group } = self.place {
            self.place = Place::Matrix { row: matrix, rows: rows + 1, is_in_group };
            return self.matrix_row(row, kind, matrix, rows);
        }
        let ours = self.get(row, "isoloir_type");
        // Those come with the choice that they spell out.
        if ours == "precision" && kind == ["text"] {
            return;
        }
        let limits = read_constraint(self.get(row, "constraint"), kind.first().copied().unwrap_or_default());
        let limits = limits.unwrap_or_else(|part| {
            let fix = "sont pris en charge : . >= 1, . <= 9, count-selected(.) <= 3, string-length(.) <= 200";
            self.note(row, "constraint", format!("« {part} » n’est pas pris en charge"), fix);
            Limits::default()
        });
        match (kind, ours) {
            (["select_one", list], "") => self.choice_question(row, "single", list, &limits),
            (["select_one", list], "scale") => self.scale(row, list),
            (["select_one", list], "age_band") => self.age_band(row, list),
            (["select_one", _], "territory") => self.question(row, "territory", &limits),
            (["select_one", _], "territory_sector") => {
                self.question(row, "territory", &limits);
                self.line("        level: sector\n");
            }
            (["select_multiple", list], "") => self.choice_question(row, "multiple", list, &limits),
            (["integer"], "") => self.question(row, "integer", &limits),
            (["text"], "") => {
                let is_long = self.get(row, "appearance").split_whitespace().any(|word| word == "multiline");
                self.question(row, if is_long { "text_long" } else { "text_short" }, &limits);
            }
            (["note"], "") => self.question(row, "note", &limits),
            (["calculate"], "score") => self.score(row, &limits),
            ([trace, ..], _) if TRACES.contains(trace) => {
                let fix = "enlevez cette ligne : une enquête anonyme ne garde ni heure, ni appareil, ni personne";
                self.note(row, "type", format!("« {trace} » désigne qui répond, ou quand"), fix);
            }
            ([known @ ("select_one" | "select_multiple"), _, ..], "") => {
                let fix = "écrivez le type, puis le nom d’une liste, et rien d’autre (« or_other » : ajoutez un choix)";
                self.note(row, "type", format!("ce type « {known} » n’est pas pris en charge ainsi"), fix);
            }
            (_, "") => {
                let message = format!("le type « {} » n’est pas pris en charge", kind.join(" "));
                let fix = "utilisez select_one, select_multiple, integer, text ou note, ou enlevez la ligne";
                self.note(row, "type", message, fix);
            }
            (_, ours) => {
                let message = format!("« {ours} » ne va pas avec le type « {} »", kind.join(" "));
                self.note(row, "isoloir_type", message, "videz cette cellule");
            }
        }
    }

    fn check_appearance(&self, row: &Row) {
        for word in self.survey.get(row, "appearance").split_whitespace() {
            let is_width = word.strip_prefix('w').is_some_and(|width| width.parse::<u8>().is_ok());
            if !HARMLESS.contains(&word) && !is_width {
                self.note(row, "appearance", format!("l’apparence « {word} » n’est pas prise en charge"), "enlevez-la");
            }
        }
    }

    /// What all questions have; the lines that only some have follow.
    fn question(&mut self, row: &'a Row, kind: &str, limits: &Limits) {
        let name = self.get(row, "name");
        if let Err(error) = QuestionId::parse(name) {
            self.note(row, "name", format!("« {name} » n’est pas un nom de variable"), error.rule);
        }
        let Some(text) = self.texts(row, "label") else {
            return self.note(row, "label::fr", "cette question n’a pas de libellé", "écrivez-le");
        };
        let french = self.languages.first().map_or("", |(lang, suffix)| self.get(row, &column("label", lang, suffix)));
        // A short question is its own title.
        let own = (french.chars().count() <= 60 && kind != "note").then(|| text.clone());
        let short = self.texts(row, "isoloir_short").or(own);
        let mut yaml = format!("      - id: {name}\n        type: {kind}\n        text: {text}\n");
        let mut line = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                writeln!(yaml, "        {key}: {value}").expect("a String takes everything");
            }
        };
        line("short", short);
        line("hint", self.texts(row, "hint"));
        if kind != "matrix" {
            let is_text = kind.starts_with("text");
            line("required", self.flag(row, "required", is_text).then(|| "true".to_owned()));
        }
        line("sensitive", self.flag(row, "isoloir_sensitive", false).then(|| "true".to_owned()));
        line("show_if", self.show_if(row));
        let cell = |column: &str| Some(self.get(row, column)).filter(|text| !text.is_empty());
        line("axis", cell("isoloir_axis").map(str::to_owned));
        line("priority", cell("isoloir_priority").map(str::to_owned));
        let codes = |codes: &str| format!("[{}]", codes.split_whitespace().map(quoted).collect::<Vec<_>>().join(", "));
        line("headline", cell("isoloir_headline").map(codes));
        let ordered = cell("isoloir_ordered").map(|_| self.flag(row, "isoloir_ordered", false).to_string());
        line("ordered", ordered);
        line("instrument", cell("isoloir_instrument").and_then(|text| self.instrument(row, text)));
        line("low", self.texts(row, "isoloir_low"));
        line("high", self.texts(row, "isoloir_high"));
        line("min", limits.min.map(|min| min.to_string()));
        let max = if kind.starts_with("text") { "max_chars" } else { "max" };
        line(max, limits.max.map(|max| max.to_string()));
        line("linked", self.flag(row, "isoloir_linked", false).then(|| "true".to_owned()));
        self.line(&yaml);
    }

    fn instrument(&self, row: &Row, text: &str) -> Option<String> {
        let item = text.split_once(':').and_then(|(id, item)| Some((id, item.parse::<u8>().ok()?)));
        if item.is_none() {
            self.note(row, "isoloir_instrument", format!("« {text} » n’est pas compris"), "écrivez par exemple who5:1");
        }
        item.map(|(id, item)| format!("{{id: {}, item: {item}}}", quoted(id)))
    }

    fn flag(&self, row: &Row, column: &str, is_refused: bool) -> bool {
        let is_set = match self.survey.get(row, column).to_lowercase().as_str() {
            "" | "no" | "false" | "false()" => false,
            "yes" | "true" | "true()" => true,
            _ => {
                self.note(row, column, "« yes » ou « no » est attendu ici", "écrivez l’un des deux");
                false
            }
        };
        if is_set && is_refused {
            self.note(row, column, "un texte libre ne peut pas être obligatoire", "videz cette cellule");
        }
        is_set
    }

    fn show_if(&self, row: &'a Row) -> Option<String> {
        let text = Some(self.get(row, "relevant")).filter(|text| !text.is_empty())?;
        match relevant::read(text) {
            Ok(condition) => Some(flow(&condition)),
            Err(message) => {
                let fix = "sont pris en charge : ${q} = 'code', ${q} != '', ${q} >= 3, selected(${q}, 'code'), not(), and, or";
                self.note(row, "relevant", message, fix);
                None
            }
        }
    }

    fn matrix_row(&mut self, row: &'a Row, kind: &[&str], matrix: &'a Row, rows: usize) {
        let (["select_one", list], "") = (kind, self.get(row, "isoloir_type")) else {
            let fix = "un tableau n’a que des lignes « select_one » sur la même liste";
            return self.note(row, "type", "cette ligne ne va pas dans un tableau", fix);
        };
        if rows == 0 {
            let is_required = self.flag(row, "required", false);
            self.line(if is_required { "        required: true\n" } else { "" });
            self.list(row, list, &Limits::default());
            self.line("        rows:\n");
        }
        let (name, prefix) = (self.get(row, "name"), format!("{}_", self.get(matrix, "name")));
        let Some(own) = name.strip_prefix(&prefix) else {
            let message = format!("« {name} » ne commence pas par « {prefix} », le nom du tableau");
            return self.note(row, "name", message, format!("nommez-la par exemple « {prefix}{name} »"));
        };
        for column in ["relevant", "constraint"] {
            if !self.get(row, column).is_empty() {
                let fix = "mettez la condition sur la ligne begin_group du tableau";
                self.note(row, column, "une ligne de tableau n’a rien de tel", fix);
            }
        }
        let label = self.texts(row, "label").unwrap_or_default();
        let short = self.texts(row, "isoloir_short").map(|short| format!(", short: {short}")).unwrap_or_default();
        self.line(&format!("          - {{id: {own}, label: {label}{short}}}\n"));
    }

    fn choice_question(&mut self, row: &'a Row, kind: &str, list: &str, limits: &Limits) {
        self.question(row, kind, limits);
        self.list(row, list, limits);
    }

    /// The rows of the sheet `choices` that belong to a list; notes when there are none.
    fn choices_of(&self, row: &Row, list: &str) -> Vec<&'a Row> {
        let rows = self.choices.map_or(&[][..], |choices| &choices.rows);
        let found: Vec<&Row> = rows.iter().filter(|choice| self.choice(choice, "list_name") == list).collect();
        if found.is_empty() {
            let fix = format!("ajoutez-y des lignes dont list_name est « {list} »");
            self.note(row, "type", format!("la liste « {list} » n’est pas dans la feuille « choices »"), fix);
        }
        found
    }

    fn choice(&self, row: &'a Row, column: &str) -> &'a str {
        self.choices.map_or("", |choices| choices.get(row, column))
    }

    fn list(&mut self, row: &Row, list: &str, limits: &Limits) {
        let Some(sheet) = self.choices else {
            self.choices_of(row, list);
            return;
        };
        let mut yaml = "        choices:\n".to_owned();
        for choice in self.choices_of(row, list) {
            let code = sheet.get(choice, "name");
            if let Err(error) = ChoiceCode::parse(code) {
                sheet.note(choice, "name", format!("« {code} » n’est pas un code"), error.rule);
            }
            let each = self.languages.iter();
            let label = texts(each.map(|(lang, suffix)| (lang, sheet.get(choice, &column("label", lang, suffix)))));
            let Some(label) = label else {
                sheet.note(choice, "label::fr", "ce choix n’a pas de libellé", "écrivez-le");
                continue;
            };
            let is_yes = |column: &str| matches!(sheet.get(choice, column), "yes" | "true");
            let is_missing = is_yes("isoloir_missing");
            let is_exclusive = is_yes("isoloir_exclusive") || limits.exclusive.iter().any(|known| known == code);
            let flags = [
                (is_missing, ", missing: true"),
                (is_exclusive && !is_missing, ", exclusive: true"),
                (is_yes("isoloir_other"), ", other: true"),
                (is_yes("isoloir_harmless"), ", harmless: true"),
            ];
            let flags: String = flags.iter().filter(|(is_set, _)| *is_set).map(|(_, text)| *text).collect();
            writeln!(yaml, "          - {{code: {}, label: {label}{flags}}}", quoted(code))
                .expect("a String takes everything");
        }
        self.line(&yaml);
    }

    /// Its points are the numbers among the codes; what else there is, is a way of not answering.
    fn scale(&mut self, row: &'a Row, list: &str) {
        let choices = self.choices_of(row, list);
        let points: Vec<i64> = choices.iter().filter_map(|choice| self.choice(choice, "name").parse().ok()).collect();
        let limits = Limits { min: points.first().copied(), max: points.last().copied(), ..Limits::default() };
        self.question(row, "scale", &limits);
        let missing = choices.into_iter().find(|choice| self.choice(choice, "isoloir_missing") == "yes");
        let Some((missing, sheet)) = missing.zip(self.choices) else { return };
        let each = self.languages.iter();
        let label = texts(each.map(|(lang, suffix)| (lang, sheet.get(missing, &column("label", lang, suffix)))));
        self.line(&format!("        missing: {}\n", label.unwrap_or_default()));
    }

    /// Its cell holds the keys that say how it is computed.
    fn score(&mut self, row: &'a Row, limits: &Limits) {
        self.question(row, "score", limits);
        let cell = self.get(row, "isoloir_score");
        let Ok(serde_json::Value::Object(keys)) = serde_json::from_str(cell) else {
            let fix = "recopiez cette cellule du formulaire exporté, ou enlevez la ligne";
            return self.note(row, "isoloir_score", "le calcul du score n’est pas lisible", fix);
        };
        for (key, value) in keys {
            match key.as_str() {
                "base" | "terms" | "levels" => self.line(&format!("        {key}: {value}\n")),
                _ => self.note(row, "isoloir_score", format!("« {key} » n’est pas compris"), "enlevez-le"),
            }
        }
    }

    /// Each band starts where its code does: `16-17`, `75+`.
    fn age_band(&mut self, row: &'a Row, list: &str) {
        self.question(row, "age_band", &Limits::default());
        let starts: Vec<&str> = self
            .choices_of(row, list)
            .into_iter()
            .filter_map(|choice| self.choice(choice, "name").split(['-', '+']).next())
            .collect();
        self.line(&format!("        bands: [{}]\n", starts.join(", ")));
    }
}

/// A condition on one line of YAML.
fn flow(condition: &Condition) -> String {
    let list = |list: &[Condition]| list.iter().map(flow).collect::<Vec<_>>().join(", ");
    match condition {
        Condition::Is { q, is } => format!("{{q: {q}, is: {}}}", quoted(is.as_str())),
        Condition::In { q, r#in } => {
            let codes: Vec<String> = r#in.iter().map(|code| quoted(code.as_str())).collect();
            format!("{{q: {q}, in: [{}]}}", codes.join(", "))
        }
        Condition::Answered { q, answered } => format!("{{q: {q}, answered: {answered}}}"),
        Condition::Gte { q, gte } => format!("{{q: {q}, gte: {gte}}}"),
        Condition::All { all } => format!("{{all: [{}]}}", list(all)),
        Condition::Any { any } => format!("{{any: [{}]}}", list(any)),
        Condition::Not { not } => format!("{{not: {}}}", flow(not)),
    }
}
