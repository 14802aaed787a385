//! Redaction: personal data and keys do not leave, wherever they stand.
//!
//! A [`Redaction`] is rules; a destination that has one gets turns and spans in
//! which every text has been searched: not a list of fields, of which one is
//! forgotten, but all that are not known to hold names, ids and numbers
//! (`dialect`). It runs on the pipeline's thread, before
//! anything is spooled, cut to length or exported.
//!
//! ```text
//!  patterns ─▶ rules ─▶ json ─▶ turn, span
//!  places      texts    in      which field
//!  of a kind            JSON    has which rule
//! ```

mod errors;
mod field;
mod finding;
mod json;
mod messages;
mod patterns;
mod repeats;
mod rules;
mod span;
mod turn;

pub use field::{Field, FieldRule};
pub use finding::{Action, Finding};

pub(crate) use errors::{hide_errors_of_span, take_keys, take_keys_of_span};
pub(crate) use finding::HIDDEN;
pub(crate) use patterns::has_key;
pub(crate) use repeats::{MIN_CHARS, of_header, without, without_sensitive};

use crate::config::{ConfigError, Secret};
use finding::hash;
use patterns::Custom;
use rules::{Rules, Search};
use std::borrow::Cow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What may not leave: rules for one destination, see
/// [`Tes::redact`](crate::Tes::redact) and
/// [`Builder::redact_spans`](crate::Builder::redact_spans).
///
/// ```
/// use turnspan::{Action, Field, FieldRule, Finding, Redaction};
///
/// let redaction = Redaction::personal_data()
///     .find(Finding::CreditCard, Action::Mask)
///     .pattern("ORDER", r"ORD-\d+", Action::Label)?
///     .field(Field::SystemPrompt, FieldRule::Hide)
///     .field(Field::UserId, FieldRule::Pseudonym)
///     .hash_key("a secret of yours");
/// assert_eq!(
///     redaction.text("ann@example.com paid ORD-17 with 4111 1111 1111 1111"),
///     "[EMAIL] paid [ORDER] with ****1111"
/// );
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
///
/// All that is said of a conversation is searched, keys of JSON included, and
/// JSON stays JSON. Names, ids, models and numbers of the conventions stay. What
/// was redacted is not redacted again: twice is the same as once.
///
/// Time is linear in the length of a text, but for expressions of users that
/// have to look far ahead for a short match, as `a.*b|a` has.
#[derive(Debug, Clone)]
#[must_use]
pub struct Redaction {
    rules: Rules,
    fields: BTreeMap<Field, FieldRule>,
}

