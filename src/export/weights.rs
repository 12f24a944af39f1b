//! How respondents were weighted, as JSON.

use isoloir_disclosure::{Release, Weighting};
use serde::Serialize;

use crate::ExportError;

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
    let mut json = serde_json::to_vec_pretty(&weights)?;
    json.push(b'\n');
    Ok(json)
}
