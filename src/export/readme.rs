//! The page that goes with a folder of results, for whoever opens it without us.

use std::fmt::Write;

use isoloir_disclosure::{Protection, Release};
use isoloir_survey::Questionnaire;

use crate::about::{About, NOISY_SUMS, NOT_A_SAMPLE, always_empty, weighting_notes, weighting_words};
use crate::changes::caution;
use crate::files::ExportFile;
use crate::omissions::omissions;
use crate::reliability::reliability;

/// Says what each file is, how the numbers are protected, and what they are not.
pub(crate) fn readme(
    release: &Release,
    questionnaire: &Questionnaire,
    about: &About,
    findings: &[String],
    files: &[ExportFile],
) -> String {
    let mut text = String::new();
    let protection = release.protection();
    let mut line = |words: &str| {
        let _ = writeln!(text, "{words}");
    };
    for warning in about.warnings(protection) {
        line(warning);
        line("");
    }
    line(questionnaire.title.fr());
    line(&format!("{}, {}", questionnaire.organiser.fr(), about.edition));
    line(&format!("Fait le {} avec {}", about.day(), about.software));
    if let Some(licence) = about.licence {
        line(&format!("Licence\u{a0}: {} ({})", licence.title(), licence.address()));
    }
    line("");
    match reliability(release) {
        Some(words) => paragraph(&mut line, &format!("Fiabilité\u{a0}: {words}")),
        None => paragraph(&mut line, TOO_FEW),
    }
    line("");
    if !findings.is_empty() {
        line("L’essentiel, selon une règle fixée d’avance, sans regarder les chiffres");
        for words in findings.iter().flat_map(|finding| wrapped(finding)) {
            line(&words);
        }
        line("");
    }
    line(&format!("{NOT_A_SAMPLE}\u{a0}:"));
    line(
        "les personnes qui ont répondu ne représentent pas exactement la population, et un intervalle ne dit que le hasard",
    );
    line("du nombre.");
    line("");
    line(&format!("Redressement\u{a0}: {}\u{202f}; voir weights.json.", weighting_words(release)));
    if let Some(weighting) = release.weighting() {
        let source = about.census.as_ref().map(|census| format!(" ({census})")).unwrap_or_default();
        line(&format!("Marges\u{a0}: {}{source}.", weighting.variables.join(", ")));
    }
    for note in weighting_notes(release) {
        line(&format!("  {note}"));
    }
    line("");
    line(&format!("Protection\u{a0}: {}", protection.words()));
    for words in explained(protection) {
        line(words);
    }
    if protection == Protection::CellKey {
        paragraph(&mut line, &format!("{NOISY_SUMS}."));
    }
    line("");
    let omitted = omissions(release, questionnaire);
    if !omitted.is_empty() {
        line("Ce que la protection a retiré ou regroupé");
        for sentence in &omitted {
            for words in wrapped(sentence) {
                line(&words);
            }
        }
        line("");
    }
    if let Some(caution) = release.comparison().and_then(|comparison| caution(release, comparison)) {
        for words in wrapped(caution) {
            line(&words);
        }
        line("");
    }
    line(
        "Pour commencer, ouvrez resultats.xlsx. Les fichiers CSV séparent les colonnes par des virgules et les décimales par",
    );
    line("un point\u{a0}: ils sont faits pour les programmes.");
    line("");
    line("Fichiers");
    for (name, what) in lines(files) {
        line(&format!("  {name:<22} {what}"));
    }
    line("");
    line("Colonnes de tables.csv");
    for (name, what) in COLUMNS {
        let empty = always_empty(protection, name).map(|why| format!("\u{202f}; {why}")).unwrap_or_default();
        line(&format!("  {name:<22} {what}{empty}"));
    }
    if protection != Protection::None {
        line("Une case vide dans base, p, se, ci_low ou ci_high\u{a0}: ce nombre n’est pas publié, status le dit.");
    }
    if release.comparison().is_some() {
        line("");
        line("Colonnes de changes.csv");
        for (name, what) in CHANGES {
            line(&format!("  {name:<22} {what}"));
        }
    }
    text
}

