//! Lints on what an answer may reveal or cost: sensitive questions, free texts, and answers that together point at one person.

use std::collections::BTreeMap;

use crate::answers::Answer;
use crate::help_line::names_help_line;
use crate::ids::Lang;
use crate::lint::{Warning, places, raw_questions};
use crate::model::{Choice, Content, Kind, Page, Question, Role};
use crate::territory::Territories;
use crate::tree::Location;
use crate::yaml::{RawPage, RawQuestionnaire};

/// Neighbours that should share the same answers on average; the threshold under which no count is published.
const MIN_NEIGHBOURS: u64 = 11;

/// Words of which one is in a warning not to name anybody.
const CAREFUL_WORDS: [&str; 5] = ["reconna", "identifi", "votre nom", "de nom", "anonym"];

pub(crate) fn privacy(raw: &RawQuestionnaire, content: &Content, territories: &Territories) -> Vec<Warning> {
    let places = places(raw);
    let mut warnings = Vec::new();
    for question in content.questions() {
        let Some(at) = places.get(question.id.as_str()).copied() else { continue };
        warnings.extend(no_way_out(question, content, at));
        warnings.extend(not_harmless(question, content, at));
        warnings.extend(no_warning(question, at));
    }
    for question in raw_questions(raw) {
        if let Some(linked) = question.linked.as_ref().filter(|linked| linked.value) {
            let message = "ce texte libre restera avec les autres réponses : il peut dire de qui elles sont";
            let fix = "enlevez « linked » pour qu’il soit rangé à part, mélangé aux autres";
            warnings.push(Warning::new("texte-libre-lie", linked.at, message, fix));
        }
    }
    warnings.extend(content.pages.iter().filter_map(|page| no_help_line(page, content, &places)));
    warnings.extend(raw.pages.iter().zip(&content.pages).flat_map(|(raw, page)| profile_page(raw, page, content)));
    warnings.extend(quasi_identifiers(content, territories, |id| places.get(id).copied()));
    warnings
}

/// A sensitive question that cannot be declined in so many words; or one that must be answered, and holds back only those whom
/// a screen can hold back: a sheet of paper that leaves it empty could not be imported.
fn no_way_out(question: &Question, content: &Content, at: Location) -> Option<Warning> {
    let asked = content.rows(question).next().unwrap_or(question);
    if asked.declining().is_some() {
        return None;
    }
    let decline = "ajoutez un choix {code: nrp, label: {fr: \"Je préfère ne pas répondre\"}, missing: true}";
    let (what, fix) = if asked.required {
        let on_paper = "une feuille de papier qui la laisse vide ne pourrait pas être importée";
        ("obligatoire", format!("{decline}, ou enlevez « required » : {on_paper}"))
    } else if question.sensitive && !asked.choices().is_empty() {
        ("sensible", decline.to_owned())
    } else {
        return None;
    };
    let message = format!("la question {what} « {} » n’offre pas de ne pas répondre", question.id);
    Some(Warning::new("sans-non-reponse", at, message, fix))
}

/// A sensitive question that is none any more since all its choices are harmless, or one whose harmless choice leads to another
/// sensitive question: whoever gave it is then among those who were put that one.
fn not_harmless(question: &Question, content: &Content, at: Location) -> Option<Warning> {
    let answers = || question.choices().iter().filter(|choice| !choice.missing);
    // What is said of a matrix's choices is told once, at its first row.
    let is_repeated = question.row_of.as_ref().and_then(|matrix| {
        let matrix = content.question(matrix)?;
        content.rows(matrix).next().map(|first| first.id != question.id)
    });
    if !answers().any(|choice| choice.harmless) || is_repeated == Some(true) {
        return None;
    }
    let id = &question.id;
    let (message, fix) = if answers().all(|choice| choice.harmless) {
        let fix = "enlevez « harmless » des réponses qui disent quelque chose de la personne".to_owned();
        (format!("tous les choix de « {id} » sont dits sans danger : plus rien ne la protège dans les tableaux"), fix)
    } else {
        let (choice, next) = answers().filter(|choice| choice.harmless).find_map(|choice| {
            let given = BTreeMap::from([(id.clone(), Answer::One(choice.code.to_string()))]);
            let leads = |next: &&Question| {
                next.show_if.as_ref().is_some_and(|show_if| show_if.holds(&given) && !show_if.holds(&BTreeMap::new()))
            };
            Some((choice, content.questions().filter(|next| next.sensitive).find(leads)?))
        })?;
        let fix = format!("enlevez « harmless » de « {} », ou revoyez la condition de « {} »", choice.code, next.id);
        (format!("« {} » est dit sans danger, et mène à la question sensible « {} »", choice.code, next.id), fix)
    };
    Some(Warning::new("reponse-sans-danger", at, message, fix))
}

