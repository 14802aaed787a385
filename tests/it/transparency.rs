//! What callers send and get is what it would be without us.

use super::support::harness::{Harness, attribute};
use super::support::in_process::answered;
use super::support::provider::{Provider, Reply, openai};
use super::support::seams::{Format, drain, retrying};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt as _, stream};
use http::HeaderMap;
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt as _, StreamBody};
use reqwest::{Body, Client, RequestBuilder, Response};
use std::convert::Infallible;
use std::error::Error;
use std::io::Write as _;
use std::time::Duration;
use tower::{ServiceBuilder, ServiceExt as _};
use turnspan::Fault;

/// The ways of reqwest, and none of them.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Bare,
    Send,
    Middleware,
    Tower,
}

const WAYS: [Way; 3] = [Way::Send, Way::Middleware, Way::Tower];

impl Way {
    async fn send(
        self,
        harness: &Harness,
        request: RequestBuilder,
    ) -> Result<Response, reqwest::Error> {
        let middleware = |error| match error {
            reqwest_middleware::Error::Reqwest(error) => error,
            other @ reqwest_middleware::Error::Middleware(_) => panic!("{other}"),
        };
        match self {
            Self::Bare => request.send().await,
            Self::Send => harness.telemetry.send(request).await,
            Self::Middleware => {
                let (client, request) = request.build_split();
                let client = harness.telemetry.wrap(client);
                client.execute(request?).await.map_err(middleware)
            }
            Self::Tower => {
                let (client, request) = request.build_split();
                ServiceBuilder::new()
                    .layer(harness.telemetry.operation_layer())
                    .layer(harness.telemetry.attempt_layer())
                    .service(client)
                    .oneshot(request?)
                    .await
            }
        }
    }
}

fn request(client: &Client, harness: &Harness) -> RequestBuilder {
    client
        .post(Format::OpenAi.url(harness))
        .header("x-mine", "1")
        .body(Format::OpenAi.request(true).to_string())
}

/// All that a caller can see of a response.
async fn seen(response: Response) -> String {
    let mut headers = response.headers().clone();
    headers.remove("date");
    let head = format!(
        "{} {:?} {} {:?} {:?} {:?}",
        response.status(),
        response.version(),
        response.url().path(),
        response.remote_addr().map(|address| address.ip()),
        response.content_length(),
        headers,
    );
    let chunks: Vec<String> = response
        .bytes_stream()
        .map(|chunk| chunk.map_or_else(|error| described(&error), |chunk| format!("{chunk:?}")))
        .collect()
        .await;
    format!("{head} {chunks:?}")
}

/// An error by its kind, its words and its causes.
///
/// But for one: reqwest can only be given a body back by wrapping it, and says
/// so by an error of this text around the cause that was there before.
fn described(error: &reqwest::Error) -> String {
    let mut words = vec![format!(
        "timeout {} connect {} body {} decode {} request {} status {:?} path {:?}",
        error.is_timeout(),
        error.is_connect(),
        error.is_body(),
        error.is_decode(),
        error.is_request(),
        error.status(),
        error.url().map(reqwest::Url::path),
    )];
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        // Ports differ.
        let text = error.to_string();
        let text = text.split("http://").next().unwrap_or_default();
        if text != "request or response body error" {
            words.push(text.to_owned());
        }
        cause = error.source();
    }
    words.join(" | ")
}

/// Promise, process: Your program gets the same response, chunk for chunk.
#[tokio::test]
async fn responses_are_the_same_to_the_chunk() {
    let replies: [fn() -> Reply; 4] = [
        || Reply::json(openai::completion("Hi.")).header("x-request-id", "r1"),
        || Reply::sse(openai::stream(&["Hel", "lo."], true)),
        || openai::error(400, "invalid_request_error", "No."),
        || Reply::status(204),
    ];
    for reply in replies {
        let harness = Harness::start([reply()]);
        let bare = Way::Bare
            .send(&harness, request(&harness.http, &harness))
            .await;
        let bare = seen(bare.unwrap()).await;
        for way in WAYS {
            let response = way.send(&harness, request(&harness.http, &harness)).await;
            assert_eq!(seen(response.unwrap()).await, bare, "{way:?}");
        }
        assert_eq!(harness.spans().len(), 3);
    }
}

/// Promise, process: The provider gets the same request, header for header.
#[tokio::test]
async fn requests_are_the_same_to_the_header() {
    let harness = Harness::start([Reply::json(openai::completion("Hi."))]);
    for way in [Way::Bare, Way::Send, Way::Middleware, Way::Tower] {
        let response = way.send(&harness, request(&harness.http, &harness)).await;
        response.unwrap().bytes().await.unwrap();
    }
    let requests = harness.provider.requests();
    for wrapped in &requests[1..] {
        assert_eq!(wrapped.path, requests[0].path);
        assert_eq!(wrapped.headers, requests[0].headers);
        assert_eq!(wrapped.body, requests[0].body);
    }
}

