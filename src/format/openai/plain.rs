//! Operations that make no model say anything: all that a provider keeps, and
//! what is asked about it. A row each; what is long comes before what it ends with.
//!
//! Reference: the OpenAI API. Others, Anthropic among them, have some of it at the
//! same paths. They are everybody's words, so they mean this at known hosts alone.

use super::{Sent, read_model};
use crate::format::object::{Holds, ObjectReader};
use crate::format::route::Route;
use crate::format::{Format, Reader, Unreadable};
use crate::operation::{Kind, Request};
use crate::semconv::value::{self, operation_of_ours as name};
use http::Method;

/// The format of all that is kept.
#[derive(Debug)]
pub(crate) struct Plain;

impl Format for Plain {
    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        read_model(sent, asked)
    }

    fn reader(&self, _kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        Box::new(ObjectReader::new(Holds::Things, keep_content))
    }
}

const fn get(path: &'static str, operation: &'static str) -> Route {
    Route::at_known_hosts(Kind::kept(operation), path).method(&Method::GET)
}

const fn post(path: &'static str, operation: &'static str) -> Route {
    Route::at_known_hosts(Kind::kept(operation), path)
}

const fn delete(path: &'static str, operation: &'static str) -> Route {
    Route::at_known_hosts(Kind::kept(operation), path).method(&Method::DELETE)
}

/// Of what a model works for.
const fn work(path: &'static str, operation: &'static str) -> Route {
    Route::at_known_hosts(Kind::other(operation), path)
}

