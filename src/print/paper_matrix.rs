//! A matrix on paper: a grid of boxes where the choices' labels fit above columns, else each row with its own list.

use isoloir_survey::{Choice, Question};

use crate::error::PrintError;
use crate::flow::{Block, Group};
use crate::paper::RIGHT;
use crate::paper_question::Setter;
use crate::sheet::{Area, Colour, Ornament, Role};
use crate::text::{bold, plain};

/// Share of the width that the rows' labels take.
const LABELS: f32 = 0.42;
/// Labels of more lines than this are no heads of columns.
const MOST_LINES: usize = 3;

impl Setter<'_> {
    /// The rows below what was set of the matrix already, its title.
    pub(crate) fn matrix(&self, matrix: &Question, gap: f32, mut blocks: Vec<Block>) -> Result<Group, PrintError> {
        let rows: Vec<&Question> = self.words.survey.rows(matrix).collect();
        let lead = blocks.len();
        let head = match self.head(rows.first().map_or(&[], |row| row.choices())) {
            Err(PrintError::TooLong { .. }) => None,
            head => head?,
        };
        let Some(head) = head else {
            blocks.extend(self.stacked(&rows)?);
            return Ok(Group { gap, lead, blocks, ..Group::default() });
        };
        blocks.push(head.clone());
        blocks.extend(self.grid(&rows)?);
        Ok(Group { gap, lead: lead + 1, blocks, again: Some(head) })
    }

    /// The left of the boxes' columns, and the width of each.
    fn cells(&self, count: usize) -> (f32, f32) {
        let (left, width) = self.column();
        #[expect(clippy::cast_precision_loss, reason = "some choices")]
        let each = width * (1.0 - LABELS) / count as f32;
        (left + width * LABELS, each)
    }

    /// The choices' labels above their columns; `None` when they would be too high.
    fn head(&self, choices: &[Choice]) -> Result<Option<Block>, PrintError> {
        let (left, each) = self.cells(choices.len());
        let style = self.small();
        let inset = self.points(2.0);
        let mut head = Block::default();
        for (choice, x) in choices.iter().zip(steps(left, each)) {
            let mut cell = Block::default();
            let label = [plain(choice.label.get(self.words.lang))];
            let column = (x + inset, each - 2.0 * inset);
            cell.text(self.fonts, "un choix", (Role::Item, &label), style, column)?;
            if cell.items.iter().any(|(_, lines)| lines.len() > MOST_LINES) {
                return Ok(None);
            }
            let (from, lines) = (x + inset, cell.items.iter().map(|(_, lines)| lines.len()).sum::<usize>());
            cell.code(self.fonts, choice.code.as_str(), self.body(), (from, x + each - inset))?;
            for line in cell.items.iter_mut().flat_map(|(_, lines)| lines).take(lines) {
                line.x = from + (column.1 - line.line.width(line.size)).max(0.0) / 2.0;
            }
            // The code goes below, in the middle like the label.
            if let Some((_, lines)) = cell.items.last_mut()
                && let Some(mut code) = lines.pop()
            {
                let last = lines.last().map_or(0.0, |line| line.baseline);
                if (code.baseline - last).abs() < 0.01 {
                    code.baseline += self.points(9.0);
                    cell.height += self.points(9.0);
                }
                code.x = from + (column.1 - code.line.width(code.size)).max(0.0) / 2.0;
                lines.push(code);
            }
            head.beside(cell);
        }
        head.height += self.points(3.0);
        Ok(Some(head))
    }

    fn grid(&self, rows: &[&Question]) -> Result<Vec<Block>, PrintError> {
        let (left, width) = self.column();
        let side = self.points(10.0);
        let mut blocks = Vec::new();
        for row in rows {
            let mut block = Block { height: self.points(3.0), ..Block::default() };
            let rule = Area { left, top: 0.0, width, height: 0.5 };
            block.ornaments.push(Ornament::Bar(rule, Colour::Faint));
            let column = (left, width * LABELS - self.points(6.0));
            let text = [plain(self.words.prose(row.text.get(self.words.lang)))];
            block.text(self.fonts, "une ligne de tableau", (Role::Paragraph, &text), self.body(), column)?;
            block.code(self.fonts, row.id.as_str(), self.body(), (left, left + column.1))?;
            block.height += self.points(3.0);
            let (first, each) = self.cells(row.choices().len());
            for (_, x) in row.choices().iter().zip(steps(first, each)) {
                let top = (block.height - side) / 2.0;
                block.ornaments.push(Ornament::Tick(Area::square(x + (each - side) / 2.0, top, side), 0.9));
            }
            blocks.push(block);
        }
        Ok(blocks)
    }

    fn stacked(&self, rows: &[&Question]) -> Result<Vec<Block>, PrintError> {
        let mut blocks = Vec::new();
        for row in rows {
            let mut title = Block { height: self.points(3.0), ..Block::default() };
            let text = row.text.get(self.words.lang);
            let role = Role::Heading(4, text.to_owned());
            title.text(self.fonts, "une ligne de tableau", (role, &[bold(text)]), self.body(), self.column())?;
            title.code(self.fonts, row.id.as_str(), self.body(), (self.column().0, RIGHT))?;
            // A row's title stays with its choices.
            for choice in self.choices(row.choices())? {
                title.append(choice);
            }
            blocks.push(title);
        }
        Ok(blocks)
    }
}

fn steps(left: f32, each: f32) -> impl Iterator<Item = f32> {
    std::iter::successors(Some(left), move |x| Some(x + each))
}