/// The lines of a sentence of a list.
fn wrapped(sentence: &str) -> Vec<String> {
    broken(&format!("  - {sentence}"), "    ")
}

/// Writes a text of several lines.
fn paragraph(line: &mut impl FnMut(&str), text: &str) {
    for words in broken(text, "") {
        line(&words);
    }
}

/// Breaks a text into lines; those after the first are indented.
fn broken(text: &str, indent: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("{indent}{word}")),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A line per file; one for those of a subfolder.
fn lines(files: &[ExportFile]) -> Vec<(&str, &str)> {
    let mut lines: Vec<(&str, &str)> = Vec::new();
    for file in files {
        let name = file.name.split_inclusive('/').next().unwrap_or_default();
        if lines.last().is_none_or(|(known, _)| *known != name) {
            lines.push((name, &file.description));
        }
    }
    lines
}

const TOO_FEW: &str = "Trop peu de réponses\u{a0}: aucun chiffre n’est montré, puisqu’il désignerait des personnes. Toutes les lignes des tableaux \
                       sont vides. Il faut une trentaine de réponses au moins.";

/// Characters of a line.
const WIDTH: usize = 118;

const COLUMNS: [(&str, &str); 11] = [
    ("question, choice", "la variable et le code du choix\u{202f}; leurs libellés sont dans codebook.csv"),
    ("breakdown", "la variable de croisement\u{202f}; vide pour l’ensemble"),
    ("category", "le code de sa modalité"),
    ("n", "personnes qui ont fait ce choix"),
    ("base", "personnes qui ont répondu à la question"),
    ("weighted_n", "somme de leurs poids"),
    ("p", "part de la base, redressée le cas échéant, de 0 à 1"),
    ("se", "son erreur type"),
    ("ci_low, ci_high", "son intervalle de confiance à 95\u{a0}%"),
    ("status", "published publié, masked non publié, row_masked modalité non publiée, no_answer aucune réponse"),
    ("protection", "comment les nombres sont protégés"),
];

const CHANGES: [(&str, &str); 7] = [
    ("question, choice", "la variable et le code du choix"),
    ("p_before, p_now", "part redressée dans l’édition antérieure et dans celle-ci, de 0 à 1"),
    ("base_before, base_now", "personnes qui ont répondu à la question, avant et maintenant"),
    ("difference", "p_now moins p_before\u{202f}; son intervalle à 95\u{a0}% va de difference_low à difference_high"),
    ("p_value, p_holm", "probabilité d’un tel écart par hasard, seule et corrigée du nombre de tests (Holm)"),
    (
        "status",
        "tested testé, not_published non publié dans une édition, highest_share part qui se lit «\u{a0}ou plus\u{a0}»,",
    ),
    ("", "recoded choix rares regroupés autrement, no_spread rien ne varie"),
];

fn explained(protection: Protection) -> &'static [&'static str] {
    match protection {
        Protection::CellKey => &[
            "Chaque effectif est modifié au hasard (5 au plus, variance 3) avant tout calcul\u{202f}; en dessous de 11, il n’est pas",
            "publié. Une ligne de moins de 30 réponses ne l’est pas non plus, ni celles dont on la déduirait par soustraction.",
            "Les bases sont arrondies à 5, les parts au centième, et une part de 0,95 se lit «\u{a0}95\u{a0}% ou plus\u{a0}». Les",
            "intervalles tiennent compte de cette modification.",
            "Ne diffusez qu’un seul dossier de ces réponses\u{a0}: chaque analyse tire un autre hasard, et la moyenne de plusieurs",
            "l’effacerait.",
        ],
        Protection::Suppression => &[
            "Les effectifs de 1 à 10 sont retirés, et d’autres avec eux pour qu’aucun ne se retrouve par soustraction. Les parts",
            "publiées ne sont pas redressées. Ne diffusez pas ce dossier avec un autre, fait d’une autre façon, des mêmes",
            "réponses.",
        ],
        Protection::None => &[
            "Les nombres sont exacts\u{a0}: ils peuvent désigner des personnes. Ne diffusez rien de ce dossier\u{202f}; pour publier, refaites",
            "l’analyse avec --policy cell-key.",
        ],
    }
}
