//! Files for the user alone, written whole or not at all.

use crate::failure::Failure;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Writes a file of mode 600 beside the place and moves it there: whoever
/// reads sees the old one or the new one.
pub(crate) fn write(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let said = |error: io::Error| Failure::new(format!("{}: {error}", path.display()));
    // What a link points to is replaced, and not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = beside(&path);
    let mut file = for_the_user_alone(&beside).map_err(said)?;
    let filled = fill(&mut file).and_then(|()| file.sync_all().map_err(said));
    let moved = filled.and_then(|()| fs::rename(&beside, &path).map_err(said));
    if moved.is_err() {
        drop(fs::remove_file(&beside));
    }
    moved
}

/// Whether a file can be written there, before anything is done for it.
pub(crate) fn check(path: &Path) -> Result<(), Failure> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = beside(&path);
    let made = for_the_user_alone(&beside).and_then(|_| fs::remove_file(&beside));
    match made {
        Ok(()) if !path.is_dir() => Ok(()),
        Ok(()) => Err(Failure::new(format!("{}: is a folder", path.display()))),
        Err(error) => Err(Failure::new(format!("{}: {error}", path.display()))
            .remedy("name a file in a folder that can be written")),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    path.with_file_name(name)
}

fn for_the_user_alone(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
