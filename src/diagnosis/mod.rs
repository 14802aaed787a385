//! Finds out what is wrong: which settings are set, whether they can be used,
//! and whether receivers answer. Needs the feature `diagnosis`.
//!
//! `turnspan doctor` is made of it. Use it for a check of your own, at the
//! start of a program or in a health endpoint. It starts no telemetry, and
//! receivers keep nothing of what it sends.
//!
//! ```no_run
//! use turnspan::diagnosis::Variables;
//!
//! # async fn check() -> Result<(), turnspan::ConfigError> {
//! let variables = Variables::read(None)?;
//! for variable in variables.list() {
//!     println!("{} = {}", variable.name, variable.value); // never a secret
//! }
//! for endpoint in variables.settings()?.endpoints() {
//!     match endpoint.probe().await {
//!         Ok(response) => println!("{} answers with {}", endpoint.url, response.status),
//!         Err(error) => println!("{} cannot be reached: {error}", endpoint.url),
//!     }
//! }
//! # Ok(()) }
//! ```

mod endpoint;
mod settings;
mod spool_path;
mod variables;

pub use crate::destination::{ProbeError, ProbeResponse};
pub use crate::settings::Variable;
pub use endpoint::Endpoint;
pub use settings::{Settings, SpoolLimits};
pub use spool_path::{SpoolPathError, check_spool_path};
pub use variables::Variables;

use crate::escape;

/// Escapes what a terminal would obey or what turns the direction of text, line
/// by line: for text that others wrote, such as a [`ProbeResponse::body`].
///
/// ```
/// use turnspan::diagnosis::printable;
///
/// assert_eq!(printable("red:\u{1b}[31m\nnext"), "red:\\u{1b}[31m\nnext");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    escape::printable(text)
}

/// Whether a terminal would obey this character, or it turns the direction of
/// text: for escapes of another form than [`printable`], such as those of JSON.
/// True of `\n` too, which `printable` keeps.
///
/// ```
/// use turnspan::diagnosis::needs_escape;
///
/// assert!(needs_escape('\u{202e}'), "turns the direction of text");
/// assert!(!needs_escape('é'));
/// ```
pub fn needs_escape(c: char) -> bool {
    escape::needs_escape(c)
}
