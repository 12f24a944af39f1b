//! From YAML to a checked [`Questionnaire`]: every problem is collected, not only the first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_saphyr::{Location, Spanned};

use crate::ids::{AxisId, ChoiceCode, InvalidId, Lang, QuestionId, SurveyId};
use crate::model::{
    Access, Axis, Choice, Contact, Content, Kind, Page, Question, Questionnaire, Role, Territory, Text,
};
use crate::problem::{Problem, Problems};
use crate::routing::Condition;
use crate::territory::Territories;
use crate::typography;
use crate::yaml::{Id, RawChoice, RawCondition, RawPage, RawQuestion, RawQuestionnaire, RawText};

/// Longest title of a chart, in characters: more does not fit above a chart on a telephone.
const MAX_SHORT_CHARS: usize = 60;
/// Longest free text, in characters.
const MAX_TEXT_CHARS: u32 = 5000;

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
struct Seen {
    axes: BTreeSet<AxisId>,
    pages: BTreeSet<String>,
    questions: BTreeMap<QuestionId, Option<BTreeSet<ChoiceCode>>>,
    free_texts: BTreeSet<QuestionId>,
}

struct Compiler<'a> {
    territories: &'a Territories,
    problems: Vec<Problem>,
    languages: Vec<Lang>,
    seen: Seen,
}

