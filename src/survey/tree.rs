//! YAML as a tree that knows where each value stands. Keys are kept as they were written, also when one comes twice, so
//! that whoever reads the tree can say everything that is wrong with it and not only the first thing.
//!
//! Only plain YAML is taken: anchors, aliases and tags would let a questionnaire say one thing and mean another.

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::problem::Problem;

/// Deeper nesting than any questionnaire has; a condition inside a condition takes two levels.
const MAX_DEPTH: usize = 40;

/// Where something stands in the file, both from 1; 0 when it stands nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Location {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

impl Location {
    /// The place of what is missing. Its absence was told already, so nothing more is said about it.
    pub(crate) const NOWHERE: Self = Self { line: 0, column: 0 };
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    fn of(span: &Span) -> Self {
        let number = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        Self { line: number(span.start.line()), column: number(span.start.col() + 1) }
    }
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) at: Location,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar { text: String, is_plain: bool },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Whether it says that there is nothing: `~`, `null`, or nothing at all after the colon.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, is_plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}

/// Reads the one document of the file.
///
/// # Errors
/// The first place at which it is no YAML, or no YAML that is taken here.
pub(crate) fn parse_tree(yaml: &str) -> Result<Node, Problem> {
    let mut builder = Builder { parser: Parser::new_from_str(yaml) };
    let (mut event, mut span) = builder.next()?;
    while matches!(event, Event::StreamStart | Event::DocumentStart(..)) {
        (event, span) = builder.next()?;
    }
    if matches!(event, Event::StreamEnd | Event::DocumentEnd) {
        let fix = "écrivez un questionnaire ; surveys/mauges-2026.yaml peut servir de modèle";
        return Err(Problem::at(Location::START, "le fichier est vide", fix));
    }
    let root = builder.node(event, span, 0)?;
    loop {
        match builder.next()? {
            (Event::StreamEnd, _) => return Ok(root),
            (Event::DocumentStart(..), span) => {
                let fix = "un fichier par questionnaire : enlevez « --- » et ce qui suit";
                return Err(Problem::at(Location::of(&span), "un second document commence ici", fix));
            }
            _ => {}
        }
    }
}

struct Builder<'s> {
    parser: Parser<'s, granit_parser::StrInput<'s>>,
}

impl<'s> Builder<'s> {
    /// The next event that is no comment.
    fn next(&mut self) -> Result<(Event<'s>, Span), Problem> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok(event)) => return Ok(event),
                Some(Err(error)) => {
                    let mark = error.marker();
                    let number = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
                    let at = Location { line: number(mark.line()), column: number(mark.col() + 1) };
                    let fix = if error.info().contains("tab") {
                        "remplacez les tabulations du début de la ligne par des espaces"
                    } else {
                        "vérifiez l’indentation, les guillemets et les deux-points sur cette ligne et celle d’avant"
                    };
                    return Err(Problem::at(at, format!("ce n’est pas du YAML ({})", error.info()), fix));
                }
                None => return Err(Problem::at(Location::START, "le fichier s’arrête trop tôt", "complétez-le")),
            }
        }
    }

    fn node(&mut self, event: Event<'s>, span: Span, depth: usize) -> Result<Node, Problem> {
        let at = Location::of(&span);
        if depth > MAX_DEPTH {
            return Err(Problem::at(at, "trop de blocs les uns dans les autres", "simplifiez cette partie"));
        }
        let (anchor, tag) = match &event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag) => (*anchor, tag.is_some()),
            Event::Alias(id) => (*id, false),
            _ => (0, false),
        };
        if anchor != 0 || tag {
            let fix = "écrivez le texte en entier à chaque endroit, sans « & », « * » ni « ! »";
            return Err(Problem::at(at, "les ancres et les étiquettes de YAML ne sont pas admises", fix));
        }
        let value = match event {
            Event::Scalar(text, style, ..) => {
                Value::Scalar { text: text.into_owned(), is_plain: style == ScalarStyle::Plain }
            }
            Event::SequenceStart(..) => self.list(depth)?,
            Event::MappingStart(..) => self.map(depth)?,
            _ => return Err(Problem::at(at, "une valeur est attendue ici", "complétez cette ligne")),
        };
        Ok(Node { at, value })
    }

    fn list(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut entries = Vec::new();
        loop {
            match self.next()? {
                (Event::MappingEnd, _) => return Ok(Value::Map(entries)),
                (event, span) => {
                    let key = self.node(event, span, depth + 1)?;
                    let (event, span) = self.next()?;
                    entries.push((key, self.node(event, span, depth + 1)?));
                }
            }
        }
    }
}
