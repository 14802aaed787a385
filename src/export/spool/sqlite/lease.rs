//! Who holds rows: a process that holds a lock on a file.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
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
    pub(super) fn take(spool: &Path) -> io::Result<Self> {
        let name = Uuid::new_v4().simple().to_string();
        let path = path(spool, &name);
        let file = super::file::for_the_user_alone()
            .create_new(true)
            .open(&path)?;
        file.lock()?;
        Ok(Self { name, path, file })
    }

    /// Of a holder that is gone; `None` if it lives.
    pub(super) fn of_the_dead(spool: &Path, name: &str) -> io::Result<Option<Self>> {
        let path = path(spool, name);
        // Made anew if it is missing: then nobody has it.
        let file = super::file::for_the_user_alone().create(true).open(&path)?;
        let name = name.to_owned();
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { name, path, file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Removes what processes left that ended before anybody knew of them. Only
    /// while nobody else opens the spool: a file that is there is locked then,
    /// if its process lives.
    pub(super) fn remove_unknown(spool: &Path, is_known: impl Fn(&str) -> bool) -> io::Result<()> {
        let folder = match spool.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let Some(prefix) = path(spool, "").file_name().map(OsStr::to_owned) else {
            return Ok(());
        };
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            let lease = name.to_str().zip(prefix.to_str());
            let Some(lease) = lease.and_then(|(name, prefix)| name.strip_prefix(prefix)) else {
                continue;
            };
            if is_known(lease) {
                continue;
            }
            if let Some(dead) = Self::of_the_dead(spool, lease)? {
                dead.end();
            }
        }
        Ok(())
    }

    /// The owner of the file is who this process is.
    pub(super) fn metadata(&self) -> io::Result<fs::Metadata> {
        self.file.metadata()
    }

    /// Nothing is held under it any more.
    pub(super) fn end(self) {
        // One that stays is an empty file, and taken for that of a dead process.
        drop(fs::remove_file(&self.path));
    }
}

pub(super) fn path(spool: &Path, name: &str) -> PathBuf {
    super::file::beside(spool, &format!("-lease-{name}"))
}
