//! The private parts that fuzz targets look at; there only under `cfg(fuzzing)`.
#![allow(missing_docs, reason = "no part of the library")]

use crate::api::{self, Api, by_path, sse::Scanner};
use crate::operation::{InferenceResponse, Output};

/// The events of a stream that arrives in these chunks.
pub fn events<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut scanner = Scanner::default();
    let mut events = Vec::new();
    for chunk in chunks {
        scanner.push(chunk, |event| events.push(event.data.to_vec()));
    }
    events
}

/// Everything that the format of `path` reads of any bytes. What is known
/// without content must be what is known with it.
pub fn read(path: &str, request: &[u8], answer: &[u8]) {
    let Some(api) = by_path(path) else { return };
    drop(api.read_request(request));
    drop(api.read_input(request));
    drop(api.read_error(&api::text(answer)));
    assert_eq!(whole(api, answer, true), whole(api, answer, false));
    assert_eq!(streamed(api, answer, true), streamed(api, answer, false));
}

/// The answer as one document.
fn whole(api: &dyn Api, answer: &[u8], keep_content: bool) -> String {
    let mut reader = api.response_reader(keep_content);
    let read = reader.read_body(&api::text(answer)).is_ok();
    format!("{read} {}", facts(reader.finish()))
}

/// The answer as events, one a line.
fn streamed(api: &dyn Api, answer: &[u8], keep_content: bool) -> String {
    let mut reader = api.response_reader(keep_content);
    let lines = answer.split(|byte| *byte == b'\n');
    let read: Vec<_> = lines
        .map(|line| {
            reader
                .read_event(&api::text(line))
                .map(|it| (it.generated, it.terminated))
        })
        .map(Result::ok)
        .collect();
    format!("{read:?} {}", facts(reader.finish()))
}

fn facts(mut response: InferenceResponse) -> String {
    response.output = Output::default();
    response.is_truncated = false;
    for call in &mut response.tool_calls {
        call.arguments = None;
    }
    format!("{response:?}")
}
