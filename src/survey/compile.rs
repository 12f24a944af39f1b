//! From YAML to a checked [`Questionnaire`]: every problem is collected, not only the first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_saphyr::Location;

use crate::ids::{AxisId, ChoiceCode, InvalidId, Lang, QuestionId, SurveyId};
use crate::model::{Access, Axis, Choice, Contact, Content, Kind, Page, Question, Questionnaire, Territory, Text};
use crate::problem::{Problem, Problems};
use crate::territory::Territories;
use crate::typography;
use crate::yaml::{Id, RawPage, RawQuestion, RawQuestionnaire, RawText};

/// Longest title of a chart, in characters: more does not fit above a chart on a telephone.
const MAX_SHORT_CHARS: usize = 60;

/// Fields that a form has beside its questions.
const RESERVED_NAMES: [&str; 4] = ["code", "modifier", "reprise", "token"];

/// Reads a questionnaire.
///
/// # Errors
/// Every problem found, each with its line, its column and what to do. When the YAML itself cannot be read there is
/// exactly one.
pub fn parse(yaml: &str, territories: &Territories) -> Result<Questionnaire, Vec<Problem>> {
    let raw: RawQuestionnaire = serde_saphyr::from_str(yaml).map_err(|error| vec![Problem::from_yaml(&error)])?;
    let mut compiler = Compiler { territories, problems: Vec::new(), languages: Vec::new(), seen: Seen::default() };
    let questionnaire = compiler.questionnaire(&raw);
    let mut problems = compiler.problems;
    problems.sort_by_key(|problem| (problem.line, problem.column));
    match questionnaire {
        Some(content) if problems.is_empty() => Ok(content.into()),
        _ => Err(problems),
    }
}

/// [`parse`], with the problems ready to be printed under the name of the file.
///
/// # Errors
/// The problems, with the file's name and text.
pub fn parse_all_problems(file: &str, yaml: &str, territories: &Territories) -> Result<Questionnaire, Problems> {
    parse(yaml, territories).map_err(|problems| Problems { file: file.to_owned(), source: yaml.to_owned(), problems })
}

/// What has been read so far, to which later parts of the file may refer.
#[derive(Default)]
pub(crate) struct Seen {
    axes: BTreeSet<AxisId>,
    pages: BTreeSet<String>,
    pub(crate) questions: BTreeMap<QuestionId, Option<BTreeSet<ChoiceCode>>>,
    pub(crate) free_texts: BTreeSet<QuestionId>,
}

pub(crate) struct Compiler<'a> {
    territories: &'a Territories,
    problems: Vec<Problem>,
    languages: Vec<Lang>,
    pub(crate) seen: Seen,
}