const ROUTES: &[Route] = &[
    delete("/responses/{}", name::DELETE_RESPONSE),
    get("/responses/{}/input_items", name::LIST_RESPONSE_INPUT_ITEMS),
    post("/responses/input_tokens", name::COUNT_TOKENS),
    get("/chat/completions", name::LIST_CHAT_COMPLETIONS),
    get("/chat/completions/{}", name::RETRIEVE_CHAT_COMPLETION),
    post("/chat/completions/{}", name::UPDATE_CHAT_COMPLETION),
    delete("/chat/completions/{}", name::DELETE_CHAT_COMPLETION),
    get(
        "/chat/completions/{}/messages",
        name::LIST_CHAT_COMPLETION_MESSAGES,
    ),
    post("/conversations", name::CREATE_CONVERSATION),
    get("/conversations/{}", name::RETRIEVE_CONVERSATION),
    post("/conversations/{}", name::UPDATE_CONVERSATION),
    delete("/conversations/{}", name::DELETE_CONVERSATION),
    post("/conversations/{}/items", name::CREATE_CONVERSATION_ITEMS),
    get("/conversations/{}/items", name::LIST_CONVERSATION_ITEMS),
    get(
        "/conversations/{}/items/{}",
        name::RETRIEVE_CONVERSATION_ITEM,
    ),
    delete("/conversations/{}/items/{}", name::DELETE_CONVERSATION_ITEM),
    work("/moderations", name::MODERATE_CONTENT),
    work("/classifications", name::CLASSIFY_TEXT),
    work("/ocr", name::RECOGNIZE_TEXT),
    work("/videos", name::CREATE_VIDEO),
    work("/videos/{}/remix", name::REMIX_VIDEO),
    get("/videos", name::LIST_VIDEOS),
    get("/videos/{}/content", name::DOWNLOAD_VIDEO),
    get("/videos/{}", name::RETRIEVE_VIDEO),
    delete("/videos/{}", name::DELETE_VIDEO),
    post("/uploads", name::CREATE_UPLOAD),
    get("/uploads/{}", name::RETRIEVE_UPLOAD),
    post("/uploads/{}/parts", name::ADD_UPLOAD_PART),
    post("/uploads/{}/complete", name::COMPLETE_UPLOAD),
    post("/uploads/{}/cancel", name::CANCEL_UPLOAD),
    post("/batches", name::CREATE_BATCH),
    get("/batches", name::LIST_BATCHES),
    get("/batches/{}", name::RETRIEVE_BATCH),
    post("/batches/{}/cancel", name::CANCEL_BATCH),
    post("/batches/{}/requests", name::ADD_BATCH_REQUESTS),
    get("/batches/{}/requests", name::LIST_BATCH_REQUESTS),
    get("/batches/{}/results", name::RETRIEVE_BATCH_RESULTS),
    post("/batch/jobs", name::CREATE_BATCH),
    get("/batch/jobs", name::LIST_BATCHES),
    get("/batch/jobs/{}", name::RETRIEVE_BATCH),
    post("/batch/jobs/{}/cancel", name::CANCEL_BATCH),
    post("/fine_tuning/jobs", name::CREATE_FINE_TUNING_JOB),
    get("/fine_tuning/jobs", name::LIST_FINE_TUNING_JOBS),
    get("/fine_tuning/jobs/{}", name::RETRIEVE_FINE_TUNING_JOB),
    post("/fine_tuning/jobs/{}/cancel", name::CANCEL_FINE_TUNING_JOB),
    post("/fine_tuning/jobs/{}/pause", name::PAUSE_FINE_TUNING_JOB),
    post("/fine_tuning/jobs/{}/resume", name::RESUME_FINE_TUNING_JOB),
    get("/fine_tuning/jobs/{}/events", name::LIST_FINE_TUNING_EVENTS),
    get(
        "/fine_tuning/jobs/{}/checkpoints",
        name::LIST_FINE_TUNING_CHECKPOINTS,
    ),
    post("/fine_tuning/alpha/graders/run", name::RUN_GRADER),
    post("/fine_tuning/alpha/graders/validate", name::VALIDATE_GRADER),
    post("/vector_stores", name::CREATE_VECTOR_STORE),
    get("/vector_stores", name::LIST_VECTOR_STORES),
    get("/vector_stores/{}", name::RETRIEVE_VECTOR_STORE),
    post("/vector_stores/{}", name::UPDATE_VECTOR_STORE),
    delete("/vector_stores/{}", name::DELETE_VECTOR_STORE),
    post("/vector_stores/{}/files", name::ADD_VECTOR_STORE_FILE),
    get("/vector_stores/{}/files", name::LIST_VECTOR_STORE_FILES),
    get(
        "/vector_stores/{}/files/{}",
        name::RETRIEVE_VECTOR_STORE_FILE,
    ),
    post("/vector_stores/{}/files/{}", name::UPDATE_VECTOR_STORE_FILE),
    delete("/vector_stores/{}/files/{}", name::DELETE_VECTOR_STORE_FILE),
    get(
        "/vector_stores/{}/files/{}/content",
        name::RETRIEVE_VECTOR_STORE_FILE_CONTENT,
    ),
    post(
        "/vector_stores/{}/file_batches",
        name::CREATE_VECTOR_STORE_FILE_BATCH,
    ),
    get(
        "/vector_stores/{}/file_batches/{}",
        name::RETRIEVE_VECTOR_STORE_FILE_BATCH,
    ),
    post(
        "/vector_stores/{}/file_batches/{}/cancel",
        name::CANCEL_VECTOR_STORE_FILE_BATCH,
    ),
    get(
        "/vector_stores/{}/file_batches/{}/files",
        name::LIST_VECTOR_STORE_FILE_BATCH_FILES,
    ),
    post("/containers", name::CREATE_CONTAINER),
    get("/containers", name::LIST_CONTAINERS),
    get("/containers/{}", name::RETRIEVE_CONTAINER),
    delete("/containers/{}", name::DELETE_CONTAINER),
    post("/containers/{}/files", name::ADD_CONTAINER_FILE),
    get("/containers/{}/files", name::LIST_CONTAINER_FILES),
    get("/containers/{}/files/{}", name::RETRIEVE_CONTAINER_FILE),
    delete("/containers/{}/files/{}", name::DELETE_CONTAINER_FILE),
    get(
        "/containers/{}/files/{}/content",
        name::DOWNLOAD_CONTAINER_FILE,
    ),
    post("/skills", name::CREATE_SKILL),
    get("/skills", name::LIST_SKILLS),
    get("/skills/{}", name::RETRIEVE_SKILL),
    post("/skills/{}", name::UPDATE_SKILL),
    delete("/skills/{}", name::DELETE_SKILL),
    post("/skills/{}/versions", name::CREATE_SKILL_VERSION),
    get("/skills/{}/versions", name::LIST_SKILL_VERSIONS),
    get("/skills/{}/versions/{}", name::RETRIEVE_SKILL_VERSION),
    delete("/skills/{}/versions/{}", name::DELETE_SKILL_VERSION),
    post("/evals", name::CREATE_EVAL),
    get("/evals", name::LIST_EVALS),
    get("/evals/{}", name::RETRIEVE_EVAL),
    post("/evals/{}", name::UPDATE_EVAL),
    delete("/evals/{}", name::DELETE_EVAL),
    post("/evals/{}/runs", name::CREATE_EVAL_RUN),
    get("/evals/{}/runs", name::LIST_EVAL_RUNS),
    get("/evals/{}/runs/{}", name::RETRIEVE_EVAL_RUN),
    post("/evals/{}/runs/{}", name::CANCEL_EVAL_RUN),
    delete("/evals/{}/runs/{}", name::DELETE_EVAL_RUN),
    get(
        "/evals/{}/runs/{}/output_items",
        name::LIST_EVAL_RUN_OUTPUT_ITEMS,
    ),
    get(
        "/evals/{}/runs/{}/output_items/{}",
        name::RETRIEVE_EVAL_RUN_OUTPUT_ITEM,
    ),
    get("/assistants", name::LIST_AGENTS),
    get("/assistants/{}", name::RETRIEVE_AGENT),
    post("/assistants/{}", name::UPDATE_AGENT),
    delete("/assistants/{}", name::DELETE_AGENT),
    post("/threads", name::CREATE_THREAD),
    get("/threads/{}", name::RETRIEVE_THREAD),
    post("/threads/{}", name::UPDATE_THREAD),
    delete("/threads/{}", name::DELETE_THREAD),
    post("/threads/{}/messages", name::CREATE_MESSAGE),
    get("/threads/{}/messages", name::LIST_MESSAGES),
    get("/threads/{}/messages/{}", name::RETRIEVE_MESSAGE),
    post("/threads/{}/messages/{}", name::UPDATE_MESSAGE),
    delete("/threads/{}/messages/{}", name::DELETE_MESSAGE),
    get("/threads/{}/runs", name::LIST_RUNS),
    get("/threads/{}/runs/{}/steps", name::LIST_RUN_STEPS),
    get("/threads/{}/runs/{}/steps/{}", name::RETRIEVE_RUN_STEP),
    post("/realtime/client_secrets", name::CREATE_REALTIME_SECRET),
    post("/realtime/sessions", name::CREATE_REALTIME_SESSION),
    post(
        "/realtime/transcription_sessions",
        name::CREATE_REALTIME_SESSION,
    ),
    get("/organization/usage/{}", name::RETRIEVE_USAGE),
    post("/files", name::UPLOAD_FILE),
    get("/files", name::LIST_FILES),
    get("/files/{}/content", name::DOWNLOAD_FILE),
    get("/files/{}", name::RETRIEVE_FILE),
    delete("/files/{}", name::DELETE_FILE),
    get("/models", name::LIST_MODELS),
    get("/models/{}", name::RETRIEVE_MODEL),
    delete("/models/{}", name::DELETE_MODEL),
];
