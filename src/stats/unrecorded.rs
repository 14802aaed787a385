//! Requests that look like calls and are not recorded, by where they go.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};

/// Distinct places that are told apart.
const MAX_PLACES: usize = 64;

/// Where requests beyond that are counted.
const OTHERS: &str = "_OTHER";

/// Parts of a path that are kept; the rest says nothing of which API it is.
const MAX_PARTS: usize = 16;

/// Longer parts are ids.
const MAX_PART: usize = 32;

/// Counted on callers' tasks, so nothing here waits: a place is found without a
/// lock, and added under one that is only ever tried.
#[derive(Debug)]
pub(super) struct Unrecorded {
    places: [Place; MAX_PLACES],
    others: AtomicU64,
    adding: Mutex<()>,
}

#[derive(Debug)]
struct Place {
    name: OnceLock<String>,
    count: AtomicU64,
}

impl Default for Unrecorded {
    fn default() -> Self {
        Self {
            places: std::array::from_fn(|_| Place {
                name: OnceLock::new(),
                count: AtomicU64::new(0),
            }),
            others: AtomicU64::new(0),
            adding: Mutex::default(),
        }
    }
}

impl Unrecorded {
    /// Counts a request; whether it is the first to this place.
    pub(super) fn count(&self, place: &str) -> bool {
        if let Some(known) = self.find(place) {
            known.count.fetch_add(1, Relaxed);
            return false;
        }
        let new = self.add(place);
        // Where none was added the table is full, or another is being added.
        let counter = new.map_or(&self.others, |new| &new.count);
        counter.fetch_add(1, Relaxed);
        new.is_some()
    }

    fn find(&self, place: &str) -> Option<&Place> {
        let mut known = self.places.iter();
        known.find(|known| known.name.get().is_some_and(|name| name == place))
    }

    fn add(&self, place: &str) -> Option<&Place> {
        let _adding = self.adding.try_lock().ok()?;
        // Whoever held the lock before may have added this very place.
        if self.find(place).is_some() {
            return None;
        }
        let mut places = self.places.iter();
        let free = places.find(|known| known.name.get().is_none())?;
        free.name.set(place.to_owned()).ok()?;
        Some(free)
    }

    pub(super) fn snapshot(&self) -> BTreeMap<String, u64> {
        let places = self.places.iter();
        let named = places.filter_map(|place| Some((place.name.get()?.clone(), &place.count)));
        let all = named.chain([(OTHERS.to_owned(), &self.others)]);
        all.map(|(name, count)| (name, count.load(Relaxed)))
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}

/// Where a request goes, without ids: `POST api.openai.com/v1/files/{id}`.
pub(crate) fn place(method: &str, host: &str, path: &str) -> String {
    let mut place = format!("{method} {host}");
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    for part in parts.by_ref().take(MAX_PARTS) {
        place.push('/');
        place.push_str(&without_id(part));
    }
    if parts.next().is_some() {
        place.push_str("/...");
    }
    place
}

/// A part of a path; Google's have a verb behind a colon.
fn without_id(part: &str) -> String {
    match part.rsplit_once(':') {
        Some((front, verb)) if is_word(verb) => format!("{}:{verb}", without_id(front)),
        _ if is_word(part) || is_version(part) => part.to_owned(),
        _ => "{id}".to_owned(),
    }
}

/// Words of APIs have letters and what joins them; ids have digits, or are long.
fn is_word(part: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || b"-_.".contains(&byte);
    !part.is_empty() && part.len() <= MAX_PART && part.bytes().all(is_letter)
}

/// `v1`, `v1beta2`.
fn is_version(part: &str) -> bool {
    let rest = part.strip_prefix('v').unwrap_or_default();
    let mut rest = rest.splitn(2, |byte: char| !byte.is_ascii_digit());
    let has_number = rest.next().is_some_and(|number| !number.is_empty());
    has_number && part.len() <= 8 && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_out_of_paths() {
        for (path, expected) in [
            ("/v1/chat/new-api", "/v1/chat/new-api"),
            ("/v1/files/file-8Xk2/content", "/v1/files/{id}/content"),
            (
                "/v1beta/models/gemini-2.5-pro:askAnything",
                "/v1beta/models/{id}:askAnything",
            ),
            (
                "/model/anthropic.claude-v2%3A1/converse",
                "/model/{id}/converse",
            ),
            ("/users/ann@example.com", "/users/{id}"),
            ("//v10/", "/v10"),
            ("/verylongidverylongidverylongidverylongid", "/{id}"),
            ("", ""),
        ] {
            assert_eq!(
                place("GET", "a.example", path),
                format!("GET a.example{expected}")
            );
        }
        let long = place("GET", "a.example", &"/a".repeat(100));
        assert!(long.ends_with("/a/a/..."), "{long}");
    }

    #[test]
    fn places_beyond_the_bound_are_counted_together() {
        let unrecorded = Unrecorded::default();
        let new = (0..100).filter(|place| unrecorded.count(&place.to_string()));
        assert_eq!(new.count(), MAX_PLACES);
        assert!(!unrecorded.count("7") && !unrecorded.count("99"));
        let counts = unrecorded.snapshot();
        assert_eq!((counts["7"], counts[OTHERS]), (2, 37));
        assert_eq!(counts.values().sum::<u64>(), 102);
    }
}
