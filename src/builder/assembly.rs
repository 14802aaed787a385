//! What settings become: threads, destinations, a provider.

use super::Builder;
use crate::config::ConfigError;
use crate::conventions::OfScope;
use crate::export::TurnSampler;
use crate::export::destination::SpanDestination;
use crate::export::gate::Gate;
use crate::export::logs::LogLane;
use crate::export::metrics::{self, OwnMetrics};
use crate::export::own_logs::OwnLogs;
use crate::export::pipeline::{Destinations, Pipeline, Processor};
use crate::export::runtime::Runtime;
use crate::export::tes::TesLane;
use crate::instrument::Instrumentation;
use crate::span::metrics::Metrics;
use crate::stats::{Account, Stats};
use crate::telemetry::Running;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, ShouldSample};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};
use tokio::runtime::Handle;
use uuid::Uuid;

/// Which process of a service this is: else a store of metrics takes two of them
/// for one ([service conventions](https://opentelemetry.io/docs/specs/semconv/resource/service/)).
const INSTANCE_ID: &str = "service.instance.id";

/// More than the SDK's 128, so that metadata cannot push usage off a span.
const MAX_ATTRIBUTES: u32 = 512;

/// Names of destinations of ours, whether there are these or not: so a user's
/// exporter has the same name everywhere.
const OURS: [&str; 4] = ["tes", "otlp", "logs", "metrics"];

impl Builder {
    pub(super) fn start(&mut self) -> Result<Running, ConfigError> {
        let stats = Arc::new(Stats::default());
        let runtime = Runtime::start().map_err(ConfigError::Thread)?;
        let resource = self.resource();
        let own_metrics = self.own_metrics(runtime.handle(), &resource)?;
        let destinations = Destinations {
            redaction: self.redact_spans.clone(),
            logs: self.logs(runtime.handle(), &resource, &stats)?,
            tes: self
                .tes
                .take()
                .map(|tes| TesLane::start(tes, &runtime, &stats))
                .transpose()?,
            spans: self.span_destinations(&resource, &runtime, &stats)?,
            gate: self.gate(self.capture.on_spans()),
        };
        let pipeline =
            Pipeline::start(destinations, Arc::clone(&stats)).map_err(ConfigError::Thread)?;
        let provider = self.provider(resource, &pipeline);
        let meter = self.meter.take();
        let meter = meter.map(|meter| meter.spoken(self.conventions));
        if let Some(meter) = &meter {
            let accounts = pipeline.destinations().accounts();
            metrics::observe_ourselves(meter, &stats, &accounts);
        }
        let instrumentation = Arc::new(Instrumentation {
            own_tracer: provider.tracer_with_scope(self.conventions.scope()),
            their_tracer: OnceLock::new(),
            content_on_spans: self.capture.on_spans(),
            identity_on_spans: self.identity,
            user_ids: self.user_ids.clone(),
            conversation: self.conversation.clone(),
            conventions: self.conventions,
            metrics: meter.map(|meter| Metrics::new(&meter, self.conventions)),
            propagation: self.propagation.clone(),
            outlet: Arc::clone(&pipeline) as _,
            stats: Arc::clone(&stats),
            unsaid: AtomicBool::new(false),
        });
        Ok(Running {
            pipeline,
            instrumentation,
            stats,
            own_metrics,
            runtime: Mutex::new(Some(runtime)),
            told: Mutex::default(),
        })
    }

    /// A meter provider of our own, unless the user gave one or metrics go
    /// nowhere.
    fn own_metrics(
        &mut self,
        runtime: &Handle,
        resource: &Resource,
    ) -> Result<Option<OwnMetrics>, ConfigError> {
        let otlp = self.otlp.as_ref().filter(|_| self.meter.is_none());
        let own = otlp.and_then(|otlp| OwnMetrics::start(otlp, runtime, resource.clone()));
        let own = own.transpose()?;
        if let Some(own) = &own {
            let provider = own.provider();
            self.meter = Some(OfScope::new(|scope| provider.meter_with_scope(scope)));
        }
        Ok(own)
    }

