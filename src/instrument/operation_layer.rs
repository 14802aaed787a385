//! The position outside the client's retries: one call, one span.

use super::Seam;
use tower_layer::Layer;

/// Opens the span of a logical call and follows its response to the end.
///
/// Belongs outside the retry layer, with an [`AttemptLayer`](super::AttemptLayer)
/// inside it. Made by [`Telemetry::operation_layer`](crate::Telemetry::operation_layer).
#[derive(Debug, Clone)]
pub struct OperationLayer {
    pub(super) seam: Seam,
}

/// The service that [`OperationLayer`] makes.
#[derive(Debug, Clone)]
pub struct OperationService<S> {
    pub(super) inner: S,
    pub(super) seam: Seam,
}

impl OperationLayer {
    pub(crate) fn new(seam: Seam) -> Self {
        Self { seam }
    }
}

impl<S> Layer<S> for OperationLayer {
    type Service = OperationService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        OperationService {
            inner,
            seam: self.seam.clone(),
        }
    }
}
