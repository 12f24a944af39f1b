//! Who answered, by age and sex, as CSV.

use isoloir_disclosure::{Profile, Protection};

use crate::ExportError;
use crate::csv::{finish, for_spreadsheets};

const COLUMNS: [&str; 8] =
    ["age", "age_label", "sex", "sex_label", "p_respondents", "p_weighted", "base", "protection"];

/// The share of each age and sex among the respondents, each counted once and after weighting, for spreadsheets. Empty where it
/// is not published.
///
/// # Errors
/// [`ExportError`].
pub fn profile_csv(profile: &Profile, protection: Protection) -> Result<Vec<u8>, ExportError> {
    let mut writer = for_spreadsheets();
    writer.write_record(COLUMNS)?;
    let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    for group in profile.groups() {
        writer.write_record([
            group.age.as_str(),
            &group.age_label,
            &group.sex,
            &group.sex_label,
            &number(group.respondents),
            &number(group.weighted),
            &profile.base().to_string(),
            protection.words(),
        ])?;
    }
    finish(writer)
}
