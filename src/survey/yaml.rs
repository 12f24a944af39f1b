//! The schema of a questionnaire's YAML. Nothing is interpreted here: [`crate::compile`] turns these into the model and
//! knows, for each value, the line and column that it came from.

use std::collections::BTreeMap;

use crate::read::{Spanned, mapping};

pub(crate) type Id = Spanned<String>;
/// Language to text, as written.
pub(crate) type RawText = Spanned<BTreeMap<String, Spanned<String>>>;

mapping! {
    RawQuestionnaire {
        id: Id,
        title: RawText,
        languages: Vec<Id>,
        territory: Id,
        access: Id,
        organiser: RawText,
        contact: RawContact,
        minutes: Spanned<u8>,
        welcome: RawText,
        thanks: RawText,
        axes: Vec<RawAxis>,
        pages: Vec<RawPage>,
    } optional {
        color: Id,
        logo: RawLogo,
        opens: Id,
        closes: Id,
        welcome_paper: RawText,
    }
}

mapping! { RawLogo { file: Id, alt: RawText, } optional {} }
mapping! { RawContact { phone: Id, } optional { email: String, } }
mapping! { RawAxis { id: Id, title: RawText, summary: RawText, } optional { priorities: Vec<RawPriority>, } }
mapping! { RawPriority { id: Id, title: Id, } optional {} }
mapping! { RawPage { id: Id, title: RawText, questions: Vec<RawQuestion>, } optional { intro: RawText, axis: Id, } }

mapping! {
    /// Every key that any type of question takes; which of them go together is checked when compiling, so that the message
    /// can say which type the key belongs to.
    RawQuestion {
        id: Id,
        r#type: Id,
        text: RawText,
    } optional {
        short: RawText,
        hint: RawText,
        required: bool,
        sensitive: bool,
        show_if: Spanned<RawCondition>,
        axis: Id,
        priority: Id,
        headline: Vec<Id>,
        ordered: bool,
        choices: Vec<RawChoice>,
        rows: Vec<RawRow>,
        max: Spanned<i64>,
        min: Spanned<i64>,
        low: RawText,
        high: RawText,
        missing: RawText,
        bands: Spanned<Vec<u8>>,
        level: Id,
        max_chars: Spanned<u32>,
        linked: Spanned<bool>,
        instrument: RawInstrumentItem,
        base: Id,
        terms: Vec<RawTerm>,
        levels: Vec<RawLevel>,
    }
}

mapping! {
    /// An item of an instrument; for a matrix, the item of its first row; for a score, the instrument as a whole.
    RawInstrumentItem { id: Id, } optional { item: Spanned<u8>, }
}

mapping! { RawChoice { code: Id, label: RawText, } optional { missing: bool, exclusive: bool, other: bool, harmless: Spanned<bool>, } }
mapping! { RawRow { id: Id, label: RawText, } optional { short: RawText, } }

mapping! {
    /// What one answer adds to a score: so many points by code, and so many when the question was not shown.
    RawTerm { q: Id, points: BTreeMap<String, Id>, } optional { hidden: Id, }
}

mapping! {
    /// A range of a score, from so many points up to the next.
    RawLevel { code: Id, label: RawText, from: Id, } optional {}
}

mapping! {
    RawCondition {} optional {
        q: Id,
        is: Id,
        r#in: Vec<Id>,
        answered: bool,
        gte: i64,
        all: Vec<Spanned<RawCondition>>,
        any: Vec<Spanned<RawCondition>>,
        not: Box<Spanned<RawCondition>>,
    }
}
