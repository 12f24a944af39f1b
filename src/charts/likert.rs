//! Ordered scales: one diverging bar per question of a matrix, or per category of a breakdown, around the middle of the scale.
//!
//! The neutral answer says neither the one nor the other; in the middle of a bar it would shift both sides. It is set apart on
//! the right, with the ways of not answering.

use isoloir_disclosure::{Column, Estimate, Protection, ReleaseTable, in_sentence};

use crate::caption::Context;
use crate::chart::{Chart, Words};
use crate::color::{Color, FIRST_HALF, INK, NEUTRAL, SECOND_HALF, SOFT};
use crate::crossing::Crossing;
use crate::drawing::{Drawing, Fill, LINE, Layout, PLAIN, STRONG, Stroke};
use crate::lane::{extent, lane};
use crate::wording::{brief, percent, percent_or_none, quoted, quoted_either, spaced};

const BAR_HEIGHT: f64 = 26.0;
/// Room for « 95 % » and more on either side.
const TOTAL_WIDTH: f64 = 50.0;
const SIDE_GAP: f64 = 8.0;
/// Scales of more points are bars.
const MOST_POINTS: usize = 7;
const SWATCH: f64 = 16.0;

/// What a chart of several questions is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// The chart's name in file names and addresses.
    pub id: String,
    /// Short title, such as that of the matrix.
    pub title: String,
    /// The question that the rows share.
    pub question: String,
}

/// One bar: its label, and the published shares by column of the scale.
struct Row<'a> {
    label: &'a str,
    cells: &'a [Estimate],
    /// Whether it holds all the others: it is drawn, and compared with none.
    is_everybody: bool,
    /// Whether titles may name it.
    is_told: bool,
}

/// What may be said of rows that are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    /// They are questions.
    Questions,
    /// They are categories of a breakdown, and whether they differ by more than chance, where a test is published.
    Categories(Option<bool>),
}

/// The columns of a scale by the side on which they are drawn.
struct Scale<'a> {
    columns: &'a [Column],
    first: Vec<usize>,
    neutral: Option<usize>,
    second: Vec<usize>,
    missing: Vec<usize>,
}

impl<'a> Scale<'a> {
    /// None when the columns are no scale of two to seven points.
    fn of(table: &'a ReleaseTable) -> Option<Self> {
        let (columns, spec) = (&table.spec().columns, table.spec());
        let (missing, points): (Vec<usize>, Vec<usize>) = (0..columns.len()).partition(|index| columns[*index].missing);
        if spec.several || !spec.ordered || !(2..=MOST_POINTS).contains(&points.len()) {
            return None;
        }
        let half = points.len() / 2;
        let neutral = (points.len() % 2 == 1).then(|| points[half]);
        let second = points[points.len() - half..].to_vec();
        Some(Self { columns, first: points[..half].to_vec(), neutral, second, missing })
    }

    fn labels(&self, columns: &[usize]) -> String {
        let labels: Vec<&str> = columns.iter().map(|index| self.columns[*index].label.as_str()).collect();
        quoted_either(&labels)
    }

    /// How a column is filled: darkest at the ends.
    fn fill(&self, column: usize) -> Fill {
        let tone = |half: [Color; 3], from_end: usize, points: usize| match points {
            1 => half[1],
            2 => half[from_end + 1],
            _ => half[from_end],
        };
        if let Some(place) = self.first.iter().position(|index| *index == column) {
            return Fill::Plain(tone(FIRST_HALF, place, self.first.len()));
        }
        if let Some(place) = self.second.iter().rev().position(|index| *index == column) {
            return Fill::Plain(tone(SECOND_HALF, place, self.second.len()));
        }
        if self.neutral == Some(column) { Fill::Plain(NEUTRAL) } else { Fill::Hatched }
    }

    fn apart(&self) -> impl Iterator<Item = usize> {
        self.neutral.into_iter().chain(self.missing.iter().copied())
    }
}

