//! In which ways a receiver fails.

/// What goes wrong, and passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    NoHandshake,
    WrongCertificate,
    TooManyRequests,
    RetryAfter,
    ServerError,
    /// No answer, until the client gives up.
    Hangs,
    Reset,
    /// The head of the answer breaks off.
    HalfHead,
    /// The event is taken, and the answer breaks off.
    HalfBody,
    /// The event is taken, and the answer comes byte by byte.
    SlowLoris,
    /// The event is taken, and the answer is no JSON.
    NotJson,
    /// The event is taken, and the answer says nothing of it.
    DataNull,
}

impl Failure {
    pub(crate) const ALL: [Self; 12] = [
        Self::NoHandshake,
        Self::WrongCertificate,
        Self::TooManyRequests,
        Self::RetryAfter,
        Self::ServerError,
        Self::Hangs,
        Self::Reset,
        Self::HalfHead,
        Self::HalfBody,
        Self::SlowLoris,
        Self::NotJson,
        Self::DataNull,
    ];

    /// Before there is a request.
    pub(crate) fn is_of_connections(self) -> bool {
        matches!(self, Self::NoHandshake | Self::WrongCertificate)
    }

    /// Costs a client its whole time limit.
    pub(crate) fn is_long(self) -> bool {
        matches!(self, Self::Hangs | Self::SlowLoris)
    }
}

/// What an event is refused with for good, sick or healed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NotSuccessful,
    GraphqlError,
    Redirect,
    Status,
}

impl Refusal {
    pub(crate) const ALL: [Self; 4] = [
        Self::NotSuccessful,
        Self::GraphqlError,
        Self::Redirect,
        Self::Status,
    ];

    /// Ends the id of such an event.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::NotSuccessful => "/not-successful",
            Self::GraphqlError => "/graphql-error",
            Self::Redirect => "/redirect",
            Self::Status => "/status",
        }
    }

    pub(crate) fn of(id: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|refusal| id.ends_with(refusal.mark()))
    }
}
