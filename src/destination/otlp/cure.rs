//! What helps most likely when an export fails.

use super::place::Place;
use super::{OtlpProtocol, OtlpSignal};
use crate::background::came::{Came, CameKind};
use url::Url;

/// The likeliest cure, if there is one.
pub(super) fn of(place: &Place, came: &Came) -> Option<String> {
    let variable = place.variable;
    Some(match came.kind {
        CameKind::Status(status) if status.is_redirection() => {
            format!("redirects are not followed: set {variable} to the URL where it leads")
        }
        CameKind::Status(status) => return of_status(place, status.as_u16()),
        CameKind::Grpc(code) => return of_grpc(place, code),
        CameKind::Page => format!(
            "a website, a sign-in page or a proxy has answered: set {variable} to a receiver of OTLP"
        ),
        CameKind::NothingListens => match of_port(place) {
            Some(other) => format!("nothing listens there: {other}"),
            None => format!("nothing listens there: start the receiver, or correct {variable}"),
        },
        CameKind::UnknownHost => format!("there is no such host: correct {variable}"),
        CameKind::TimedOut => match of_port(place) {
            Some(other) => other,
            None => "check that the receiver runs and that no firewall is before it, or raise \
                OTEL_EXPORTER_OTLP_TIMEOUT"
                .to_owned(),
        },
        CameKind::PlainPort => {
            format!("the port speaks no TLS: write http:// instead of https:// in {variable}")
        }
        CameKind::Certificate => "the certificate is not trusted: set \
            OTEL_EXPORTER_OTLP_CERTIFICATE to the file of its authority"
            .to_owned(),
        CameKind::NotHttp1 => GRPC_PORT.to_owned(),
        CameKind::NotHttp2 => HTTP_PORT.to_owned(),
        CameKind::Other => return of_port(place),
    })
}

const GRPC_PORT: &str = "the port speaks gRPC or TLS: set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or use \
    the port of OTLP over HTTP (4318)";
const HTTP_PORT: &str = "the port speaks no gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or \
    use the port of OTLP over gRPC (4317)";

/// The cure where a receiver takes traces, and not this signal.
pub(super) fn of_a_store(signal: OtlpSignal) -> String {
    let name = signal.path();
    let upper = name.to_ascii_uppercase();
    let endpoint = signal.endpoint_variable();
    format!(
        "traces are taken there and {name} are not, so {name} are off until the program ends: set \
         OTEL_{upper}_EXPORTER=none, or {endpoint} to a receiver of {name}"
    )
}

/// Whether the path of the URL is the likeliest mistake.
pub(super) fn is_of_path(place: &Place) -> bool {
    of_path(place).is_some()
}

fn of_status(place: &Place, status: u16) -> Option<String> {
    Some(match status {
        400 if place.protocol == OtlpProtocol::HttpProtobuf => {
            "check that the port is one of OTLP over HTTP (4318), and OTEL_EXPORTER_OTLP_PROTOCOL"
                .to_owned()
        }
        401 | 403 => CREDENTIALS.to_owned(),
        404 | 405 => match of_path(place) {
            Some(cure) => cure,
            None => format!("correct the path or the port in {}", place.variable),
        },
        413 => SMALLER.to_owned(),
        415 => "the receiver takes another encoding: set OTEL_EXPORTER_OTLP_PROTOCOL".to_owned(),
        429 | 502..=504 => BUSY.to_owned(),
        _ => return None,
    })
}

const CREDENTIALS: &str = "check the credentials in OTEL_EXPORTER_OTLP_HEADERS";
const SMALLER: &str = "the export is too large for the receiver: lower \
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE, or raise the limit of the receiver";
const BUSY: &str = "the receiver is overloaded or not ready: look at its own log";

fn of_grpc(place: &Place, code: u8) -> Option<String> {
    Some(match code {
        7 | 16 => CREDENTIALS.to_owned(),
        8 => SMALLER.to_owned(),
        12 => format!(
            "the receiver has no service for {}: correct {}",
            place.signal.path(),
            place.variable
        ),
        14 => BUSY.to_owned(),
        _ => return None,
    })
}

/// The path is there twice, or not at all.
fn of_path(place: &Place) -> Option<String> {
    let url = Url::parse(&place.url).ok()?;
    #[cfg(feature = "otlp-grpc")]
    if place.protocol == OtlpProtocol::Grpc {
        return None;
    }
    let variable = place.variable;
    let (path, end) = (url.path(), format!("/v1/{}", place.signal.path()));
    let ends = ["/v1/traces", "/v1/metrics", "/v1/logs"];
    let before = path.strip_suffix(&end).unwrap_or_default();
    if !place.is_own
        && let Some(doubled) = ends.into_iter().find(|it| before.ends_with(it))
    {
        return Some(format!(
            "the path is doubled: remove {doubled} from {variable}, to which {end} is added"
        ));
    }
    if !place.is_own && before.ends_with("/v1") {
        return Some(format!(
            "the path is doubled: remove /v1 from {variable}, to which {end} is added"
        ));
    }
    (place.is_own && path == "/")
        .then(|| format!("the path is missing: add {end} to {variable}, which is taken as it is"))
}

/// The ports of OTLP that the specification names, taken for each other.
fn of_port(place: &Place) -> Option<String> {
    let port = Url::parse(&place.url).ok()?.port()?;
    match (port, place.protocol) {
        #[cfg(feature = "otlp-grpc")]
        (4317, OtlpProtocol::Grpc) => None,
        (4317, _) => Some(
            "4317 is the port of OTLP over gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=grpc, or use port \
             4318"
            .to_owned(),
        ),
        #[cfg(feature = "otlp-grpc")]
        (4318, OtlpProtocol::Grpc) => Some(
            "4318 is the port of OTLP over HTTP: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, or \
             use port 4317"
            .to_owned(),
        ),
        _ => None,
    }
}
