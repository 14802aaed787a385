//! The private parts that fuzz targets look at; there only under `cfg(fuzzing)`.
#![allow(missing_docs, reason = "no part of the library")]

use crate::format::{self, Host, Reader, Sent};
use crate::framing::{Frame, Framing, Skim};
use crate::operation::{Output, Request, Response};
use crate::provider::Providers;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method};
use url::Url;

/// The frames of a stream of server-sent events that arrives in these chunks.
pub fn events<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut cutter = Framing::Sse.cutter();
    let mut events = Vec::new();
    for chunk in chunks {
        cutter.push(chunk, |frame| events.push(frame.data.to_vec()));
    }
    events
}

/// Everything that the format of `path`, or of a URL, reads of any bytes. What is
/// known without content must be what is known with it.
pub fn read(path: &str, request: &[u8], answer: &[u8]) {
    read_as(path, request, request, answer);
}

/// As [`read`], where a path has the meaning that it has for the request `like`.
pub fn read_as(path: &str, like: &[u8], request: &[u8], answer: &[u8]) {
    let Ok(url) = Url::parse("https://api.openai.com").and_then(|host| host.join(path)) else {
        return;
    };
    let sent = Sent {
        method: &Method::POST,
        url: &url,
        headers: &HeaderMap::new(),
        body: like,
    };
    let provider = url
        .host_str()
        .and_then(|host| Providers::default().of(host));
    let host = || Host {
        is_meant: true,
        provider: provider.as_deref(),
    };
    let Some((format, routed)) = format::of(&sent, &host) else {
        return;
    };
    let sent = Sent {
        body: request,
        ..sent
    };
    drop(format.read_asked(&sent, &mut Request::default()));
    drop(format.read_said(request));
    drop(format.read_error(&format::text(answer)));
    for told in [whole, streamed] {
        let with = told(format.reader(routed.kind, true).as_mut(), answer);
        let without = told(format.reader(routed.kind, false).as_mut(), answer);
        assert_eq!(with, without);
    }
}

/// How many fields a form has.
pub fn form(body: &[u8]) -> usize {
    let Ok(url) = Url::parse("https://api.openai.com/v1/files") else {
        return 0;
    };
    let content_type = HeaderValue::from_static("multipart/form-data; boundary=x");
    let sent = Sent {
        method: &Method::POST,
        url: &url,
        headers: &HeaderMap::from_iter([(CONTENT_TYPE, content_type)]),
        body,
    };
    format::fields(&sent)
}

/// A document that arrives in these chunks, without what is long in it.
pub fn skim<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let (mut skim, mut kept) = (Skim::default(), Vec::new());
    for chunk in chunks {
        skim.push(chunk, &mut kept);
    }
    kept
}

/// The answer as one document.
fn whole(reader: &mut dyn Reader, answer: &[u8]) -> String {
    let read = reader.document(answer).is_ok();
    format!("{read} {}", facts(reader.finish()))
}

/// The answer as frames, one a line.
fn streamed(reader: &mut dyn Reader, answer: &[u8]) -> String {
    let lines = answer.split(|byte| *byte == b'\n');
    let read: Vec<_> = lines
        .map(|line| {
            let read = reader.frame(Frame::unnamed(line));
            read.map(|it| (it.generated, it.terminated)).ok()
        })
        .collect();
    let completion = reader.completion(&Request::default());
    format!("{read:?} {completion:?} {}", facts(reader.finish()))
}

fn facts(mut response: Response) -> String {
    response.output = Output::default();
    response.is_truncated = false;
    for call in &mut response.tool_calls {
        call.arguments = None;
    }
    format!("{response:?}")
}
