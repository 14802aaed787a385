//! What is known by a name of the conventions, and decides nothing here.

use std::borrow::Cow;

/// The value of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fact {
    Text(Cow<'static, str>),
    Int(i64),
    Float(f64),
    Texts(Vec<String>),
}

/// Facts under their names, in the order in which they became known.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts(Vec<(&'static str, Fact)>);

impl Facts {
    /// Adds what is known.
    pub(crate) fn know(&mut self, name: &'static str, fact: Option<impl Into<Fact>>) {
        self.0.extend(fact.map(|fact| (name, fact.into())));
    }

    /// What became known first by that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Fact> {
        let fact = self.0.iter().find(|(known, _)| *known == name);
        fact.map(|(_, fact)| fact)
    }

    /// The text that is known by that name.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Fact::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(&'static str, Fact)> {
        self.0.iter()
    }
}

impl Extend<(&'static str, Fact)> for Facts {
    fn extend<T: IntoIterator<Item = (&'static str, Fact)>>(&mut self, facts: T) {
        self.0.extend(facts);
    }
}

impl From<&'static str> for Fact {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Fact {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Fact {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Fact {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<Vec<String>> for Fact {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}
