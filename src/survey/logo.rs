//! A territory's logo: a small picture beside the questionnaire, carried inside its canonical JSON, so that the published
//! version holds all that residents are shown.
//!
//! An SVG is a document that browsers interpret. Only what draws is let through: known elements, no script, no event, no
//! reference to anything outside the file. A browser runs nothing in an `<img>` anyway; but the address of a logo can be
//! opened by itself, and a picture that fetches something would tell another site who reads the questionnaire.

use std::fmt;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::{Deserialize, Serialize};

use crate::model::Text;

/// Largest file, since every resident downloads it with the first page. An SVG is sent compressed, a PNG as it is.
const MAX_SVG_BYTES: usize = 12_000;
const MAX_PNG_BYTES: usize = 8_000;
/// Largest side of a PNG, in pixels; it is shown 40 high.
const MAX_PNG_SIDE: u32 = 1_000;
const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Elements that draw, or that describe the drawing.
const DRAWING: [&str; 26] = [
    "svg",
    "g",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "defs",
    "symbol",
    "use",
    "title",
    "desc",
    "style",
    "clipPath",
    "mask",
    "pattern",
    "linearGradient",
    "radialGradient",
    "stop",
    "filter",
    "feGaussianBlur",
    "feOffset",
];

/// What kind of picture it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogoFormat {
    /// A drawing that was checked.
    Svg,
    /// Pixels.
    Png,
}

impl LogoFormat {
    /// The media type under which it is served.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }
}

/// A logo that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// What kind of picture it is.
    pub format: LogoFormat,
    /// Its own width, in pixels.
    pub width: u32,
    /// Its own height, in pixels.
    pub height: u32,
    /// What it says, for those who do not see it.
    pub alt: Text,
    #[serde(with = "base64")]
    bytes: Vec<u8>,
}

impl Logo {
    /// The file as it was.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checks the file of a logo.
    pub(crate) fn read(bytes: Vec<u8>, alt: Text) -> Result<Self, LogoProblem> {
        let (format, limit) = if bytes.starts_with(PNG_SIGNATURE) {
            (LogoFormat::Png, MAX_PNG_BYTES)
        } else {
            (LogoFormat::Svg, MAX_SVG_BYTES)
        };
        if bytes.len() > limit {
            return Err(LogoProblem::TooHeavy { bytes: bytes.len(), limit });
        }
        let (width, height) = match format {
            LogoFormat::Png => png_size(&bytes)?,
            LogoFormat::Svg => check_svg(std::str::from_utf8(&bytes).map_err(|_| LogoProblem::UnknownFormat)?)?,
        };
        Ok(Self { format, width, height, alt, bytes })
    }
}

/// Why a file cannot be a logo. Each says what is wrong; [`LogoProblem::fix`] says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LogoProblem {
    UnknownFormat,
    TooHeavy { bytes: usize, limit: usize },
    PixelSize { width: u32, height: u32 },
    NotWellFormed,
    NoSize,
    Element(String),
    Attribute(String),
    Outside(String),
    Declaration,
}

impl fmt::Display for LogoProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFormat => write!(f, "ce fichier n’est ni un SVG ni un PNG"),
            Self::TooHeavy { bytes, limit } => write!(f, "le logo pèse {bytes} octets ; il en faut {limit} au plus"),
            Self::PixelSize { width, height } => {
                write!(f, "le logo mesure {width} × {height} pixels ; il en faut de 40 à {MAX_PNG_SIDE} de chaque côté")
            }
            Self::NotWellFormed => write!(f, "ce SVG est mal formé"),
            Self::NoSize => write!(f, "ce SVG ne dit pas sa taille"),
            Self::Element(name) => write!(f, "ce SVG contient l’élément « {name} »"),
            Self::Attribute(name) => write!(f, "ce SVG contient l’attribut « {name} »"),
            Self::Outside(what) => write!(f, "ce SVG renvoie hors du fichier : « {what} »"),
            Self::Declaration => write!(f, "ce SVG contient une déclaration DOCTYPE ou une instruction de traitement"),
        }
    }
}

impl LogoProblem {
    pub(crate) fn fix(&self) -> &'static str {
        match self {
            Self::UnknownFormat => "exportez le logo en SVG ou en PNG",
            Self::TooHeavy { .. } => "simplifiez le SVG (svgo), ou réduisez le PNG à 160 pixels de haut (oxipng)",
            Self::PixelSize { .. } => "redimensionnez le PNG, par exemple à 160 pixels de haut",
            Self::NotWellFormed => "exportez-le de nouveau depuis un logiciel de dessin",
            Self::NoSize => "ajoutez « viewBox=\"0 0 largeur hauteur\" » à l’élément « svg »",
            Self::Element(_) | Self::Attribute(_) => {
                "exportez-le en « SVG simple » : des tracés et des textes, sans script, lien, image ni animation"
            }
            Self::Outside(_) => "mettez tout dans le fichier ; seuls les renvois internes, « #nom », sont permis",
            Self::Declaration => "enlevez-la : le fichier commence par « <svg »",
        }
    }
}

