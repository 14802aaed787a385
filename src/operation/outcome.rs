//! How a call ended.

use crate::semconv::value;
use std::borrow::Cow;

/// The one end of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The whole answer arrived.
    Completed,
    /// The caller let go of the call or its stream before the end.
    Dropped,
    /// The provider refused: an HTTP status, or an error frame in a stream.
    ProviderError(Failure),
    /// The connection could not be made, or broke.
    TransportError(Failure),
    /// A time limit of the caller's client ran out.
    Deadline(Failure),
    /// Telemetry was shut down while the call was open.
    Shutdown,
}

/// What is known of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The value of `error.type`.
    pub(crate) error_type: Cow<'static, str>,
    /// The provider's own code or type of it: a bounded word, and never content.
    pub(crate) code: Option<String>,
    /// Error text: content, and gated like it.
    pub(crate) message: Option<String>,
}

impl Outcome {
    /// The value of `turnspan.outcome`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Completed => value::outcome::COMPLETED,
            Self::Dropped => value::outcome::DROPPED,
            Self::ProviderError(_) => value::outcome::PROVIDER_ERROR,
            Self::TransportError(_) => value::outcome::TRANSPORT_ERROR,
            Self::Deadline(_) => value::outcome::DEADLINE,
            Self::Shutdown => value::outcome::SHUTDOWN,
        }
    }

    /// The value of `error.type`; none when the call completed.
    pub(crate) fn error_type(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Completed => None,
            Self::Dropped => Some(Cow::Borrowed(value::error_type::CANCELLED)),
            Self::Shutdown => Some(Cow::Borrowed(value::error_type::SHUTDOWN)),
            Self::ProviderError(failure)
            | Self::TransportError(failure)
            | Self::Deadline(failure) => Some(failure.error_type.clone()),
        }
    }

    /// The error text, if there is one.
    pub(crate) fn message(&self) -> Option<&str> {
        self.failure()?.message.as_deref()
    }

    /// The provider's own code or type of the error, if it gave one.
    pub(crate) fn error_code(&self) -> Option<&str> {
        self.failure()?.code.as_deref()
    }

    fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Completed | Self::Dropped | Self::Shutdown => None,
            Self::ProviderError(failure)
            | Self::TransportError(failure)
            | Self::Deadline(failure) => Some(failure),
        }
    }
}
