//! Where resources are.

use crate::format::gemini::{at_gemini, at_vertex};
use crate::format::lenient;
use crate::format::route::{Route, Sent};
use crate::operation::Kind;
use crate::semconv::value::{operation, provider};
use http::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;

pub(super) const EMBEDDINGS: Kind = Kind::other(operation::EMBEDDINGS);
pub(super) const COUNT_TOKENS: Kind = Kind::other("count_tokens");
pub(super) const CREATE_BATCH: Kind = Kind::other("create_batch");
pub(super) const CREATE_CACHED_CONTENT: Kind = Kind::other("create_cached_content");
pub(super) const RETRIEVE_CACHED_CONTENT: Kind = Kind::other("retrieve_cached_content");
pub(super) const UPDATE_CACHED_CONTENT: Kind = Kind::other("update_cached_content");
pub(super) const PREDICT: Kind = Kind::other("predict");
pub(super) const GENERATE_IMAGE: Kind = Kind::other("generate_image");
const TOKENIZE: Kind = Kind::other("tokenize");
const LIST_CACHED_CONTENTS: Kind = Kind::other("list_cached_contents");
const DELETE_CACHED_CONTENT: Kind = Kind::other("delete_cached_content");
const CREATE_VIDEO: Kind = Kind::other("create_video");
const RETRIEVE_OPERATION: Kind = Kind::other("retrieve_operation");
const UPLOAD_FILE: Kind = Kind::other("upload_file");
const LIST_FILES: Kind = Kind::other("list_files");
const RETRIEVE_FILE: Kind = Kind::other("retrieve_file");
const DELETE_FILE: Kind = Kind::other("delete_file");
const LIST_BATCHES: Kind = Kind::other("list_batches");
const RETRIEVE_BATCH: Kind = Kind::other("retrieve_batch");
const CANCEL_BATCH: Kind = Kind::other("cancel_batch");
const DELETE_BATCH: Kind = Kind::other("delete_batch");
const LIST_MODELS: Kind = Kind::other("list_models");
const RETRIEVE_MODEL: Kind = Kind::other("retrieve_model");

const DELETE_INTERACTION: Kind = Kind::other("delete_interaction");
const CREATE_STORE: Kind = Kind::other("create_file_search_store");
const LIST_STORES: Kind = Kind::other("list_file_search_stores");
const RETRIEVE_STORE: Kind = Kind::other("retrieve_file_search_store");
const DELETE_STORE: Kind = Kind::other("delete_file_search_store");
const ADD_STORE_FILE: Kind = Kind::other("add_file_search_store_file");

const GET: &Method = &Method::GET;
const DELETE: &Method = &Method::DELETE;
const PATCH: &Method = &Method::PATCH;

/// By publisher, which is Vertex AI's way, at any host.
const fn of_publisher(kind: Kind, path: &'static str) -> Route {
    Route::anywhere(kind, path).of_provider(provider::GCP_VERTEX_AI)
}

const PREDICT_OF_PUBLISHER: &str = "/publishers/{}/models/{model}:predict";
const PREDICT_OF_GEMINI: &str = "/models/{model}:predict";

