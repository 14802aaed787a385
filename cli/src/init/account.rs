//! Who signs in, and what of it is understood.

use clap::ValueEnum;

/// An account; without `Debug`, for its password.
pub(super) struct Account {
    pub(super) email: String,
    pub(super) client_id: String,
    pub(super) password: String,
    pub(super) region: Region,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Region {
    Eu,
    Us,
}

impl Region {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Eu => "eu",
            Self::Us => "us",
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Self::from_str(text.trim(), true).map_err(|_| "the region must be eu or us".to_owned())
    }
}

pub(super) fn parse_email(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_plausible = text
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    if is_plausible {
        Ok(text.to_owned())
    } else {
        Err("the e-mail must be as me@example.com".to_owned())
    }
}

/// As the service names clients.
pub(super) fn parse_client_id(text: &str) -> Result<String, String> {
    let text = text.trim();
    if !text.contains(|c: char| c.is_ascii_alphanumeric()) {
        return Err("the client id must have letters or digits".to_owned());
    }
    let id = text.chars().map(|c| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    });
    Ok(id.collect())
}

pub(super) fn parse_password(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        Err("the password must not be empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_ids_are_lower_case_with_dashes() {
        assert_eq!(
            parse_client_id(" Acme Corp_2 "),
            Ok("acme-corp-2".to_owned())
        );
        assert_eq!(parse_client_id("ünit"), Ok("-nit".to_owned()));
        assert!(parse_client_id(" _ ").is_err());
    }

    #[test]
    fn a_password_keeps_its_spaces() {
        assert_eq!(parse_password(" a b \r\n"), Ok(" a b ".to_owned()));
        assert!(parse_password("\n").is_err());
    }
}