/// A sensitive question whose readers are told of nobody to call on its page, in one of the languages. A number that stands
/// with a question under a condition of its own is not seen by all of them. One warning for the page.
fn no_help_line(page: &Page, content: &Content, places: &BTreeMap<&str, Location>) -> Option<Warning> {
    let is_told = |sensitive: &Question, lang: &Lang| {
        let is_seen = |other: &&Question| other.show_if.is_none() || other.show_if == sensitive.show_if;
        let seen = page.questions.iter().filter(is_seen);
        let said = seen.flat_map(|other| std::iter::once(&other.text).chain(&other.hint)).chain(&page.intro);
        said.into_iter().any(|text| names_help_line(text.get(lang)))
    };
    let untold = |sensitive: &Question| content.languages.iter().find(|lang| !is_told(sensitive, lang));
    let sensitive = page.questions.iter().filter(|question| question.sensitive);
    let (at, question, lang) = sensitive
        .into_iter()
        .find_map(|question| Some((*places.get(question.id.as_str())?, question, untold(question)?)))?;
    let message = format!("rien, sur cette page, ne dit qui appeler si « {} » fait mal ({lang})", question.id);
    let fix = "ajoutez une note ou une aide que voient toutes les personnes concernées, par exemple « Besoin de parler ? \
         Appelez le 3114, gratuit, 24 h/24. »";
    Some(Warning::new("sans-numero-aide", at, message, fix))
}

/// Where one lives and how old one is comes last, is optional, and says why it is asked.
fn profile_page(raw: &RawPage, page: &Page, content: &Content) -> Vec<Warning> {
    if !page.questions.iter().any(is_profile) {
        return Vec::new();
    }
    let mut warnings = Vec::new();
    let mut warn =
        |at: Location, message: &str, fix: &str| warnings.push(Warning::new("a-propos-de-vous", at, message, fix));
    if content.pages.last().is_some_and(|last| last.id != page.id) {
        let fix = "mettez-la à la fin : on répond mieux quand on sait à quoi servent ces questions";
        warn(raw.id.at, "la page « à propos de vous » n’est pas la dernière", fix);
    }
    if let Some(question) = raw.questions.iter().find(|question| question.required == Some(true)) {
        warn(question.id.at, "une question sur la personne est obligatoire", "enlevez « required »");
    }
    let has_reason = page.intro.is_some() || page.questions.iter().any(|question| matches!(question.kind, Kind::Note));
    if !has_reason {
        let fix = "ajoutez « intro » ou une note : ces questions servent à savoir si les besoins changent selon…";
        warn(raw.id.at, "rien ne dit pourquoi ces questions sur la personne sont posées", fix);
    }
    warnings
}

fn is_profile(question: &Question) -> bool {
    matches!(question.kind, Kind::Single { role: Some(Role::AgeBand | Role::Territory), .. })
}

fn no_warning(question: &Question, at: Location) -> Option<Warning> {
    let is_text = matches!(question.kind, Kind::TextLong { .. });
    let hint = question.hint.as_ref().map_or(String::new(), |hint| hint.fr().to_lowercase());
    (is_text && !CAREFUL_WORDS.iter().any(|word| hint.contains(word))).then(|| {
        let message = format!("rien n’invite à ne nommer personne dans le texte libre « {} »", question.id);
        let fix = "ajoutez « hint: {fr: \"N’écrivez rien qui permette de vous reconnaître.\"} »";
        Warning::new("texte-libre-sans-avertissement", at, message, fix)
    })
}

/// Where and how old one is, with whatever is asked on the same page, describes the respondent as a neighbour would. When
/// the inhabitants of the smallest place are shared out over all the combinations, too few are left in each.
fn quasi_identifiers(
    content: &Content,
    territories: &Territories,
    place: impl Fn(&str) -> Option<Location>,
) -> Option<Warning> {
    let territory = content.territory_question()?;
    let inhabitants = |place: &Choice| territories.inhabitants(&content.territory.code, &place.code);
    let (smallest, inhabitants) = territory
        .choices()
        .iter()
        .filter_map(|place| Some((place, inhabitants(place)?)))
        .min_by_key(|(_, inhabitants)| *inhabitants)?;
    let pages = content.pages.iter().filter(|page| page.questions.iter().any(is_profile));
    let traits: Vec<(&Question, u64)> = pages
        .flat_map(|page| &page.questions)
        .filter(|question| question.id != territory.id)
        .filter_map(|question| Some((question, categories(question)?)))
        .collect();
    let cells = traits.iter().fold(1_u64, |cells, (_, categories)| cells.saturating_mul(*categories));
    (u64::from(inhabitants) < cells.saturating_mul(MIN_NEIGHBOURS)).then(|| {
        let crossed: Vec<String> =
            traits.iter().map(|(question, categories)| format!("{} ({categories})", question.id)).collect();
        let message = format!(
            "à {} ({inhabitants} habitants), {} font {cells} profils : moins de {MIN_NEIGHBOURS} personnes par profil",
            smallest.label.fr(),
            crossed.join(" × "),
        );
        let fix = "demandez un secteur plutôt que la commune (« level: sector »), élargissez les tranches, ou enlevez une \
             question";
        Warning::new("quasi-identifiants", place(territory.id.as_str()).unwrap_or(Location::START), message, fix)
    })
}

/// Into how many groups the answers to a question divide people; `None` when they do not.
fn categories(question: &Question) -> Option<u64> {
    let count = match &question.kind {
        Kind::Single { choices, .. } => {
            u64::try_from(choices.iter().filter(|choice| !choice.missing).count()).unwrap_or(u64::MAX)
        }
        Kind::Integer { min, max } => max.abs_diff(*min).saturating_add(1),
        _ => return None,
    };
    Some(count).filter(|count| *count >= 2)
}
