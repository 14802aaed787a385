//! A place on the disk for the spool of a test.
#![allow(
    dead_code,
    reason = "helpers of tests, of which each program uses a part"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of its own for a test, empty at its beginning.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn of(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        drop(fs::remove_dir_all(&folder));
        Self(folder)
    }

    /// As another test, or this one, left it.
    pub(crate) fn named(name: &str) -> Self {
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    /// The files of the spool as they are now, which is what a crash leaves.
    pub(crate) fn copy_to(&self, name: &str) {
        let copy = Self::of(name);
        fs::create_dir_all(&copy.0).unwrap();
        for name in self.names() {
            fs::copy(self.0.join(&name), copy.0.join(&name)).unwrap();
        }
    }

    /// Of all files, one after the other.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let read = |name: &String| fs::read(self.0.join(name)).unwrap();
        self.names().iter().flat_map(read).collect()
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.0.join("spool.db")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}
