//! Attributes that the user lets leave.

/// Keys, and beginnings of keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed(Vec<Pattern>);

#[derive(Debug, Clone)]
struct Pattern {
    start: String,
    /// Whether whatever begins so is meant.
    is_open: bool,
}

impl Allowed {
    /// Allows a key, or with a `*` at the end all that begin so.
    pub(crate) fn add(&mut self, pattern: impl Into<String>) {
        let mut start = pattern.into();
        let is_open = start.ends_with('*');
        start.truncate(start.trim_end_matches('*').len());
        self.0.push(Pattern { start, is_open });
    }

    /// Whether a key is allowed of which a name of that length says that it is
    /// content. The longer name wins, so that `gen_ai.*` opens what nobody
    /// knows, and not what is known for content.
    pub(super) fn opens(&self, key: &str, known: usize) -> bool {
        self.0.iter().any(|pattern| {
            let Pattern { start, is_open } = pattern;
            let is_meant = key == start || (*is_open && key.starts_with(start.as_str()));
            is_meant && start.len() >= known
        })
    }
}

impl FromIterator<String> for Allowed {
    fn from_iter<I: IntoIterator<Item = String>>(keys: I) -> Self {
        let mut allowed = Self::default();
        keys.into_iter().for_each(|key| allowed.add(key));
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_name_wins() {
        let keys = ["shop.*", "order", "gen_ai.*", "langsmith.metadata.*"];
        let allowed: Allowed = keys.map(String::from).into_iter().collect();
        for (key, known, opens) in [
            ("shop.item", 0, true),
            ("shop", 0, false),
            ("order", 0, true),
            ("orders", 0, false),
            ("gen_ai.mine", 0, true),
            ("gen_ai.prompt.0.content", "gen_ai.prompt".len(), false),
            ("langsmith.metadata.plan", "langsmith.metadata".len(), true),
        ] {
            assert_eq!(allowed.opens(key, known), opens, "{key}");
        }
    }
}
