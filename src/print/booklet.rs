//! Writes sheets to a tagged PDF.
//!
//! What all sheets share is written once, one form per text, and shown on every page inside a marked sequence of that page
//! (ISO 32000-1, 14.7.4.3): screen readers find headings and paragraphs, and 5,000 letters make 40 MB.

use std::num::NonZeroU16;

use krilla::Document;
use krilla::SerializeSettings;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::graphic::Graphic;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, BBox, ContentTag, Identifier, ListNumbering, Tag, TagGroup, TagTree};

use crate::Survey;
use crate::code::Code;
use crate::error::PrintError;
use crate::qr::Qr;
use crate::sheet::{Area, Colour, HEIGHT, Item, Role, Sheet, WIDTH};
use crate::text::Fonts;

/// A PDF that is being written, all of whose pages are printings of one sheet.
pub(crate) struct Booklet<'a> {
    document: Document,
    tree: TagTree,
    fonts: &'a Fonts,
    sheet: &'a Sheet,
    /// What the QR code is, for those who do not see it.
    alt: &'static str,
    /// Made with the first page.
    stamps: Option<Stamps>,
    pages: usize,
}

/// A document that must keep the rules of PDF/UA-1.
pub(crate) fn new_document() -> Document {
    let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let configuration = configuration.expect("PDF/UA-1 alone contradicts nothing");
    Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() })
}

/// The parts of a sheet that are ready to be shown again: its ornaments, and its texts in their order.
struct Stamps {
    ornaments: Graphic,
    texts: Vec<Graphic>,
}

impl Stamps {
    fn new(surface: &mut Surface, fonts: &Fonts, sheet: &Sheet) -> Self {
        let ornaments = stamp(surface, |surface| sheet.ornaments.iter().for_each(|ornament| ornament.draw(surface)));
        let texts = sheet.items.iter().filter_map(|item| match item {
            Item::Text(_, lines) => {
                Some(stamp(surface, |surface| lines.iter().for_each(|line| line.draw(surface, fonts))))
            }
            _ => None,
        });
        Self { texts: texts.collect(), ornaments }
    }
}

fn stamp(surface: &mut Surface, draw: impl FnOnce(&mut Surface)) -> Graphic {
    let mut builder = surface.stream_builder();
    let mut inner = builder.surface();
    draw(&mut inner);
    inner.finish();
    Graphic::new(builder.finish(), false)
}

impl<'a> Booklet<'a> {
    pub(crate) fn new(fonts: &'a Fonts, sheet: &'a Sheet, alt: &'static str) -> Self {
        let document = new_document();
        Self { document, tree: TagTree::new(), fonts, sheet, alt, stamps: None, pages: 0 }
    }

    /// Prints the sheet with what is of this page only.
    pub(crate) fn page(&mut self, qr: &Qr, mut code: Option<Code>) {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).expect("A4 has an area");
        let mut page = self.document.start_page_with(settings);
        let mut surface = page.surface();
        let stamps = self.stamps.get_or_insert_with(|| Stamps::new(&mut surface, self.fonts, self.sheet));
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        surface.draw_graphic(stamps.ornaments.clone());
        surface.end_tagged();

        let mut part = TagGroup::new(Tag::Part);
        let mut list = None;
        let mut texts = stamps.texts.iter();
        for item in &self.sheet.items {
            if !matches!(item, Item::Text(Role::Item, _)) {
                part.children.extend(list.take().map(Into::into));
            }
            match item {
                Item::Text(role, _) => {
                    let text = texts.next().expect("one stamp per text").clone();
                    let id = tagged(&mut surface, ContentTag::Other, |surface| surface.draw_graphic(text));
                    match role {
                        Role::Heading(level, title) => {
                            let level = NonZeroU16::new(*level).expect("levels start at 1");
                            part.push(group(Tag::Hn(level, Some(title.clone())), id));
                        }
                        Role::Paragraph => part.push(group(Tag::P, id)),
                        Role::Item => {
                            let body = group(Tag::LBody, id);
                            let list = list.get_or_insert_with(|| TagGroup::new(Tag::L(ListNumbering::Disc)));
                            list.push(TagGroup::with_children(Tag::LI, vec![body.into()]));
                        }
                    }
                }
                Item::Qr(area) => {
                    let id = tagged(&mut surface, ContentTag::Other, |surface| draw_qr(surface, qr, *area));
                    let bbox = BBox::new(self.pages, area.rect());
                    part.push(group(Tag::Figure(Some(self.alt.to_owned())).with_bbox(Some(bbox)), id));
                }
                Item::Code(area) => {
                    let Some(code) = code.take() else { continue };
                    let id = tagged(&mut surface, ContentTag::Other, |surface| code.draw(surface, self.fonts, *area));
                    part.push(group(Tag::P, id));
                }
            }
        }
        part.children.extend(list.map(Into::into));
        surface.finish();
        page.finish();
        self.tree.push(part);
        self.pages += 1;
    }

    /// The bytes of the PDF: the same for the same sheets, since no time is in them.
    pub(crate) fn finish(mut self, survey: &Survey) -> Result<Vec<u8>, PrintError> {
        let metadata = Metadata::new()
            .title(survey.title.clone())
            .authors(vec![survey.organiser.clone()])
            .creator("Isoloir".to_owned())
            .language("fr".to_owned());
        self.document.set_metadata(metadata);
        let mut outline = Outline::new();
        outline.push_child(OutlineNode::new(survey.title.clone(), XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
        self.document.set_outline(outline);
        self.document.set_tag_tree(self.tree);
        self.document.finish().map_err(|error| PrintError::Pdf { reason: format!("{error:?}") })
    }
}

pub(crate) fn tagged(surface: &mut Surface, tag: ContentTag, draw: impl FnOnce(&mut Surface)) -> Identifier {
    let id = surface.start_tagged(tag);
    draw(surface);
    surface.end_tagged();
    id
}

pub(crate) fn group(tag: impl Into<krilla::tagging::TagKind>, id: Identifier) -> TagGroup {
    TagGroup::with_children(tag, vec![id.into()])
}

fn draw_qr(surface: &mut Surface, qr: &Qr, area: Area) {
    let (path, transform) = qr.path(area.left, area.top, area.width);
    surface.set_fill(Some(Colour::Ink.fill()));
    surface.push_transform(&transform);
    surface.draw_path(&path);
    surface.pop();
}