/// Promise, process: Your program gets the same error, in kind and words.
#[tokio::test]
async fn errors_are_the_same_in_kind_and_words() {
    let broken = || Reply::sse(openai::stream(&["Hel"], false)).cut_after(1);
    let late = || Reply::json(openai::completion("late")).delay_first(Duration::from_secs(60));
    let hanging = || Reply::sse(openai::stream(&["Hel"], false)).hang_after(1);
    let patient = Client::new();
    let hasty = Client::builder()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    for (reply, client) in [(broken(), &patient), (late(), &hasty), (hanging(), &hasty)] {
        let harness = Harness::start([reply]);
        let mut told = Vec::new();
        for way in [Way::Bare, Way::Send, Way::Middleware, Way::Tower] {
            let answered = way.send(&harness, request(client, &harness)).await;
            let error = match answered {
                Ok(response) => response.bytes().await.unwrap_err(),
                Err(error) => error,
            };
            told.push(described(&error));
        }
        assert_eq!(told[1..], vec![told[0].clone(); 3]);
    }
    // Nobody listens there; and this is no request at all.
    let harness = Harness::start([]);
    let nowhere = || {
        patient
            .post("http://127.0.0.1:1/v1/chat/completions")
            .body(Format::OpenAi.request(true).to_string())
    };
    let nothing = || {
        patient
            .post("http://127.0.0.1:1/v1/chat/completions")
            .header("a b", "c")
    };
    for request in [&nowhere as &dyn Fn() -> RequestBuilder, &nothing] {
        let bare = described(&Way::Bare.send(&harness, request()).await.unwrap_err());
        for way in WAYS {
            let error = way.send(&harness, request()).await.unwrap_err();
            assert_eq!(described(&error), bare, "{way:?}");
        }
    }
}

#[tokio::test]
async fn size_hints_frames_and_trailers_pass_through() {
    let harness = Harness::start([]);
    let mut trailers = HeaderMap::new();
    trailers.insert("x-usage", "7".parse().unwrap());
    let frames = [
        Frame::data(Bytes::from_static(b"data: {}\n\n")),
        Frame::trailers(trailers.clone()),
    ];
    let body = StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)));
    let response = answered(
        &harness,
        Format::OpenAi,
        "text/event-stream",
        Body::wrap(body),
    )
    .await;
    let mut body = Body::from(response);
    let data = body.frame().await.unwrap().unwrap();
    assert_eq!(data.into_data().unwrap(), "data: {}\n\n");
    let last = body.frame().await.unwrap().unwrap();
    assert_eq!(last.into_trailers().unwrap(), trailers);
    assert!(body.frame().await.is_none());

    let response = answered(
        &harness,
        Format::OpenAi,
        "application/json",
        Body::from("{}"),
    )
    .await;
    assert_eq!(Body::from(response).size_hint().exact(), Some(2));
}

/// Promise, process: The reader of a stream sets its pace: nothing is read ahead of it.
#[tokio::test]
async fn the_reader_sets_the_pace() {
    let harness = Harness::start([]);
    let (pulled, chunks) = std::sync::mpsc::channel();
    let frames = stream::iter(0..100).map(move |number| {
        pulled.send(number).unwrap();
        Ok::<_, Infallible>(Frame::data(Bytes::from_static(b": x\n\n")))
    });
    let body = Body::wrap(StreamBody::new(frames));
    let response = answered(&harness, Format::OpenAi, "text/event-stream", body).await;
    assert_eq!(chunks.try_iter().count(), 0, "nothing is read ahead");
    let mut body = response.bytes_stream();
    for _ in 0..3 {
        body.next().await.unwrap().unwrap();
    }
    assert_eq!(chunks.try_iter().count(), 3);
}

fn gzipped(reply: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(reply).unwrap();
    encoder.finish().unwrap().into()
}

fn compressed() -> Reply {
    let events = openai::stream(&["Hel", "lo."], true);
    let mut body: Vec<String> = events
        .iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    body.push("data: [DONE]\n\n".to_owned());
    Reply::status(200)
        .header("content-type", "text/event-stream")
        .header("content-encoding", "gzip")
        .chunks(vec![gzipped(body.concat().as_bytes())])
}

