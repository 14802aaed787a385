//! Replicate: predictions of models of any kind, which are fetched when they are
//! ready.
//!
//! Reference: <https://replicate.com/docs/reference/http>.

use super::plain;
use super::route::{Route, Sent};
use super::{Format, Reader, Unreadable};
use crate::operation::{Kind, Request};
use crate::semconv::value::operation_of_ours as name;
use http::Method;

const PROVIDER: &str = "replicate";

#[derive(Debug)]
pub(crate) struct Predictions;

impl Format for Predictions {
    /// A path that only asks about a model names none that is asked.
    fn routes(&self) -> &'static [Route] {
        const fn post(name: &'static str, path: &'static str) -> Route {
            Route::at_hosts_of(PROVIDER, Kind::other(name), path)
        }
        const fn get(name: &'static str, path: &'static str) -> Route {
            post(name, path).method(&Method::GET)
        }
        const CREATE: &str = name::CREATE_PREDICTION;
        const ROUTES: [Route; 10] = [
            post(CREATE, "/models/{model}/{model}/predictions"),
            post(CREATE, "/deployments/{}/{}/predictions"),
            post(CREATE, "/v1/predictions"),
            post(name::CANCEL_PREDICTION, "/predictions/{}/cancel"),
            get(name::RETRIEVE_PREDICTION, "/predictions/{}"),
            get(name::LIST_PREDICTIONS, "/v1/predictions"),
            get(name::RETRIEVE_MODEL_VERSION, "/models/{}/{}/versions/{}"),
            get(name::LIST_MODEL_VERSIONS, "/models/{}/{}/versions"),
            get(name::RETRIEVE_MODEL, "/models/{}/{}"),
            post(name::CREATE_TRAINING, "/versions/{}/trainings"),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        plain::read_request(sent, asked)
    }

    fn reader(&self, _kind: Kind, _keep_content: bool) -> Box<dyn Reader> {
        plain::reader()
    }
}
