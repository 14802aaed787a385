//! A loopback OTLP receiver over gRPC: the real protocol, on a thread and a
//! runtime of its own.

use super::provider::lock;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use std::sync::{Arc, Mutex};
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// What arrived, with the metadata of its request as text.
#[derive(Clone, Default)]
pub(crate) struct GrpcReceiver {
    traces: Arc<Mutex<Vec<(String, ExportTraceServiceRequest)>>>,
    metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
}

impl GrpcReceiver {
    /// The service of a server.
    pub(crate) fn routes(&self) -> axum::Router {
        let traces = TraceServiceServer::new(self.clone());
        let metrics = MetricsServiceServer::new(self.clone());
        Routes::new(traces.accept_compressed(CompressionEncoding::Gzip))
            .add_service(metrics.accept_compressed(CompressionEncoding::Gzip))
            .into_axum_router()
    }

    pub(crate) fn traces(&self) -> Vec<(String, ExportTraceServiceRequest)> {
        lock(&self.traces).clone()
    }

    pub(crate) fn metrics(&self) -> Vec<ExportMetricsServiceRequest> {
        lock(&self.metrics).clone()
    }
}

#[tonic::async_trait]
impl TraceService for GrpcReceiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let metadata = format!("{:?}", request.metadata());
        lock(&self.traces).push((metadata, request.into_inner()));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for GrpcReceiver {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        lock(&self.metrics).push(request.into_inner());
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}
