//! The poster.
use crate::Survey;
use crate::error::PrintError;
use crate::sheet::Sheet;
use crate::text::Fonts;
pub(crate) fn sheet(_fonts: &Fonts, _survey: &Survey) -> Result<Sheet, PrintError> {
    Ok(Sheet::default())
}
