//! The three variables, for shells and for files.

use crate::failure::Failure;
use crate::private_file;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

/// Without `Debug`, for the key.
pub(super) struct Variables {
    pub(super) endpoint: String,
    pub(super) client_id: String,
    pub(super) api_key: String,
}

impl Variables {
    /// For `eval`, or to be copied.
    pub(super) fn to_shell(&self) -> String {
        let lines = self
            .all()
            .map(|(name, value)| format!("export {name}={value}\n"));
        lines.concat()
    }

    /// Puts them into a file, in the place of lines that set the same.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let said = |error| Failure::new(format!("{}: {error}", path.display()));
        let before = match fs::read_to_string(path) {
            Ok(before) => before,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(said(error)),
        };
        let after = self.merged(&before);
        private_file::write(path, |file| file.write_all(after.as_bytes()).map_err(said))
    }

    /// The first line that sets a variable gets the new value, later ones go.
    fn merged(&self, before: &str) -> String {
        let mut left = self.all().to_vec();
        let mut after = Vec::new();
        for line in before.lines() {
            let Some((export, name)) = self.set_by(line) else {
                after.push(line.to_owned());
                continue;
            };
            if let Some(place) = left.iter().position(|(it, _)| *it == name) {
                let (name, value) = left.remove(place);
                after.push(format!("{export}{name}={value}"));
            }
        }
        let left = left.into_iter();
        after.extend(left.map(|(name, value)| format!("{name}={value}")));
        after.push(String::new());
        after.join("\n")
    }

    /// Which of them a line sets, and what stands before it.
    fn set_by(&self, line: &str) -> Option<(&'static str, &'static str)> {
        let (name, _) = line.split_once('=')?;
        let name = name.trim();
        let (export, name) = match name.strip_prefix("export ") {
            Some(name) => ("export ", name.trim()),
            None => ("", name),
        };
        let known = self.all().into_iter().find(|(it, _)| *it == name)?;
        Some((export, known.0))
    }

    fn all(&self) -> [(&'static str, String); 3] {
        [
            ("TES_ENDPOINT", quoted(&self.endpoint)),
            ("TES_CLIENT_ID", quoted(&self.client_id)),
            ("TES_API_KEY", quoted(&self.api_key)),
        ]
    }
}

/// As shells read it back.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    if value.chars().all(is_plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        Variables {
            endpoint: "https://acme.api.example".to_owned(),
            client_id: "acme".to_owned(),
            api_key: "tes_a'b $c".to_owned(),
        }
    }

    #[test]
    fn other_lines_of_a_file_stay_as_they_are() {
        let before = "# mine\nOTHER=1\nexport TES_API_KEY=old\nTES_ENDPOINT_OLD=x\nTES_CLIENT_ID=x\n\
                      TES_API_KEY=older\nlast";
        assert_eq!(
            variables().merged(before),
            "# mine\nOTHER=1\nexport TES_API_KEY='tes_a'\\''b $c'\nTES_ENDPOINT_OLD=x\n\
             TES_CLIENT_ID=acme\nlast\nTES_ENDPOINT=https://acme.api.example\n"
        );
    }

    #[test]
    fn shells_read_back_what_was_written() {
        let shell = variables().to_shell();
        assert!(shell.starts_with("export TES_ENDPOINT=https://acme.api.example\n"));
        assert!(
            shell.ends_with("export TES_API_KEY='tes_a'\\''b $c'\n"),
            "{shell}"
        );
    }
}
