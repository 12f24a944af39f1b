//! One question on paper: its text, when to answer it, and what to tick or to write in.

use isoloir_survey::{Choice, Kind, Question};

use crate::column::{CAPITAL, Style};
use crate::error::PrintError;
use crate::flow::{Block, Group};
use crate::paper::{LEFT, RIGHT};
use crate::paper_words::Words;
use crate::sheet::{Area, Colour, Ornament, Placed, Role, mm};
use crate::text::{Fonts, Line, bold, plain};

/// From this many choices on, they stand in columns where they are short.
const COLUMNS_FROM: usize = 7;
/// Lists of communes.
const THREE_COLUMNS_FROM: usize = 20;
/// More rows of choices than this are set one by one, so that a page may end between them.
const MOST_ROWS: usize = 20;
/// Columns must save that much: labels that take several lines in narrow ones are hard to read.
const WORTH: f32 = 1.35;
/// Characters that a line takes when written by hand, and the lines of a long text.
const CHARS_PER_LINE: u32 = 70;
const LONG_LINES: std::ops::RangeInclusive<u32> = 3..=8;

/// Sets questions in one size.
pub(crate) struct Setter<'a> {
    pub(crate) fonts: &'a Fonts,
    pub(crate) words: &'a Words<'a>,
    /// Size of the questions, in points.
    size: f32,
}

impl<'a> Setter<'a> {
    pub(crate) fn new(fonts: &'a Fonts, words: &'a Words<'a>, size: f32) -> Self {
        Self { fonts, words, size }
    }

    /// A length that is given for a text of 11 points.
    pub(crate) fn points(&self, at_11: f32) -> f32 {
        at_11 * self.size / 11.0
    }

    pub(crate) fn body(&self) -> Style {
        Style::new(self.size, self.points(14.5))
    }

    /// Help and instructions. In large type nothing that a respondent needs is smaller than the rest.
    pub(crate) fn small(&self) -> Style {
        if self.size > 11.0 { self.body() } else { Style::new(9.5, 12.5) }
    }

    /// From the number of a question to its text.
    fn indent(&self) -> f32 {
        LEFT + self.points(22.0)
    }

    /// The left and the width of what belongs to a question.
    pub(crate) fn column(&self) -> (f32, f32) {
        (self.indent(), RIGHT - self.indent())
    }

    /// The title of a page of the questionnaire.
    pub(crate) fn heading(&self, title: &str) -> Result<Block, PrintError> {
        let mut block = Block::default();
        let style = Style::new(self.points(15.0), self.points(19.0)).coloured(Colour::Accent);
        let role = Role::Heading(2, title.to_owned());
        block.text(self.fonts, "un titre", (role, &[bold(title)]), style, (LEFT, RIGHT - LEFT))?;
        let line = Area { left: LEFT, top: block.height + self.points(1.5), width: RIGHT - LEFT, height: 0.8 };
        block.ornaments.push(Ornament::Bar(line, Colour::Accent));
        block.height += self.points(8.0);
        Ok(block)
    }

    pub(crate) fn paragraph(&self, text: &str) -> Result<Block, PrintError> {
        let mut block = Block::default();
        let text = [plain(self.words.prose(text))];
        block.text(self.fonts, "un texte", (Role::Paragraph, &text), self.body(), (LEFT, RIGHT - LEFT))?;
        block.height += self.points(4.0);
        Ok(block)
    }

    pub(crate) fn item(&self, text: &str) -> Result<Block, PrintError> {
        let mut block = Block::default();
        let (indent, disc) = (self.points(11.0), self.points(4.0));
        let top = self.body().baseline() - f32::midpoint(CAPITAL * self.size, disc);
        block.ornaments.push(Ornament::Disc(Area::square(LEFT, top, disc), Colour::Accent));
        let column = (LEFT + indent, RIGHT - LEFT - indent);
        block.text(self.fonts, "une consigne", (Role::Item, &[plain(self.words.prose(text))]), self.body(), column)?;
        block.height += self.points(2.0);
        Ok(block)
    }