/// Width and height are the first fields of a PNG's first chunk (PNG specification, 11.2.1).
fn png_size(bytes: &[u8]) -> Result<(u32, u32), LogoProblem> {
    let number = |at: usize| bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
    let (Some(b"IHDR"), Some(width), Some(height)) = (bytes.get(12..16), number(16), number(20)) else {
        return Err(LogoProblem::UnknownFormat);
    };
    let allowed = 40..=MAX_PNG_SIDE;
    if allowed.contains(&width) && allowed.contains(&height) {
        Ok((width, height))
    } else {
        Err(LogoProblem::PixelSize { width, height })
    }
}

/// Lets through what draws, and returns the drawing's size.
fn check_svg(svg: &str) -> Result<(u32, u32), LogoProblem> {
    let mut reader = Reader::from_str(svg);
    let mut size = None;
    // Style sheets stand between tags; any other text is only read.
    let mut depth = 0_usize;
    loop {
        let event = reader.read_event().map_err(|_| LogoProblem::NotWellFormed)?;
        match &event {
            Event::Start(element) | Event::Empty(element) => {
                check_element(element)?;
                if depth == 0 {
                    let is_first = size.is_none() && element.local_name().as_ref() == b"svg";
                    if !is_first {
                        return Err(LogoProblem::UnknownFormat);
                    }
                    size = Some(svg_size(element).ok_or(LogoProblem::NoSize)?);
                }
                depth += usize::from(matches!(event, Event::Start(_)));
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Text(text) => check_value(std::str::from_utf8(text).map_err(|_| LogoProblem::NotWellFormed)?)?,
            Event::CData(text) => check_value(std::str::from_utf8(text).map_err(|_| LogoProblem::NotWellFormed)?)?,
            // A reference to a character could spell what is looked for.
            Event::GeneralRef(name) if matches!(name.as_ref(), b"amp" | b"lt" | b"gt" | b"quot" | b"apos") => {}
            Event::GeneralRef(_) => return Err(LogoProblem::NotWellFormed),
            Event::DocType(_) | Event::PI(_) => return Err(LogoProblem::Declaration),
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    if depth > 0 {
        return Err(LogoProblem::NotWellFormed);
    }
    size.ok_or(LogoProblem::UnknownFormat)
}

fn check_element(element: &BytesStart) -> Result<(), LogoProblem> {
    let name = String::from_utf8_lossy(element.name().as_ref()).into_owned();
    if !DRAWING.contains(&name.as_str()) {
        return Err(LogoProblem::Element(name));
    }
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|_| LogoProblem::NotWellFormed)?;
        let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        let value = attribute.unescape_value().map_err(|_| LogoProblem::NotWellFormed)?;
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("on") || lower == "xml:base" {
            return Err(LogoProblem::Attribute(name));
        }
        if lower == "href" || lower.ends_with(":href") {
            if !value.trim().starts_with('#') {
                return Err(LogoProblem::Outside(value.trim().to_owned()));
            }
        } else if lower != "xmlns" && !lower.starts_with("xmlns:") {
            check_value(&value)?;
        }
    }
    Ok(())
}

/// An attribute or a style sheet may point inside the file only. CSS can write any letter as an escape, so there is none.
fn check_value(value: &str) -> Result<(), LogoProblem> {
    let lower = value.to_ascii_lowercase();
    let outside = |what: &str| Err(LogoProblem::Outside(what.trim().to_owned()));
    for word in ["@import", "javascript:", "data:", "image(", "image-set(", "src(", "expression(", "\\"] {
        if lower.contains(word) {
            return outside(word);
        }
    }
    for (at, opening) in lower.match_indices("url(") {
        let target = lower[at + opening.len()..].trim_start().trim_start_matches(['"', '\'']);
        if !target.starts_with('#') {
            return outside(target.split(')').next().unwrap_or_default());
        }
    }
    Ok(())
}

/// The size that an SVG gives itself, by its box or its sides.
fn svg_size(svg: &BytesStart) -> Option<(u32, u32)> {
    let value = |name: &str| Some(svg.try_get_attribute(name).ok()??.unescape_value().ok()?.into_owned());
    let whole = |number: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 100,000")]
        let side = number.ceil() as u32;
        (number > 0.0 && number <= 100_000.0).then_some(side)
    };
    if let Some(view_box) = value("viewBox") {
        let numbers: Vec<f64> =
            view_box.split([' ', ',']).filter(|part| !part.is_empty()).map_while(|part| part.parse().ok()).collect();
        let [_, _, width, height] = numbers[..] else { return None };
        return Some((whole(width)?, whole(height)?));
    }
    let side = |name| value(name)?.trim_end_matches("px").parse().ok().and_then(whole);
    Some((side("width")?, side("height")?))
}

