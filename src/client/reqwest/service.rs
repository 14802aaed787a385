//! The two layers over `tower::Service<reqwest::Request>`.

use super::{observe, outgoing, prepare};
use crate::client::around::{current, enter, within};
use crate::client::{AttemptService, OperationService, ready_half};
use crate::record::{Moment, Recording};
use ::reqwest::{Request, Response};
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

type ResponseFuture<E> = Pin<Box<dyn Future<Output = Result<Response, E>> + Send>>;

impl<S> Service<Request> for OperationService<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Error + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let mut inner = ready_half(&mut self.inner);
        if self.seam.is_off() {
            return Box::pin(inner.call(request));
        }
        let (seam, moment) = (self.seam.clone(), Moment::now());
        let recording = seam.record(&moment, outgoing(&request));
        prepare(&seam, &moment, recording.as_ref(), &mut request);
        let awaiting = recording.as_ref().map(Recording::awaiting);
        let entered = enter(&seam, recording.as_ref());
        let answer = inner.call(request);
        drop(entered);
        Box::pin(async move {
            let answered = within(&seam, recording.as_ref(), answer).await;
            let (Some(recording), Some(awaiting)) = (recording, awaiting) else {
                return answered;
            };
            awaiting.over();
            match answered {
                Ok(response) => Ok(observe(response, &recording)),
                Err(error) => {
                    recording.call_failed(&error);
                    Err(error)
                }
            }
        })
    }
}

impl<S> Service<Request> for AttemptService<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Error + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let mut inner = ready_half(&mut self.inner);
        let Some(recording) = current(&self.seam) else {
            return Box::pin(inner.call(request));
        };
        recording.learn_of(&request);
        let attempt = recording.attempt();
        let answer = inner.call(request);
        Box::pin(attempt.awaited(answer))
    }
}