/// What is published of some columns of a row, and whether that is all of them.
fn published(cells: &[Estimate], columns: impl IntoIterator<Item = usize>) -> (f64, bool) {
    let (mut sum, mut is_whole) = (0.0, true);
    for column in columns {
        match cells[column].share() {
            Some(share) => sum += share,
            None => is_whole &= cells[column] == Estimate::NoAnswer,
        }
    }
    (sum.min(1.0), is_whole)
}

/// One bar per question of a matrix, for everybody. None when they do not share a scale, or nothing of them is published.
pub fn likert(heading: &Heading, tables: &[&ReleaseTable], context: &Context) -> Option<Chart> {
    let first = tables.first()?;
    let codes =
        |table: &ReleaseTable| table.spec().columns.iter().map(|column| column.code.clone()).collect::<Vec<_>>();
    if tables.iter().any(|table| codes(table) != codes(first)) {
        return None;
    }
    let rows = tables.iter().map(|table| Row {
        label: &table.spec().title,
        cells: &table.total().cells,
        is_everybody: false,
        is_told: true,
    });
    let base = tables.iter().filter_map(|table| table.total().base).max();
    let mut rows: Vec<Row> = rows.collect();
    let scale = Scale::of(first)?;
    rows.sort_by(|one, other| {
        published(other.cells, scale.first.clone()).0.total_cmp(&published(one.cells, scale.first.clone()).0)
    });
    let champ = context.field(first.spec(), base);
    diverging(heading, &scale, &rows, champ, Compared::Questions, (first.protection(), context))
}

/// One bar for everybody and one per category of the breakdown.
pub fn likert_by(table: &ReleaseTable, crossing: &Crossing, context: &Context) -> Option<Chart> {
    let spec = table.spec();
    let rows: Vec<Row> = spec
        .rows
        .iter()
        .zip(table.rows())
        .map(|(row, values)| Row {
            label: &row.label,
            cells: &values.cells,
            is_everybody: row.code.is_empty(),
            is_told: crossing.may_name(&row.code),
        })
        .collect();
    let by = if spec.by.is_empty() { String::new() } else { format!("-par-{}", spec.by) };
    let title = match spec.breakdown.as_str() {
        "" => spec.title.clone(),
        breakdown => format!("{}, par {}", spec.title, in_sentence(breakdown)),
    };
    let heading = Heading { id: format!("{}-echelle{by}", spec.question), title, question: spec.text.clone() };
    let scale = Scale::of(table)?;
    let compared = Compared::Categories(crossing.differs(table, &scale.first));
    let champ = context.field(spec, table.total().base);
    diverging(&heading, &scale, &rows, champ, compared, (table.protection(), context))
}

fn diverging(
    heading: &Heading,
    scale: &Scale,
    rows: &[Row],
    champ: String,
    compared: Compared,
    (protection, context): (Protection, &Context),
) -> Option<Chart> {
    if rows.iter().all(|row| row.cells.iter().all(|cell| cell.share().is_none())) {
        return None;
    }
    let is_partial = rows.iter().any(|row| {
        let sides = [published(row.cells, scale.first.clone()), published(row.cells, scale.second.clone())];
        sides.iter().any(|(sum, is_whole)| *sum > 0.0 && !is_whole)
    });
    let mut marks = "les réponses neutres ou sans avis sont à part, à droite".to_owned();
    if is_partial {
        marks.push_str(" ; * : total sans une réponse trop rare pour être publiée");
    }
    let words = Words {
        id: heading.id.clone(),
        title: finding(heading, scale, rows, compared, protection),
        question: heading.question.clone(),
        lecture: reading(scale, rows, protection),
        champ,
        is_weighted: true,
        marks: spaced(&marks),
        also_from: None,
        alternative: alternative(scale, rows, protection),
    };
    Some(Chart::new(context, words, |layout| draw(scale, rows, layout)))
}

