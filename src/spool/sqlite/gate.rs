//! The lock beside a spool: one process at a time opens it.
//!
//! Of two that find it damaged, the second would set aside what the first has
//! begun anew. It is also what a spool is known by that has lost its first bytes.

use super::place::{Place, about, for_the_user_alone};
use super::system::are_one;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};

/// What is in the file: others have such names too, as LMDB's lock is one.
const MARK: &[u8] = b"turnspan spool\n";

/// How often somebody may remove the file just before it is locked.
const TRIES: usize = 10;

/// The lock, for as long as it is held.
#[derive(Debug)]
pub(super) struct Gate(File);

impl Gate {
    pub(super) fn take(place: &Place) -> Result<Self, String> {
        let path = place.beside("-lock");
        let said = |error: io::Error| about(&path, error);
        for _ in 0..TRIES {
            let file = open(place)?;
            file.lock().map_err(said)?;
            let is_there = place
                .ours(&path)?
                .is_some_and(|there| file.metadata().is_ok_and(|ours| are_one(&there, &ours)));
            if is_there {
                return Ok(Self(file));
            }
        }
        Err(about(&path, "is removed again and again"))
    }

    /// From now on what lies there is ours.
    pub(super) fn mark(&mut self) -> io::Result<()> {
        let there = self.0.metadata()?;
        if there.len() == 0 {
            self.0.write_all(MARK)?;
        }
        close_to_others(&self.0)
    }
}

/// Whether the lock of a spool is there.
pub(super) fn is_marked(place: &Place) -> Result<bool, String> {
    let path = place.beside("-lock");
    if place.ours(&path)?.is_none() {
        return Ok(false);
    }
    let file = for_the_user_alone().open(&path);
    let mut mark = Vec::new();
    let read = file.and_then(|file| file.take(64).read_to_end(&mut mark));
    read.map_err(|error| about(&path, error))?;
    match mark.as_slice() {
        MARK => Ok(true),
        // Of a process that ended as soon as it had made it.
        [] => Ok(false),
        _ => Err(about(&path, "is of another program")),
    }
}

fn open(place: &Place) -> Result<File, String> {
    let path = place.beside("-lock");
    let made = for_the_user_alone().create_new(true).open(&path);
    let opened = match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            place.ours(&path)?;
            for_the_user_alone().open(&path)
        }
        made => made,
    };
    opened.map_err(|error| about(&path, error))
}

/// By the file itself, whatever has its name by now.
fn close_to_others(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    if super::system::may_be_read_by_others(&file.metadata()?) {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}
