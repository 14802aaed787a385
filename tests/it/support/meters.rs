//! A meter provider of the user's, and what was measured on it.

use super::registry::check_measurement;
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use std::collections::BTreeMap;

/// The points of one metric: attributes, and count and sum, or the value.
pub(crate) type Points = Vec<(Vec<KeyValue>, f64, f64)>;

/// A meter provider of the user's, and what it exported.
pub(crate) struct Meters {
    pub(crate) provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

impl Meters {
    pub(crate) fn new() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        Self { provider, exporter }
    }

    /// All that is measured by now, held against the registry.
    pub(crate) fn read(&self) -> BTreeMap<String, Points> {
        self.provider.force_flush().unwrap();
        let exported = self.exporter.get_finished_metrics().unwrap();
        let scopes = exported.last().unwrap().scope_metrics();
        let metrics = scopes.flat_map(|scope| scope.metrics().map(|it| (scope.scope(), it)));
        let mut found = BTreeMap::new();
        for (scope, metric) in metrics {
            let points = points(metric.data());
            for (attributes, ..) in &points {
                let (name, unit) = (metric.name(), metric.unit());
                let bounds = bounds(metric.data());
                let violations =
                    check_measurement(scope, name, unit, bounds.as_deref(), attributes);
                assert_eq!(violations, Vec::<String>::new());
            }
            found.insert(metric.name().to_owned(), points);
        }
        found
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn points(data: &AggregatedMetrics) -> Points {
    let owned = |attributes: &mut dyn Iterator<Item = &KeyValue>| attributes.cloned().collect();
    match data {
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => histogram
            .data_points()
            .map(|point| {
                (
                    owned(&mut point.attributes()),
                    point.count() as f64,
                    point.sum(),
                )
            })
            .collect(),
        AggregatedMetrics::U64(MetricData::Histogram(histogram)) => histogram
            .data_points()
            .map(|point| {
                let (count, sum) = (point.count() as f64, point.sum() as f64);
                (owned(&mut point.attributes()), count, sum)
            })
            .collect(),
        AggregatedMetrics::U64(MetricData::Sum(sum)) => sum
            .data_points()
            .map(|point| (owned(&mut point.attributes()), 1.0, point.value() as f64))
            .collect(),
        AggregatedMetrics::I64(MetricData::Sum(sum)) => sum
            .data_points()
            .map(|point| (owned(&mut point.attributes()), 1.0, point.value() as f64))
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn bounds(data: &AggregatedMetrics) -> Option<Vec<f64>> {
    match data {
        AggregatedMetrics::F64(MetricData::Histogram(it)) => it
            .data_points()
            .next()
            .map(|point| point.bounds().collect()),
        AggregatedMetrics::U64(MetricData::Histogram(it)) => it
            .data_points()
            .next()
            .map(|point| point.bounds().collect()),
        _ => None,
    }
}
