//! A store that only keeps: where a Collector sends, when it is about which of
//! several.

use crate::grpc_receiver::GrpcReceiver;
use crate::provider::Server;
use crate::run::text;
use opentelemetry_proto::tonic::trace::v1::Span;

pub(super) struct Store {
    server: Server,
    receiver: GrpcReceiver,
}

impl Store {
    pub(super) fn start() -> Self {
        let receiver = GrpcReceiver::default();
        Self {
            server: Server::start(receiver.routes()),
            receiver,
        }
    }

    pub(super) fn url(&self) -> String {
        self.server.url()
    }

    /// The same without a scheme.
    pub(super) fn address(&self) -> String {
        self.url().replace("http://", "")
    }

    pub(super) fn spans(&self) -> Vec<Span> {
        let requests = self.receiver.traces().into_iter();
        let resources = requests.flat_map(|(_, request)| request.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// What all spans say under that name.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        let spans = self.spans();
        spans
            .iter()
            .map(|span| text(&span.attributes, key).to_owned())
            .collect()
    }
}
