//! How every page looks: one layout ([`page`]), a few components, and the assets that the program carries with it.
//!
//! # Invariants
//! - A page asks for nothing from a third party, sets no cookie and holds no inline script or style.
//! - A [`StaticBody`] is compressed once and is the same bytes for everybody.
//! - `PreEscaped` appears in this crate only.

mod assets;
mod components;
mod layout;
mod static_body;

pub use assets::{Asset, asset_path, assets, routes, sha256_hex};
pub use components::{ErrorLink, error_summary, figure_svg, json_island, paragraphs, prose, with_help_lines};
pub use isoloir_survey::french_date;
pub use isoloir_web::{Reading, french};
pub use layout::{Page, PageLogo, embedded_page, message_page, page, problem_page};
pub use static_body::StaticBody;
