//! Whether a spool may lie at a path.

use crate::spool;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A spool cannot lie at a path, so that events would wait in memory. `Display`
/// names the file or folder and the reason.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct SpoolPathError(String);

/// Checks whether a spool may lie at `path`, without creating anything. Returns
/// its folder if others may write there, and so could remove or replace the
/// spool.
///
/// # Errors
///
/// If it belongs to another user, may be read by others, is a link, or is
/// something other than a spool.
pub fn check_spool_path(path: &Path) -> Result<Option<PathBuf>, SpoolPathError> {
    spool::check_place(path).map_err(SpoolPathError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_no_place_for_a_spool_and_a_missing_file_is() {
        let folder = std::env::temp_dir().join(format!("turnspan-{}-path", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let missing = check_spool_path(&folder.join("spool.db"));
        std::fs::create_dir_all(folder.join("folder.db")).unwrap();
        let error = check_spool_path(&folder.join("folder.db")).unwrap_err();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(missing.unwrap(), None);
        assert!(
            error.to_string().ends_with("folder.db: is no plain file"),
            "{error}"
        );
    }
}
