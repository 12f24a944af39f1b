//! Scores: a constant plus a coefficient per item, with a published cut-off.
//!
//! Everything is in hundredths of a point, as whole numbers: a score that falls on its cut-off is on it, and sums by cell add
//! exactly ([`crate::Sums`]).

/// Which side of the cut-off is at risk; the cut-off itself always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtRisk {
    /// From the cut-off up.
    AtLeast,
    /// From the cut-off down.
    AtMost,
}

/// A published linear score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinearScore {
    /// The instrument's name.
    pub name: &'static str,
    /// Where its coefficients and cut-off are published.
    pub source: &'static str,
    /// The score when every item is 0, in hundredths.
    pub constant: i64,
    /// What a point of each item adds, in hundredths.
    pub coefficients: &'static [i64],
    /// The highest value of an item; the lowest is 0.
    pub item_max: u8,
    /// The cut-off, in hundredths.
    pub cut_off: i64,
    /// Which side of it is at risk.
    pub at_risk: AtRisk,
}

/// EPICES, deprivation, from 0 to 100: eleven questions, yes is 1.
pub const EPICES: LinearScore = LinearScore {
    name: "EPICES",
    source: "Sass C. et al., Le score Epices : un score individuel de précarité, BEH 14, 2006 ; Labbe E. et al., La Revue de médecine interne, 2007",
    constant: 7514,
    coefficients: &[1006, -1183, -828, -828, 1480, -651, -710, -710, -947, -947, -710],
    item_max: 1,
    cut_off: 3017,
    at_risk: AtRisk::AtLeast,
};

/// WHO-5, well-being, from 0 to 100: four times the sum of five items from 0 to 5. At 50 and under, low mood is screened for.
pub const WHO_5: LinearScore = LinearScore {
    name: "WHO-5",
    source: "Topp C. W. et al., The WHO-5 Well-Being Index: a systematic review of the literature, Psychotherapy and Psychosomatics 84, 2015",
    constant: 0,
    coefficients: &[400; 5],
    item_max: 5,
    cut_off: 5000,
    at_risk: AtRisk::AtMost,
};

const AUDIT_C_SOURCE: &str = "Bush K. et al., The AUDIT alcohol consumption questions (AUDIT-C), Archives of Internal Medicine 158, 1998 ; seuils : Santé publique France, HAS";

/// AUDIT-C, alcohol, from 0 to 12, with the cut-off for women.
pub const AUDIT_C_WOMEN: LinearScore = LinearScore {
    name: "AUDIT-C",
    source: AUDIT_C_SOURCE,
    constant: 0,
    coefficients: &[100; 3],
    item_max: 4,
    cut_off: 300,
    at_risk: AtRisk::AtLeast,
};

/// AUDIT-C with the cut-off for men.
pub const AUDIT_C_MEN: LinearScore = LinearScore { cut_off: 400, ..AUDIT_C_WOMEN };

/// Answers that are not those of the instrument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// Not one answer per item.
    #[error("{score} has {expected} items, {given} answers were given")]
    Items {
        /// The instrument.
        score: &'static str,
        /// Its items.
        expected: usize,
        /// Answers given.
        given: usize,
    },
    /// An answer out of range.
    #[error("{score}, item {item}: {answer} is above {max}")]
    Range {
        /// The instrument.
        score: &'static str,
        /// The item, from 1.
        item: usize,
        /// The answer given.
        answer: u8,
        /// The highest there is.
        max: u8,
    },
}

impl LinearScore {
    /// The score in hundredths; none when an item has no answer, since these instruments are validated whole.
    ///
    /// # Errors
    /// [`ScoreError`].
    pub fn hundredths(&self, answers: &[Option<u8>]) -> Result<Option<i64>, ScoreError> {
        let (score, max) = (self.name, self.item_max);
        if answers.len() != self.coefficients.len() {
            return Err(ScoreError::Items { score, expected: self.coefficients.len(), given: answers.len() });
        }
        let wrong = answers.iter().zip(1..).find_map(|(answer, item)| Some((answer.filter(|x| *x > max)?, item)));
        if let Some((answer, item)) = wrong {
            return Err(ScoreError::Range { score, item, answer, max });
        }
        let terms = answers.iter().zip(self.coefficients).map(|(answer, by)| answer.map(|x| by * i64::from(x)));
        Ok(terms.sum::<Option<i64>>().map(|sum| self.constant + sum))
    }

    /// Whether a score in hundredths is on the cut-off or beyond.
    pub fn is_at_risk(&self, hundredths: i64) -> bool {
        match self.at_risk {
            AtRisk::AtLeast => hundredths >= self.cut_off,
            AtRisk::AtMost => hundredths <= self.cut_off,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hundredths(score: &LinearScore, answers: &[u8]) -> i64 {
        let answers: Vec<_> = answers.iter().copied().map(Some).collect();
        score.hundredths(&answers).expect("answers of the instrument").expect("no item is missing")
    }

    #[test]
    fn epices_runs_from_0_to_100() {
        assert_eq!(hundredths(&EPICES, &[0; 11]), 7514);
        // No social worker and no trouble at the end of the month, yes to the rest: the least deprived.
        assert_eq!(hundredths(&EPICES, &[0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]), 0);
        assert_eq!(hundredths(&EPICES, &[1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), 10_000);
        assert!(EPICES.is_at_risk(3017) && !EPICES.is_at_risk(3016));
    }

    #[test]
    fn who_5_is_a_percentage_and_50_is_low() {
        assert_eq!(hundredths(&WHO_5, &[5; 5]), 10_000);
        assert_eq!(hundredths(&WHO_5, &[3, 3, 3, 2, 2]), 5200);
        assert!(WHO_5.is_at_risk(5000) && !WHO_5.is_at_risk(5200));
    }

    #[test]
    fn audit_c_has_a_cut_off_for_each_sex() {
        let three = hundredths(&AUDIT_C_WOMEN, &[1, 2, 0]);
        assert!(AUDIT_C_WOMEN.is_at_risk(three) && !AUDIT_C_MEN.is_at_risk(three));
    }

    #[test]
    fn a_missing_item_makes_no_score_and_a_wrong_one_is_named() {
        assert_eq!(WHO_5.hundredths(&[Some(1), None, Some(1), Some(1), Some(1)]), Ok(None));
        let error = WHO_5.hundredths(&[Some(1), None, Some(6), Some(1), Some(1)]);
        assert_eq!(error, Err(ScoreError::Range { score: "WHO-5", item: 3, answer: 6, max: 5 }));
        assert!(matches!(WHO_5.hundredths(&[Some(1)]), Err(ScoreError::Items { expected: 5, given: 1, .. })));
    }
}