/// The rows that answered most and least with the first half of the scale.
fn finding(heading: &Heading, scale: &Scale, rows: &[Row], compared: Compared, protection: Protection) -> String {
    if compared == Compared::Categories(Some(false)) {
        return format!("{}\u{a0}: pas d’écart net", heading.title);
    }
    // Without a test there is everybody's share to tell, and no difference.
    let is_of_everybody = compared == Compared::Categories(None) || rows.iter().all(|row| row.is_everybody);
    let is_compared = |row: &&Row| row.is_told && row.is_everybody == is_of_everybody;
    let mut shares: Vec<(&str, f64)> = rows
        .iter()
        .filter(is_compared)
        .map(|row| (row.label, published(row.cells, scale.first.clone())))
        .filter(|(_, (sum, is_whole))| *is_whole && *sum > 0.0)
        .map(|(label, (sum, _))| (label, sum))
        .collect();
    shares.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let answers = scale.labels(&scale.first);
    let said = match shares[..] {
        [] => return format!("{}\u{a0}: trop peu de réponses pour un résultat", heading.title),
        [(_, only)] => format!("{} répondent {answers}", percent(only, protection)),
        [(_, most), .., (_, least)] if percent(most, protection) == percent(least, protection) => {
            format!("{answers} pour {} partout", percent(most, protection))
        }
        [(highest, most), .., (lowest, least)] => format!(
            "{answers}, de {} ({}) à {} ({})",
            percent(least, protection),
            brief(lowest),
            percent(most, protection),
            brief(highest)
        ),
    };
    spaced(&format!("{} : {said}", heading.title))
}

fn reading(scale: &Scale, rows: &[Row], protection: Protection) -> String {
    let is_whole = |columns: &[usize], row: &&Row| published(row.cells, columns.iter().copied()).1;
    let row = rows.iter().find(|row| is_whole(&scale.first, row) && is_whole(&scale.second, row));
    let Some(row) = row else { return String::new() };
    let share = |columns: &[usize]| percent(published(row.cells, columns.iter().copied()).0, protection);
    let text = format!(
        "pour {}, {} ont répondu {}, {} {}",
        quoted(row.label),
        share(&scale.first),
        scale.labels(&scale.first),
        share(&scale.second),
        scale.labels(&scale.second)
    );
    if let Some(neutral) = scale.neutral.filter(|neutral| row.cells[*neutral].share().is_some()) {
        return spaced(&format!("{text} et {} {}", share(&[neutral]), scale.labels(&[neutral])));
    }
    spaced(&text)
}

fn alternative(scale: &Scale, rows: &[Row], protection: Protection) -> String {
    let rows = rows.iter().map(|row| {
        let answers = scale.columns.iter().zip(row.cells);
        let answers =
            answers.map(|(column, cell)| format!("{} {}", column.label, percent_or_none(cell.share(), protection)));
        format!("{}\u{a0}: {}", row.label, answers.collect::<Vec<_>>().join(", "))
    });
    rows.collect::<Vec<_>>().join("\u{202f}; ")
}

/// Where bars meet, where what is apart begins, and how long 100 % is.
struct Plan {
    middle: f64,
    apart: f64,
    unit: f64,
}

fn plan(scale: &Scale, rows: &[Row], layout: Layout) -> Plan {
    let (left, width) = extent(layout);
    let most = |columns: Vec<usize>| {
        rows.iter().map(|row| published(row.cells, columns.iter().copied()).0).fold(0.0, f64::max)
    };
    let (first, second, apart) = (most(scale.first.clone()), most(scale.second.clone()), most(scale.apart().collect()));
    let totals = if apart > 0.0 { 3.0 } else { 2.0 };
    let room = width - totals * TOTAL_WIDTH - 2.0 * SIDE_GAP;
    let unit = room / (first + second + apart).max(0.01);
    let middle = left + TOTAL_WIDTH + first * unit;
    Plan { middle, apart: middle + second * unit + TOTAL_WIDTH + 2.0 * SIDE_GAP, unit }
}

