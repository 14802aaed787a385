//! Lines at the end of a file, written by a thread that may block.

use crate::delivery::{Carrier, Carrying, Outcome};
use crate::spool::SpooledEvent;
use bytes::Bytes;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

/// Appends events to a file, each as a line.
#[derive(Debug)]
pub(super) struct FileCarrier(pub(super) PathBuf);

impl Carrier for FileCarrier {
    /// There is no time limit: an attempt that was given up could still write,
    /// beside the next one.
    fn carry<'a>(&'a self, events: &'a [SpooledEvent]) -> Carrying<'a> {
        let path = self.0.clone();
        let lines: Vec<Bytes> = events.iter().map(|event| event.body.clone()).collect();
        Box::pin(async move {
            match spawn_blocking(move || append(&path, &lines)).await {
                Ok(Ok(())) => Outcome::delivered(events.len()),
                Ok(Err(error)) => Outcome::later(error.to_string()),
                Err(_) => Outcome::later("the thread that writes has ended"),
            }
        })
    }

    fn place(&self) -> String {
        self.0.display().to_string()
    }

    /// In the order of the events.
    fn most_under_way(&self) -> usize {
        1
    }
}

/// Opened anew each time, so that a file that was rotated is let go.
fn append(path: &Path, lines: &[Bytes]) -> io::Result<()> {
    let mut file = open(path)?;
    // Where there are no locks, lines of other processes come between ours.
    drop(file.lock());
    let end = file.seek(SeekFrom::End(0))?;
    let mut text = Vec::new();
    if is_within_a_line(&mut file, end)? {
        text.push(b'\n');
    }
    for line in lines {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    let written = file.write_all(&text).and_then(|()| file.sync_data());
    if written.is_err() {
        cut(&file, end);
    }
    written
}

/// For the user alone, if it is not there yet: it has what was said.
fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        // A pipe or a device keeps nothing, or nothing that was only begun.
        return Err(io::Error::new(
            ErrorKind::InvalidInput,
            "is not a regular file",
        ));
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether whoever wrote last was stopped in the middle: what follows is a line
/// of its own.
fn is_within_a_line(file: &mut File, end: u64) -> io::Result<bool> {
    let Some(last) = end.checked_sub(1) else {
        return Ok(false);
    };
    let mut byte = [0];
    file.seek(SeekFrom::Start(last))?;
    file.read_exact(&mut byte)?;
    Ok(byte != *b"\n")
}

/// Takes back what was written in part, so that the next attempt leaves it once.
fn cut(file: &File, end: u64) {
    // It may have been cut shorter by somebody else, and is not made longer.
    if file.metadata().is_ok_and(|now| now.len() > end) {
        drop(file.set_len(end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Removed at the end of a test.
    struct TestFile(PathBuf);

    impl TestFile {
        fn of(test: &str, text: &str) -> Self {
            let name = format!("turnspan-{test}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::write(&path, text).unwrap();
            Self(path)
        }

        fn text(&self) -> String {
            fs::read_to_string(&self.0).unwrap()
        }
    }

    impl Drop for TestFile {
        fn drop(&mut self) {
            drop(fs::remove_file(&self.0));
        }
    }

    #[test]
    fn a_line_that_was_cut_off_is_followed_by_whole_ones() {
        let file = TestFile::of("cut-off", "{\"type\":\"tu");
        let lines = [Bytes::from_static(b"{}"), Bytes::from_static(b"[]")];
        append(&file.0, &lines).unwrap();
        append(&file.0, &lines[..1]).unwrap();
        assert_eq!(file.text(), "{\"type\":\"tu\n{}\n[]\n{}\n");
    }

    #[test]
    fn what_was_written_in_part_is_taken_back_and_nothing_else() {
        let file = TestFile::of("in-part", "{}\n{\"ty");
        let opened = open(&file.0).unwrap();
        cut(&opened, 3);
        assert_eq!(file.text(), "{}\n");
        cut(&opened, 300);
        assert_eq!(file.text(), "{}\n");
    }

    #[test]
    fn what_is_no_regular_file_takes_no_lines() {
        let error = append(&std::env::temp_dir(), &[]).unwrap_err();
        assert_eq!(error.to_string(), "is not a regular file");
    }
}
