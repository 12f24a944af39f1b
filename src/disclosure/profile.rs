//! Who answered, by age and sex, each counted once, beside what weights make of them.
//!
//! Every other share of a weighted edition carries weights. This one says what they had to mend.
//!
//! # Guarantee
//! A group is an age of a sex: a cell of the table of ages by sex, which is in the catalogue. It is told only where that table
//! tells it, its count has the noise that its key gives it in every table, and a count under the threshold is masked. It is
//! then rounded to a multiple of the base's rounding (5) before it is divided by the published bases of both sexes, and the
//! share is rounded to hundredths.
//!
//! Why the count is rounded, where other shares are made of the noisy count as it is: a weighted share carries the relative
//! noise of its count ([`crate::cell_key`]), so that a weighted share over an unweighted one carries none. It is the mean weight
//! of the group, and the margins say how many people each category of weights stands for: population over mean weight is the
//! true count. With unrounded shares that takes the noise off every count (`tests/suite/attacks_on_weights.rs` does it). As it
//! is, a published share stands for five noisy counts or more, and five true counts are left of each even to somebody who knew
//! its noise: rounded bases, which the catalogue publishes of every row, leave as many.
//!
//! The weighted share is made of published ones and adds nothing to them.
//!
//! # Worked example
//! 43 women of 16 to 29 answered, of 402 women and men; after noise 44 and 400. What is told is 45 of 400: 11 %. After weighting
//! they count for 16 %, so their mean weight is 1.45, give or take the rounding: anything from 1.31 to 1.54. If the census has 16 %
//! of such people, the true count is anything from 42 to 49; a base of « 45 » says as much.

use serde::Serialize;

use crate::cell_key::perturbed;
use crate::policy::Policy;
use crate::raw::{RawTable, Tally};
use crate::release::{Estimate, ReleaseTable};

/// The questions that ask for age and sex, and the codes of women and men.
#[derive(Debug, Clone)]
pub(crate) struct Sexes {
    pub(crate) age: String,
    pub(crate) sex: String,
    pub(crate) codes: [String; 2],
}

/// An age of a sex, as shares of all ages and both sexes together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProfileGroup {
    /// The age's code.
    pub age: String,
    /// Its label.
    pub age_label: String,
    /// The sex's code.
    pub sex: String,
    /// Its label.
    pub sex_label: String,
    /// Its share of the respondents, each counted once; none where it is not published.
    pub respondents: Option<f64>,
    /// Its share after weighting; none where it is not published, and in an edition without weights.
    pub weighted: Option<f64>,
}

/// The respondents by age and sex.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    base: u32,
    groups: Vec<ProfileGroup>,
}

impl Profile {
    /// Women and men who told their age, as their bases are published.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// The ages of women, youngest first, then those of men.
    pub fn groups(&self) -> &[ProfileGroup] {
        &self.groups
    }
}

/// The counts of one sex, age by age.
pub(crate) struct RawProfile {
    sexes: Sexes,
    /// For women and men, an age's code and its tally.
    cells: [Vec<(String, Tally)>; 2],
}

impl RawProfile {
    /// Those of the table of ages by sex, where there is one with both sexes.
    pub(crate) fn of(tables: &[RawTable], sexes: Sexes) -> Option<Self> {
        let table = tables.iter().find(|table| table.spec.question == sexes.age && table.spec.by == sexes.sex)?;
        let of_sex = |code: &String| {
            let row = table.spec.rows.iter().position(|row| row.code == *code)?;
            let ages = table.spec.columns.iter().zip(&table.cells[row]).filter(|(column, _)| !column.missing);
            Some(ages.map(|(column, tally)| (column.code.clone(), *tally)).collect())
        };
        let cells = [of_sex(&sexes.codes[0])?, of_sex(&sexes.codes[1])?];
        Some(Self { sexes, cells })
    }

    /// The profile beside the published tables; none where they do not tell both sexes apart, and in an annex.
    pub(crate) fn protect(self, tables: &[ReleaseTable], policy: &Policy, is_weighted: bool) -> Option<Profile> {
        if matches!(policy, Policy::Suppression(_)) {
            return None;
        }
        let Self { sexes, cells } = self;
        let ages = tables.iter().find(|table| table.spec.question == sexes.age && table.spec.by == sexes.sex)?;
        let row_of = |code: &String| ages.spec.rows.iter().position(|row| row.code == *code);
        let rows = [row_of(&sexes.codes[0])?, row_of(&sexes.codes[1])?];
        let base = ages.rows[rows[0]].base? + ages.rows[rows[1]].base?;
        let parts = parts(tables, &sexes).filter(|_| is_weighted);
        let mut groups = Vec::new();
        for (index, (row, cells)) in rows.into_iter().zip(&cells).enumerate() {
            for (code, tally) in cells {
                let column = ages.spec.columns.iter().position(|column| column.code == *code)?;
                let within = ages.rows[row].cells[column].share();
                groups.push(ProfileGroup {
                    age: code.clone(),
                    age_label: ages.spec.columns[column].label.clone(),
                    sex: sexes.codes[index].clone(),
                    sex_label: ages.spec.rows[row].label.clone(),
                    respondents: within.and_then(|_| respondents(*tally, base, policy)),
                    weighted: within.zip(parts).map(|(within, parts)| to_hundredths(within * parts[index])),
                });
            }
        }
        (base > 0).then_some(Profile { base, groups })
    }
}

