//! Words and ids that others chose, at a length that can be kept.
//!
//! A provider may write a megabyte where a model's name belongs. Such a word
//! would be copied, hashed, queued and exported many times.

use std::borrow::Cow;
use twox_hash::XxHash3_128;

/// The longest word that is kept, in characters.
const MAX_CHARS: usize = 256;

/// What is kept of a longer id as it is, before its digest.
const ID_PREFIX_CHARS: usize = 190;

/// A model, a finish reason, the name of a tool and the like: cut where it is
/// longer than any real one.
pub(crate) fn word(said: &str) -> &str {
    beginning(said, MAX_CHARS)
}

/// An id. A longer one is its beginning and a digest of the whole, so that two
/// never become one.
///
/// The digest is the same in every process, as turns outlive one. It need not
/// withstand an attacker: who may write an id may write somebody else's.
pub(crate) fn id(said: &str) -> Cow<'_, str> {
    if beginning(said, MAX_CHARS).len() == said.len() {
        return Cow::Borrowed(said);
    }
    let digest = XxHash3_128::oneshot(said.as_bytes());
    let prefix = beginning(said, ID_PREFIX_CHARS);
    Cow::Owned(format!("{prefix}~{digest:032x}"))
}

fn beginning(text: &str, chars: usize) -> &str {
    // No character takes less than a byte.
    if text.len() <= chars {
        return text;
    }
    let end = text.char_indices().nth(chars).map(|(end, _)| end);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{id, word};

    #[test]
    fn a_word_is_cut_at_256_characters() {
        for (length, kept) in [(255, 255), (256, 256), (257, 256), (100_000, 256)] {
            assert_eq!(word(&"\u{e9}".repeat(length)).chars().count(), kept);
        }
    }

    #[test]
    fn two_ids_of_any_length_never_become_one() {
        let long = |end: &str| format!("{}{end}", "x".repeat(250_000));
        assert_eq!(id("call_1"), "call_1");
        assert_eq!(id(&"x".repeat(256)), "x".repeat(256));
        assert_eq!(id(&long("1")), id(&long("1")));
        assert_ne!(id(&long("1")), id(&long("2")));
        assert!(id(&long("1")).len() <= 256 && id(&long("1")).starts_with("xxx"));
        // An id that was kept is kept as it is.
        assert_eq!(id(&id(&long("1"))), id(&long("1")));
        // The same in every process and every version: turns outlive both.
        assert!(id(&long("1")).ends_with("~449fecbff2d8f4084243bd4bc57160d0"));
    }
}
