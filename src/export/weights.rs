//! How respondents were weighted, as JSON.

use isoloir_disclosure::{Release, Weighting};
use serde::Serialize;
use serde_json::Value;

use crate::ExportError;
use crate::number::tidy;

#[derive(Serialize)]
struct Weights<'a> {
    protection: &'static str,
    /// `raking`, or `none` when everybody counts the same.
    method: &'static str,
    respondents: Option<u32>,
    #[serde(flatten)]
    weighting: Option<&'a Weighting>,
}

/// The method, iterations, discrepancy, extreme weights, design effect, and what was merged, excluded or cut.
///
/// # Errors
/// [`ExportError`].
pub(crate) fn weights_json(release: &Release) -> Result<Vec<u8>, ExportError> {
    let weighting = release.weighting();
    let weights = Weights {
        protection: release.protection().words(),
        method: if weighting.is_some() { "raking" } else { "none" },
        respondents: release.respondents(),
        weighting,
    };
    let mut weights = serde_json::to_value(&weights)?;
    tidy_numbers(&mut weights);
    let mut json = serde_json::to_vec_pretty(&weights)?;
    json.push(b'\n');
    Ok(json)
}

/// Writes no digit that a sum of binary fractions left behind.
fn tidy_numbers(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(tidied) = number.as_f64().map(tidy) {
                *value = tidied.into();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(tidy_numbers),
        Value::Object(fields) => fields.values_mut().for_each(tidy_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
