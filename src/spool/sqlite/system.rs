//! What systems differ in: users, modes and paths.

#[cfg(not(unix))]
pub(super) use elsewhere::*;
#[cfg(unix)]
pub(super) use unix::*;

#[cfg(unix)]
mod unix {
    use crate::spool::sqlite::place::about;
    use std::fs::{self, Metadata};
    use std::io;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::{Path, PathBuf};

    /// A folder of another user than root: they may do there what they like.
    /// Nor may a link of theirs lead to one.
    pub(in crate::spool::sqlite) fn refuse_others(folder: &Path) -> Result<(), String> {
        for there in [fs::symlink_metadata(folder), fs::metadata(folder)] {
            let there = there.map_err(|error| about(folder, error))?;
            if there.uid() != 0 && !is_ours(&there) {
                return Err(about(folder, "is a folder of another user"));
            }
        }
        Ok(())
    }

    pub(in crate::spool::sqlite) fn is_ours(there: &Metadata) -> bool {
        there.uid() == rustix::process::geteuid().as_raw()
    }

    /// Whether others may make, rename and remove files in a folder.
    pub(in crate::spool::sqlite) fn is_shared(folder: &Path) -> io::Result<bool> {
        Ok(fs::metadata(folder)?.mode() & 0o022 != 0)
    }

    pub(in crate::spool::sqlite) fn may_be_read_by_others(there: &Metadata) -> bool {
        there.mode() & 0o077 != 0
    }

    pub(in crate::spool::sqlite) fn for_the_user(path: &Path) -> io::Result<()> {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))
    }

    pub(in crate::spool::sqlite) fn resolved(path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }

    /// Device and inode: a name may get another file.
    pub(in crate::spool::sqlite) type Identity = (u64, u64);

    pub(in crate::spool::sqlite) fn identity(path: &Path) -> Option<Identity> {
        fs::symlink_metadata(path).ok().as_ref().map(of)
    }

    pub(in crate::spool::sqlite) fn are_one(one: &Metadata, other: &Metadata) -> bool {
        of(one) == of(other)
    }

    fn of(there: &Metadata) -> Identity {
        (there.dev(), there.ino())
    }
}

/// Users of a machine do not share folders there by default.
#[cfg(not(unix))]
mod elsewhere {
    use std::fs::Metadata;
    use std::io;
    use std::path::{Path, PathBuf};

    pub(in crate::spool::sqlite) fn refuse_others(_: &Path) -> Result<(), String> {
        Ok(())
    }

    pub(in crate::spool::sqlite) fn is_ours(_: &Metadata) -> bool {
        true
    }

    pub(in crate::spool::sqlite) fn is_shared(_: &Path) -> io::Result<bool> {
        Ok(false)
    }

    pub(in crate::spool::sqlite) fn may_be_read_by_others(_: &Metadata) -> bool {
        false
    }

    pub(in crate::spool::sqlite) fn for_the_user(_: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Not `canonicalize`, whose paths SQLite may not know.
    pub(in crate::spool::sqlite) fn resolved(path: &Path) -> io::Result<PathBuf> {
        std::path::absolute(path)
    }

    pub(in crate::spool::sqlite) type Identity = ();

    pub(in crate::spool::sqlite) fn identity(_: &Path) -> Option<Identity> {
        Some(())
    }

    pub(in crate::spool::sqlite) fn are_one(_: &Metadata, _: &Metadata) -> bool {
        true
    }
}
