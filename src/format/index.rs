//! Every route by how its path ends: there are hundreds of them, and each request
//! of a program asks.

use super::pattern::{Path, Pattern, end_of};
use super::route::{Host, Route, Routed, Sent};
use super::{FORMATS, Format};
use std::collections::HashMap;
use std::sync::LazyLock;

static INDEX: LazyLock<Index> = LazyLock::new(Index::new);

/// Routes by the last part of their paths that is written out, and by how many
/// parts stand behind it.
#[derive(Default)]
struct Index {
    by_end: [HashMap<&'static str, Vec<Row>>; MAX_BEHIND],
}

/// Parts that anything may stand in, behind the last that is written out.
const MAX_BEHIND: usize = 4;

struct Row {
    /// Among all of them: the first that means a request has it.
    place: usize,
    format: &'static dyn Format,
    route: &'static Route,
    pattern: Pattern,
}

impl Index {
    fn new() -> Self {
        let mut index = Self::default();
        let routes = FORMATS.iter().flat_map(|format| {
            let routes = format.routes().iter();
            routes.map(|route| (*format, route))
        });
        for (place, (format, route)) in routes.enumerate() {
            let pattern = route.pattern();
            let (behind, end) = pattern.end();
            let rows = index.by_end.get_mut(behind);
            if let Some(rows) = rows {
                rows.entry(end).or_default().push(Row {
                    place,
                    format,
                    route,
                    pattern,
                });
            }
        }
        index
    }
}

/// Builds the index, so that no call has to wait for it.
pub(crate) fn prepare() {
    LazyLock::force(&INDEX);
}

/// The first route that means a request, and its format.
pub(super) fn find<'h>(
    sent: &Sent<'_>,
    host: &dyn Fn() -> Host<'h>,
) -> Option<(&'static dyn Format, Routed)> {
    let path = Path::new(sent.url.path());
    let rows = INDEX.by_end.iter().zip(path.parts());
    let rows = rows.filter_map(|(by_end, part)| by_end.get(end_of(part)));
    let mut first: Option<(usize, &'static dyn Format, Routed)> = None;
    for row in rows.flatten() {
        if first.as_ref().is_some_and(|(place, ..)| *place < row.place) {
            continue;
        }
        let matched = row.pattern.matched(&path);
        if let Some(routed) = matched.and_then(|matched| row.route.of(matched, sent, host)) {
            first = Some((row.place, row.format, routed));
        }
    }
    first.map(|(_, format, routed)| (format, routed))
}

#[cfg(test)]
mod tests {
    use super::super::pattern::MAX_PARTS;
    use super::*;

    #[test]
    fn every_route_is_there() {
        let routes = FORMATS.iter().map(|format| format.routes().len());
        let known = INDEX.by_end.iter().flat_map(HashMap::values).map(Vec::len);
        assert_eq!(known.sum::<usize>(), routes.sum::<usize>());
    }

    #[test]
    fn every_pattern_has_fewer_parts_than_are_looked_at() {
        let rows = INDEX.by_end.iter().flat_map(HashMap::values).flatten();
        for row in rows {
            assert!(row.pattern.len() < MAX_PARTS, "{:?}", row.route);
        }
    }
}
