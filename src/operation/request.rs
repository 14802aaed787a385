//! What was asked of a model, without what was said to it.

use super::Facts;

#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) model: Option<String>,
    /// Whether the answer was asked for as a stream.
    pub(crate) stream: bool,
    /// Whether it could have asked for token counts in the stream, and has not.
    pub(crate) omits_usage: bool,
    /// How many answers were asked for, if it says so.
    pub(crate) choices: Option<i64>,
    pub(crate) message_count: Option<i64>,
    /// Ids of the tool calls whose results this request carries.
    pub(crate) answered_ids: Vec<String>,
    /// What else the conventions name of it.
    pub(crate) facts: Facts,
}

impl Request {
    /// Takes the model that the body names. Where it names none, the one in the
    /// path stays.
    pub(crate) fn name_model(&mut self, model: Option<String>) {
        if model.is_some() {
            self.model = model;
        }
    }

    pub(crate) fn count_messages(&mut self, count: usize) {
        self.message_count = i64::try_from(count).ok();
    }
}
