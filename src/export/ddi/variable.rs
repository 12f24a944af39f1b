//! Each variable: its question as it was asked, who was asked, its codes, its axis, the instrument that it is an item of.

use std::io;

use isoloir_survey::{Kind, Question, Role};

use super::Codebook;
use super::study::AXES;
use super::xml::Xml;
use crate::variables::{Variable, variables};

impl Codebook<'_> {
    /// The variables: pages first, as groups of them, since the schema wants groups before variables.
    pub(super) fn variables(&self, xml: &mut Xml) -> io::Result<()> {
        let variables: Vec<Variable> = variables(self.questionnaire).collect();
        xml.element("dataDscr", &[], |xml| {
            for page in &self.questionnaire.pages {
                let of_page = page
                    .questions
                    .iter()
                    .filter(|question| variables.iter().any(|known| known.question.id == question.id));
                let names: Vec<String> = of_page.map(id).collect();
                if !names.is_empty() {
                    let group = format!("P_{}", page.id);
                    let attributes = [
                        ("ID", group.as_str()),
                        ("type", "section"),
                        ("var", &names.join(" ")),
                        ("name", page.id.as_str()),
                    ];
                    xml.element("varGrp", &attributes, |xml| xml.text("labl", &[], page.title.fr()))?;
                }
            }
            for matrix in self.questionnaire.questions().filter(|question| matches!(question.kind, Kind::Matrix)) {
                let names: Vec<String> = self.questionnaire.rows(matrix).map(id).collect();
                let group = format!("G_{}", matrix.id);
                let attributes =
                    [("ID", group.as_str()), ("type", "grid"), ("var", &names.join(" ")), ("name", matrix.id.as_str())];
                xml.element("varGrp", &attributes, |xml| {
                    xml.text("labl", &[], matrix.short.fr())?;
                    xml.text("txt", &[], matrix.text.fr())
                })?;
            }
            variables.iter().zip(1..).try_for_each(|(variable, number)| write(xml, variable, number))
        })
    }
}

/// A variable's identifier in the document: no name of a variable is one of the other identifiers.
fn id(question: &Question) -> String {
    format!("V_{}", question.id)
}

fn write(xml: &mut Xml, variable: &Variable, number: u32) -> io::Result<()> {
    let question = variable.question;
    let id = id(question);
    let (nature, representation) = match question.kind {
        // Of a score, the levels are in the files.
        _ if question.is_ordinal() => ("ordinal", "code"),
        Kind::Integer { .. } => ("ratio", "numeric"),
        Kind::TextLong { .. } => ("other", "text"),
        _ => ("nominal", "code"),
    };
    let interval = if representation == "numeric" { "contin" } else { "discrete" };
    let is_place = matches!(question.kind, Kind::Single { role: Some(Role::Territory), .. });
    let attributes = [
        ("ID", id.as_str()),
        ("name", variable.name()),
        ("intrvl", interval),
        ("nature", nature),
        ("geog", if is_place { "Y" } else { "N" }),
        ("representationType", representation),
    ];
    xml.element("var", &attributes, |xml| {
        xml.text("labl", &[], variable.title())?;
        if question.is_asked() {
            asked(xml, variable, number)?;
        }
        range(xml, question)?;
        xml.text("universe", &[], &variable.universe())?;
        xml.text("txt", &[], &variable.kind_words())?;
        for choice in question.choices() {
            let missing = if choice.missing { "Y" } else { "N" };
            xml.element("catgry", &[("missing", missing)], |xml| {
                xml.text("catValu", &[], choice.code.as_str())?;
                xml.text("labl", &[], choice.label.fr())
            })?;
        }
        if let Some(axis) = variable.axis() {
            xml.text("concept", &[("vocab", AXES)], axis)?;
        }
        derivation(xml, variable)?;
        let format = if representation == "numeric" { "numeric" } else { "character" };
        xml.empty("varFormat", &[("type", format)])?;
        if let Some((instrument, item)) = variable.instrument() {
            let words = format!(
                "{}, question {item}, mot pour mot. {} Source\u{a0}: {}",
                instrument.title, instrument.citation, instrument.source
            );
            xml.text("notes", &[("type", "instrument"), ("subject", &instrument.id)], &words)?;
        }
        if let Some(instrument) = variable.scored_instrument() {
            let words = format!("{}. {} Source\u{a0}: {}", instrument.title, instrument.citation, instrument.source);
            xml.text("notes", &[("type", "instrument"), ("subject", &instrument.id)], &words)?;
        }
        if question.is_kept_apart() {
            xml.text(
                "notes",
                &[("type", "confidentiality")],
                "Gardé à part des autres réponses, sans lien avec elles.",
            )?;
        }
        Ok(())
    })
}

/// The question, word for word.
fn asked(xml: &mut Xml, variable: &Variable, number: u32) -> io::Result<()> {
    let question = variable.question;
    let domain = match question.kind {
        Kind::Multiple { .. } | Kind::RankTop { .. } => "multiple",
        Kind::Integer { .. } => "numeric",
        Kind::TextLong { .. } => "text",
        Kind::Single { role: Some(Role::Territory), .. } => "geographic",
        _ => "category",
    };
    xml.element("qstn", &[("seqNo", &number.to_string()), ("responseDomainType", domain)], |xml| {
        if let Some(parent) = variable.parent() {
            xml.text("preQTxt", &[], parent.text.fr())?;
        }
        xml.text("qstnLit", &[], question.text.fr())?;
        question.hint.as_ref().map_or(Ok(()), |hint| xml.text("ivuInstr", &[], hint.fr()))
    })
}

/// The numbers that are accepted.
fn range(xml: &mut Xml, question: &Question) -> io::Result<()> {
    let Kind::Integer { min, max } = question.kind else { return Ok(()) };
    let (min, max) = (min.to_string(), max.to_string());
    xml.element("valrng", &[], |xml| xml.empty("range", &[("UNITS", "INT"), ("min", &min), ("max", &max)]))
}

/// The points of which a score is made.
fn derivation(xml: &mut Xml, variable: &Variable) -> io::Result<()> {
    let (Kind::Score { terms, .. }, Some(formula)) = (&variable.question.kind, variable.formula()) else {
        return Ok(());
    };
    let names: Vec<String> = terms.iter().map(|term| format!("V_{}", term.q)).collect();
    xml.element("derivation", &[("var", &names.join(" "))], |xml| xml.text("drvdesc", &[], &formula))
}
