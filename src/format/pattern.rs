//! Paths, part by part from their ends: those of requests, and how those of a
//! route look.

use percent_encoding::percent_decode_str;

/// Parts of a path that are looked at. Every pattern has fewer.
pub(super) const MAX_PARTS: usize = 12;

/// Where a request goes, split once for all patterns.
#[derive(Debug)]
pub(super) struct Path<'a> {
    parts: [Option<&'a str>; MAX_PARTS],
}

/// How a path ends.
#[derive(Debug)]
pub(super) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Written(&'static str),
    Anything,
    /// What names the model, or a part of its name, before what is written.
    Model(&'static str),
}

/// What a path says that ends as a pattern does.
#[derive(Debug)]
pub(super) struct Matched {
    pub(super) model: Option<String>,
}

impl<'a> Path<'a> {
    /// All that stands before the first slash is a part of its own.
    pub(super) fn new(path: &'a str) -> Self {
        let mut parts = [None; MAX_PARTS];
        let told = path.trim_end_matches('/').rsplit('/');
        for (part, told) in parts.iter_mut().zip(told) {
            *part = Some(told);
        }
        Self { parts }
    }

    /// From the last to the first.
    pub(super) fn parts(&self) -> impl Iterator<Item = &'a str> + use<'a, '_> {
        self.parts.iter().map_while(|part| *part)
    }
}

impl Pattern {
    /// `{model}` stands for what names the model, and `{}` for anything.
    pub(super) fn new(path: &'static str) -> Self {
        let parts = path.rsplit('/').filter(|part| !part.is_empty());
        Self {
            parts: parts.map(Part::new).collect(),
        }
    }

    /// What is written out last, and how many parts stand behind it.
    pub(super) fn end(&self) -> (usize, &'static str) {
        let mut written = self.parts.iter().map(|part| part.written());
        let behind = written.position(|it| !it.is_empty()).unwrap_or_default();
        let end = self.parts.get(behind).map(|part| part.written());
        (behind, end_of(end.unwrap_or_default()))
    }

    /// What a path says, if it ends so.
    pub(super) fn matched(&self, path: &Path<'_>) -> Option<Matched> {
        let mut told = path.parts();
        let mut model: Option<String> = None;
        for part in &self.parts {
            let told = told.next().filter(|told| !told.is_empty())?;
            match part {
                Part::Written(written) if told != *written => return None,
                Part::Written(_) | Part::Anything => {}
                Part::Model(behind) => {
                    let named = told.strip_suffix(behind).filter(|it| !it.is_empty())?;
                    let named = percent_decode_str(named).decode_utf8_lossy();
                    model = Some(match model {
                        Some(rest) => format!("{named}/{rest}"),
                        None => named.into_owned(),
                    });
                }
            }
        }
        told.next().map(|_| Matched { model })
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }
}

impl Part {
    fn new(part: &'static str) -> Self {
        match part.strip_prefix("{model}") {
            Some(behind) => Self::Model(behind),
            None if part == "{}" => Self::Anything,
            None => Self::Written(part),
        }
    }

    fn written(self) -> &'static str {
        match self {
            Self::Written(written) | Self::Model(written) => written,
            Self::Anything => "",
        }
    }
}

/// What is written out of a part: all of it, or what stands behind a model.
pub(super) fn end_of(part: &str) -> &str {
    part.rfind(':')
        .and_then(|at| part.get(at..))
        .unwrap_or(part)
}