fn draw(scale: &Scale, rows: &[Row], layout: Layout) -> Drawing {
    let mut drawing = Drawing::new(layout.width());
    legend(&mut drawing, scale);
    let plan = plan(scale, rows, layout);
    for row in rows {
        let track = lane(&mut drawing, layout, row.label, BAR_HEIGHT);
        let text_y = track.y + 6.0;
        if row.cells.iter().all(|cell| cell.share().is_none()) {
            drawing.text(track.x, text_y, Protection::NOT_PUBLISHED, PLAIN.colored(SOFT));
            continue;
        }
        let (first, _) = published(row.cells, scale.first.clone());
        let start = plan.middle - first * plan.unit;
        let end = segments(&mut drawing, scale, row, &scale.first, (start, track.y), plan.unit);
        let end = segments(&mut drawing, scale, row, &scale.second, (end, track.y), plan.unit);
        drawing.text_before(start - 6.0, text_y, &total(row, &scale.first), STRONG);
        drawing.text(end + 6.0, text_y, &total(row, &scale.second), STRONG);
        let apart: Vec<usize> = scale.apart().collect();
        if published(row.cells, apart.iter().copied()).0 > 0.0 {
            let end = segments(&mut drawing, scale, row, &apart, (plan.apart, track.y), plan.unit);
            drawing.text(end + 6.0, text_y, &total(row, &apart), PLAIN);
        }
        drawing.line((plan.middle, track.y - 3.0), (plan.middle, track.y + BAR_HEIGHT + 3.0), Stroke::new(INK, 2.5));
    }
    drawing
}

/// Draws columns one after the other and returns where they end.
fn segments(
    drawing: &mut Drawing,
    scale: &Scale,
    row: &Row,
    columns: &[usize],
    (mut x, y): (f64, f64),
    unit: f64,
) -> f64 {
    for column in columns {
        let Some(share) = row.cells[*column].share().filter(|share| *share > 0.0) else { continue };
        let width = share * unit;
        let fill = scale.fill(*column);
        drawing.rect((x, y), (width, BAR_HEIGHT), fill, Some(Stroke::new(INK, 1.5)));
        // Of a single segment, the total beside it says as much.
        let number = format!("{:.0}", share * 100.0);
        if let Fill::Plain(color) = fill
            && columns.len() > 1
            && PLAIN.width(&number) + 4.0 <= width
        {
            drawing.text_around(x + width / 2.0, y + 6.0, &number, PLAIN.colored(color.text_on()));
        }
        x += width;
    }
    x
}

/// `57 %`; with a star when a part of it is not published. Sums are not capped: each part is.
fn total(row: &Row, columns: &[usize]) -> String {
    let (sum, is_whole) = published(row.cells, columns.iter().copied());
    match (sum > 0.0, is_whole) {
        (false, false) => "n.p.".to_owned(),
        (_, is_whole) => format!("{:.0}\u{a0}%{}", sum.min(0.95) * 100.0, if is_whole { "" } else { "*" }),
    }
}

/// A swatch and a label for each answer, in the order of the bars: the two halves, then what is apart.
fn legend(drawing: &mut Drawing, scale: &Scale) {
    let columns: Vec<usize> = scale.first.iter().chain(&scale.second).copied().chain(scale.apart()).collect();
    let (mut x, mut y) = (0.0, drawing.height);
    for column in columns {
        let label = scale.columns[column].label.as_str();
        let lines = PLAIN.wrap(label, drawing.width - SWATCH - 8.0);
        let width = lines.iter().map(|line| PLAIN.width(line)).fold(0.0, f64::max) + SWATCH + 8.0;
        if x > 0.0 && x + width > drawing.width {
            (x, y) = (0.0, drawing.height);
        }
        drawing.rect((x, y), (SWATCH, SWATCH), scale.fill(column), Some(Stroke::new(INK, 1.5)));
        let end = drawing.lines(x + SWATCH + 8.0, y + 1.0, &lines, PLAIN);
        drawing.height = drawing.height.max(end + 4.0);
        x += width + 18.0;
    }
    drawing.height = drawing.height.max(y + LINE) + 10.0;
}
