//! The Table Schema of each CSV file, as the data package gives it.

use std::collections::BTreeSet;

use isoloir_disclosure::{ChangeStatus, Release};
use serde_json::{Value, json};

use crate::about::always_empty;

/// What a file of tables has besides its columns.
pub(crate) struct Schema {
    fields: Vec<Value>,
    primary_key: Vec<&'static str>,
    foreign_keys: Vec<Value>,
}

impl Schema {
    pub(crate) fn json(self) -> Value {
        let mut schema = json!({
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": self.fields,
            "missingValues": [""],
            "primaryKey": self.primary_key,
        });
        // An empty list is no list of keys.
        if !self.foreign_keys.is_empty() {
            schema["foreignKeys"] = self.foreign_keys.into();
        }
        schema
    }

    /// The names of the columns, in their order.
    #[cfg(test)]
    pub(crate) fn names(&self) -> Vec<&str> {
        self.fields.iter().filter_map(|field| field["name"].as_str()).collect()
    }
}

/// A column that is never empty.
fn required(name: &str, title: &str, description: &str) -> Value {
    json!({"name": name, "type": "string", "title": title, "description": description, "constraints": {"required": true}})
}

/// A column of which an empty cell is a value of its own, so that it can be part of a key.
fn or_empty(name: &str, title: &str, description: &str, values: &BTreeSet<&str>) -> Value {
    json!({
        "name": name, "type": "string", "title": title, "description": description,
        "missingValues": [], "constraints": {"enum": values},
    })
}

/// A text that may be missing.
fn text(name: &str, title: &str, description: &str) -> Value {
    json!({"name": name, "type": "string", "title": title, "description": description})
}

/// A number of at least 0, and of at most 1 for a share. Missing where it is not published.
fn number(name: &str, kind: &str, title: &str, description: &str) -> Value {
    let is_share = matches!(name, "p" | "ci_low" | "ci_high" | "p_value" | "p_holm" | "p_before" | "p_now");
    let constraints = if is_share { json!({"minimum": 0, "maximum": 1}) } else { json!({"minimum": 0}) };
    json!({"name": name, "type": kind, "title": title, "description": description, "constraints": constraints})
}

/// The difference of two shares, or an end of its interval. Missing where it was not tested.
fn difference(name: &str, title: &str, description: &str) -> Value {
    json!({"name": name, "type": "number", "title": title, "description": description})
}

fn flag(name: &str, title: &str, description: &str) -> Value {
    json!({
        "name": name, "type": "boolean", "title": title, "description": description,
        "trueValues": ["true"], "falseValues": ["false"], "constraints": {"required": true},
    })
}

fn protection(release: &Release) -> Value {
    json!({
        "name": "protection", "type": "string", "title": "Protection",
        "description": "Comment les nombres sont protégés",
        "constraints": {"required": true, "enum": [release.protection().words()]},
    })
}

fn reference(fields: &[&str], resource: &str) -> Value {
    json!({"fields": fields, "reference": {"resource": resource, "fields": fields}})
}

/// The variables by which others are broken down, and nothing for everybody.
fn breakdowns(release: &Release) -> BTreeSet<&str> {
    release.tables().iter().map(|table| table.spec().by.as_str()).chain([""]).collect()
}

/// `tables.csv`
pub(crate) fn tables(release: &Release) -> Schema {
    let status = json!({
        "name": "status", "type": "string", "title": "Statut",
        "description": "published\u{a0}: publié\u{202f}; masked\u{a0}: non publié\u{202f}; row_masked\u{a0}: toute la modalité n’est pas publiée, \
            puisqu’elle a trop peu de réponses ou qu’une autre s’en déduirait\u{202f}; no_answer\u{a0}: aucune réponse",
        "constraints": {"required": true, "enum": ["published", "masked", "row_masked", "no_answer"]},
    });
    let count = |column: &str, what: &str| {
        let empty = always_empty(release.protection(), column).unwrap_or("vide s’il n’est pas publié");
        format!("{what}\u{202f}; {empty}")
    };
    let rows = release.tables().iter().flat_map(|table| &table.spec().rows);
    let categories = rows.map(|row| row.code.as_str()).chain([""]).collect();
    Schema {
        fields: vec![
            required("question", "Question", "Nom de la variable"),
            required("choice", "Choix", "Code du choix\u{202f}; son libellé est dans codebook.csv"),
            or_empty(
                "breakdown",
                "Croisement",
                "Variable de croisement\u{202f}; vide pour l’ensemble",
                &breakdowns(release),
            ),
            or_empty(
                "category",
                "Modalité",
                "Code de la modalité du croisement\u{202f}; vide pour l’ensemble",
                &categories,
            ),
            number("n", "integer", "Effectif", &count("n", "Personnes qui ont fait ce choix")),
            number(
                "base",
                "integer",
                "Base",
                "Personnes qui ont répondu à la question\u{202f}; vide si elle n’est pas publiée",
            ),
            number("weighted_n", "number", "Effectif redressé", &count("weighted_n", "Somme de leurs poids")),
            number(
                "p",
                "number",
                "Part",
                "Part redressée de la base, de 0 à 1\u{202f}; vide si elle n’est pas publiée",
            ),
            number("se", "number", "Erreur type", "Erreur type de la part"),
            number("ci_low", "number", "Borne basse", "Borne basse de l’intervalle à 95\u{a0}%"),
            number("ci_high", "number", "Borne haute", "Borne haute de l’intervalle à 95\u{a0}%"),
            status,
            protection(release),
        ],
        primary_key: vec!["question", "choice", "breakdown", "category"],
        foreign_keys: vec![reference(&["question", "choice"], "codebook"), reference(&["question"], "variables")],
    }
}