pub(super) const ROUTES: &[Route] = &[
    // Anthropic's counts: the model is in the body.
    of_publisher(
        COUNT_TOKENS,
        "/publishers/anthropic/models/count-tokens:rawPredict",
    ),
    of_publisher(EMBEDDINGS, "/publishers/{}/models/{model}:embedContent"),
    of_publisher(COUNT_TOKENS, "/publishers/{}/models/{model}:countTokens"),
    of_publisher(TOKENIZE, "/publishers/{}/models/{model}:computeTokens"),
    of_publisher(EMBEDDINGS, PREDICT_OF_PUBLISHER).only_if(has_what_to_embed),
    of_publisher(GENERATE_IMAGE, PREDICT_OF_PUBLISHER).only_if(asks_imagen),
    of_publisher(PREDICT, PREDICT_OF_PUBLISHER),
    of_publisher(
        CREATE_VIDEO,
        "/publishers/{}/models/{model}:predictLongRunning",
    ),
    of_publisher(
        RETRIEVE_OPERATION,
        "/publishers/{}/models/{model}:fetchPredictOperation",
    ),
    Route::anywhere(COUNT_TOKENS, "/endpoints/{model}:countTokens"),
    Route::anywhere(TOKENIZE, "/endpoints/{model}:computeTokens"),
    Route::anywhere(EMBEDDINGS, "/models/{model}:embedContent"),
    Route::anywhere(EMBEDDINGS, "/models/{model}:batchEmbedContents"),
    Route::anywhere(COUNT_TOKENS, "/models/{model}:countTokens"),
    Route::anywhere(CREATE_BATCH, "/models/{model}:batchGenerateContent"),
    Route::anywhere(CREATE_BATCH, "/models/{model}:asyncBatchEmbedContent"),
    at_gemini(EMBEDDINGS, PREDICT_OF_GEMINI).only_if(has_what_to_embed),
    at_gemini(GENERATE_IMAGE, PREDICT_OF_GEMINI).only_if(asks_imagen),
    at_gemini(PREDICT, PREDICT_OF_GEMINI),
    Route::anywhere(CREATE_VIDEO, "/models/{model}:predictLongRunning"),
    at_gemini(RETRIEVE_OPERATION, "/operations/{}").method(GET),
    at_vertex(RETRIEVE_OPERATION, "/operations/{}").method(GET),
    at_gemini(CREATE_CACHED_CONTENT, "/cachedContents"),
    at_vertex(CREATE_CACHED_CONTENT, "/cachedContents"),
    at_gemini(LIST_CACHED_CONTENTS, "/cachedContents").method(GET),
    at_vertex(LIST_CACHED_CONTENTS, "/cachedContents").method(GET),
    at_gemini(RETRIEVE_CACHED_CONTENT, "/cachedContents/{}").method(GET),
    at_vertex(RETRIEVE_CACHED_CONTENT, "/cachedContents/{}").method(GET),
    at_gemini(UPDATE_CACHED_CONTENT, "/cachedContents/{}").method(PATCH),
    at_vertex(UPDATE_CACHED_CONTENT, "/cachedContents/{}").method(PATCH),
    at_gemini(DELETE_CACHED_CONTENT, "/cachedContents/{}").method(DELETE),
    at_vertex(DELETE_CACHED_CONTENT, "/cachedContents/{}").method(DELETE),
    at_gemini(UPLOAD_FILE, "/upload/{}/files"),
    at_gemini(LIST_FILES, "/files").method(GET),
    at_gemini(RETRIEVE_FILE, "/files/{}").method(GET),
    at_gemini(DELETE_FILE, "/files/{}").method(DELETE),
    at_gemini(LIST_BATCHES, "/batches").method(GET),
    at_gemini(RETRIEVE_BATCH, "/batches/{}").method(GET),
    at_gemini(CANCEL_BATCH, "/batches/{}"),
    at_gemini(DELETE_BATCH, "/batches/{}").method(DELETE),
    at_vertex(CREATE_BATCH, "/batchPredictionJobs"),
    at_vertex(LIST_BATCHES, "/batchPredictionJobs").method(GET),
    at_vertex(RETRIEVE_BATCH, "/batchPredictionJobs/{}").method(GET),
    at_vertex(CANCEL_BATCH, "/batchPredictionJobs/{}"),
    at_vertex(DELETE_BATCH, "/batchPredictionJobs/{}").method(DELETE),
    at_gemini(CREATE_STORE, "/fileSearchStores"),
    at_gemini(LIST_STORES, "/fileSearchStores").method(GET),
    at_gemini(RETRIEVE_STORE, "/fileSearchStores/{}").method(GET),
    at_gemini(DELETE_STORE, "/fileSearchStores/{}").method(DELETE),
    // `:importFile` and `:uploadToFileSearchStore`.
    at_gemini(ADD_STORE_FILE, "/fileSearchStores/{}"),
    at_gemini(DELETE_INTERACTION, "/interactions/{}").method(DELETE),
    at_vertex(DELETE_INTERACTION, "/interactions/{}").method(DELETE),
    at_gemini(LIST_MODELS, "/models").method(GET),
    at_vertex(LIST_MODELS, "/publishers/{}/models").method(GET),
    at_gemini(RETRIEVE_MODEL, "/models/{model}").method(GET),
    at_vertex(RETRIEVE_MODEL, "/publishers/{}/models/{model}").method(GET),
];

