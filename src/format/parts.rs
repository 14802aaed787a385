//! Parts of messages that every format has, under other names.

use crate::operation::Part;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

pub(super) fn text(content: &str) -> Part {
    Part::text(content)
}

/// A data URL is the content itself and becomes a stub; others are kept.
pub(super) fn by_url(modality: &str, url: &str) -> Part {
    match url.strip_prefix("data:") {
        Some(data) => {
            let (head, payload) = data.split_once(',').unwrap_or(("", data));
            let mime = head.split(';').next().filter(|mime| !mime.is_empty());
            blob(modality, mime.map(str::to_owned), payload)
        }
        None => Part::Uri {
            modality: modality.to_owned(),
            uri: url.to_owned(),
        },
    }
}

/// The stub of binary content: what it is and how to recognise it.
pub(super) fn blob(modality: &str, mime_type: Option<String>, base64: &str) -> Part {
    let bytes = BASE64_STANDARD
        .decode(base64)
        .unwrap_or_else(|_| base64.as_bytes().to_vec());
    Part::Blob {
        modality: modality.to_owned(),
        mime_type,
        content: String::new(),
        byte_size: u64::try_from(bytes.len()).ok(),
        sha256: Some(hex(&Sha256::digest(&bytes))),
    }
}

/// A file that the provider keeps.
pub(super) fn file(modality: &str, id: &str) -> Part {
    Part::File {
        modality: modality.to_owned(),
        file_id: id.to_owned(),
    }
}

/// A part of a kind that has no shape here.
pub(super) fn other(kind: &str) -> Part {
    Part::Other {
        kind: kind.to_owned(),
    }
}

/// The texts of a list of parts as one, if they are all texts.
pub(super) fn joined_text(parts: &[Value]) -> Option<String> {
    let texts: Option<Vec<&str>> = parts
        .iter()
        .map(|part| part.get("text")?.as_str())
        .collect();
    texts.map(|texts| texts.join("\n"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}
