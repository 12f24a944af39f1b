//! From a YAML tree to typed values. Nothing stops the reading: what is missing or of the wrong kind is noted and a value
//! that stands nowhere takes its place, so that one run says everything that is to be mended.

use std::collections::BTreeMap;

use crate::problem::Problem;
use crate::tree::{Location, Node, Value};

/// A value with the place at which it was written.
#[derive(Debug, Clone)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) at: Location,
}

/// Collects what is wrong while a tree is read.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) problems: Vec<Problem>,
}

/// A type that can be read from a node.
pub(crate) trait Read: Sized {
    /// The value, or `None` once the problem was noted.
    fn read(node: &Node, reader: &mut Reader) -> Option<Self>;

    /// What stands for a value that is missing or could not be read.
    fn absent() -> Self;
}

impl Reader {
    pub(crate) fn note(&mut self, at: Location, message: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Problem::at(at, message, fix));
    }

    /// The entries of a mapping that has these keys and no others, each once.
    pub(crate) fn mapping<'n>(
        &mut self,
        node: &'n Node,
        keys: &[&'static str],
    ) -> Option<BTreeMap<&'static str, &'n Node>> {
        let Value::Map(entries) = &node.value else {
            let fix = format!("écrivez des clés et leurs valeurs ; les clés possibles sont : {}", keys.join(", "));
            self.note(node.at, "un bloc de clés est attendu ici", fix);
            return None;
        };
        let mut found = BTreeMap::new();
        for (key, value) in entries {
            let Value::Scalar { text, .. } = &key.value else {
                self.note(key.at, "cette clé n’est pas un mot", "écrivez un mot, puis deux-points");
                continue;
            };
            let Some(known) = keys.iter().find(|known| *known == text) else {
                let fix = match closest(text, keys) {
                    Some(meant) => format!("vouliez-vous écrire « {meant} » ? sinon, enlevez-la"),
                    None => format!("enlevez-la ; les clés possibles sont : {}", keys.join(", ")),
                };
                self.note(key.at, format!("la clé « {text} » n’existe pas ici"), fix);
                continue;
            };
            if found.insert(*known, value).is_some() {
                self.note(key.at, format!("la clé « {text} » est écrite deux fois"), "gardez l’une des deux");
            }
        }
        Some(found)
    }

    pub(crate) fn required<T: Read>(&mut self, node: &Node, value: Option<&&Node>, key: &str) -> T {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            let fix = format!("ajoutez « {key}: … » dans ce bloc");
            self.note(node.at, format!("il manque la clé « {key} »"), fix);
            return T::absent();
        };
        T::read(value, self).unwrap_or_else(T::absent)
    }

    pub(crate) fn optional<T: Read>(&mut self, value: Option<&&Node>) -> Option<T> {
        value.filter(|value| !value.is_null()).and_then(|value| T::read(value, self))
    }
}

/// The word that was most likely meant: the one that differs by two letters at most.
pub(crate) fn closest<'k>(text: &str, keys: &[&'k str]) -> Option<&'k str> {
    let best = keys.iter().map(|key| (distance(text, key), *key)).min()?;
    (best.0 <= 2 && best.0 < text.chars().count()).then_some(best.1)
}

/// Levenshtein's distance: letters to add, remove or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

impl Read for String {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Scalar { text, .. } = &node.value {
            return Some(text.clone());
        }
        reader.note(
            node.at,
            "un texte est attendu ici",
            "écrivez un texte, entre guillemets s’il contient « : » ou « # »",
        );
        None
    }

    fn absent() -> Self {
        String::new()
    }
}

impl Read for bool {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.value {
            Value::Scalar { text, is_plain: true } if text == "true" => Some(true),
            Value::Scalar { text, is_plain: true } if text == "false" => Some(false),
            _ => {
                reader.note(node.at, "« true » ou « false » est attendu ici", "écrivez l’un des deux, sans guillemets");
                None
            }
        }
    }

    fn absent() -> Self {
        false
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl Read for $type {
            fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
                let number = match &node.value {
                    Value::Scalar { text, is_plain: true } => text.parse().ok(),
                    _ => None,
                };
                if number.is_none() {
                    let fix = format!("écrivez un nombre de {} à {}, sans guillemets", <$type>::MIN, <$type>::MAX);
                    reader.note(node.at, "un nombre entier est attendu ici", fix);
                }
                number
            }

            fn absent() -> Self {
                0
            }
        }
    )*};
}

numbers!(u8 u32 i64);

/// An item that cannot be read is left out, since its problem is noted; the others are read all the same.
impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::List(items) = &node.value {
            return Some(items.iter().filter_map(|item| T::read(item, reader)).collect());
        }
        reader.note(node.at, "une liste est attendue ici", "écrivez [a, b], ou une ligne « - … » par élément");
        None
    }

    fn absent() -> Self {
        Vec::new()
    }
}

/// Names that the questionnaire chooses itself: languages, codes.
impl<T: Read> Read for BTreeMap<String, T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            let fix = "écrivez par exemple {fr: \"Bonjour\"}";
            reader.note(node.at, "des clés et leurs valeurs sont attendues ici", fix);
            return None;
        };
        let mut map = Self::new();
        for (key, value) in entries {
            let Some(name) = String::read(key, reader) else { continue };
            let message = format!("la clé « {name} » est écrite deux fois");
            if T::read(value, reader).is_some_and(|value| map.insert(name, value).is_some()) {
                reader.note(key.at, message, "gardez l’une des deux");
            }
        }
        Some(map)
    }

    fn absent() -> Self {
        Self::new()
    }
}

impl<T: Read> Read for Spanned<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        Some(Self { value: T::read(node, reader)?, at: node.at })
    }

    fn absent() -> Self {
        Self { value: T::absent(), at: Location::NOWHERE }
    }
}

impl<T: Read> Read for Box<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        T::read(node, reader).map(Box::new)
    }

    fn absent() -> Self {
        Box::new(T::absent())
    }
}

/// Declares a mapping: its required keys, then its optional ones. Any other key is a problem.
macro_rules! mapping {
    ($(#[$doc:meta])* $name:ident { $($key:ident: $type:ty,)* } optional { $($maybe:ident: $maybe_type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name {
            $(pub(crate) $key: $type,)*
            $(pub(crate) $maybe: Option<$maybe_type>,)*
        }

        impl $crate::read::Read for $name {
            fn read(node: &$crate::tree::Node, reader: &mut $crate::read::Reader) -> Option<Self> {
                let keys = [$($crate::read::key(stringify!($key)),)* $($crate::read::key(stringify!($maybe)),)*];
                let entries = reader.mapping(node, &keys)?;
                Some(Self {
                    $($key: {
                        let key = $crate::read::key(stringify!($key));
                        reader.required(node, entries.get(key), key)
                    },)*
                    $($maybe: reader.optional(entries.get($crate::read::key(stringify!($maybe)))),)*
                })
            }

            fn absent() -> Self {
                Self {
                    $($key: $crate::read::Read::absent(),)*
                    $($maybe: None,)*
                }
            }
        }
    };
}
pub(crate) use mapping;

/// A field's name as it is written in YAML: `r#type` is the key `type`.
pub(crate) fn key(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}
