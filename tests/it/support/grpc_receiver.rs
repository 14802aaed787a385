//! A loopback OTLP receiver over gRPC: the real protocol, on a thread and a
//! runtime of its own.
#![allow(
    dead_code,
    reason = "helpers of tests, of which each program uses a part"
)]

use super::provider::lock;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{
    LogsService, LogsServiceServer,
};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
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
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// What arrived, with the metadata of its request as text.
#[derive(Clone, Default)]
pub(crate) struct GrpcReceiver {
    traces: Arc<Mutex<Vec<(String, ExportTraceServiceRequest)>>>,
    metrics: Arc<Mutex<Vec<ExportMetricsServiceRequest>>>,
    logs: Arc<Mutex<Vec<ExportLogsServiceRequest>>>,
    /// To come for spans; then all is well.
    answers: Arc<Mutex<VecDeque<Result<ExportTraceServiceResponse, Status>>>>,
}

impl GrpcReceiver {
    pub(crate) fn scripted(
        answers: impl IntoIterator<Item = Result<ExportTraceServiceResponse, Status>>,
    ) -> Self {
        let receiver = Self::default();
        lock(&receiver.answers).extend(answers);
        receiver
    }

    /// The service of a server.
    pub(crate) fn routes(&self) -> axum::Router {
        let traces = TraceServiceServer::new(self.clone());
        let metrics = MetricsServiceServer::new(self.clone());
        Routes::new(traces.accept_compressed(CompressionEncoding::Gzip))
            .add_service(LogsServiceServer::new(self.clone()))
            .add_service(metrics.accept_compressed(CompressionEncoding::Gzip))
            .into_axum_router()
    }

    /// The service of a server that takes traces and nothing else.
    pub(crate) fn traces_alone(&self) -> axum::Router {
        Routes::new(TraceServiceServer::new(self.clone())).into_axum_router()
    }

    pub(crate) fn traces(&self) -> Vec<(String, ExportTraceServiceRequest)> {
        lock(&self.traces).clone()
    }

    pub(crate) fn logs(&self) -> Vec<ExportLogsServiceRequest> {
        lock(&self.logs).clone()
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
        let answer = lock(&self.answers).pop_front();
        answer
            .unwrap_or_else(|| Ok(ExportTraceServiceResponse::default()))
            .map(Response::new)
    }
}

#[tonic::async_trait]
impl LogsService for GrpcReceiver {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        lock(&self.logs).push(request.into_inner());
        let partial_success = Some(ExportLogsPartialSuccess {
            rejected_log_records: 1,
            error_message: "one too many".to_owned(),
        });
        Ok(Response::new(ExportLogsServiceResponse { partial_success }))
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