    /// A question with all that belongs to it; `None` for what stands with another, or is never asked.
    pub(crate) fn question(&self, question: &Question) -> Result<Option<Group>, PrintError> {
        let gap = self.points(15.0);
        if question.row_of.is_some() || question.specifies.is_some() || matches!(question.kind, Kind::Score { .. }) {
            return Ok(None);
        }
        let mut head = Block::default();
        if let Some(routing) = self.words.routing(question) {
            let style = Style::new(self.points(10.5), self.points(14.0)).coloured(Colour::Accent);
            head.text(self.fonts, "une condition", (Role::Paragraph, &[bold(routing)]), style, self.column())?;
            head.height += self.points(2.0);
        }
        if matches!(question.kind, Kind::Note) {
            head.append(self.note(question)?);
            return Ok(Some(Group { gap, lead: 0, blocks: vec![head], ..Group::default() }));
        }
        head.append(self.title(question)?);
        let mut blocks = vec![head];
        match &question.kind {
            Kind::Single { choices, .. } | Kind::Multiple { choices, .. } => blocks.extend(self.choices(choices)?),
            Kind::RankTop { choices, .. } => blocks.extend(self.ranked(choices)?),
            Kind::Scale { choices, low, high } => {
                let (low, high) = (low.get(self.words.lang), high.get(self.words.lang));
                blocks.extend(self.scale(choices, low, high)?);
            }
            Kind::Integer { min, max } => blocks.push(self.digits(*min, *max)),
            Kind::TextLong { max_chars, one_line, .. } => blocks.push(self.lines(*max_chars, *one_line)),
            Kind::Matrix => return self.matrix(question, gap, blocks).map(Some),
            Kind::Score { .. } | Kind::Note => {}
        }
        let precisions = self.words.survey.questions().filter(|other| other.specifies.as_ref() == Some(&question.id));
        for precision in precisions {
            blocks.push(self.precision(question, precision)?);
        }
        Ok(Some(Group { gap, lead: 1, blocks, ..Group::default() }))
    }

    fn note(&self, question: &Question) -> Result<Block, PrintError> {
        let mut block = Block::default();
        let (left, width) = self.column();
        let gap = self.points(4.0);
        for paragraph in question.text.get(self.words.lang).split("\n\n") {
            block.height += if block.height > 0.0 { gap } else { 0.0 };
            let text = [plain(self.words.prose(paragraph.trim()))];
            block.text(self.fonts, "une note", (Role::Paragraph, &text), self.body(), (left, width))?;
        }
        let bar = Area { left: LEFT + self.points(8.0), top: 0.0, width: self.points(2.5), height: block.height };
        block.ornaments.push(Ornament::Bar(bar, Colour::Accent));
        Ok(block)
    }

    /// Number and text, then help, then how to answer with the name of the variable.
    fn title(&self, question: &Question) -> Result<Block, PrintError> {
        let lang = self.words.lang;
        let text = question.text.get(lang);
        let number = self.words.number(question).map_or_else(String::new, |number| format!("{number}. "));
        let style = Style::new(self.points(11.5), self.points(15.0));
        let mut block = Block::default();
        let role = Role::Heading(3, format!("{number}{text}"));
        block.text(self.fonts, "une question", (role, &[bold(self.words.prose(text))]), style, self.column())?;
        let line = Line::new(self.fonts, &[bold(&*number)]).map_err(|error| error.of("un numéro"))?;
        if let Some((_, lines)) = block.items.last_mut() {
            lines.insert(
                0,
                Placed { line, x: LEFT, baseline: style.baseline(), size: style.size, colour: Colour::Accent },
            );
        }
        let small = self.small();
        if let Some(hint) = &question.hint {
            let hint = [plain(self.words.prose(hint.get(lang)))];
            block.text(self.fonts, "une aide", (Role::Paragraph, &hint), small, self.column())?;
        }
        let how = [plain(self.words.prose(&self.words.instruction(question)))];
        block.text(
            self.fonts,
            "une consigne",
            (Role::Paragraph, &how),
            small.coloured(Colour::Accent),
            self.column(),
        )?;
        block.code(self.fonts, question.id.as_str(), self.body(), (self.indent(), RIGHT))?;
        block.height += self.points(3.0);
        Ok(block)
    }

