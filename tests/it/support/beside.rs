//! What lies beside the project and is no part of it.

use std::path::{Path, PathBuf};

/// The folder that a variable names, else the one of this name beside the
/// project, if there is one.
pub(crate) fn folder(variable: &str, name: &str) -> Option<PathBuf> {
    let beside = || {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        project.join("../shared/contract").join(name)
    };
    let folder = std::env::var_os(variable).map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}