    fn gate(&self, content: bool) -> Gate {
        Gate {
            content,
            identity: self.identity,
            allowed: self.allowed.clone(),
        }
    }

    /// The lane of log records, if any are to be made and go anywhere.
    fn logs(
        &mut self,
        runtime: &Handle,
        resource: &Resource,
        stats: &Arc<Stats>,
    ) -> Result<Option<LogLane>, ConfigError> {
        if !self.capture.on_events() && !self.moments_as_logs {
            return Ok(None);
        }
        let account = Account::new("logs");
        let otlp = self.otlp.as_ref().filter(|_| self.logger.is_none());
        let own = otlp.and_then(|otlp| OwnLogs::start(otlp, runtime, resource.clone(), &account));
        let own = own.transpose()?;
        let theirs = self.logger.take();
        let theirs = theirs.map(|logger| logger.spoken(self.conventions));
        let own_logger = || Some(own.as_ref()?.logger(self.conventions.scope()));
        let lane = theirs.or_else(own_logger).map(|logger| LogLane {
            logger,
            stats: Arc::clone(stats),
            own,
            account,
            details: self.capture.on_events(),
            moments: self.moments_as_logs,
            gate: self.gate(false),
            redaction: self.redact_spans.clone(),
        });
        Ok(lane)
    }

    fn provider(&mut self, resource: Resource, pipeline: &Arc<Pipeline>) -> SdkTracerProvider {
        let sampler = self.sampler.take().unwrap_or_else(default_sampler);
        let makes_turns = pipeline.destinations().tes.is_some();
        SdkTracerProvider::builder()
            .with_resource(resource)
            .with_max_attributes_per_span(MAX_ATTRIBUTES)
            .with_span_processor(Processor(Some(Arc::clone(pipeline))))
            .with_sampler(TurnSampler::new(sampler, makes_turns))
            .build()
    }

    fn resource(&self) -> Resource {
        let resource = Resource::builder_empty()
            .with_detector(Box::new(TelemetryResourceDetector))
            .with_service_name(program())
            .with_attribute(KeyValue::new(INSTANCE_ID, Uuid::new_v4().to_string()))
            .with_attributes(self.resource.clone());
        match &self.service_name {
            Some(name) => resource.with_service_name(name.clone()).build(),
            None => resource.build(),
        }
    }

    fn span_destinations(
        &mut self,
        resource: &Resource,
        runtime: &Runtime,
        stats: &Arc<Stats>,
    ) -> Result<Vec<SpanDestination>, ConfigError> {
        let otlp = self
            .otlp
            .take()
            .and_then(|otlp| otlp.spans(runtime.handle()));
        let otlp = otlp.transpose()?;
        let mut destinations = Vec::new();
        if let Some(mut exporter) = otlp {
            exporter.set_resource(resource);
            let otlp =
                SpanDestination::start(Account::new("otlp"), exporter, self.batching, runtime);
            destinations.push(otlp.shedding(Arc::clone(stats)));
        }
        let mut taken = OURS.map(str::to_owned).into();
        for (name, mut exporter) in self.exporters.drain(..) {
            exporter.set_resource(resource);
            let account = Account::new(name_beside(&mut taken, &name));
            destinations.push(SpanDestination::start(
                account,
                exporter,
                self.batching,
                runtime,
            ));
        }
        Ok(destinations)
    }
}

/// The name, or the first with a number that nobody has.
fn name_beside(taken: &mut BTreeSet<String>, name: &str) -> String {
    let numbered = (2_u64..).map(|number| format!("{name}_{number}"));
    let mut names = [name.to_owned()].into_iter().chain(numbered);
    let free = names.find(|name| taken.insert(name.clone()));
    free.unwrap_or_default()
}

/// The name of a service that has none, as the specification asks.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(Path::file_name);
    match name.and_then(OsStr::to_str) {
        Some(name) => format!("unknown_service:{name}"),
        None => "unknown_service".to_owned(),
    }
}

/// The specification's: what the parent decided, and all without one.
fn default_sampler() -> Box<dyn ShouldSample> {
    Box::new(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
}
