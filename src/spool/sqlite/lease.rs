//! Who holds rows: a process that holds a lock on a file.

use super::place::{Place, for_the_user_alone};
use super::system::are_one;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use uuid::Uuid;

/// The lock of this process, for as long as it lives. The system lets go of it
/// when the process ends, so that no clock is asked whether it has.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) name: String,
    path: PathBuf,
    file: File,
}

impl Lease {
    pub(super) fn take(place: &Place) -> io::Result<Self> {
        let name = Uuid::new_v4().simple().to_string();
        let path = path(place, &name);
        let file = for_the_user_alone().create_new(true).open(&path)?;
        file.lock()?;
        Ok(Self::of(name, path, file))
    }

    /// Of a holder that is gone; `None` if it lives.
    pub(super) fn of_the_dead(place: &Place, name: &str) -> io::Result<Option<Self>> {
        if !is_name(name) {
            return Err(io::Error::new(ErrorKind::InvalidData, "is no lease"));
        }
        let path = path(place, name);
        // Made anew if it is missing: then nobody has it.
        let file = match for_the_user_alone().create_new(true).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => open(place, name)?,
            made => made?,
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(Self::of(name.to_owned(), path, file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn of(name: String, path: PathBuf, file: File) -> Self {
        Self { name, path, file }
    }

    /// Whether others find it under its name.
    pub(super) fn is_in_place(&self) -> bool {
        let (there, ours) = (fs::symlink_metadata(&self.path), self.file.metadata());
        matches!((there, ours), (Ok(there), Ok(ours)) if are_one(&there, &ours))
    }

    /// Removes what processes left that ended before anybody knew of them. Only
    /// while nobody else opens the spool: a file that is there is locked then,
    /// if its process lives.
    pub(super) fn remove_unknown(place: &Place, is_known: impl Fn(&str) -> bool) -> io::Result<()> {
        let prefix = path(place, "");
        let prefix = prefix.file_name().unwrap_or_default().as_encoded_bytes();
        for entry in fs::read_dir(place.folder())? {
            let name = entry?.file_name();
            let lease = name.as_encoded_bytes().strip_prefix(prefix);
            let Some(lease) = lease.and_then(|lease| str::from_utf8(lease).ok()) else {
                continue;
            };
            // One that cannot be had is somebody's, and stays.
            if is_name(lease)
                && !is_known(lease)
                && let Ok(Some(dead)) = Self::of_the_dead(place, lease)
            {
                dead.end();
            }
        }
        Ok(())
    }

    /// Nothing is held under it any more.
    pub(super) fn end(self) {
        // One that stays is an empty file, and taken for that of a dead process.
        drop(fs::remove_file(&self.path));
    }
}

/// A lease that is there: an empty file of ours.
pub(super) fn open(place: &Place, name: &str) -> io::Result<File> {
    let file = for_the_user_alone().open(path(place, name))?;
    let there = file.metadata()?;
    if there.is_file() && there.len() == 0 {
        Ok(file)
    } else {
        Err(io::Error::new(ErrorKind::InvalidData, "is no lease"))
    }
}

fn path(place: &Place, name: &str) -> PathBuf {
    place.beside(&format!("-lease-{name}"))
}

/// What names look like: others' files may begin as ours do.
fn is_name(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
