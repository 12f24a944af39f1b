//! The questionnaire as DDI-Codebook 2.5, the format in which survey archives and catalogues exchange them.
//!
//! It describes what was asked, of whom and how; there is no number of respondents and no result in it. The order of elements is
//! that of the schema `ddi:codebook:2_5` (DDI Alliance, 2012).

mod study;
mod variable;
mod xml;

use isoloir_disclosure::Release;
use isoloir_survey::Questionnaire;

use crate::ExportError;
use crate::about::About;
use crate::files::ExportFile;
use xml::Xml;

const NAMESPACE: &str = "ddi:codebook:2_5";
const SCHEMA: &str = "ddi:codebook:2_5 https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd";

/// What the document is about, for its parts.
struct Codebook<'a> {
    release: &'a Release,
    questionnaire: &'a Questionnaire,
    about: &'a About,
}

/// The document: itself, the study, each variable with its question and codes, and the files of results beside it.
///
/// # Errors
/// [`ExportError::Xml`].
pub(crate) fn ddi_xml(
    release: &Release,
    questionnaire: &Questionnaire,
    about: &About,
    files: &[ExportFile],
) -> Result<Vec<u8>, ExportError> {
    let codebook = Codebook { release, questionnaire, about };
    let attributes = [
        ("version", "2.5"),
        ("xml:lang", "fr"),
        ("xmlns", NAMESPACE),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ("xsi:schemaLocation", SCHEMA),
    ];
    let mut xml = Xml::new()?;
    xml.element("codeBook", &attributes, |xml| {
        codebook.document(xml)?;
        codebook.study(xml)?;
        codebook.variables(xml)?;
        for file in files {
            let attributes = [("type", file.media_type), ("level", "study"), ("URI", file.name.as_str())];
            xml.element("otherMat", &attributes, |xml| xml.text("labl", &[], &file.description))?;
        }
        Ok(())
    })?;
    Ok(xml.finish())
}