/// Whether a prediction is to be an embedding: its instances are told apart from
/// those of other models by their fields.
fn has_what_to_embed(sent: &Sent<'_>) -> bool {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default, deserialize_with = "lenient::few_objects")]
        instances: lenient::Few<Instance>,
    }
    #[derive(Deserialize)]
    struct Instance {
        content: Option<IgnoredAny>,
        text: Option<IgnoredAny>,
        image: Option<IgnoredAny>,
        video: Option<IgnoredAny>,
        prompt: Option<IgnoredAny>,
    }
    let body: Option<Body> = serde_json::from_slice(sent.body).ok();
    let first = body.and_then(|body| body.instances.entries.into_iter().next());
    first.is_some_and(|it| {
        let is_told = it.content.is_some() || it.text.is_some();
        (is_told || it.image.is_some() || it.video.is_some()) && it.prompt.is_none()
    })
}

/// Whether an image is to be made: by the models that make them.
fn asks_imagen(sent: &Sent<'_>) -> bool {
    let path = sent.url.path();
    let makers = ["/imagen-", "/imagegeneration@", "/imagetext@"];
    makers.iter().any(|maker| path.contains(maker))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{self, Host};
    use http::HeaderMap;
    use url::Url;

    /// The operation and the model of a request.
    fn asked(method: &Method, url: &str, body: &str) -> Option<(&'static str, Option<String>)> {
        let url = Url::parse(url).unwrap();
        let sent = Sent {
            method,
            url: &url,
            headers: &HeaderMap::new(),
            body: body.as_bytes(),
        };
        let provider = match url.host_str() {
            Some("aiplatform.googleapis.com") => Some(provider::GCP_VERTEX_AI),
            Some("generativelanguage.googleapis.com") => Some(provider::GCP_GEMINI),
            Some("api.openai.com") => Some(provider::OPENAI),
            _ => None,
        };
        let host = || Host {
            provider,
            ..Host::default()
        };
        let (_, routed) = format::of(&sent, &host)?;
        Some((routed.kind.name, routed.model))
    }

    #[test]
    fn a_prediction_is_what_its_instances_and_its_model_say() {
        let url = "https://a.example/v1/projects/p/locations/l/publishers/google/models";
        for (model, body, operation) in [
            (
                "gemini-embedding-001",
                r#"{"instances":[{"content":"x"}]}"#,
                "embeddings",
            ),
            (
                "multimodalembedding@001",
                r#"{"instances":[{"image":{}}]}"#,
                "embeddings",
            ),
            (
                "imagen-4.0-generate-001",
                r#"{"instances":[{"prompt":"x"}]}"#,
                "generate_image",
            ),
            ("lyria-002", r#"{"instances":[{"prompt":"x"}]}"#, "predict"),
            ("lyria-002", "nonsense", "predict"),
        ] {
            let url = format!("{url}/{model}:predict");
            let told = asked(&Method::POST, &url, body).unwrap();
            assert_eq!(told, (operation, Some(model.to_owned())));
        }
    }

    #[test]
    fn everybodys_paths_mean_google_at_its_hosts_alone() {
        let gemini = "https://generativelanguage.googleapis.com/v1beta";
        let vertex = "https://aiplatform.googleapis.com/v1/projects/p/locations/l";
        for (method, path, operation) in [
            (GET, "/files", "list_files"),
            (DELETE, "/files/x", "delete_file"),
            (GET, "/models", "list_models"),
            (
                &Method::POST,
                "/fileSearchStores/x:importFile",
                "add_file_search_store_file",
            ),
            (DELETE, "/interactions/x", "delete_interaction"),
            (
                &Method::POST,
                "/interactions/x/cancel",
                "cancel_interaction",
            ),
            (GET, "/models/veo/operations/7", "retrieve_operation"),
            (GET, "/batches/x", "retrieve_batch"),
            (&Method::POST, "/batches/x:cancel", "cancel_batch"),
            (PATCH, "/cachedContents/x", "update_cached_content"),
        ] {
            let told = asked(method, &format!("{gemini}{path}"), "").unwrap();
            assert_eq!(told, (operation, None), "{path}");
            let elsewhere = asked(method, &format!("https://a.example/v1beta{path}"), "");
            assert_eq!(elsewhere, None, "{path}");
        }
        let told = asked(&Method::POST, &format!("{vertex}/cachedContents"), "").unwrap();
        assert_eq!(told.0, "create_cached_content");
        let tensorflow = "http://tf.example:8501/v1/models/half_plus_two:predict";
        assert_eq!(
            asked(&Method::POST, tensorflow, r#"{"instances":[1.0]}"#),
            None
        );
    }
}