    /// A box with its label and its code.
    fn choice(&self, choice: &Choice, side: f32, (left, width): (f32, f32)) -> Result<Block, PrintError> {
        let mut block = Block::default();
        let style = self.body();
        let top = style.baseline() - f32::midpoint(CAPITAL * style.size, side);
        block.ornaments.push(Ornament::Tick(Area::square(left, top, side), 0.9));
        let text_left = left + side + self.points(5.0);
        let lang = self.words.lang;
        let detail = choice.detail.as_ref().map(|detail| format!("\u{a0}: {}", detail.get(lang)));
        let label: Vec<_> = match &detail {
            Some(detail) => vec![bold(choice.label.get(lang)), plain(detail)],
            None => vec![plain(choice.label.get(lang))],
        };
        let column = (text_left, left + width - text_left);
        block.text(self.fonts, "un choix", (Role::Item, &label), style, column)?;
        block.code(self.fonts, choice.code.as_str(), style, (text_left, left + width))?;
        block.height += self.points(1.5).max(side + self.points(3.0) - style.leading);
        Ok(block)
    }

    pub(crate) fn choices(&self, choices: &[Choice]) -> Result<Vec<Block>, PrintError> {
        self.boxes(choices, self.points(10.0))
    }

    fn boxes(&self, choices: &[Choice], side: f32) -> Result<Vec<Block>, PrintError> {
        let (left, width) = self.column();
        let gutter = self.points(10.0);
        let single: Result<Vec<Block>, PrintError> =
            choices.iter().map(|choice| self.choice(choice, side, (left, width))).collect();
        let single = single?;
        let in_one: f32 = single.iter().map(|cell| cell.height).sum();
        let most = match choices.len() {
            n if n < COLUMNS_FROM => 1,
            n if n < THREE_COLUMNS_FROM => 2,
            _ => 3,
        };
        for columns in (2..=most).rev() {
            #[expect(clippy::cast_precision_loss, reason = "three columns at most")]
            let each = (width + gutter) / columns as f32 - gutter;
            let rows = choices.len().div_ceil(columns);
            if rows > MOST_ROWS {
                continue;
            }
            let mut block = Block::default();
            for (column, part) in choices.chunks(rows).enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "three columns at most")]
                let x = left + column as f32 * (each + gutter);
                let mut side_by_side = Block::default();
                for choice in part {
                    match self.choice(choice, side, (x, each)) {
                        Ok(cell) => side_by_side.append(cell),
                        // A word is wider than the column.
                        Err(_) => side_by_side.height = f32::INFINITY,
                    }
                }
                block.beside(side_by_side);
            }
            if block.height * WORTH < in_one {
                return Ok(vec![block]);
            }
        }
        Ok(single)
    }

    /// Ranks are written in larger boxes; « Je ne sais pas » is ticked in one.
    fn ranked(&self, choices: &[Choice]) -> Result<Vec<Block>, PrintError> {
        let (missing, real): (Vec<Choice>, Vec<Choice>) = choices.iter().cloned().partition(|choice| choice.missing);
        let mut blocks = self.boxes(&real, self.points(15.0))?;
        if !missing.is_empty() {
            blocks.extend(self.choices(&missing)?);
        }
        Ok(blocks)
    }

    /// The points side by side, each above its box, between the words for both ends.
    fn scale(&self, choices: &[Choice], low: &str, high: &str) -> Result<Vec<Block>, PrintError> {
        let (missing, points): (Vec<Choice>, Vec<Choice>) = choices.iter().cloned().partition(|choice| choice.missing);
        let (left, width) = self.column();
        let small = self.small();
        #[expect(clippy::cast_precision_loss, reason = "eleven points at most")]
        let step = (width / points.len() as f32).min(self.points(38.0));
        #[expect(clippy::cast_precision_loss, reason = "eleven points at most")]
        let span = step * points.len() as f32;
        let mut block = Block::default();
        let mut ends = Block::default();
        let half = span / 2.0 - self.points(4.0);
        ends.text(self.fonts, "une échelle", (Role::Paragraph, &[plain(low)]), small, (left, half))?;
        let mut high_end = Block::default();
        let text = [plain(high)];
        high_end.text(self.fonts, "une échelle", (Role::Paragraph, &text), small, (left + span - half, half))?;
        for (_, lines) in &mut high_end.items {
            for line in lines {
                line.x = left + span - line.line.width(line.size);
            }
        }
        ends.beside(high_end);
        block.append(ends);
        let (style, side) = (self.body(), self.points(11.0));
        let mut numbers = Vec::new();
        let box_top = block.height + style.leading;
        for (index, point) in points.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "eleven points at most")]
            let middle = left + (index as f32 + 0.5) * step;
            let label = Line::new(self.fonts, &[plain(format!("{} ", point.code))]);
            let label = label.map_err(|error| error.of("une échelle"))?;
            let digits = Line::new(self.fonts, &[plain(point.code.as_str())]);
            let digits = digits.map_err(|error| error.of("une échelle"))?.width(style.size);
            let baseline = block.height + style.baseline();
            numbers.push(Placed {
                line: label,
                x: middle - digits / 2.0,
                baseline,
                size: style.size,
                colour: Colour::Ink,
            });
            let area = Area::square(middle - side / 2.0, box_top, side);
            block.ornaments.push(Ornament::Tick(area, 0.9));
        }
        block.items.push((Role::Paragraph, numbers));
        block.height = box_top + side + self.points(5.0);
        let mut blocks = vec![block];
        if !missing.is_empty() {
            blocks.extend(self.choices(&missing)?);
        }
        Ok(blocks)
    }

    /// A box for each digit.
    fn digits(&self, min: i64, max: i64) -> Block {
        let digits = min.to_string().len().max(max.to_string().len());
        let (width, height) = (self.points(18.0), self.points(20.0));
        let mut block = Block::default();
        for index in 0..digits {
            #[expect(clippy::cast_precision_loss, reason = "a few digits")]
            let left = self.indent() + index as f32 * width;
            block.ornaments.push(Ornament::Tick(Area { left, top: self.points(2.0), width, height }, 0.9));
        }
        block.height = height + self.points(5.0);
        block
    }

    /// Lines to write on.
    fn lines(&self, max_chars: u32, one_line: bool) -> Block {
        let count =
            if one_line { 1 } else { max_chars.div_ceil(CHARS_PER_LINE).clamp(*LONG_LINES.start(), *LONG_LINES.end()) };
        let (left, width) = self.column();
        let mut block = Block::default();
        for _ in 0..count {
            block.height += mm(8.0).max(self.points(20.0));
            let rule = Area { left, top: block.height, width, height: 0.6 };
            block.ornaments.push(Ornament::Bar(rule, Colour::Faint));
        }
        block.height += self.points(4.0);
        block
    }

    /// Where « Autre » is spelled out, with the name of its own variable.
    fn precision(&self, question: &Question, precision: &Question) -> Result<Block, PrintError> {
        let lang = self.words.lang;
        let code = match &precision.show_if {
            Some(isoloir_survey::Condition::Is { is, .. }) => Some(is),
            _ => None,
        };
        let label = code.and_then(|code| question.choice(code.as_str())).map(|choice| choice.label.get(lang));
        let text = format!("{}\u{a0}: {}", label.unwrap_or_default(), precision.text.get(lang));
        let small = self.small();
        let mut block = Block::default();
        block.text(self.fonts, "une précision", (Role::Paragraph, &[plain(text)]), small, self.column())?;
        block.code(self.fonts, precision.id.as_str(), self.body(), (self.indent(), RIGHT))?;
        if let Some(hint) = &precision.hint {
            let hint = [plain(self.words.prose(hint.get(lang)))];
            block.text(self.fonts, "une aide", (Role::Paragraph, &hint), small, self.column())?;
        }
        block.append(self.lines(1, true));
        Ok(block)
    }
}