impl Redaction {
    /// Rules that find nothing.
    ///
    /// ```
    /// assert_eq!(turnspan::Redaction::new().text("ann@example.com"), "ann@example.com");
    /// ```
    #[expect(
        clippy::new_without_default,
        reason = "a default could be taken for protection"
    )]
    pub fn new() -> Self {
        let key = format!("{}{}", Uuid::new_v4(), Uuid::new_v4());
        Self {
            rules: Rules {
                built_in: BTreeMap::new(),
                custom: Vec::new(),
                key: Secret::new(key),
            },
            fields: BTreeMap::new(),
        }
    }

    /// Rules that find every [`Finding`], with labels in its place.
    ///
    /// ```
    /// let redaction = turnspan::Redaction::personal_data();
    /// assert_eq!(
    ///     redaction.text("call 415-555-2671 from 10.1.2.3"),
    ///     "call [PHONE] from [IP_ADDRESS]"
    /// );
    /// ```
    pub fn personal_data() -> Self {
        let find = |rules: Self, finding: &Finding| rules.find(*finding, Action::Label);
        Finding::ALL.iter().fold(Self::new(), find)
    }

    /// Finds one kind. Of two actions for it the later one holds.
    ///
    /// ```
    /// use turnspan::{Action, Finding, Redaction};
    ///
    /// let rules = Redaction::personal_data().find(Finding::IpAddress, Action::Mask);
    /// assert_eq!(rules.text("ann@example.com, 10.1.2.3"), "[EMAIL], 10.*.*.*");
    /// ```
    pub fn find(mut self, finding: Finding, action: Action) -> Self {
        self.rules.built_in.insert(finding, action);
        self
    }

    /// Finds what a regular expression (of the `regex` crate) matches, under a
    /// label of capital letters, digits and underscores. Where it meets a
    /// [`Finding`], its label stands for both.
    ///
    /// ```
    /// use turnspan::{Action, Redaction};
    ///
    /// let rules = Redaction::new().pattern("ORDER", r"ORD-\d+", Action::Label)?;
    /// assert_eq!(rules.text(r#"{"id":"ORD-17"}"#), r#"{"id":"[ORDER]"}"#);
    ///
    /// let error = Redaction::new().pattern("ORDER", "(", Action::Label).unwrap_err();
    /// assert!(error.to_string().contains("`ORDER` is no regular expression"));
    /// # Ok::<(), turnspan::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the label is none, or the expression is none or takes more than 1 MiB
    /// when compiled.
    pub fn pattern(
        mut self,
        label: &str,
        expression: &str,
        action: Action,
    ) -> Result<Self, ConfigError> {
        let custom = Custom::new(label, expression, action)?;
        self.rules.custom.push(custom);
        Ok(self)
    }

    /// The key of hashes and pseudonyms, to tell what is the same across
    /// processes. Without one, or with an empty one, a key is made at random,
    /// and hashes of one `Redaction` and its clones can be compared.
    ///
    /// ```
    /// use turnspan::{Action, Finding, Redaction};
    ///
    /// let rules = Redaction::new().find(Finding::Email, Action::Hash).hash_key("sesame");
    /// assert_eq!(rules.text("to ann@example.com"), "to [EMAIL:24169237e2dc09a4]");
    /// assert!(!format!("{rules:?}").contains("sesame"));
    /// ```
    pub fn hash_key(mut self, key: impl Into<String>) -> Self {
        let key = key.into();
        if !key.is_empty() {
            self.rules.key = Secret::new(key);
        }
        self
    }

    /// A rule of its own for one field. Default: [`FieldRule::Search`], and of
    /// [`Field::UserId`] [`FieldRule::Keep`].
    ///
    /// ```
    /// use turnspan::{Field, FieldRule, Redaction, Tes};
    ///
    /// let prompts = Redaction::new().field(Field::SystemPrompt, FieldRule::Hide);
    /// let tes = Tes::new("https://tes.example", "acme", "tes_key")?.redact(prompts);
    /// # drop(tes); Ok::<(), turnspan::ConfigError>(())
    /// ```
    pub fn field(mut self, field: Field, rule: FieldRule) -> Self {
        self.fields.insert(field, rule);
        self
    }

    /// A text without what these rules find in it. An object or a list of JSON
    /// stays one: what was found among its keys and numbers becomes a text.
    ///
    /// ```
    /// let redaction = turnspan::Redaction::personal_data();
    /// assert_eq!(redaction.text("nothing here"), "nothing here");
    /// assert_eq!(
    ///     redaction.text(r#"{"card":4111111111111111}"#),
    ///     r#"{"card":"[CREDIT_CARD]"}"#
    /// );
    /// ```
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let new = self.search(None).and_then(|search| search.text(text));
        new.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    fn rule(&self, field: Field) -> FieldRule {
        let own = self.fields.get(&field).copied();
        own.unwrap_or_else(|| field.default_rule())
    }

    /// A search, if there is anything to be found.
    fn search(&self, instead: Option<Action>) -> Option<Search<'_>> {
        let rules = &self.rules;
        let finds_nothing = rules.built_in.is_empty() && rules.custom.is_empty();
        (!finds_nothing).then_some(Search {
            rules,
            instead,
            name: None,
        })
    }

    /// A text of a field; `None` if it stays as it is.
    fn field_text(&self, field: Field, text: &str) -> Option<String> {
        self.named_text(field, None, text)
    }

    /// The same of a text that stands under a name.
    fn named_text(&self, field: Field, name: Option<&str>, text: &str) -> Option<String> {
        let search = |instead| Some(self.search(instead)?.under(name));
        match self.rule(field) {
            FieldRule::Keep => None,
            FieldRule::Search => search(None)?.text(text),
            FieldRule::SearchAnd(action) => search(Some(action))?.text(text),
            FieldRule::Hide => (!text.is_empty()).then(|| HIDDEN.to_owned()),
            FieldRule::Pseudonym => (!text.is_empty()).then(|| self.pseudonym(text)),
        }
    }

    /// JSON of a field, which stays JSON; `None` if it stays as it is.
    fn json(&self, field: Field, json: &str) -> Option<String> {
        let whole = || serde_json::from_str::<String>(json).ok();
        match self.rule(field) {
            FieldRule::Keep => None,
            FieldRule::Search => self.search(None)?.json(json),
            FieldRule::SearchAnd(action) => self.search(Some(action))?.json(json),
            FieldRule::Hide | FieldRule::Pseudonym => {
                let whole = whole();
                let new = self.field_text(field, whole.as_deref().unwrap_or(json))?;
                Some(if json::is_json(json) {
                    json::quoted(&new)
                } else {
                    new
                })
            }
        }
    }

    fn metadata_key(&self, key: &str) -> Option<String> {
        match self.rule(Field::Metadata) {
            FieldRule::Keep => None,
            FieldRule::SearchAnd(action) => self.search(Some(action))?.text(key),
            FieldRule::Search | FieldRule::Hide | FieldRule::Pseudonym => {
                self.search(None)?.text(key)
            }
        }
    }

    fn pseudonym(&self, text: &str) -> String {
        if self.rules.is_mark(text) {
            return text.to_owned();
        }
        let label = HIDDEN.trim_matches(['[', ']']);
        format!("[{label}:{}]", hash(text, self.rules.key.expose()))
    }
}

#[cfg(test)]
mod tests;
