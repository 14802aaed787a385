//! Keys, tokens and passwords: what opens something.

mod issued;
mod named;
mod pem;
mod scheme;
mod url;

pub(crate) use issued::has_key;
pub(in crate::redact) use named::find_under;
pub(in crate::redact) use scheme::user_and_password;

use super::{Found, Pattern, before, compiled, is_word, runs, slice};

/// What is no word of a language at this length.
const MIN_RANDOM: usize = 16;

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    issued::find(text, found);
    scheme::find(text, found);
    named::find(text, found);
    url::find(text, found);
    pem::find(text, found);
}

/// Words, also several behind hyphens, have no digits and are not that long.
fn is_random(key: &str) -> bool {
    let is_long = |word: &str| word.len() >= MIN_RANDOM;
    has_digit(key) || key.split(['-', '_']).any(is_long)
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}
