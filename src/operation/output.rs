//! What a model said, made into messages by whoever wants them.

use super::Message;
use std::fmt;

/// The answer by choice, not yet as messages: arguments of tools have to be
/// looked at for that, and not on the caller's task.
#[derive(Default)]
pub(crate) struct Output {
    make: Option<Box<dyn FnOnce() -> Vec<Message> + Send>>,
    weight: usize,
}

impl Output {
    /// What `make` will make, out of something that holds so many bytes.
    pub(crate) fn new(weight: usize, make: impl FnOnce() -> Vec<Message> + Send + 'static) -> Self {
        Self {
            make: Some(Box::new(make)),
            weight,
        }
    }

    /// Bytes that it holds, about.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    pub(crate) fn into_messages(self) -> Vec<Message> {
        let mut messages = self.make.map(|make| make()).unwrap_or_default();
        messages.iter_mut().for_each(Message::tidy);
        messages
    }
}

impl fmt::Debug for Output {
    /// Says how much there is, never what it says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("weight", &self.weight)
            .finish_non_exhaustive()
    }
}
