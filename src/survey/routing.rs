//! Which questions a respondent sees: one typed tree, evaluated here and, from the same JSON, in the browser
//! (`assets/js/routing.js`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answers::Answer;
use crate::ids::{ChoiceCode, QuestionId};

/// A condition on the answers given so far. A question that is hidden or skipped satisfies no condition but `not`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Condition {
    /// The choice, or one of the choices, is `is`.
    Is {
        /// Question looked at.
        q: QuestionId,
        /// Code expected.
        is: ChoiceCode,
    },
    /// The choice, or one of the choices, is in the list.
    In {
        /// Question looked at.
        q: QuestionId,
        /// Codes accepted.
        r#in: Vec<ChoiceCode>,
    },
    /// Something was answered (`true`) or nothing was (`false`).
    Answered {
        /// Question looked at.
        q: QuestionId,
        /// What is expected.
        answered: bool,
    },
    /// The number or the scale's point is at least `gte`.
    Gte {
        /// Question looked at.
        q: QuestionId,
        /// Smallest number accepted.
        gte: i64,
    },
    /// Every one holds.
    All {
        /// The conditions.
        all: Vec<Condition>,
    },
    /// At least one holds.
    Any {
        /// The conditions.
        any: Vec<Condition>,
    },
    /// The condition does not hold.
    Not {
        /// The condition.
        not: Box<Condition>,
    },
}

impl Condition {
    /// Whether the condition holds for these answers, of which hidden ones are already absent.
    pub fn holds(&self, answers: &BTreeMap<QuestionId, Answer>) -> bool {
        match self {
            Self::Is { q, is } => answers.get(q).is_some_and(|answer| answer.has_code(is)),
            Self::In { q, r#in } => answers.get(q).is_some_and(|answer| r#in.iter().any(|code| answer.has_code(code))),
            Self::Answered { q, answered } => answers.contains_key(q) == *answered,
            Self::Gte { q, gte } => answers.get(q).and_then(Answer::number).is_some_and(|number| number >= *gte),
            Self::All { all } => all.iter().all(|condition| condition.holds(answers)),
            Self::Any { any } => any.iter().any(|condition| condition.holds(answers)),
            Self::Not { not } => !not.holds(answers),
        }
    }

    /// The conditions that this one is made of, and this one.
    fn parts(&self) -> Vec<&Self> {
        let below: Vec<&Self> = match self {
            Self::All { all: list } | Self::Any { any: list } => list.iter().flat_map(Self::parts).collect(),
            Self::Not { not } => not.parts(),
            _ => Vec::new(),
        };
        std::iter::once(self).chain(below).collect()
    }

    /// The questions that it looks at.
    pub fn questions(&self) -> Vec<&QuestionId> {
        let parts = self.parts().into_iter();
        parts
            .filter_map(|part| match part {
                Self::Is { q, .. } | Self::In { q, .. } | Self::Answered { q, .. } | Self::Gte { q, .. } => Some(q),
                Self::All { .. } | Self::Any { .. } | Self::Not { .. } => None,
            })
            .collect()
    }

    /// Whether it looks for this code in an answer.
    pub(crate) fn names(&self, code: &ChoiceCode) -> bool {
        self.parts().into_iter().any(|part| match part {
            Self::Is { is, .. } => is == code,
            Self::In { r#in, .. } => r#in.contains(code),
            _ => false,
        })
    }

    /// Adds the numbers with which it compares a question's answer.
    pub(crate) fn thresholds(&self, question: &QuestionId, thresholds: &mut Vec<i64>) {
        thresholds.extend(self.parts().into_iter().filter_map(|part| match part {
            Self::Gte { q, gte } if q == question => Some(*gte),
            _ => None,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Cases {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        name: String,
        condition: Condition,
        answers: BTreeMap<QuestionId, Answer>,
        holds: bool,
    }

    /// The same table runs in the browser's tests (`tests/browser/routing.test.mjs`).
    #[test]
    fn the_shared_table_of_cases_holds() {
        let file = include_str!("../../tests/vectors/routing.json");
        let cases = serde_json::from_str::<Cases>(file).expect("the table").cases;
        assert!(cases.len() >= 40);
        for case in cases {
            assert_eq!(case.condition.holds(&case.answers), case.holds, "{}", case.name);
        }
    }
}
