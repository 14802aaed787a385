//! Where a spool lies, and whether it may lie there.
//!
//! Whoever names a file by mistake must find it as it was: what is there is
//! looked at before anything is made or changed, and only what is ours is used.

use super::gate;
use super::kind::Kind;
use super::system::{
    for_the_user, is_ours, is_shared, may_be_read_by_others, refuse_others, resolved,
};
use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What SQLite keeps beside a file.
pub(super) const LOGS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A folder that may be used, and the name of a file in it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Absolute, and without links in the folder: what is opened is what was
    /// looked at, and no name looks like an option or a URI to SQLite.
    path: PathBuf,
    /// Others may make, rename and remove files in the folder.
    pub(super) is_shared: bool,
}

impl Place {
    /// Makes the folder, if it is missing.
    pub(super) fn make(path: &Path) -> Result<Self, String> {
        let folder = folder_of(path)?;
        refuse_others(nearest(folder))?;
        make_folder(folder).map_err(|error| about(folder, error))?;
        Self::find(path)
    }

    /// In a folder that is there.
    pub(super) fn find(path: &Path) -> Result<Self, String> {
        let folder = folder_of(path)?;
        let name = path.file_name();
        let name = name.ok_or_else(|| about(path, "names no file"))?;
        refuse_others(folder)?;
        let folder = resolved(folder).map_err(|error| about(folder, error))?;
        Ok(Self {
            is_shared: is_shared(&folder).map_err(|error| about(&folder, error))?,
            path: folder.join(name),
        })
    }

    /// For whoever looks at a spool of anybody, and makes nothing.
    pub(super) fn seen(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: resolved(path)?,
            is_shared: false,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new("."))
    }

    /// A file whose name begins with that of the spool.
    pub(super) fn beside(&self, suffix: &str) -> PathBuf {
        beside(&self.path, suffix)
    }

    /// Refuses what is not ours, and changes nothing; gives what is there.
    pub(super) fn admit(&self) -> Result<Kind, String> {
        let is_known = gate::is_marked(self)?;
        let mut log = None;
        for suffix in LOGS {
            let path = self.beside(suffix);
            if self.ours(&path)?.is_some() {
                log = Some(path);
            }
        }
        let there = self.ours(&self.path)?;
        let kind = there.map_or(Ok(Kind::Nothing), |there| Kind::of(&self.path, &there));
        match (kind?, log) {
            (Kind::Spool, _) => Ok(Kind::Spool),
            (Kind::Database, _) => Err(about(&self.path, "is a database of another program")),
            (kind, _) if is_known => Ok(kind),
            (Kind::Nothing, None) => Ok(Kind::Nothing),
            (Kind::Nothing, Some(log)) => Err(about(&log, "is of another program")),
            (Kind::Other, _) => Err(about(&self.path, "is no spool of turnspan")),
        }
    }

    /// Removes what a file has left that is not there any more: it would be
    /// taken for the log of the next.
    pub(super) fn remove_logs(&self) {
        for log in LOGS {
            drop(fs::remove_file(self.beside(log)));
        }
    }

    /// Whether what lies there is a spool, or what is left of one.
    pub(super) fn is_spool(&self) -> bool {
        let there = look(&self.path).ok().flatten();
        match there.map(|there| Kind::of(&self.path, &there)) {
            // Of one that cannot be read SQLite says why.
            Some(Ok(Kind::Spool) | Err(_)) => true,
            Some(Ok(Kind::Other | Kind::Nothing)) => gate::is_marked(self).unwrap_or_default(),
            Some(Ok(Kind::Database)) | None => false,
        }
    }

    /// Whether what lies there is something else than a spool. An empty file may
    /// be one whose log has everything.
    pub(super) fn is_foreign(&self) -> bool {
        let there = look(&self.path).ok().flatten();
        let kind = there.map(|there| Kind::of(&self.path, &there));
        matches!(kind, Some(Ok(Kind::Other | Kind::Database)))
    }

    /// What lies there, if anything: a plain file of this user.
    pub(super) fn ours(&self, path: &Path) -> Result<Option<Metadata>, String> {
        let Some(there) = look(path).map_err(|error| about(path, error))? else {
            return Ok(None);
        };
        let why = if there.is_symlink() {
            "is a link"
        } else if !there.is_file() {
            "is no plain file"
        } else if !is_ours(&there) {
            "belongs to another user"
        } else if self.is_shared && may_be_read_by_others(&there) {
            // To change the mode of a name is to change that of whatever
            // somebody has put there meanwhile.
            "may be read by others, in a folder that others may write"
        } else {
            return Ok(Some(there));
        };
        Err(about(path, why))
    }

    /// Closes what is ours to others; the last thing that is done.
    pub(super) fn close_to_others(&self) -> Result<(), String> {
        for suffix in ["", "-wal", "-shm"] {
            let path = self.beside(suffix);
            if self
                .ours(&path)?
                .is_some_and(|it| may_be_read_by_others(&it))
            {
                for_the_user(&path).map_err(|error| about(&path, error))?;
            }
        }
        Ok(())
    }
}

/// An error says what it is about.
pub(super) fn about(path: &Path, why: impl std::fmt::Display) -> String {
    format!("{}: {why}", path.display())
}

/// Whether a spool may lie there, for whoever only looks; gives its folder if
/// others may write in it.
#[cfg(feature = "diagnosis")]
pub(crate) fn check_place(path: &Path) -> Result<Option<PathBuf>, String> {
    let folder = folder_of(path)?;
    if nearest(folder) != folder {
        return refuse_others(nearest(folder)).map(|()| None);
    }
    let place = Place::find(path)?;
    place.admit()?;
    Ok(place.is_shared.then(|| place.folder().to_owned()))
}

/// A file whose name begins with that of another.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// How files are opened here: made with mode 0600, no links followed, and no
/// pipe waited for.
pub(super) fn for_the_user_alone() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options
}

fn look(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        there => there.map(Some),
    }
}

fn folder_of(path: &Path) -> Result<&Path, String> {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(folder) => Ok(folder),
        None => Err(about(path, "names no file")),
    }
}

/// The folder, or the one in which the first of its missing ones is made.
fn nearest(folder: &Path) -> &Path {
    let mut above = folder.ancestors();
    let nearest = above.find(|folder| folder.as_os_str().is_empty() || folder.exists());
    nearest
        .filter(|it| !it.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."))
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
