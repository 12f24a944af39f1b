//! Scores: points that published coefficients give to answers. They are computed from a sheet whenever they are needed, never
//! asked, never submitted and never stored, so that nobody can send a score that their answers do not make.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::answers::{Answer, AnswerSheet};
use crate::ids::{ChoiceCode, QuestionId};
use crate::model::{Choice, Content, Kind, Question};

/// Hundredths of a point: published coefficients have two decimals at most, and whole numbers add up the same everywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Points(i64);

impl Points {
    /// So many hundredths of a point.
    pub fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// The points in hundredths.
    pub fn hundredths(self) -> i64 {
        self.0
    }

    /// Reads `30.17`, `-8.28` or `4`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix(['-', '−']) {
            Some(digits) => (-1, digits),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (units, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(units) || !is_number(decimals) || units.len() > 6 || decimals.len() > 2 {
            return None;
        }
        let hundredths: i64 = format!("{decimals:0<2}").parse().ok()?;
        Some(Self(sign * (100 * units.parse::<i64>().ok()? + hundredths)))
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (units, hundredths) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        match hundredths {
            0 => write!(f, "{sign}{units}"),
            _ => write!(f, "{sign}{units}.{hundredths:02}"),
        }
    }
}

impl From<Points> for String {
    fn from(points: Points) -> Self {
        points.to_string()
    }
}

impl TryFrom<String> for Points {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("« {text} » n’est pas un nombre de points"))
    }
}

/// What one answer adds to a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The question.
    pub q: QuestionId,
    /// Points by code. A code that is not there, such as a non-answer, leaves the score unknown.
    pub points: BTreeMap<ChoiceCode, Points>,
    /// Points when the routing did not show the question; without them the score is unknown then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hidden: Option<Points>,
}

impl Content {
    /// The score of a sheet; `None` when an answer that it needs is not there, or for a question that is no score.
    pub fn score(&self, question: &Question, sheet: &AnswerSheet) -> Option<Points> {
        let Kind::Score { base, terms, .. } = &question.kind else { return None };
        let mut total = base.0;
        for term in terms {
            let points = match sheet.answers().get(&term.q) {
                Some(Answer::One(code)) => term.points.get(code.as_str()).copied()?,
                Some(_) => return None,
                None => term.hidden.filter(|_| self.is_hidden(&term.q, sheet))?,
            };
            total += points.0;
        }
        Some(Points(total))
    }

    /// The level in which the score of a sheet falls.
    pub fn score_level<'q>(&self, question: &'q Question, sheet: &AnswerSheet) -> Option<&'q Choice> {
        let Kind::Score { levels, from, .. } = &question.kind else { return None };
        let score = self.score(question, sheet)?;
        levels.iter().zip(from).rev().find(|(_, from)| score >= **from).map(|(level, _)| level)
    }

    fn is_hidden(&self, id: &QuestionId, sheet: &AnswerSheet) -> bool {
        let condition = self.question(id).and_then(|question| question.show_if.as_ref());
        condition.is_some_and(|condition| !condition.holds(sheet.answers()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_and_written_without_a_loss() {
        for (text, hundredths) in
            [("30.17", 3017), ("-8.28", -828), ("−8.28", -828), ("4", 400), ("0.5", 50), ("-0.05", -5)]
        {
            let points = Points::parse(text).expect(text);
            assert_eq!(points.hundredths(), hundredths);
            assert_eq!(Points::parse(&points.to_string()), Some(points));
        }
        for text in ["", "1,5", "1.234", ".5", "1.", "--1", "9999999", "1e3"] {
            assert_eq!(Points::parse(text), None, "{text}");
        }
    }
}
