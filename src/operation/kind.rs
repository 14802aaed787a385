//! What a model is asked to do.

/// A kind of operation: it decides which moments of a call are told, and whether
/// it becomes a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The value of `gen_ai.operation.name`.
    pub(crate) name: &'static str,
    /// Whether a model is asked to say something.
    pub(crate) is_inference: bool,
    /// Whether the tokens that the answer reports were spent on it.
    pub(crate) spends_tokens: bool,
}

impl Kind {
    pub(crate) const fn inference(name: &'static str) -> Self {
        Self {
            name,
            is_inference: true,
            spends_tokens: true,
        }
    }

    /// Of which nobody expects an answer in words: embeddings, files and the like.
    pub(crate) const fn other(name: &'static str) -> Self {
        Self {
            is_inference: false,
            ..Self::inference(name)
        }
    }

    /// Of what the provider keeps: the tokens that it shows were spent by another
    /// call, and counted there.
    pub(crate) const fn kept(name: &'static str) -> Self {
        Self {
            spends_tokens: false,
            ..Self::other(name)
        }
    }
}
