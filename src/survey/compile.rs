//! From YAML to a checked [`Questionnaire`]: every problem is collected, not only the first. Here, what stands around the
//! questions; they are in [`crate::compile_question`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use jiff::civil::Date;

use crate::color::{Color, MIN_CONTRAST};
use crate::ids::{AxisId, ChoiceCode, InvalidId, Lang, PageId, PriorityId, QuestionId, SurveyId};
use crate::instrument::InstrumentItem;
use crate::lint::{Warning, lint};
use crate::logo::Logo;
use crate::model::{Access, Axis, Contact, Content, Page, Priority, Questionnaire, Text};
use crate::place::Territory;
use crate::problem::{Problem, Problems};
use crate::read::{Read, Reader, closest};
use crate::territory::Territories;
use crate::tree::{Location, parse_tree};
use crate::typography;
use crate::yaml::{Id, RawAxis, RawLogo, RawPage, RawQuestionnaire, RawText};

/// The ground of our pages in the light theme (`--page` in the stylesheet).
/// Results pages that stand beside those of the axes: an axis of that name would hide one.
const RESERVED_AXES: [&str; 4] = ["methode", "evolution", "charts", "embed"];

const PAGE: Color = Color::new(0xfb, 0xfa, 0xf7);

/// Reads a file that stands beside the questionnaire, by its name. This crate opens none itself.
pub type Files<'a> = &'a dyn Fn(&str) -> io::Result<Vec<u8>>;

/// No file stands beside the questionnaire.
///
/// # Errors
/// Always.
pub fn no_files(_name: &str) -> io::Result<Vec<u8>> {
    Err(io::ErrorKind::NotFound.into())
}

/// Reads a questionnaire that has no file beside it.
///
/// # Errors
/// Every problem found, each with its line, its column and what to do. When the file is no YAML there is exactly one.
pub fn parse(yaml: &str, territories: &Territories) -> Result<Questionnaire, Vec<Problem>> {
    parse_with_warnings(yaml, territories, &no_files).map(|(questionnaire, _)| questionnaire)
}

/// [`parse`] with the files beside the questionnaire, and with what is not wrong but should be looked at, in the order of
/// the file.
///
/// # Errors
/// Those of [`parse`].
pub fn parse_with_warnings(
    yaml: &str,
    territories: &Territories,
    files: Files,
) -> Result<(Questionnaire, Vec<Warning>), Vec<Problem>> {
    let tree = parse_tree(yaml).map_err(|problem| vec![problem])?;
    let mut reader = Reader::default();
    let raw = RawQuestionnaire::read(&tree, &mut reader);
    let mut problems = reader.problems;
    let mut compiler = Compiler::new(territories, files);
    let content = raw.as_ref().and_then(|raw| compiler.questionnaire(raw));
    problems.append(&mut compiler.problems);
    problems.sort_by_key(|problem| (problem.line, problem.column));
    let (Some(content), Some(raw), true) = (content, raw, problems.is_empty()) else { return Err(problems) };
    let mut warnings = compiler.warnings;
    warnings.extend(lint(&raw, &content, territories));
    warnings.sort_by_key(|warning| (warning.problem.line, warning.problem.column));
    Ok((content.into(), warnings))
}

/// [`parse`] with the files beside the questionnaire, and with the problems ready to be printed under the name of the file.
///
/// # Errors
/// The problems, with the file's name and text.
pub fn parse_all_problems(
    file: &str,
    yaml: &str,
    territories: &Territories,
    files: Files,
) -> Result<Questionnaire, Problems> {
    match parse_with_warnings(yaml, territories, files) {
        Ok((questionnaire, _)) => Ok(questionnaire),
        Err(problems) => Err(Problems { file: file.to_owned(), source: yaml.to_owned(), problems }),
    }
}

/// What has been read so far, to which later parts of the file may refer.
#[derive(Default)]
pub(crate) struct Seen {
    axes: BTreeSet<AxisId>,
    /// Each with its axis.
    priorities: BTreeMap<PriorityId, AxisId>,
    pages: BTreeSet<String>,
    pub(crate) questions: BTreeMap<QuestionId, Variable>,
    pub(crate) items: BTreeMap<InstrumentItem, QuestionId>,
}

