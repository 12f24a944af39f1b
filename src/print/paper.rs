//! The paper questionnaire: the same questions, to be filled in by hand and keyed in with the codes in small grey print.

use std::num::NonZeroU16;

use isoloir_survey::{Kind, Lang, Questionnaire};
use krilla::Document;
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, ListNumbering, Tag, TagGroup, TagTree};

use crate::booklet::{group, new_document, tagged};
use crate::column::Style;
use crate::error::PrintError;
use crate::flow::{Block, Group, Page, paginate};
use crate::paper_question::Setter;
use crate::paper_words::Words;
use crate::sheet::{Area, Colour, HEIGHT, Ornament, Placed, Role, WIDTH, mm};
use crate::text::{Fonts, Line, bold, plain};

pub(crate) const LEFT: f32 = mm(18.0);
pub(crate) const RIGHT: f32 = WIDTH - mm(18.0);
const TOP: f32 = mm(15.0);
const BOTTOM: f32 = HEIGHT - mm(20.0);
const FOOTER: f32 = HEIGHT - mm(11.0);
/// The footer is the same in large type: it is not for the respondent.
const SMALL: Style = Style::new(8.0, 10.0).coloured(Colour::Grey);

/// How a questionnaire is printed.
#[derive(Debug, Clone)]
pub struct Paper {
    /// In which of its languages.
    pub lang: Lang,
    /// In 18 points, for those who see less.
    pub large: bool,
    /// Where filled questionnaires go: an address on one line. Without it, the organiser's name.
    pub return_to: Option<String>,
    /// The last day to send it back: "31 janvier 2027".
    pub closes: Option<String>,
}

/// A questionnaire of as many A4 pages as it needs, as a tagged PDF.
///
/// # Errors
/// [`PrintError`]: a word that is wider than its column, or a character that the font has not.
pub fn questionnaire(questionnaire: &Questionnaire, paper: &Paper) -> Result<Vec<u8>, PrintError> {
    let fonts = Fonts::load();
    let pages = pages(&fonts, questionnaire, paper)?;
    let footer = format!("{} · version {}", questionnaire.id, &questionnaire.version().as_str()[..12]);
    write(&fonts, questionnaire, paper, &pages, &footer)
}

/// Everything, set on pages.
pub(crate) fn pages(fonts: &Fonts, questionnaire: &Questionnaire, paper: &Paper) -> Result<Vec<Page>, PrintError> {
    let words = Words::new(questionnaire, &paper.lang);
    let setter = Setter::new(fonts, &words, if paper.large { 18.0 } else { 11.0 });
    let mut groups = opening(&setter, paper)?;
    for page in &questionnaire.pages {
        let title = setter.heading(page.title.get(&paper.lang))?;
        let intro = page.intro.as_ref().map(|intro| setter.paragraph(intro.get(&paper.lang))).transpose()?;
        let mut titles: Vec<Block> = [title].into_iter().chain(intro).collect();
        // The first question keeps its distance from what introduces it.
        if let [_, intro] = &mut titles[..] {
            intro.height += setter.points(8.0);
        }
        for question in &page.questions {
            let Some(mut group) = setter.question(question)? else { continue };
            // What is said before the first question goes with its title.
            if matches!(question.kind, Kind::Note) && !titles.is_empty() {
                group.blocks.iter_mut().for_each(|block| block.height += setter.points(8.0));
                titles.append(&mut group.blocks);
                continue;
            }
            // A title stays with the first question below it.
            if !titles.is_empty() {
                group.lead += titles.len();
                group.gap = setter.points(22.0);
                group.blocks.splice(0..0, std::mem::take(&mut titles));
            }
            groups.push(group);
        }
        if !titles.is_empty() {
            groups.push(Group { gap: setter.points(22.0), lead: titles.len() - 1, blocks: titles, ..Group::default() });
        }
    }
    groups.extend(closing(&setter, paper)?);
    paginate(groups, TOP, BOTTOM)
}

fn opening(setter: &Setter<'_>, paper: &Paper) -> Result<Vec<Group>, PrintError> {
    let (survey, lang) = (setter.words.survey, &paper.lang);
    let mut head = Block::default();
    let body = setter.body();
    let column = (LEFT, RIGHT - LEFT);
    let organiser = [bold(survey.organiser.get(lang))];
    head.text(setter.fonts, "l’organisateur", (Role::Paragraph, &organiser), body.coloured(Colour::Accent), column)?;
    let title = survey.title.get(lang);
    let style = Style::new(setter.points(21.0), setter.points(26.0));
    head.text(setter.fonts, "le titre", (Role::Heading(1, title.to_owned()), &[bold(title)]), style, column)?;
    let rule = Area { left: LEFT, top: head.height + mm(2.0), width: mm(30.0), height: mm(1.2) };
    head.ornaments.push(Ornament::Bar(rule, Colour::Accent));
    head.height += mm(6.0);
    let mut groups = vec![Group { gap: 0.0, lead: 0, blocks: vec![head], ..Group::default() }];
    for paragraph in setter.words.welcome().split("\n\n") {
        groups.push(Group {
            gap: setter.points(4.0),
            lead: 0,
            blocks: vec![setter.paragraph(paragraph.trim())?],
            ..Group::default()
        });
    }
    let mut blocks = vec![setter.heading(&setter.words.how_to_title())?];
    for line in setter.words.how_to(paper) {
        blocks.push(setter.item(&line)?);
    }
    groups.push(Group { gap: setter.points(12.0), lead: 1, blocks, ..Group::default() });
    Ok(groups)
}

