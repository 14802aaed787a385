//! What settings become: threads, destinations, a provider.

use super::Builder;
use super::spans::name_beside;
use crate::background::runtime::Runtime;
use crate::config::ConfigError;
use crate::conventions::{Conventions, OfScope};
use crate::destination::agents::AgentLane;
use crate::destination::logs::{Calls, LogLane};
use crate::destination::otlp::metrics::{self, OwnMetrics};
use crate::destination::otlp::own_logs::OwnLogs;
use crate::destination::turns::TurnLane;
use crate::format;
use crate::gate::Gate;
use crate::pipeline::{Destination, Pipeline, Policy, Processor, Seat, Seats};
use crate::record::{Global, Instrumentation, Shown};
use crate::span::TurnSampler;
use crate::span::agents::AgentMetrics;
use crate::span::metrics::Metrics;
use crate::stats::{Account, Stats};
use crate::telemetry::Running;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, ShouldSample};
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
const OURS: [&str; 7] = ["tes", "lines", "otlp", "console", "logs", "metrics", AGENTS];

/// The one that measures agents.
const AGENTS: &str = "agents";

/// Those of them that services of turns have.
const OF_TURNS: [&str; 2] = ["tes", "lines"];

impl Builder {
    /// Starts threads, and what was set.
    pub(in crate::telemetry) fn start(&mut self) -> Result<Running, ConfigError> {
        format::prepare();
        let stats = Arc::new(Stats::default());
        let ignored = self.settings.ignored.drain(..);
        ignored.for_each(|setting| stats.setting_ignored(setting));
        let runtime = Runtime::start("turnspan-export").map_err(ConfigError::Thread)?;
        let resource = self.resource();
        let own_metrics = self.own_metrics(runtime.handle(), &resource, &stats)?;
        let meter = self.meter.take();
        let meter = meter.map(|meter| meter.spoken(self.settings.conventions));
        let mut seats = self.seats(&resource, &runtime, &stats)?;
        seats.extend(meter.as_ref().and_then(|meter| self.agents(meter)));
        let pipeline =
            Pipeline::start(Seats::new(seats), Arc::clone(&stats)).map_err(ConfigError::Thread)?;
        let provider = self.provider(resource, &pipeline);
        if let Some(meter) = &meter {
            let accounts = pipeline.seats().accounts();
            metrics::observe_ourselves(meter, &stats, &accounts);
        }
        let leaves_theirs = { pipeline.seats().destinations() }.all(|it| !it.takes_theirs());
        let instrumentation = Arc::new(Instrumentation {
            own_tracer: provider.tracer_with_scope(self.settings.conventions.scope()),
            their_tracer: OnceLock::new(),
            global: Global::new(leaves_theirs),
            shown: Shown {
                content: self.settings.capture.on_spans(),
                error_texts: self.settings.error_texts,
                identity: self.identity,
            },
            full_tool_definitions: self.settings.full_tool_definitions,
            include_usage: self.settings.include_usage,
            user_ids: self.user_ids.clone(),
            conversation: self.conversation.clone(),
            conventions: self.settings.conventions,
            metrics: meter.map(|meter| Metrics::new(&meter, self.settings.conventions)),
            propagation: self.settings.propagation.clone(),
            providers: self.settings.providers.clone(),
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

    /// Every destination, and what it may see.
    fn seats(
        &mut self,
        resource: &Resource,
        runtime: &Runtime,
        stats: &Arc<Stats>,
    ) -> Result<Vec<Seat>, ConfigError> {
        let redacted = Policy {
            redaction: self.settings.redact_spans.clone().map(Arc::new),
            gate: None,
        };
        let gated = Policy {
            gate: Some(Arc::new(self.gate(self.settings.capture.on_spans()))),
            ..redacted.clone()
        };
        let logs = self.logs(runtime.handle(), resource, stats)?;
        let mut seats = Vec::new();
        let mut names = OURS.map(str::to_owned).into();
        for (name, service) in self.turns.drain(..) {
            let is_free = OF_TURNS.contains(&name.as_str());
            let name = if is_free {
                name
            } else {
                name_beside(&mut names, &name)
            };
            let lane = TurnLane::start(&name, service.lane_parts()?, runtime, stats)?;
            // It takes out itself what may not leave, and of turns.
            seats.push(seat(lane, &Policy::default()));
        }
        seats.extend(logs.map(|lane| seat(lane, &redacted)));
        let spans = self.span_destinations(names, resource, runtime, stats)?;
        seats.extend(spans.into_iter().map(|spans| seat(spans, &gated)));
        Ok(seats)
    }

    /// A meter provider of our own, unless the user gave one or metrics go
    /// nowhere.
    fn own_metrics(
        &mut self,
        runtime: &Handle,
        resource: &Resource,
        stats: &Arc<Stats>,
    ) -> Result<Option<OwnMetrics>, ConfigError> {
        let otlp = self.settings.otlp.as_ref().filter(|_| self.meter.is_none());
        let own = otlp.and_then(|otlp| OwnMetrics::start(otlp, runtime, resource.clone(), stats));
        let own = own.transpose()?;
        if let Some(own) = &own {
            let provider = own.provider();
            self.meter = Some(OfScope::new(|scope| provider.meter_with_scope(scope)));
        }
        Ok(own)
    }

    /// Measures agents and tools, which only the latest state of the conventions
    /// does.
    fn agents(&self, meter: &Meter) -> Option<Seat> {
        let is_latest = self.settings.conventions == Conventions::Latest;
        let lane = || AgentLane::new(AGENTS, AgentMetrics::new(meter));
        is_latest.then(|| seat(lane(), &Policy::default()))
    }

    fn gate(&self, content: bool) -> Gate {
        Gate {
            content,
            error_texts: self.settings.error_texts,
            identity: self.identity,
            allowed: self.settings.allowed.clone(),
        }
    }

    /// The lane of log records, if any are to be made and go anywhere.
    fn logs(
        &mut self,
        runtime: &Handle,
        resource: &Resource,
        stats: &Arc<Stats>,
    ) -> Result<Option<LogLane>, ConfigError> {
        if !self.settings.capture.on_events() && !self.moments_as_logs {
            return Ok(None);
        }
        let account = Account::new("logs");
        let otlp = self
            .settings
            .otlp
            .as_ref()
            .filter(|_| self.logger.is_none());
        let own =
            otlp.and_then(|otlp| OwnLogs::start(otlp, runtime, resource.clone(), &account, stats));
        let own = own.transpose()?;
        let theirs = self.logger.take();
        let theirs = theirs.map(|logger| logger.spoken(self.settings.conventions));
        let own_logger = || Some(own.as_ref()?.logger(self.settings.conventions.scope()));
        let lane = theirs.or_else(own_logger).map(|logger| LogLane {
            logger,
            stats: Arc::clone(stats),
            own,
            account,
            details: self.settings.capture.on_events(),
            full_tool_definitions: self.settings.full_tool_definitions,
            moments: self.moments_as_logs,
            gate: self.gate(false),
            redaction: self.settings.redact_spans.clone(),
            calls: Calls::default(),
        });
        Ok(lane)
    }

    fn provider(&mut self, resource: Resource, pipeline: &Arc<Pipeline>) -> SdkTracerProvider {
        let sampler = self.settings.sampler.take().unwrap_or_else(default_sampler);
        let records_all = pipeline.seats().wants_unsampled();
        SdkTracerProvider::builder()
            .with_resource(resource)
            .with_max_attributes_per_span(MAX_ATTRIBUTES)
            .with_span_processor(Processor::ours(Arc::clone(pipeline)))
            .with_sampler(TurnSampler::new(sampler, records_all))
            .build()
    }

    fn resource(&self) -> Resource {
        let resource = Resource::builder_empty()
            .with_detector(Box::new(TelemetryResourceDetector))
            .with_service_name(program())
            .with_attribute(KeyValue::new(INSTANCE_ID, Uuid::new_v4().to_string()))
            .with_attributes(self.settings.resource.clone());
        match &self.settings.service_name {
            Some(name) => resource.with_service_name(name.clone()).build(),
            None => resource.build(),
        }
    }
}

fn seat(destination: impl Destination + 'static, policy: &Policy) -> Seat {
    Seat {
        destination: Arc::new(destination),
        policy: policy.clone(),
    }
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
