//! Where one signal goes, and what a failure there means.

use super::route::Route;
use super::{OtlpProtocol, OtlpSignal, cure};
use crate::background::came::{Came, CameKind};
use crate::background::trouble::Trouble;
use crate::stats::DropReason;
use crate::urls;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// gRPC's code of a method that a receiver does not have.
const UNIMPLEMENTED: u8 = 12;

/// Those after which an export may be tried again.
const GRPC_BUSY: [u8; 7] = [1, 4, 8, 10, 11, 14, 15];

/// Where one signal goes.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) signal: OtlpSignal,
    pub(super) protocol: OtlpProtocol,
    /// Without user and query.
    pub(super) url: String,
    /// The variable that says where.
    pub(super) variable: &'static str,
    /// Whether nothing is added to what it says.
    pub(super) is_own: bool,
    /// Whether traces were taken at the same origin.
    traces: Option<Arc<AtomicBool>>,
}

impl Place {
    /// `traces` is told when traces are taken, and known where they go to the
    /// same origin.
    pub(super) fn of(route: &Route, traces: Option<Arc<AtomicBool>>) -> Self {
        Self {
            signal: route.signal,
            protocol: route.protocol,
            url: urls::shown(&route.url),
            variable: if route.is_own {
                route.signal.endpoint_variable()
            } else {
                "OTEL_EXPORTER_OTLP_ENDPOINT"
            },
            is_own: route.is_own,
            traces,
        }
    }

    /// An export was taken.
    pub(super) fn has_taken(&self) {
        if let (OtlpSignal::Traces, Some(traces)) = (self.signal, &self.traces) {
            traces.store(true, Relaxed);
        }
    }

    pub(super) fn trouble(&self, came: Came) -> Trouble {
        let mistake = cure::of(self, &came);
        let is_store_of_traces = self.is_store_of_traces(came.kind) && !cure::is_of_path(self);
        let (reason, cure) = if is_store_of_traces {
            (DropReason::Unsupported, Some(cure::of_a_store(self.signal)))
        } else {
            (reason(came.kind), mistake)
        };
        Trouble {
            sent: format!("{} to {}", self.signal.path(), self.url),
            said: came.said,
            cure,
            reason,
        }
    }

    /// Whether the receiver does not know this signal, and takes traces.
    fn is_store_of_traces(&self, kind: CameKind) -> bool {
        let takes_traces = self.traces.as_ref().is_some_and(|it| it.load(Relaxed));
        let is_unknown = match kind {
            CameKind::Status(status) => [
                StatusCode::NOT_FOUND,
                StatusCode::METHOD_NOT_ALLOWED,
                StatusCode::NOT_IMPLEMENTED,
            ]
            .contains(&status),
            CameKind::Grpc(code) => code == UNIMPLEMENTED,
            _ => false,
        };
        self.signal != OtlpSignal::Traces && takes_traces && is_unknown
    }
}

/// What losses are counted as.
fn reason(kind: CameKind) -> DropReason {
    match kind {
        CameKind::Status(status) if status.is_redirection() => DropReason::Redirected,
        CameKind::Status(status) => {
            let is_busy = status.is_server_error()
                || [
                    StatusCode::REQUEST_TIMEOUT,
                    StatusCode::TOO_EARLY,
                    StatusCode::TOO_MANY_REQUESTS,
                ]
                .contains(&status);
            if is_busy {
                DropReason::Unreachable
            } else {
                DropReason::Rejected
            }
        }
        CameKind::Grpc(code) if GRPC_BUSY.contains(&code) => DropReason::Unreachable,
        CameKind::Grpc(_) => DropReason::Rejected,
        CameKind::Page
        | CameKind::NothingListens
        | CameKind::UnknownHost
        | CameKind::TimedOut
        | CameKind::PlainPort
        | CameKind::Certificate
        | CameKind::NotHttp1
        | CameKind::NotHttp2
        | CameKind::Other => DropReason::Unreachable,
    }
}
