//! XML elements, one call each. Texts are escaped by `quick-xml`; characters that XML cannot hold at all are left out.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// Attributes of an element.
pub(crate) type Attributes<'a> = &'a [(&'a str, &'a str)];

/// A document that is being written.
pub(crate) struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// A document with its declaration.
    pub(crate) fn new() -> io::Result<Self> {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(Self(writer))
    }

    /// An element with others inside.
    pub(crate) fn element(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        let start = quick_xml::events::BytesStart::new(name).with_attributes(clean(attributes).iter().map(as_pair));
        let end = start.to_end().into_owned();
        self.0.write_event(Event::Start(start.borrow()))?;
        inside(self)?;
        self.0.write_event(Event::End(end))
    }

    /// An element with a text inside.
    pub(crate) fn text(&mut self, name: &str, attributes: Attributes<'_>, text: &str) -> io::Result<()> {
        let element = self.0.create_element(name).with_attributes(clean(attributes).iter().map(as_pair));
        element.write_text_content(BytesText::new(&allowed(text)))?;
        Ok(())
    }

    /// An element with nothing inside.
    pub(crate) fn empty(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.0.create_element(name).with_attributes(clean(attributes).iter().map(as_pair)).write_empty()?;
        Ok(())
    }

    /// The document.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut bytes = self.0.into_inner();
        bytes.push(b'\n');
        bytes
    }
}

fn clean(attributes: Attributes<'_>) -> Vec<(&str, String)> {
    attributes.iter().map(|(name, value)| (*name, allowed(value))).collect()
}

fn as_pair<'a>((name, value): &'a (&'a str, String)) -> (&'a str, &'a str) {
    (name, value)
}

/// The text without what XML 1.0 cannot hold (section 2.2).
fn allowed(text: &str) -> String {
    let is_allowed =
        |c: &char| matches!(c, '\t' | '\n' | '\r') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().filter(is_allowed).collect()
}