/// `tests.csv`
pub(crate) fn tests(release: &Release) -> Schema {
    let choices = release.tests().iter().filter_map(|test| test.choice.as_deref()).chain([""]).collect();
    Schema {
        fields: vec![
            required("question", "Question", "Nom de la variable"),
            required("breakdown", "Croisement", "Variable de croisement"),
            number("f", "number", "F", "Statistique F de Rao–Scott, second ordre"),
            number("df1", "number", "ddl 1", "Degrés de liberté du numérateur"),
            number("df2", "number", "ddl 2", "Degrés de liberté du dénominateur"),
            number("p_value", "number", "p", "Probabilité d’un F au moins aussi grand s’il n’y avait pas de lien"),
            number("p_holm", "number", "p corrigée", "La même, corrigée du nombre de tests (Holm)"),
            or_empty(
                "choice",
                "Choix",
                "Choix testé, quand plusieurs réponses étaient possibles\u{202f}; vide sinon",
                &choices,
            ),
            protection(release),
        ],
        primary_key: vec!["question", "breakdown", "choice"],
        foreign_keys: vec![reference(&["question"], "variables")],
    }
}

/// `changes.csv`
pub(crate) fn changes(release: &Release) -> Schema {
    let status = json!({
        "name": "status", "type": "string", "title": "Statut",
        "description": "tested\u{a0}: testé\u{202f}; not_published\u{a0}: une édition ne publie pas la part\u{202f}; highest_share\u{a0}: une part se lit « ou \
            plus »\u{202f}; recoded\u{a0}: des choix rares sont regroupés autrement\u{202f}; no_spread\u{a0}: rien ne varie",
        "constraints": {"required": true, "enum": ChangeStatus::ALL.map(ChangeStatus::word)},
    });
    Schema {
        fields: vec![
            required("question", "Question", "Nom de la variable"),
            required("choice", "Choix", "Code du choix\u{202f}; son libellé est dans codebook.csv"),
            number("p_before", "number", "Part avant", "Part redressée dans l’édition antérieure, de 0 à 1"),
            number("p_now", "number", "Part maintenant", "Part redressée dans cette édition, de 0 à 1"),
            number(
                "base_before",
                "integer",
                "Base avant",
                "Personnes qui ont répondu à la question, édition antérieure",
            ),
            number("base_now", "integer", "Base maintenant", "Personnes qui ont répondu à la question, cette édition"),
            difference("difference", "Écart", "Part maintenant moins part avant"),
            difference("difference_low", "Borne basse", "Borne basse de l’intervalle à 95\u{a0}% de l’écart"),
            difference("difference_high", "Borne haute", "Borne haute de l’intervalle à 95\u{a0}% de l’écart"),
            number("p_value", "number", "p", "Probabilité d’un écart au moins aussi grand si rien n’avait changé"),
            number("p_holm", "number", "p corrigée", "La même, corrigée du nombre de tests (Holm)"),
            status,
            protection(release),
        ],
        primary_key: vec!["question", "choice"],
        foreign_keys: vec![reference(&["question", "choice"], "codebook"), reference(&["question"], "variables")],
    }
}

/// `codebook.csv`
pub(crate) fn codebook(release: &Release) -> Schema {
    Schema {
        fields: vec![
            required("question", "Question", "Nom de la variable"),
            required("title", "Titre", "Titre court"),
            required("text", "Texte", "Question telle qu’elle a été posée"),
            required("type", "Type", "Sorte de réponse"),
            required("choice", "Choix", "Code"),
            required("label", "Libellé", "Libellé du choix"),
            flag("missing", "Non-réponse", "Si ce choix est une façon de ne pas répondre"),
            protection(release),
        ],
        primary_key: vec!["question", "choice"],
        foreign_keys: vec![reference(&["question"], "variables")],
    }
}

/// `variables.csv`
pub(crate) fn variables(release: &Release) -> Schema {
    let kinds = ["single", "multiple", "scale", "rank_top", "integer", "text", "score"];
    Schema {
        fields: vec![
            required("question", "Question", "Nom de la variable"),
            required("title", "Titre", "Titre court"),
            required("text", "Texte", "Question telle qu’elle a été posée"),
            json!({
                "name": "type", "type": "string", "title": "Type", "description": "Sorte de réponse",
                "constraints": {"required": true, "enum": kinds},
            }),
            required("page", "Page", "Page du questionnaire"),
            text("axis", "Axe", "Axe du contrat local de santé"),
            required("universe", "Champ", "À qui la question a été posée"),
            text("instrument", "Instrument", "Instrument publié dont c’est une question, mot pour mot, ou le score"),
            number("item", "integer", "Numéro", "Numéro de la question dans l’instrument"),
            flag("tabulated", "En tableaux", "Si tables.csv en donne des tableaux"),
            protection(release),
        ],
        primary_key: vec!["question"],
        foreign_keys: Vec::new(),
    }
}
