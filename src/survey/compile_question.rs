//! One entry under `questions:` becomes one question, or several: a matrix is a heading and a question per row, and a choice
//! that can be spelled out is followed by a short text. From here on, a variable is a question and a question a variable.

use crate::compile::{Compiler, Variable};
use crate::ids::{AxisId, ChoiceCode, Lang, QuestionId};
use crate::instrument::{Instrument, InstrumentItem, instrument, instruments};
use crate::model::{Choice, Kind, Question, Text};
use crate::place::Territory;
use crate::read::Spanned;
use crate::yaml::{Id, RawQuestion, RawRow};

/// Longest title of a chart, in characters: more does not fit above a chart on a telephone.
pub(crate) const MAX_SHORT_CHARS: usize = 60;

/// What else has a name in the page: fields of the form, elements that its labels and links lead to, and what its script
/// asks of the form, which a field of that name would stand in for.
const RESERVED_NAMES: [&str; 14] = [
    "code",
    "modifier",
    "reprise",
    "token",
    "accueil",
    "contenu",
    "erreurs",
    "progression",
    "questionnaire",
    "after",
    "autocomplete",
    "hidden",
    "reset",
    "submit",
];

/// Longest text that spells out a choice, in characters.
const MAX_OTHER_CHARS: u32 = 100;

