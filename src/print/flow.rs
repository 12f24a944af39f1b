//! Blocks of text one below the other, over as many pages as they need. It decides where pages end, and knows nothing of
//! what the blocks say.

use crate::column::Style;
use crate::error::PrintError;
use crate::sheet::{Colour, Ornament, Placed, Role};
use crate::text::{Fonts, Line, Piece, wrap};

/// What no page break may cut. Heights count from its own top; lines and ornaments are moved when the page is known.
#[derive(Default, Clone)]
pub(crate) struct Block {
    pub(crate) ornaments: Vec<Ornament>,
    /// In reading order.
    pub(crate) items: Vec<(Role, Vec<Placed>)>,
    pub(crate) height: f32,
}

/// Blocks that stay on one page where they can: a question with its answers.
#[derive(Default)]
pub(crate) struct Group {
    /// Room above it, unless it begins a page.
    pub(crate) gap: f32,
    /// How many of its first blocks may not be parted from the one that follows them: titles.
    pub(crate) lead: usize,
    pub(crate) blocks: Vec<Block>,
    /// What stands again at the top of each page that goes on with it: the heads of a grid's columns.
    pub(crate) again: Option<Block>,
}

/// What stands on one page.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) ornaments: Vec<Ornament>,
    pub(crate) items: Vec<(Role, Vec<Placed>)>,
}

impl Page {
    /// Places a block and says where the next one may begin.
    fn put(&mut self, block: Block, y: f32) -> f32 {
        self.ornaments.extend(block.ornaments.into_iter().map(|ornament| ornament.lowered(y)));
        self.items.extend(lowered(block.items, y));
        y + block.height
    }
}

impl Block {
    /// Sets a text below what the block holds.
    pub(crate) fn text(
        &mut self,
        fonts: &Fonts,
        what: &'static str,
        (role, pieces): (Role, &[Piece]),
        style: Style,
        (left, width): (f32, f32),
    ) -> Result<(), PrintError> {
        let lines = wrap(fonts, pieces, style.size, width).map_err(|error| error.of(what))?;
        let mut placed = Vec::with_capacity(lines.len());
        for line in lines {
            let baseline = self.height + style.baseline();
            placed.push(Placed { line, x: left, baseline, size: style.size, colour: style.colour });
            self.height += style.leading;
        }
        self.items.push((role, placed));
        Ok(())
    }

    /// Adds a code in small print after the last line, or below it when it does not fit before `right`.
    pub(crate) fn code(
        &mut self,
        fonts: &Fonts,
        code: &str,
        style: Style,
        (left, right): (f32, f32),
    ) -> Result<(), PrintError> {
        let line = Line::new(fonts, &[crate::text::plain(format!(" {code}"))]).map_err(|error| error.of("un code"))?;
        let small = Style { size: style.size * 0.64, leading: style.leading * 0.8, colour: Colour::Grey };
        let Some((_, lines)) = self.items.last_mut() else { return Ok(()) };
        let (mut x, mut baseline) = (left, self.height + small.baseline());
        let end = lines.last().map(|last| (last.x + last.line.width(last.size) + 0.3 * small.size, last.baseline));
        match end.filter(|(end, _)| end + line.width(small.size) <= right) {
            Some(end) => (x, baseline) = end,
            None => self.height += small.leading,
        }
        if x + line.width(small.size) > right {
            return Err(PrintError::too_long("un code", x + line.width(small.size) - right));
        }
        lines.push(Placed { line, x, baseline, size: small.size, colour: small.colour });
        Ok(())
    }

    /// Takes another block in, below what the block holds.
    pub(crate) fn append(&mut self, other: Self) {
        let by = self.height;
        self.ornaments.extend(other.ornaments.into_iter().map(|ornament| ornament.lowered(by)));
        self.items.extend(lowered(other.items, by));
        self.height += other.height;
    }