fn closing(setter: &Setter<'_>, paper: &Paper) -> Result<Vec<Group>, PrintError> {
    let gap = setter.points(22.0);
    let mut back = vec![setter.heading(&setter.words.back_title())?];
    for line in setter.words.back(paper) {
        back.push(setter.paragraph(&line)?);
    }
    let mut groups = vec![Group { gap, lead: 1, blocks: back, ..Group::default() }];
    let help = setter.words.help();
    if !help.is_empty() {
        let mut blocks = vec![setter.heading(&setter.words.help_title())?];
        for paragraph in help {
            blocks.push(setter.paragraph(paragraph)?);
        }
        groups.push(Group { gap, lead: 1, blocks, ..Group::default() });
    }
    Ok(groups)
}

/// Writes the pages; what each says is tagged, the footer and the boxes are not.
fn write(
    fonts: &Fonts,
    questionnaire: &Questionnaire,
    paper: &Paper,
    pages: &[Page],
    footer: &str,
) -> Result<Vec<u8>, PrintError> {
    let mut document: Document = new_document();
    let mut tree = TagTree::new();
    for (number, sheet) in (1..).zip(pages) {
        let mut page = document.start_page_with(PageSettings::from_wh(WIDTH, HEIGHT).expect("A4 has an area"));
        let mut surface = page.surface();
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        sheet.ornaments.iter().for_each(|ornament| ornament.draw(&mut surface));
        surface.end_tagged();
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
        let count = format!("{number} / {}", pages.len());
        draw_footer(&mut surface, fonts, footer, &count)?;
        surface.end_tagged();
        tree.push(tag_page(&mut surface, fonts, sheet));
        surface.finish();
        page.finish();
    }
    let title = questionnaire.title.get(&paper.lang).to_owned();
    let metadata = Metadata::new()
        .title(title.clone())
        .authors(vec![questionnaire.organiser.get(&paper.lang).to_owned()])
        .creator("Isoloir".to_owned())
        .language("fr".to_owned());
    document.set_metadata(metadata);
    let mut outline = Outline::new();
    outline.push_child(OutlineNode::new(title, XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
    document.set_outline(outline);
    document.set_tag_tree(tree);
    document.finish().map_err(|error| PrintError::Pdf { reason: format!("{error:?}") })
}

fn draw_footer(surface: &mut Surface, fonts: &Fonts, left: &str, right: &str) -> Result<(), PrintError> {
    for (text, is_right) in [(left, false), (right, true)] {
        let line = Line::new(fonts, &[plain(text)]).map_err(|error| error.of("le bas de page"))?;
        let x = if is_right { RIGHT - line.width(SMALL.size) } else { LEFT };
        Placed { line, x, baseline: FOOTER, size: SMALL.size, colour: SMALL.colour }.draw(surface, fonts);
    }
    Ok(())
}

/// Draws what a page says, in reading order; choices that follow each other make one list.
fn tag_page(surface: &mut Surface, fonts: &Fonts, sheet: &Page) -> TagGroup {
    let mut part = TagGroup::new(Tag::Part);
    let mut list: Option<TagGroup> = None;
    for (role, lines) in &sheet.items {
        if !matches!(role, Role::Item) {
            part.children.extend(list.take().map(Into::into));
        }
        let id = tagged(surface, ContentTag::Other, |surface| lines.iter().for_each(|line| line.draw(surface, fonts)));
        match role {
            Role::Heading(level, title) => {
                let level = NonZeroU16::new(*level).expect("levels start at 1");
                part.push(group(Tag::Hn(level, Some(title.clone())), id));
            }
            Role::Paragraph => part.push(group(Tag::P, id)),
            Role::Item => {
                let list = list.get_or_insert_with(|| TagGroup::new(Tag::L(ListNumbering::None)));
                list.push(TagGroup::with_children(Tag::LI, vec![group(Tag::LBody, id).into()]));
            }
        }
    }
    part.children.extend(list.map(Into::into));
    part
}
