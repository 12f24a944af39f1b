//! The YAML schema, one struct per mapping, unknown keys refused. Nothing is interpreted here: [`crate::compile`] turns
//! these into the model and knows, for each value, the line and column that it came from.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

pub(crate) type Id = Spanned<String>;
/// Language to text, as written.
pub(crate) type RawText = Spanned<BTreeMap<String, Spanned<String>>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawQuestionnaire {
    pub(crate) id: Id,
    pub(crate) title: RawText,
    pub(crate) languages: Vec<Id>,
    pub(crate) territory: Id,
    pub(crate) access: Id,
    pub(crate) opens: Option<Id>,
    pub(crate) closes: Option<Id>,
    pub(crate) organiser: RawText,
    pub(crate) contact: RawContact,
    pub(crate) minutes: u8,
    pub(crate) welcome: RawText,
    pub(crate) thanks: RawText,
    pub(crate) axes: Vec<RawAxis>,
    pub(crate) pages: Vec<RawPage>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawContact {
    pub(crate) phone: String,
    pub(crate) email: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAxis {
    pub(crate) id: Id,
    pub(crate) title: RawText,
    pub(crate) summary: RawText,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPage {
    pub(crate) id: Id,
    pub(crate) title: RawText,
    pub(crate) intro: Option<RawText>,
    pub(crate) axis: Option<Id>,
    pub(crate) questions: Vec<RawQuestion>,
}

/// Every key that any type of question takes; which of them go together is checked when compiling, so that the message
/// can say which type the key belongs to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawQuestion {
    pub(crate) id: Id,
    pub(crate) r#type: Id,
    pub(crate) text: RawText,
    pub(crate) short: Option<RawText>,
    pub(crate) hint: Option<RawText>,
    pub(crate) required: Option<bool>,
    pub(crate) show_if: Option<Spanned<RawCondition>>,
    pub(crate) axis: Option<Id>,
    pub(crate) headline: Option<Vec<Id>>,
    pub(crate) choices: Option<Vec<RawChoice>>,
    pub(crate) max: Option<Spanned<i64>>,
    pub(crate) min: Option<Spanned<i64>>,
    pub(crate) low: Option<RawText>,
    pub(crate) high: Option<RawText>,
    pub(crate) missing: Option<RawText>,
    pub(crate) bands: Option<Spanned<Vec<u8>>>,
    pub(crate) max_chars: Option<Spanned<u32>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawChoice {
    pub(crate) code: Id,
    pub(crate) label: RawText,
    #[serde(default)]
    pub(crate) missing: bool,
    #[serde(default)]
    pub(crate) exclusive: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCondition {
    pub(crate) q: Option<Id>,
    pub(crate) is: Option<Id>,
    pub(crate) r#in: Option<Vec<Id>>,
    pub(crate) answered: Option<bool>,
    pub(crate) gte: Option<i64>,
    pub(crate) all: Option<Vec<Spanned<RawCondition>>>,
    pub(crate) any: Option<Vec<Spanned<RawCondition>>>,
    pub(crate) not: Option<Box<Spanned<RawCondition>>>,
}