#[tokio::test]
async fn what_the_client_decompresses_is_read_and_what_it_does_not_is_counted() {
    let harness = Harness::with_content([compressed()]);
    let response = harness
        .telemetry
        .send(request(&harness.http, &harness))
        .await
        .unwrap();
    assert!(response.text().await.unwrap().ends_with("data: [DONE]\n\n"));
    let span = harness.span();
    assert_eq!(
        attribute(&span.attributes, "gen_ai.usage.output_tokens").unwrap(),
        "7"
    );

    let harness = Harness::with_content([compressed()]);
    let raw = Client::builder().no_gzip().build().unwrap();
    let response = harness
        .telemetry
        .send(request(&raw, &harness))
        .await
        .unwrap();
    assert_eq!(response.bytes().await.unwrap()[..2], [0x1f, 0x8b]);
    let span = harness.span();
    assert_eq!(
        attribute(&span.attributes, "turnspan.outcome").unwrap(),
        "completed"
    );
    assert_eq!(harness.telemetry.stats().faults[&Fault::UnreadResponse], 1);
}

#[tokio::test]
async fn http_2_is_as_good() {
    let harness = Harness::with_content([Reply::sse(openai::stream(&["Hel", "lo."], true))]);
    let client = Client::builder().http2_prior_knowledge().build().unwrap();
    for way in WAYS {
        let response = way
            .send(&harness, request(&client, &harness))
            .await
            .unwrap();
        assert_eq!(response.version(), http::Version::HTTP_2);
        response.bytes().await.unwrap();
    }
    for span in harness.spans() {
        assert_eq!(
            attribute(&span.attributes, "gen_ai.usage.output_tokens").unwrap(),
            "7"
        );
    }
}

#[tokio::test]
async fn connections_are_kept_and_given_up_as_without_us() {
    let whole = Reply::json(openai::completion("Hi."));
    let hanging = Reply::sse(openai::stream(&["Hel"], false)).hang_after(1);
    let mut peers = Vec::new();
    for way in [Way::Bare, Way::Send, Way::Middleware, Way::Tower] {
        let harness =
            Harness::start([whole.clone(), whole.clone(), hanging.clone(), whole.clone()]);
        for number in 0..4 {
            let response = way
                .send(&harness, request(&harness.http, &harness))
                .await
                .unwrap();
            if number == 2 {
                // One chunk, and the rest of the stream is let go.
                response.bytes_stream().next().await.unwrap().unwrap();
            } else {
                response.bytes().await.unwrap();
            }
        }
        let ports: Vec<u16> = harness
            .provider
            .requests()
            .iter()
            .map(|seen| seen.peer.port())
            .collect();
        assert_eq!(
            ports[0], ports[1],
            "{way:?}: a finished connection is used again"
        );
        assert_eq!(ports[1], ports[2], "{way:?}");
        assert_ne!(ports[2], ports[3], "{way:?}: one that hangs is not");
        peers.push(ports.len());
    }
    assert_eq!(peers, [4; 4]);
}

#[tokio::test]
async fn time_to_the_first_chunk_is_the_providers() {
    // The first chunk is handed on before the second exists.
    let harness = Harness::start([Reply::sse(openai::stream(&["Hel"], false)).hang_after(1)]);
    for way in WAYS {
        let response = way
            .send(&harness, request(&harness.http, &harness))
            .await
            .unwrap();
        let first = response.bytes_stream().next().await.unwrap().unwrap();
        assert!(first.starts_with(b"data: "), "{way:?}");
    }
}

#[tokio::test]
async fn a_middleware_of_the_users_sees_the_same_requests_and_answers() {
    let harness = Harness::start([
        openai::error(503, "server_error", "Busy."),
        Reply::json(openai::completion("Hi.")),
    ]);
    let client = harness.telemetry.wrap(retrying(harness.http.clone()));
    let request = request(&harness.http, &harness).build().unwrap();
    let response = client.execute(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = drain(
        response
            .bytes_stream()
            .map(|chunk| chunk.map_err(|e| e.to_string()))
            .boxed(),
    );
    assert_eq!(body.await, openai::completion("Hi.").to_string());
    assert_eq!(harness.provider.requests().len(), 2);
}

/// Promise, process: With nothing configured no thread runs and nothing is recorded.
#[tokio::test]
async fn off_means_off() {
    let provider = Provider::start([Reply::json(openai::completion("Hi."))]);
    let telemetry = turnspan::builder().build().unwrap();
    let client = Client::new();
    let url = format!("{}/chat/completions", provider.base_url());
    let response = telemetry.send(client.post(&url).body("{}")).await.unwrap();
    assert_eq!(
        response.text().await.unwrap(),
        openai::completion("Hi.").to_string()
    );
    let response = telemetry.wrap(client).post(&url).body("{}").send().await;
    assert_eq!(response.unwrap().status(), 200);
    let mut recorder = telemetry.record(&url, "{}");
    recorder.chunk("data: x\n\n");
    recorder.finish();
    assert_eq!(telemetry.stats(), turnspan::StatsSnapshot::default());
}