/// What a condition may say of an earlier question.
#[derive(Debug, Clone)]
pub(crate) enum Variable {
    /// It has these codes.
    Codes(BTreeSet<ChoiceCode>),
    /// It is a number.
    Number,
    /// Nothing, for this reason.
    Silent(&'static str),
    /// Something in it is wrong, which was told already.
    Unreadable,
}

pub(crate) struct Compiler<'a> {
    territories: &'a Territories,
    files: Files<'a>,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
    pub(crate) languages: Vec<Lang>,
    pub(crate) seen: Seen,
}

impl<'a> Compiler<'a> {
    fn new(territories: &'a Territories, files: Files<'a>) -> Self {
        let (problems, warnings) = (Vec::new(), Vec::new());
        Self { territories, files, problems, warnings, languages: Vec::new(), seen: Seen::default() }
    }
}

impl Compiler<'_> {
    /// Notes a problem, unless it is about something that is missing, which was told already.
    pub(crate) fn problem(&mut self, at: Location, message: impl Into<String>, fix: impl Into<String>) {
        if at != Location::NOWHERE {
            self.problems.push(Problem::at(at, message, fix));
        }
    }

    /// Parses an identifier, or says what is wrong with it.
    pub(crate) fn id<T>(&mut self, raw: &Id, parse: fn(&str) -> Result<T, InvalidId>) -> Option<T> {
        parse(&raw.value)
            .map_err(|error| {
                self.problem(raw.at, format!("« {} » n’est pas un identifiant valide", error.text), error.rule);
            })
            .ok()
    }

    fn questionnaire(&mut self, raw: &RawQuestionnaire) -> Option<Content> {
        let id = self.id(&raw.id, SurveyId::parse);
        self.languages = raw.languages.iter().filter_map(|lang| self.id(lang, Lang::parse)).collect();
        if self.languages.first().map(Lang::as_str) != Some("fr") {
            let location = raw.languages.first().map_or(raw.id.at, |lang| lang.at);
            self.problem(location, "la première langue doit être « fr »", "écrivez « languages: [fr] »");
        }
        let title = self.text(&raw.title);
        let territory = self.territory(&raw.territory);
        let color = raw.color.as_ref().and_then(|color| self.color(color));
        let logo = raw.logo.as_ref().and_then(|logo| self.logo(logo));
        let access = self.access(&raw.access);
        let opens = raw.opens.as_ref().and_then(|opens| self.date(opens));
        let closes = raw.closes.as_ref().and_then(|closes| self.date(closes));
        if let (Some(opens), Some(closes), Some(raw)) = (opens, closes, &raw.closes)
            && closes < opens
        {
            self.problem(raw.at, "l’enquête se termine avant de commencer", "corrigez « opens » ou « closes »");
        }
        let organiser = self.text(&raw.organiser);
        let contact = Contact { phone: raw.contact.phone.clone(), email: raw.contact.email.clone() };
        let welcome = self.text(&raw.welcome);
        let welcome_paper = raw.welcome_paper.as_ref().map(|welcome| self.text(welcome));
        let thanks = self.text(&raw.thanks);
        let axes: Vec<Axis> = raw.axes.iter().filter_map(|axis| self.declared_axis(axis)).collect();
        // Without a territory, the rest of the file is read all the same.
        let nowhere = || Territory { code: String::new(), communes: Vec::new(), sectors: Vec::new() };
        let places = territory.clone().unwrap_or_else(nowhere);
        let pages: Vec<Page> = raw.pages.iter().filter_map(|page| self.page(page, &places)).collect();
        if raw.pages.is_empty() {
            self.problem(raw.id.at, "le questionnaire n’a aucune page", "ajoutez une page sous « pages: »");
        }
        Some(Content {
            id: id?,
            title,
            languages: self.languages.clone(),
            territory: territory?,
            color,
            logo,
            access: access?,
            opens,
            closes,
            organiser,
            contact,
            minutes: raw.minutes.value,
            welcome,
            welcome_paper,
            thanks,
            axes,
            pages,
        })
    }

    pub(crate) fn duplicate(&mut self, id: &Id, what: &str) {
        let message = format!("l’identifiant de {what} « {} » est déjà pris", id.value);
        self.problem(id.at, message, "donnez-lui un autre nom");
    }

    fn territory(&mut self, raw: &Id) -> Option<Territory> {
        let territory = self.territories.get(&raw.value);
        if territory.is_none() {
            let known: Vec<&str> = self.territories.codes().collect();
            let fix = format!("choisissez parmi : {} (fichier territories.tsv)", known.join(", "));
            self.problem(raw.at, format!("le territoire « {} » est inconnu", raw.value), fix);
        }
        territory
    }

    /// Links and buttons are written in it, so it must be dark enough.
    fn color(&mut self, raw: &Id) -> Option<Color> {
        let color = Color::parse(&raw.value);
        let Some(color) = color else {
            let message = format!("« {} » n’est pas une couleur", raw.value);
            self.problem(raw.at, message, "écrivez par exemple « color: \"#0b4f5e\" », entre guillemets");
            return None;
        };
        let contrast = color.contrast(PAGE);
        if contrast < MIN_CONTRAST {
            let message =
                format!("le contraste de {color} avec la page est de {contrast:.1} ; il en faut {MIN_CONTRAST}");
            let fix = format!("choisissez plus foncé, par exemple {}", color.readable(PAGE, Color::BLACK));
            self.problem(raw.at, message.replace('.', ","), fix);
        }
        Some(color)
    }

    /// Its file stands beside the questionnaire: a name with a folder in it could reach anything on the machine.
    fn logo(&mut self, raw: &RawLogo) -> Option<Logo> {
        let alt = self.text(&raw.alt);
        let name = raw.file.value.as_str();
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
            let fix = "écrivez un nom de fichier sans dossier, par exemple « logo.svg », à côté du questionnaire";
            self.problem(raw.file.at, format!("« {name} » n’est pas un nom de fichier"), fix);
            return None;
        }
        let Ok(bytes) = (self.files)(name) else {
            let message = format!("impossible de lire le logo « {name} »");
            self.problem(raw.file.at, message, "mettez le fichier dans le même dossier que le questionnaire");
            return None;
        };
        Logo::read(bytes, alt).map_err(|problem| self.problem(raw.file.at, problem.to_string(), problem.fix())).ok()
    }

    fn access(&mut self, raw: &Id) -> Option<Access> {
        match raw.value.as_str() {
            "invitation" => Some(Access::Invitation),
            "open" => Some(Access::Open),
            other => {
                let message = format!("« {other} » n’est pas un mode d’accès");
                self.problem(raw.at, message, "écrivez « invitation » ou « open »");
                None
            }
        }
    }

    fn date(&mut self, raw: &Id) -> Option<Date> {
        raw.value
            .parse()
            .map_err(|_| {
                let message = format!("« {} » n’est pas une date", raw.value);
                self.problem(raw.at, message, "écrivez année-mois-jour, par exemple 2027-01-31");
            })
            .ok()
    }

    /// Checks a text's languages, emptiness and typography.
    pub(crate) fn text(&mut self, raw: &RawText) -> Text {
        let mut by_language = BTreeMap::new();
        for (lang, text) in &raw.value {
            let Ok(lang) = Lang::parse(lang) else {
                let message = format!("« {lang} » n’est pas une langue");
                self.problem(text.at, message, "écrivez « fr » ou « fr-FALC »");
                continue;
            };
            if !self.languages.contains(&lang) {
                let message = format!("la langue « {lang} » n’est pas annoncée");
                self.problem(text.at, message, format!("ajoutez « {lang} » à « languages » en tête du fichier"));
            }
            if text.value.trim().is_empty() {
                self.problem(text.at, "ce texte est vide", "écrivez-le, ou enlevez la clé");
            }
            self.typography(text);
            by_language.insert(lang, text.value.trim().to_owned());
        }
        for lang in self.languages.clone() {
            if !by_language.contains_key(&lang) {
                let fix = format!("ajoutez « {lang}: \"…\" »");
                let message = format!("il manque le texte en « {lang} »");
                // French stands in for a translation that is still to be written; nothing stands in for French.
                if lang.is_french() {
                    self.problem(raw.at, message, fix);
                } else if raw.at != Location::NOWHERE {
                    self.warnings.push(Warning::new("traduction-manquante", raw.at, message, fix));
                }
            }
        }
        Text::new(by_language)
    }

    fn typography(&mut self, text: &Id) {
        if let Some(fault) = typography::fault(&text.value) {
            self.problem(text.at, "typographie", fault);
        }
    }

    fn declared_axis(&mut self, raw: &RawAxis) -> Option<Axis> {
        let id = self.id(&raw.id, AxisId::parse)?;
        if RESERVED_AXES.contains(&id.as_str()) {
            let message = format!("« {id} » est l’adresse d’une autre page des résultats");
            self.problem(raw.id.at, message, "donnez un autre identifiant à cet axe");
        }
        if !self.seen.axes.insert(id.clone()) {
            self.duplicate(&raw.id, "axe");
        }
        let mut priorities = Vec::new();
        for priority in raw.priorities.iter().flatten() {
            let Some(own) = self.id(&priority.id, PriorityId::parse) else { continue };
            if self.seen.priorities.insert(own.clone(), id.clone()).is_some() {
                self.duplicate(&priority.id, "priorité");
            }
            if priority.title.value.trim().is_empty() {
                self.problem(priority.title.at, "ce texte est vide", "écrivez la priorité comme dans le contrat");
            }
            self.typography(&priority.title);
            priorities.push(Priority { id: own, title: priority.title.value.trim().to_owned() });
        }
        Some(Axis { id, title: self.text(&raw.title), summary: self.text(&raw.summary), priorities })
    }

    fn page(&mut self, raw: &RawPage, territory: &Territory) -> Option<Page> {
        let id = self.id(&raw.id, PageId::parse);
        if !self.seen.pages.insert(raw.id.value.clone()) {
            self.duplicate(&raw.id, "page");
        }
        let title = self.text(&raw.title);
        let intro = raw.intro.as_ref().map(|intro| self.text(intro));
        let axis = raw.axis.as_ref().and_then(|axis| self.axis(axis));
        let questions =
            raw.questions.iter().flat_map(|question| self.question(question, axis.as_ref(), territory)).collect();
        Some(Page { id: id?, title, intro, questions })
    }

    pub(crate) fn axis(&mut self, raw: &Id) -> Option<AxisId> {
        let id = self.id(raw, AxisId::parse)?;
        if !self.seen.axes.contains(&id) {
            let known: Vec<&str> = self.seen.axes.iter().map(AxisId::as_str).collect();
            let fix = one_of(id.as_str(), &known, "décrivez-le sous « axes: »");
            self.problem(raw.at, format!("l’axe « {id} » n’est pas déclaré sous « axes: »"), fix);
        }
        Some(id)
    }

    /// A priority is one of the question's axis.
    pub(crate) fn priority(&mut self, raw: &Id, axis: Option<&AxisId>) -> Option<PriorityId> {
        let id = self.id(raw, PriorityId::parse)?;
        let own = self.seen.priorities.get(&id).cloned();
        match (own, axis) {
            (Some(own), Some(axis)) if own == *axis => return Some(id),
            (Some(own), Some(axis)) => {
                let message = format!("la priorité « {id} » est de l’axe « {own} », la question de l’axe « {axis} »");
                self.problem(raw.at, message, format!("écrivez « axis: {own} », ou une priorité de « {axis} »"));
            }
            (Some(own), None) => {
                let message = format!("cette question a une priorité, « {id} », et pas d’axe");
                self.problem(raw.at, message, format!("ajoutez « axis: {own} »"));
            }
            (None, _) => {
                let of_axis = |(_, own): &(&PriorityId, &AxisId)| axis.is_none_or(|axis| *own == axis);
                let known: Vec<&str> = self.seen.priorities.iter().filter(of_axis).map(|(id, _)| id.as_str()).collect();
                let fix = one_of(id.as_str(), &known, "décrivez-la sous son axe : « priorities: »");
                self.problem(raw.at, format!("la priorité « {id} » n’est déclarée sous aucun axe"), fix);
            }
        }
        None
    }
}

/// What to write instead of a name that is not there.
fn one_of(name: &str, known: &[&str], otherwise: &str) -> String {
    match closest(name, known) {
        Some(meant) => format!("vouliez-vous écrire « {meant} » ? les noms possibles sont : {}", known.join(", ")),
        None if known.is_empty() => otherwise.to_owned(),
        None => format!("choisissez parmi : {} ; ou {otherwise}", known.join(", ")),
    }
}