/// Bytes as text in the canonical JSON.
mod base64 {
    use data_encoding::BASE64;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text.as_bytes()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SVG: &str = include_str!("fixtures/logo.svg");

    fn read(file: impl Into<Vec<u8>>) -> Result<Logo, LogoProblem> {
        Logo::read(file.into(), Text::new([].into()))
    }

    fn inside(content: &str) -> Result<Logo, LogoProblem> {
        read(format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\">{content}</svg>"))
    }

    #[test]
    fn a_drawing_is_taken_with_its_size() {
        let logo = read(SVG).expect("a logo");
        assert_eq!((logo.format, logo.width, logo.height), (LogoFormat::Svg, 180, 60));
        assert_eq!(logo.bytes(), SVG.as_bytes());
        let json = serde_json::to_string(&logo).expect("JSON");
        assert_eq!(serde_json::from_str::<Logo>(&json).expect("a logo"), logo);
        assert!(
            inside("<style>.a { fill: url(#g) }</style><use xlink:href=\"#b\"/><g style=\"fill:url('#g')\"/>").is_ok()
        );
        assert!(read("<svg width=\"30px\" height=\"12\"/>").is_ok());
    }

    #[test]
    fn whatever_could_run_or_reach_out_is_refused() {
        let outside = |what: &str| Err(LogoProblem::Outside(what.to_owned()));
        for (content, refusal) in [
            ("<script>alert(1)</script>", Err(LogoProblem::Element("script".to_owned()))),
            ("<foreignObject/>", Err(LogoProblem::Element("foreignObject".to_owned()))),
            ("<image href=\"https://exemple.fr/a.png\"/>", Err(LogoProblem::Element("image".to_owned()))),
            ("<a href=\"#b\"/>", Err(LogoProblem::Element("a".to_owned()))),
            ("<svg:script/>", Err(LogoProblem::Element("svg:script".to_owned()))),
            ("<g onload=\"alert(1)\"/>", Err(LogoProblem::Attribute("onload".to_owned()))),
            ("<g xml:base=\"https://exemple.fr\"/>", Err(LogoProblem::Attribute("xml:base".to_owned()))),
            ("<use href=\"https://exemple.fr/a.svg#b\"/>", outside("https://exemple.fr/a.svg#b")),
            ("<use xlink:href=\"java&#115;cript:alert(1)\"/>", outside("javascript:alert(1)")),
            ("<path fill=\"URL( 'https://exemple.fr/a.svg#b')\"/>", outside("https://exemple.fr/a.svg#b'")),
            ("<style>@import 'https://exemple.fr/a.css';</style>", outside("@import")),
            ("<style><![CDATA[a { fill: url(//exemple.fr) }]]></style>", outside("//exemple.fr")),
            ("<style>a { fill: \\75rl(//exemple.fr) }</style>", outside("\\")),
            ("<style>a { fill: &#117;rl(//exemple.fr) }</style>", Err(LogoProblem::NotWellFormed)),
            ("<g>", Err(LogoProblem::NotWellFormed)),
        ] {
            assert_eq!(inside(content), refusal, "{content}");
        }
        for (file, refusal) in [
            ("<!DOCTYPE svg [<!ENTITY a \"b\">]><svg viewBox=\"0 0 1 1\"/>", LogoProblem::Declaration),
            ("<?xml-stylesheet href=\"a.css\"?><svg viewBox=\"0 0 1 1\"/>", LogoProblem::Declaration),
            ("<svg/>", LogoProblem::NoSize),
            ("<svg viewBox=\"0 0 1 1\"/><svg viewBox=\"0 0 1 1\"/>", LogoProblem::UnknownFormat),
            ("GIF89a", LogoProblem::UnknownFormat),
            ("", LogoProblem::UnknownFormat),
        ] {
            assert_eq!(read(file), Err(refusal), "{file}");
        }
    }

    #[test]
    fn a_png_is_taken_by_its_size() {
        let png = |width: u32, height: u32, rest: usize| {
            [PNG_SIGNATURE, b"\0\0\0\x0dIHDR", &width.to_be_bytes(), &height.to_be_bytes(), &vec![0; rest]].concat()
        };
        let logo = read(png(320, 160, 100)).expect("a logo");
        assert_eq!((logo.format, logo.width, logo.height), (LogoFormat::Png, 320, 160));
        assert_eq!(read(png(320, 16, 100)), Err(LogoProblem::PixelSize { width: 320, height: 16 }));
        assert!(matches!(read(png(320, 160, 8_000)), Err(LogoProblem::TooHeavy { .. })));
        assert_eq!(read(PNG_SIGNATURE), Err(LogoProblem::UnknownFormat));
        let heavy = format!("<svg viewBox=\"0 0 1 1\">{}</svg>", " ".repeat(MAX_SVG_BYTES));
        assert!(matches!(read(heavy), Err(LogoProblem::TooHeavy { .. })));
    }
}