impl Compiler<'_> {
    pub(crate) fn problem(&mut self, location: Location, message: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Problem::at(location, message, fix));
    }

    /// Parses an identifier, or says what is wrong with it.
    pub(crate) fn id<T>(&mut self, raw: &Id, parse: fn(&str) -> Result<T, InvalidId>) -> Option<T> {
        parse(&raw.value)
            .map_err(|error| {
                self.problem(raw.referenced, format!("« {} » n’est pas un identifiant valide", error.text), error.rule);
            })
            .ok()
    }

    fn questionnaire(&mut self, raw: &RawQuestionnaire) -> Option<Content> {
        let id = self.id(&raw.id, SurveyId::parse);
        self.languages = raw.languages.iter().filter_map(|lang| self.id(lang, Lang::parse)).collect();
        if self.languages.first().map(Lang::as_str) != Some("fr") {
            let location = raw.languages.first().map_or(raw.id.referenced, |lang| lang.referenced);
            self.problem(location, "la première langue doit être « fr »", "écrivez « languages: [fr] »");
        }
        let title = self.text(&raw.title);
        let territory = self.territory(&raw.territory);
        let access = self.access(&raw.access);
        let opens = raw.opens.as_ref().and_then(|opens| self.date(opens));
        let closes = raw.closes.as_ref().and_then(|closes| self.date(closes));
        if let (Some(opens), Some(closes), Some(raw)) = (opens, closes, &raw.closes)
            && closes < opens
        {
            self.problem(raw.referenced, "l’enquête se termine avant de commencer", "corrigez « opens » ou « closes »");
        }
        let organiser = self.text(&raw.organiser);
        let contact = Contact { phone: raw.contact.phone.clone(), email: raw.contact.email.clone() };
        let welcome = self.text(&raw.welcome);
        let thanks = self.text(&raw.thanks);
        let axes: Vec<Axis> = raw
            .axes
            .iter()
            .filter_map(|axis| {
                let id = self.id(&axis.id, AxisId::parse)?;
                if !self.seen.axes.insert(id.clone()) {
                    self.duplicate(&axis.id, "axe");
                }
                Some(Axis { id, title: self.text(&axis.title), summary: self.text(&axis.summary) })
            })
            .collect();
        let territory = territory?;
        let pages = raw.pages.iter().filter_map(|page| self.page(page, &territory)).collect();
        if raw.pages.is_empty() {
            self.problem(raw.id.referenced, "le questionnaire n’a aucune page", "ajoutez une page sous « pages: »");
        }
        Some(Content {
            id: id?,
            title,
            languages: self.languages.clone(),
            territory,
            access: access?,
            opens,
            closes,
            organiser,
            contact,
            minutes: raw.minutes,
            welcome,
            thanks,
            axes,
            pages,
        })
    }

    pub(crate) fn duplicate(&mut self, id: &Id, what: &str) {
        let message = format!("l’identifiant de {what} « {} » est déjà pris", id.value);
        self.problem(id.referenced, message, "donnez-lui un autre nom");
    }

    fn territory(&mut self, raw: &Id) -> Option<Territory> {
        let territory = self.territories.get(&raw.value);
        if territory.is_none() {
            let known: Vec<&str> = self.territories.codes().collect();
            let fix = format!("choisissez parmi : {} (fichier territories.tsv)", known.join(", "));
            self.problem(raw.referenced, format!("le territoire « {} » est inconnu", raw.value), fix);
        }
        territory
    }

    fn access(&mut self, raw: &Id) -> Option<Access> {
        match raw.value.as_str() {
            "invitation" => Some(Access::Invitation),
            "open" => Some(Access::Open),
            other => {
                let message = format!("« {other} » n’est pas un mode d’accès");
                self.problem(raw.referenced, message, "écrivez « invitation » ou « open »");
                None
            }
        }
    }

    fn date(&mut self, raw: &Id) -> Option<Date> {
        raw.value
            .parse()
            .map_err(|_| {
                let message = format!("« {} » n’est pas une date", raw.value);
                self.problem(raw.referenced, message, "écrivez année-mois-jour, par exemple 2027-01-31");
            })
            .ok()
    }

    /// Checks a text's languages, emptiness and typography.
    pub(crate) fn text(&mut self, raw: &RawText) -> Text {
        let mut by_language = BTreeMap::new();
        for (lang, text) in &raw.value {
            let Ok(lang) = Lang::parse(lang) else {
                let message = format!("« {lang} » n’est pas une langue");
                self.problem(text.referenced, message, "écrivez « fr » ou « fr-FALC »");
                continue;
            };
            if !self.languages.contains(&lang) {
                let message = format!("la langue « {lang} » n’est pas annoncée");
                self.problem(
                    text.referenced,
                    message,
                    format!("ajoutez « {lang} » à « languages » en tête du fichier"),
                );
            }
            if text.value.trim().is_empty() {
                self.problem(text.referenced, "ce texte est vide", "écrivez-le, ou enlevez la clé");
            }
            if let Some(fault) = typography::fault(&text.value) {
                self.problem(text.referenced, "typographie", fault);
            }
            by_language.insert(lang, text.value.trim().to_owned());
        }
        for lang in self.languages.clone() {
            if !by_language.contains_key(&lang) {
                let fix = format!("ajoutez « {lang}: \"…\" »");
                self.problem(raw.referenced, format!("il manque le texte en « {lang} »"), fix);
            }
        }
        Text::new(by_language)
    }

    fn page(&mut self, raw: &RawPage, territory: &Territory) -> Option<Page> {
        let id = self.id(&raw.id, crate::ids::PageId::parse);
        if !self.seen.pages.insert(raw.id.value.clone()) {
            self.duplicate(&raw.id, "page");
        }
        let title = self.text(&raw.title);
        let intro = raw.intro.as_ref().map(|intro| self.text(intro));
        let axis = raw.axis.as_ref().and_then(|axis| self.axis(axis));
        let questions =
            raw.questions.iter().filter_map(|question| self.question(question, axis.as_ref(), territory)).collect();
        Some(Page { id: id?, title, intro, questions })
    }

    fn axis(&mut self, raw: &Id) -> Option<AxisId> {
        let id = self.id(raw, AxisId::parse)?;
        if !self.seen.axes.contains(&id) {
            let known: Vec<&str> = self.seen.axes.iter().map(AxisId::as_str).collect();
            let fix = format!("choisissez parmi : {}", known.join(", "));
            self.problem(raw.referenced, format!("l’axe « {id} » n’est pas déclaré sous « axes: »"), fix);
        }
        Some(id)
    }

    fn question(&mut self, raw: &RawQuestion, page_axis: Option<&AxisId>, territory: &Territory) -> Option<Question> {
        let id = self.id(&raw.id, QuestionId::parse);
        let show_if = raw.show_if.as_ref().and_then(|condition| self.condition(condition));
        let kind = self.kind(raw, territory);
        let text = self.text(&raw.text);
        let short = self.short(raw);
        let hint = raw.hint.as_ref().map(|hint| self.text(hint));
        let own_axis = raw.axis.as_ref().and_then(|axis| self.axis(axis));
        let headline = self.headline(raw, kind.as_ref());
        if matches!(kind, Some(Kind::TextLong { .. })) && raw.required == Some(true) {
            // Free texts are kept apart from the responses, which must stay valid without them.
            self.problem(raw.id.referenced, "un texte libre ne peut pas être obligatoire", "enlevez « required »");
        }
        let id = id?;
        if RESERVED_NAMES.contains(&id.as_str()) {
            let message = format!("« {id} » est le nom d’un champ du formulaire");
            self.problem(raw.id.referenced, message, "donnez-lui un autre nom");
        }
        let codes = kind.as_ref().and_then(|kind| match kind {
            Kind::Single { choices, .. } | Kind::Multiple { choices, .. } | Kind::Scale { choices, .. } => {
                Some(choices.iter().map(|choice| choice.code.clone()).collect())
            }
            Kind::Integer { .. } | Kind::TextLong { .. } | Kind::Note => None,
        });
        if matches!(kind, Some(Kind::TextLong { .. })) {
            self.seen.free_texts.insert(id.clone());
        }
        if self.seen.questions.insert(id.clone(), codes).is_some() {
            self.duplicate(&raw.id, "question");
        }
        Some(Question {
            id,
            kind: kind?,
            text,
            short,
            hint,
            required: raw.required.unwrap_or(false),
            show_if,
            axis: own_axis.or_else(|| page_axis.cloned()),
            headline,
        })
    }

    fn short(&mut self, raw: &RawQuestion) -> Text {
        let Some(short) = &raw.short else {
            if raw.r#type.value != "note" {
                let fix = "ajoutez « short: {fr: \"…\"} » : c’est le titre du graphique";
                self.problem(raw.id.referenced, "il manque la clé « short »", fix);
            }
            return Text::french("");
        };
        if short.value.values().any(|text| text.value.chars().count() > MAX_SHORT_CHARS) {
            let fix = format!("raccourcissez-le à {MAX_SHORT_CHARS} caractères");
            self.problem(short.referenced, "ce titre court est trop long pour un graphique", fix);
        }
        self.text(short)
    }

    fn headline(&mut self, raw: &RawQuestion, kind: Option<&Kind>) -> Vec<ChoiceCode> {
        let choices: &[Choice] = match kind {
            Some(Kind::Single { choices, .. } | Kind::Multiple { choices, .. } | Kind::Scale { choices, .. }) => {
                choices
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

    pub(crate) fn unknown_choice<'c>(&mut self, code: &Id, known: impl Iterator<Item = &'c ChoiceCode>) {
        let known: Vec<&str> = known.map(ChoiceCode::as_str).collect();
        let message = format!("le choix « {} » n’existe pas dans cette question", code.value);
        self.problem(code.referenced, message, format!("les codes possibles sont : {}", known.join(", ")));
    }
}
