//! What helps most likely when TES does not take events.

use crate::background::came::{Came, CameKind};

pub(super) fn of(came: &Came) -> Option<String> {
    let cure = match came.kind {
        CameKind::Status(status) if status.is_redirection() => {
            "redirects are not followed: set TES_ENDPOINT to the service itself"
        }
        CameKind::Status(status) => match status.as_u16() {
            401 | 403 => "check TES_API_KEY and TES_CLIENT_ID, or get new ones: `turnspan init`",
            404 | 405 => {
                "TES_ENDPOINT must be the base URL of the service, to which /api/graphql is added"
            }
            413 => "lower TES_BATCH_SIZE, or raise the limit of the proxy before TES",
            429 | 500..=599 => "TES is overloaded or not ready, and is asked again later",
            _ => return None,
        },
        CameKind::Page => {
            "a website, a sign-in page or a proxy has answered: set TES_ENDPOINT to the service itself"
        }
        CameKind::NothingListens => "nothing listens there: start TES, or correct TES_ENDPOINT",
        CameKind::UnknownHost => "there is no such host: correct TES_ENDPOINT",
        CameKind::TimedOut => "check that TES runs and that no firewall is before it",
        CameKind::PlainPort => {
            "the port speaks no TLS: write http:// instead of https:// in TES_ENDPOINT"
        }
        CameKind::NotHttp1 => "the port speaks no HTTP/1.1, or TLS: correct TES_ENDPOINT",
        CameKind::Certificate => {
            "the certificate is not trusted: its authority must be known to the system"
        }
        CameKind::Grpc(_) | CameKind::NotHttp2 | CameKind::Other => return None,
    };
    Some(cure.to_owned())
}