impl Compiler<'_> {
    pub(crate) fn question(
        &mut self,
        raw: &RawQuestion,
        page_axis: Option<&AxisId>,
        territory: &Territory,
    ) -> Vec<Question> {
        let id = self.id(&raw.id, QuestionId::parse);
        let show_if = raw.show_if.as_ref().and_then(|condition| self.condition(condition));
        let kind = self.kind(raw, territory);
        let text = self.text(&raw.text);
        let short = self.short(raw);
        let hint = raw.hint.as_ref().map(|hint| self.text(hint));
        let own_axis = raw.axis.as_ref().and_then(|axis| self.axis(axis));
        let axis = own_axis.or_else(|| page_axis.cloned());
        let priority = raw.priority.as_ref().and_then(|priority| self.priority(priority, axis.as_ref()));
        let headline = self.headline(raw, kind.as_ref());
        let is_text = matches!(kind, Some(Kind::TextLong { .. }));
        if is_text && raw.required == Some(true) {
            // Free texts are kept apart from the responses, which must stay valid without them.
            self.problem(raw.id.at, "un texte libre ne peut pas être obligatoire", "enlevez « required »");
        }
        let Some(id) = id else { return Vec::new() };
        let Some(kind) = kind else {
            self.declare(&raw.id, &id, Variable::Unreadable);
            return Vec::new();
        };
        let mut question = Question {
            id,
            kind,
            text,
            short,
            hint,
            required: raw.required.unwrap_or(false),
            show_if,
            axis,
            priority,
            headline,
            ordered: raw.ordered.unwrap_or(false),
            sensitive: raw.sensitive.unwrap_or(false),
            instrument: self.instrument_item(raw, 0),
            row_of: None,
            specifies: None,
        };
        self.declare_question(&raw.id, &question);
        if matches!(question.kind, Kind::Matrix) {
            let rows = self.rows(raw, &question);
            question.required = false;
            question.instrument = None;
            question.headline = Vec::new();
            question.ordered = false;
            return std::iter::once(question).chain(rows).collect();
        }
        let precisions = self.precisions(raw, &question);
        std::iter::once(question).chain(precisions).collect()
    }

    fn declare_question(&mut self, name: &Id, question: &Question) {
        let variable = match &question.kind {
            Kind::Single { choices, .. }
            | Kind::Multiple { choices, .. }
            | Kind::Scale { choices, .. }
            | Kind::RankTop { choices, .. } => {
                Variable::Codes(choices.iter().map(|choice| choice.code.clone()).collect())
            }
            Kind::Integer { .. } => Variable::Number,
            Kind::TextLong { .. } => Variable::Silent("un texte libre"),
            Kind::Matrix => Variable::Silent("un tableau ; chacune de ses lignes a son propre nom"),
            Kind::Score { .. } => Variable::Silent("un score, calculé après coup"),
            Kind::Note => Variable::Silent("un texte, qui n’a pas de réponse"),
        };
        if let Some(item) = question.instrument.clone().filter(|_| question.is_asked())
            && self.seen.items.insert(item.clone(), question.id.clone()).is_some()
        {
            let message = format!("la question {} de « {} » est posée deux fois", item.item, item.id);
            self.problem(name.at, message, "enlevez « instrument » de l’une des deux");
        }
        self.declare(name, &question.id, variable);
    }

    /// The item of an instrument that a question is; for a row of a matrix, `row` further than its first.
    fn instrument_item(&mut self, raw: &RawQuestion, row: u8) -> Option<InstrumentItem> {
        let named = raw.instrument.as_ref().filter(|_| raw.r#type.value != "score")?;
        let instrument = self.instrument(&named.id)?;
        let Some(first) = &named.item else {
            let fix = format!("écrivez {{id: {}, item: 1}}", instrument.id);
            self.problem(named.id.at, "il manque le numéro de la question dans l’instrument", fix);
            return None;
        };
        let item = first.value.saturating_add(row);
        if instrument.items.contains_key(&item) {
            return Some(InstrumentItem { id: instrument.id.clone(), item });
        }
        let message = format!("« {} » n’a pas de question {item}", instrument.id);
        self.problem(first.at, message, format!("choisissez de 1 à {}", instrument.items.len()));
        None
    }

    pub(crate) fn instrument(&mut self, raw: &Id) -> Option<&'static Instrument> {
        let found = instrument(&raw.value);
        if found.is_none() {
            let known: Vec<&str> = instruments().iter().map(|instrument| instrument.id.as_str()).collect();
            let fix = format!("choisissez parmi : {}", known.join(", "));
            self.problem(raw.at, format!("l’instrument « {} » est inconnu", raw.value), fix);
        }
        found
    }

    fn declare(&mut self, name: &Id, id: &QuestionId, variable: Variable) {
        if RESERVED_NAMES.contains(&id.as_str()) {
            let message = format!("« {id} » est déjà le nom d’une partie de la page");
            self.problem(name.at, message, "donnez-lui un autre nom");
        }
        if self.seen.questions.insert(id.clone(), variable).is_some() {
            let name = Id { value: id.to_string(), at: name.at };
            self.duplicate(&name, "question");
        }
    }

    fn short(&mut self, raw: &RawQuestion) -> Text {
        let Some(short) = &raw.short else {
            if raw.r#type.value != "note" {
                let fix = "ajoutez « short: {fr: \"…\"} » : c’est le titre du graphique";
                self.problem(raw.id.at, "il manque la clé « short »", fix);
            }
            return Text::french("");
        };
        if short.value.values().any(|text| text.value.chars().count() > MAX_SHORT_CHARS) {
            let fix = format!("raccourcissez-le à {MAX_SHORT_CHARS} caractères");
            self.problem(short.at, "ce titre court est trop long pour un graphique", fix);
        }
        self.text(short)
    }

    fn headline(&mut self, raw: &RawQuestion, kind: Option<&Kind>) -> Vec<ChoiceCode> {
        let matrix_choices;
        let choices: &[Choice] = match kind {
            Some(
                Kind::Single { choices, .. }
                | Kind::Multiple { choices, .. }
                | Kind::Scale { choices, .. }
                | Kind::RankTop { choices, .. }
                | Kind::Score { levels: choices, .. },
            ) => choices,
            Some(Kind::Matrix) => {
                let shared = raw.choices.iter().flatten().filter_map(|choice| {
                    let code = ChoiceCode::parse(&choice.code.value).ok()?;
                    Some(Choice::plain(code, Text::french("")))
                });
                matrix_choices = shared.collect::<Vec<_>>();
                &matrix_choices
            }
            _ => &[],
        };
        let mut headline = Vec::new();
        for code in raw.headline.iter().flatten() {
            if choices.iter().any(|choice| choice.code.as_str() == code.value) {
                headline.extend(self.id(code, ChoiceCode::parse));
            } else {
                self.unknown_choice(code, choices.iter().map(|choice| &choice.code));
            }
        }
        headline
    }

    /// A row is a question of its own, `matrix_row`, which shares the matrix's choices, condition and axis.
    fn rows(&mut self, raw: &RawQuestion, matrix: &Question) -> Vec<Question> {
        let Some(rows) = raw.rows.as_ref().filter(|rows| rows.len() >= 2) else {
            let fix = "ajoutez au moins deux lignes sous « rows: », par exemple {id: transports, label: {fr: \"…\"}}";
            self.problem(raw.id.at, "ce tableau n’a pas assez de lignes", fix);
            return Vec::new();
        };
        let choices = self.choices(raw);
        let headline = self.headline(raw, Some(&Kind::Matrix));
        rows.iter()
            .zip(0..)
            .filter_map(|(row, index)| {
                let own = self.id(&row.id, QuestionId::parse)?;
                let id = self.derived(&row.id, matrix, own.as_str())?;
                let text = self.text(&row.label);
                let short = self.row_short(row, &matrix.short, &text);
                let question = Question {
                    id,
                    kind: Kind::Single { choices: choices.clone(), role: None },
                    text,
                    short,
                    hint: None,
                    required: raw.required.unwrap_or(false),
                    show_if: matrix.show_if.clone(),
                    axis: matrix.axis.clone(),
                    priority: matrix.priority.clone(),
                    headline: headline.clone(),
                    ordered: raw.ordered.unwrap_or(false),
                    sensitive: matrix.sensitive,
                    instrument: self.instrument_item(raw, index),
                    row_of: Some(matrix.id.clone()),
                    specifies: None,
                };
                self.declare_question(&row.id, &question);
                Some(question)
            })
            .collect()
    }

    /// The row's own title, or the matrix's with the row's label.
    fn row_short(&mut self, row: &RawRow, matrix: &Text, label: &Text) -> Text {
        if let Some(short) = &row.short {
            return self.text(short);
        }
        let joined = joined(matrix, label);
        if joined.fr().chars().count() > MAX_SHORT_CHARS {
            let fix = format!("ajoutez « short: {{fr: \"…\"}} » à cette ligne, {MAX_SHORT_CHARS} caractères au plus");
            self.problem(row.id.at, format!("« {} » est trop long pour un graphique", joined.fr()), fix);
        }
        joined
    }

    /// For each choice that can be spelled out, a short text that is shown with it: `question_choice`.
    fn precisions(&mut self, raw: &RawQuestion, question: &Question) -> Vec<Question> {
        let others = raw.choices.iter().flatten().filter(|choice| choice.other == Some(true));
        others
            .filter_map(|choice| {
                let code = ChoiceCode::parse(&choice.code.value).ok()?;
                let label = question.choice(code.as_str())?.label.clone();
                let id = self.derived(&choice.code, question, code.as_str())?;
                let precision = Question {
                    id,
                    kind: Kind::TextLong { max_chars: MAX_OTHER_CHARS, one_line: true, linked: false },
                    text: self.own_words("Précisez, si vous le souhaitez", "Vous pouvez écrire quoi."),
                    short: joined(&question.short, &label),
                    hint: Some(self.own_words(
                        "N’écrivez rien qui permette de vous reconnaître.",
                        "N’écrivez pas de nom. N’écrivez pas d’adresse.",
                    )),
                    required: false,
                    show_if: Some(crate::Condition::Is { q: question.id.clone(), is: code }),
                    axis: question.axis.clone(),
                    priority: question.priority.clone(),
                    headline: Vec::new(),
                    ordered: false,
                    sensitive: false,
                    instrument: None,
                    row_of: None,
                    specifies: Some(question.id.clone()),
                };
                self.declare_question(&choice.code, &precision);
                Some(precision)
            })
            .collect()
    }

    /// The name of a variable that comes with a question.
    fn derived(&mut self, name: &Spanned<String>, question: &Question, own: &str) -> Option<QuestionId> {
        let name = Id { value: format!("{}_{own}", question.id), at: name.at };
        self.id(&name, QuestionId::parse)
    }

    /// A text that the program writes itself, in the questionnaire's languages.
    pub(crate) fn own_words(&self, french: &str, easy: &str) -> Text {
        let words = |lang: &Lang| if lang.is_french() { french } else { easy }.to_owned();
        Text::new(self.languages.iter().map(|lang| (lang.clone(), words(lang))).collect())
    }
}

fn joined(before: &Text, after: &Text) -> Text {
    Text::new(
        before.languages().map(|lang| (lang.clone(), format!("{} – {}", before.get(lang), after.get(lang)))).collect(),
    )
}

impl Compiler<'_> {
    pub(crate) fn unknown_choice<'c>(&mut self, code: &Id, known: impl Iterator<Item = &'c ChoiceCode>) {
        let known: Vec<&str> = known.map(ChoiceCode::as_str).collect();
        let message = format!("le choix « {} » n’existe pas dans cette question", code.value);
        self.problem(code.at, message, format!("les codes possibles sont : {}", known.join(", ")));
    }
}