/// What women and men are of both, in the published table of the sexes.
fn parts(tables: &[ReleaseTable], sexes: &Sexes) -> Option<[f64; 2]> {
    let table = tables.iter().find(|table| table.spec.question == sexes.sex)?;
    let share = |code: &String| {
        let column = table.spec.columns.iter().position(|column| column.code == *code)?;
        table.total().cells.get(column).and_then(Estimate::share)
    };
    let (women, men) = (share(&sexes.codes[0])?, share(&sexes.codes[1])?);
    (women + men > 0.0).then(|| [women / (women + men), men / (women + men)])
}

/// The share of a group that its table tells.
fn respondents(tally: Tally, base: u32, policy: &Policy) -> Option<f64> {
    match policy {
        Policy::CellKey(policy) => {
            let (count, rounding) = (perturbed(tally, policy), policy.base_rounding.max(1));
            let rounded = (count + rounding / 2) / rounding * rounding;
            (count >= policy.threshold).then(|| to_hundredths(f64::from(rounded) / f64::from(base)))
        }
        Policy::Unprotected => Some(tally.as_f64() / f64::from(base)),
        Policy::Suppression(_) => None,
    }
}

fn to_hundredths(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use crate::suppression::SuppressionRule;
    use crate::{CellKey, Column, Policy, Profile, RawEdition, RawTable, RecordKey, Row, TableSpec, Tally, protect};

    fn people(records: std::ops::Range<u32>) -> Tally {
        records.fold(Tally::default(), |sum, record| {
            sum.plus(Tally::new(1, RecordKey::derive(&[3; 32], &record.to_be_bytes()).to_u64()))
        })
    }

    fn table(
        question: &str,
        by: &str,
        columns: &[&str],
        rows: &[&str],
        counts: &[&[std::ops::Range<u32>]],
    ) -> RawTable {
        let spec = TableSpec {
            question: question.to_owned(),
            title: question.to_owned(),
            text: question.to_owned(),
            axis: None,
            several: false,
            ordered: true,
            computed: false,
            asked_if: String::new(),
            breakdown: by.to_owned(),
            by: by.to_owned(),
            headline: Vec::new(),
            columns: columns
                .iter()
                .map(|code| Column {
                    code: (*code).to_owned(),
                    label: (*code).to_owned(),
                    missing: *code == "nrp",
                    rest: false,
                })
                .collect(),
            rows: [""].iter().chain(rows).map(|code| Row { code: (*code).into(), label: (*code).into() }).collect(),
        };
        let cells: Vec<Vec<Tally>> = counts.iter().map(|row| row.iter().cloned().map(people).collect()).collect();
        let sums = |cells: &[Tally]| cells.iter().copied().fold(Tally::default(), Tally::plus);
        let everybody = (0..columns.len()).map(|column| sums(&cells.iter().map(|row| row[column]).collect::<Vec<_>>()));
        // Of a question alone, everybody's row is the only one.
        let of_rows = cells.iter().take(rows.len()).cloned();
        let cells: Vec<Vec<Tally>> = std::iter::once(everybody.collect()).chain(of_rows).collect();
        RawTable::new(spec, cells.iter().map(|row| sums(row)).collect(), cells).expect("a table")
    }

    /// 200 women and 150 men of two ages, of whom so many men are old.
    fn profile(old_men: u32, policy: &Policy) -> Option<Profile> {
        let ages = [[0..80, 80..200], [200..350 - old_men, 350 - old_men..350]];
        let ages: Vec<&[std::ops::Range<u32>]> = ages.iter().map(|row| &row[..]).collect();
        let sexes: &[std::ops::Range<u32>] = &[0..200, 200..350];
        let tables = vec![
            table("age", "sexe", &["jeune", "vieux"], &["femme", "homme"], &ages),
            table("sexe", "", &["femme", "homme"], &[], &[sexes]),
        ];
        let edition = RawEdition::new(people(0..350), tables).with_profile("age", "sexe", ["femme", "homme"]);
        protect(edition, policy).expect("a release").profile().cloned()
    }

    #[test]
    fn groups_are_shares_of_both_sexes_whose_counts_were_rounded() {
        let profile = profile(60, &Policy::standard().expect("a policy")).expect("both sexes are many");
        assert_eq!(profile.base() % 5, 0);
        let shares: Vec<f64> = profile.groups().iter().map(|group| group.respondents.expect("all are many")).collect();
        assert_eq!(shares.len(), 4);
        let policy = CellKey::standard().expect("a policy");
        for (share, records) in shares.iter().zip([0..80, 80..200, 200..290, 290..350]) {
            let noisy = crate::cell_key::perturbed(people(records), &policy);
            let rounded = f64::from((noisy + 2) / 5 * 5) / f64::from(profile.base());
            assert!((share - rounded).abs() <= 0.005 + 1e-9, "{share} is of {noisy}, rounded to 5");
        }
        assert!(profile.groups().iter().all(|group| group.weighted.is_none()), "nothing is weighted here");
        assert_eq!((profile.groups()[1].age.as_str(), profile.groups()[2].sex.as_str()), ("vieux", "homme"));
    }

    #[test]
    fn what_the_table_of_ages_by_sex_does_not_tell_is_not_told_here() {
        let profile = profile(4, &Policy::standard().expect("a policy")).expect("both sexes are many");
        assert_eq!(profile.groups()[3].respondents, None, "four old men");
        assert!(profile.groups()[2].respondents.is_some());
    }

    #[test]
    fn an_annex_has_no_profile_and_exact_numbers_have_an_exact_one() {
        assert_eq!(profile(60, &Policy::Suppression(SuppressionRule::default())), None);
        let exact = profile(60, &Policy::Unprotected).expect("a profile");
        assert_eq!(exact.base(), 350);
        assert!(exact.groups()[3].respondents.is_some_and(|share| (share - 60.0 / 350.0).abs() < 1e-12));
    }
}