    /// Takes another block in beside what the block holds, both from the top.
    pub(crate) fn beside(&mut self, other: Self) {
        self.ornaments.extend(other.ornaments);
        self.items.extend(other.items);
        self.height = self.height.max(other.height);
    }
}

fn lowered(items: Vec<(Role, Vec<Placed>)>, by: f32) -> impl Iterator<Item = (Role, Vec<Placed>)> {
    items.into_iter().map(move |(role, lines)| {
        let lines = lines.into_iter().map(|line| Placed { baseline: line.baseline + by, ..line });
        (role, lines.collect())
    })
}

/// Sets the groups on pages between `top` and `bottom`.
pub(crate) fn paginate(groups: Vec<Group>, top: f32, bottom: f32) -> Result<Vec<Page>, PrintError> {
    let mut pages = vec![Page::default()];
    let mut y = top;
    for group in groups {
        let total: f32 = group.blocks.iter().map(|block| block.height).sum();
        let lead: f32 = group.blocks.iter().take(group.lead + 1).map(|block| block.height).sum();
        // What does not fit on a page of its own begins where its titles and the first lines below them fit.
        let needed = if total <= bottom - top { total } else { lead };
        let gap = if y > top { group.gap } else { 0.0 };
        if y > top && y + gap + needed > bottom {
            pages.push(Page::default());
            y = top;
        } else {
            y += gap;
        }
        let room = bottom - top - group.again.as_ref().map_or(0.0, |again| again.height);
        for block in group.blocks {
            if block.height > room {
                return Err(PrintError::too_long("une question du questionnaire", block.height - room));
            }
            if y + block.height > bottom {
                pages.push(Page::default());
                y = top;
                if let Some(again) = &group.again {
                    y = pages.last_mut().expect("never empty").put(again.clone(), y);
                }
            }
            y = pages.last_mut().expect("never empty").put(block, y);
        }
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::plain;

    fn group(heights: &[f32], lead: usize) -> Group {
        let fonts = Fonts::load();
        let block = |height: &f32| {
            let mut block = Block::default();
            let text = [plain("x")];
            block
                .text(&fonts, "un essai", (Role::Paragraph, &text), Style::new(10.0, 12.0), (0.0, 100.0))
                .expect("short");
            Block { height: *height, ..block }
        };
        Group { gap: 5.0, lead, blocks: heights.iter().map(block).collect(), again: None }
    }

    fn counts(groups: Vec<Group>) -> Vec<usize> {
        paginate(groups, 0.0, 100.0).expect("pages").iter().map(|page| page.items.len()).collect()
    }

    #[test]
    fn a_question_is_not_cut_and_a_title_is_not_left_alone() {
        assert_eq!(counts(vec![group(&[60.0], 0), group(&[20.0, 30.0], 1)]), [1, 2]);
        assert_eq!(counts(vec![group(&[40.0], 0), group(&[20.0, 30.0], 1)]), [3]);
        // A list longer than a page begins below what is there, unless its title would stand alone.
        assert_eq!(counts(vec![group(&[40.0], 0), group(&[20.0, 30.0, 60.0, 30.0], 1)]), [3, 2]);
        assert_eq!(counts(vec![group(&[60.0], 0), group(&[20.0, 30.0, 60.0, 30.0], 1)]), [1, 2, 2]);
        assert!(paginate(vec![group(&[101.0], 0)], 0.0, 100.0).is_err());
    }

    #[test]
    fn the_heads_of_columns_stand_on_every_page_of_a_grid() {
        let grid = || {
            let mut grid = group(&[10.0, 20.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0], 2);
            grid.again = group(&[20.0], 0).blocks.pop();
            grid
        };
        // Title, head and two rows; head and two rows; twice more.
        assert_eq!(counts(vec![grid()]), [4, 3, 3]);
        assert_eq!(counts(vec![group(&[45.0], 0), grid()]), [1, 4, 3, 3], "no head without a row");
    }
}
