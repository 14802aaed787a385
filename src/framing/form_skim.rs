//! A form without its files, as its bytes pass.

use memchr::memmem;

/// The most that is kept of a field, of the head of a part, and of a form.
const MAX_FIELD_BYTES: usize = 64 << 10;
const MAX_HEAD_BYTES: usize = 8 << 10;
const MAX_KEPT_BYTES: usize = 1 << 20;

const HEAD_END: &[u8] = b"\r\n\r\n";

/// Keeps the heads of all parts, and the values of those that are no files.
#[derive(Debug)]
pub(crate) struct FormSkim {
    /// A line feed and the boundary.
    delimiter: memmem::Finder<'static>,
    place: Place,
    /// What is not decided yet: a head that goes on, or what may be the beginning of
    /// a delimiter.
    pending: Vec<u8>,
    kept: Vec<u8>,
}

/// Where in a form the next bytes stand.
#[derive(Debug, Clone, Copy)]
enum Place {
    Head {
        searched: usize,
    },
    Field {
        room: usize,
    },
    File,
    /// Behind the last part, or where there is no form to be read.
    Behind,
}

impl FormSkim {
    pub(crate) fn new(boundary: &str) -> Self {
        let delimiter = format!("\r\n--{boundary}");
        Self {
            delimiter: memmem::Finder::new(&delimiter).into_owned(),
            // Before the first boundary there is nothing.
            place: Place::File,
            pending: b"\r\n".to_vec(),
            kept: Vec::new(),
        }
    }

    /// Takes the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        while self.goes_on() {}
    }

    /// The form so far, without its files.
    pub(crate) fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// Takes what is pending one part further, if that can be decided.
    fn goes_on(&mut self) -> bool {
        if self.kept.len() > MAX_KEPT_BYTES {
            self.place = Place::Behind;
        }
        match self.place {
            Place::Head { searched } => self.head(searched),
            Place::Field { room } => self.content(Some(room)),
            Place::File => self.content(None),
            Place::Behind => {
                self.pending.clear();
                false
            }
        }
    }

    fn head(&mut self, searched: usize) -> bool {
        if self.pending.starts_with(b"--") || searched > MAX_HEAD_BYTES {
            self.place = Place::Behind;
            return true;
        }
        let from = searched.saturating_sub(HEAD_END.len() - 1);
        let rest = self.pending.get(from..).unwrap_or_default();
        let Some(at) = memmem::find(rest, HEAD_END) else {
            self.place = Place::Head {
                searched: self.pending.len(),
            };
            return false;
        };
        let end = from + at + HEAD_END.len();
        self.place = if is_of_a_file(self.pending.get(..end).unwrap_or_default()) {
            Place::File
        } else {
            Place::Field {
                room: MAX_FIELD_BYTES,
            }
        };
        self.kept.extend(self.pending.drain(..end));
        true
    }

    /// `room` is how much of it is kept.
    fn content(&mut self, room: Option<usize>) -> bool {
        let length = self.delimiter.needle().len();
        let found = self.delimiter.find(&self.pending);
        let end = found.unwrap_or_else(|| (self.pending.len() + 1).saturating_sub(length));
        let content = self.pending.drain(..end);
        if let Some(room) = room {
            self.place = Place::Field {
                room: room.saturating_sub(end),
            };
            self.kept.extend(content.take(room));
        } else {
            drop(content);
        }
        if found.is_some() {
            self.kept.extend(self.pending.drain(..length));
            self.place = Place::Head { searched: 0 };
        }
        found.is_some()
    }
}

/// Whether the head of a part has a parameter that names a file.
fn is_of_a_file(head: &[u8]) -> bool {
    let mut parameters = head.split(|byte| *byte == b';').skip(1);
    parameters.any(|parameter| {
        let name = parameter.trim_ascii_start().get(.."filename".len());
        name.is_some_and(|name| name.eq_ignore_ascii_case(b"filename"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skimmed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut skim = FormSkim::new("b");
        for piece in pieces {
            skim.push(piece);
            assert!(skim.pending.len() <= MAX_HEAD_BYTES + piece.len());
        }
        String::from_utf8(skim.kept.clone()).unwrap()
    }

    #[test]
    fn fields_are_kept_and_files_pass_wherever_the_bytes_are_cut() {
        let file = "x\r\n--".repeat(3000);
        let form = format!(
            "--b\r\nContent-Disposition: form-data; name=file; filename=\"a;b\"\r\n\r\n{file}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n--b--\r\nafter"
        );
        let kept = "\r\n--b\r\nContent-Disposition: form-data; name=file; filename=\"a;b\"\r\n\r\n\
             \r\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n--b";
        assert_eq!(skimmed([form.as_bytes()]), kept);
        for size in [1, 2, 3, 7, 1000] {
            assert_eq!(skimmed(form.as_bytes().chunks(size)), kept, "{size}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let long = "x".repeat(MAX_FIELD_BYTES);
        let field = format!("--b\r\nA: form-data; name=a\r\n\r\n{long}yy\r\n");
        let kept = skimmed(field.as_bytes().chunks(1000));
        assert!(kept.ends_with(&long) && kept.len() < MAX_FIELD_BYTES + 100);
        let many = field.repeat(100);
        let kept = skimmed(many.as_bytes().chunks(1000));
        assert!(kept.len() < MAX_KEPT_BYTES + 2 * MAX_FIELD_BYTES);
        let head = format!("--b\r\nA: {}", "x".repeat(100_000));
        assert_eq!(skimmed(head.as_bytes().chunks(1000)), "\r\n--b");
    }
}