impl Compiler<'_> {
    fn problem(&mut self, location: Location, message: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Problem::at(location, message, fix));
    }

    /// Parses an identifier, or says what is wrong with it.
    fn id<T>(&mut self, raw: &Id, parse: fn(&str) -> Result<T, InvalidId>) -> Option<T> {
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
        let closes = raw.closes.as_ref().map(|closes| self.date(closes));
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
            closes: closes.flatten(),
            organiser,
            contact,
            minutes: raw.minutes,
            welcome,
            thanks,
            axes,
            pages,
        })
    }

    fn duplicate(&mut self, id: &Id, what: &str) {
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
    fn text(&mut self, raw: &RawText) -> Text {
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

    fn unknown_choice<'c>(&mut self, code: &Id, known: impl Iterator<Item = &'c ChoiceCode>) {
        let known: Vec<&str> = known.map(ChoiceCode::as_str).collect();
        let message = format!("le choix « {} » n’existe pas dans cette question", code.value);
        self.problem(code.referenced, message, format!("les codes possibles sont : {}", known.join(", ")));
    }

    fn kind(&mut self, raw: &RawQuestion, territory: &Territory) -> Option<Kind> {
        self.keys_fit(raw);
        match raw.r#type.value.as_str() {
            "single" => Some(Kind::Single { choices: self.choices(raw), role: None }),
            "multiple" => {
                let choices = self.choices(raw);
                let max = raw.max.as_ref().and_then(|max| self.small(max, 1, choices.len()));
                Some(Kind::Multiple { choices, max })
            }
            "scale" => self.scale(raw),
            "integer" => {
                let (min, max) =
                    (raw.min.as_ref().map_or(0, |min| min.value), raw.max.as_ref().map_or(999, |max| max.value));
                if min >= max {
                    self.problem(raw.id.referenced, "« min » n’est pas inférieur à « max »", "corrigez l’un des deux");
                }
                Some(Kind::Integer { min, max })
            }
            "age_band" => Some(Kind::Single { choices: self.age_bands(raw), role: Some(Role::AgeBand) }),
            "territory" => {
                let choices = territory.communes.iter().map(|commune| Choice {
                    code: commune.code.clone(),
                    label: Text::french(&commune.name),
                    missing: false,
                    exclusive: false,
                });
                Some(Kind::Single { choices: choices.collect(), role: Some(Role::Territory) })
            }
            "text_long" => {
                let max_chars = raw.max_chars.as_ref().map_or(1000, |max| max.value);
                if !(1..=MAX_TEXT_CHARS).contains(&max_chars) {
                    let fix = format!("choisissez entre 1 et {MAX_TEXT_CHARS}");
                    self.problem(raw.id.referenced, "« max_chars » est hors limites", fix);
                }
                Some(Kind::TextLong { max_chars })
            }
            "note" => Some(Kind::Note),
            other => {
                let fix = "choisissez parmi : single, multiple, scale, integer, age_band, territory, text_long, note";
                self.problem(raw.r#type.referenced, format!("le type de question « {other} » n’existe pas"), fix);
                None
            }
        }
    }

    /// Says which keys do not go with the question's type.
    fn keys_fit(&mut self, raw: &RawQuestion) {
        let kind = raw.r#type.value.as_str();
        let present: [(&str, bool, &[&str]); 9] = [
            ("choices", raw.choices.is_some(), &["single", "multiple"]),
            ("max", raw.max.is_some(), &["multiple", "scale", "integer"]),
            ("min", raw.min.is_some(), &["scale", "integer"]),
            ("low", raw.low.is_some(), &["scale"]),
            ("high", raw.high.is_some(), &["scale"]),
            ("missing", raw.missing.is_some(), &["scale"]),
            ("bands", raw.bands.is_some(), &["age_band"]),
            ("max_chars", raw.max_chars.is_some(), &["text_long"]),
            ("headline", raw.headline.is_some(), &["single", "multiple", "scale"]),
        ];
        for (key, is_there, kinds) in present {
            if is_there && !kinds.contains(&kind) {
                let message = format!("la clé « {key} » ne va pas avec le type « {kind} »");
                self.problem(raw.id.referenced, message, format!("enlevez-la ; elle va avec : {}", kinds.join(", ")));
            }
        }
    }

    fn small(&mut self, raw: &Spanned<i64>, least: i64, most: usize) -> Option<u8> {
        match u8::try_from(raw.value) {
            Ok(value) if raw.value >= least && usize::from(value) <= most => Some(value),
            _ => {
                let message = format!("« {} » est hors limites", raw.value);
                self.problem(raw.referenced, message, format!("choisissez un nombre de {least} à {most}"));
                None
            }
        }
    }

    fn choices(&mut self, raw: &RawQuestion) -> Vec<Choice> {
        let Some(raw_choices) = raw.choices.as_ref().filter(|choices| choices.len() >= 2) else {
            let fix = "ajoutez au moins deux choix sous « choices: »";
            self.problem(raw.id.referenced, "cette question n’a pas assez de choix", fix);
            return Vec::new();
        };
        let mut codes = BTreeSet::new();
        raw_choices
            .iter()
            .filter_map(|choice| {
                if !codes.insert(choice.code.value.clone()) {
                    self.duplicate(&choice.code, "choix");
                }
                self.choice(choice)
            })
            .collect()
    }

    fn choice(&mut self, raw: &RawChoice) -> Option<Choice> {
        let label = self.text(&raw.label);
        let code = self.id(&raw.code, ChoiceCode::parse)?;
        // A way of not answering excludes every real answer.
        Some(Choice { code, label, missing: raw.missing, exclusive: raw.exclusive || raw.missing })
    }

    fn scale(&mut self, raw: &RawQuestion) -> Option<Kind> {
        let (Some(min), Some(max), Some(low), Some(high)) = (&raw.min, &raw.max, &raw.low, &raw.high) else {
            let fix = "ajoutez « min », « max », « low: {fr: \"…\"} » et « high: {fr: \"…\"} »";
            self.problem(raw.id.referenced, "cette échelle est incomplète", fix);
            return None;
        };
        let (low, high) = (self.text(low), self.text(high));
        if !(0..=10).contains(&min.value) || !(0..=10).contains(&max.value) || min.value >= max.value {
            self.problem(min.referenced, "cette échelle est hors limites", "choisissez de 0 à 10, min avant max");
            return None;
        }
        let point = |value: i64| {
            let label = value.to_string();
            let code = ChoiceCode::parse(&label).expect("a number from 0 to 10 is a code");
            Choice { code, label: Text::french(&label), missing: false, exclusive: false }
        };
        let mut choices: Vec<Choice> = (min.value..=max.value).map(point).collect();
        if let Some(missing) = &raw.missing {
            let code = ChoiceCode::parse("nsp").expect("a constant code");
            choices.push(Choice { code, label: self.text(missing), missing: true, exclusive: true });
        }
        Some(Kind::Scale { choices, low, high })
    }

    /// `[16, 18, 25]` becomes 16-17, 18-24 and 25+.
    fn age_bands(&mut self, raw: &RawQuestion) -> Vec<Choice> {
        let Some(bands) =
            raw.bands.as_ref().filter(|bands| bands.value.len() >= 2 && bands.value.is_sorted_by(|a, b| a < b))
        else {
            let fix = "ajoutez par exemple « bands: [16, 18, 25, 35, 45, 55, 65, 75] », du plus petit au plus grand";
            self.problem(raw.id.referenced, "il manque des tranches d’âge croissantes", fix);
            return Vec::new();
        };
        let starts = &bands.value;
        starts
            .iter()
            .enumerate()
            .map(|(index, start)| {
                let (code, label) = match starts.get(index + 1) {
                    Some(next) => (format!("{start}-{}", next - 1), format!("{start} à {} ans", next - 1)),
                    None => (format!("{start}+"), format!("{start} ans et plus")),
                };
                let code = ChoiceCode::parse(&code).expect("digits, a dash and a plus make a code");
                Choice { code, label: Text::french(&label), missing: false, exclusive: false }
            })
            .collect()
    }

    fn condition(&mut self, raw: &Spanned<RawCondition>) -> Option<Condition> {
        let here = raw.referenced;
        let RawCondition { q, is, r#in, answered, gte, all, any, not } = &raw.value;
        let list = |compiler: &mut Self, list: &[Spanned<RawCondition>]| -> Option<Vec<Condition>> {
            list.iter().map(|condition| compiler.condition(condition)).collect()
        };
        match (q, is, r#in, answered, gte, all, any, not) {
            (Some(q), Some(is), None, None, None, None, None, None) => {
                let id = self.earlier(q)?;
                Some(Condition::Is { is: self.known_code(&id, is)?, q: id })
            }
            (Some(q), None, Some(codes), None, None, None, None, None) => {
                let id = self.earlier(q)?;
                let codes: Option<Vec<ChoiceCode>> = codes.iter().map(|code| self.known_code(&id, code)).collect();
                Some(Condition::In { q: id, r#in: codes? })
            }
            (Some(q), None, None, Some(answered), None, None, None, None) => {
                Some(Condition::Answered { q: self.earlier(q)?, answered: *answered })
            }
            (Some(q), None, None, None, Some(gte), None, None, None) => {
                Some(Condition::Gte { q: self.earlier(q)?, gte: *gte })
            }
            (None, None, None, None, None, Some(all), None, None) => Some(Condition::All { all: list(self, all)? }),
            (None, None, None, None, None, None, Some(any), None) => Some(Condition::Any { any: list(self, any)? }),
            (None, None, None, None, None, None, None, Some(not)) => {
                Some(Condition::Not { not: Box::new(self.condition(not)?) })
            }
            _ => {
                let fix = "écrivez {q: question, is: code}, {q: …, in: [a, b]}, {q: …, answered: true}, {q: …, gte: 3}, \
                           {all: […]}, {any: […]} ou {not: …}";
                self.problem(here, "cette condition n’est pas comprise", fix);
                None
            }
        }
    }

    /// A question asked before this one: a condition cannot look ahead.
    fn earlier(&mut self, raw: &Id) -> Option<QuestionId> {
        let id = self.id(raw, QuestionId::parse)?;
        if self.seen.free_texts.contains(&id) {
            let fix = "faites-la dépendre d’une question à choix";
            self.problem(raw.referenced, format!("« {id} » est un texte libre : rien ne peut en dépendre"), fix);
            return None;
        }
        if self.seen.questions.contains_key(&id) {
            return Some(id);
        }
        let message = format!("la question « {id} » n’est pas posée avant celle-ci");
        self.problem(raw.referenced, message, "corrigez son nom, ou placez-la plus haut");
        None
    }

    fn known_code(&mut self, question: &QuestionId, raw: &Id) -> Option<ChoiceCode> {
        let code = self.id(raw, ChoiceCode::parse)?;
        let codes = self.seen.questions.get(question).cloned().flatten().unwrap_or_default();
        if codes.contains(&code) {
            return Some(code);
        }
        self.unknown_choice(raw, codes.iter());
        None
    }
}
