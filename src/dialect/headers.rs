//! Headers that say nothing of who asked, or with which key.

/// Names that may leave: ids of requests, and limits of rates.
const NAMES: [&str; 22] = [
    "apim-request-id",
    "cf-ray",
    "content-length",
    "content-type",
    "date",
    "openai-processing-ms",
    "openai-version",
    "request-id",
    "retry-after",
    "retry-after-ms",
    "traceresponse",
    "x-amz-request-id",
    "x-amzn-requestid",
    "x-cloud-trace-context",
    "x-correlation-id",
    "x-envoy-upstream-service-time",
    "x-goog-request-id",
    "x-ms-region",
    "x-ms-request-id",
    "x-request-id",
    "x-should-retry",
    "x-trace-id",
];

/// Families of names of limits.
const FAMILIES: [&str; 4] = [
    "anthropic-ratelimit-",
    "ratelimit-",
    "x-ratelimit-",
    "x-ms-ratelimit-",
];

/// Whether the header that a key ends with may leave.
pub(super) fn may_leave(key: &str) -> bool {
    let header = HTTP.iter().find_map(|above| key.strip_prefix(above));
    header.is_some_and(|header| {
        // Older instrumentations write what is between words otherwise.
        let header = header.replace('_', "-");
        NAMES.contains(&header.as_str()) || FAMILIES.iter().any(|it| header.starts_with(it))
    })
}

const HTTP: [&str; 2] = ["http.request.header.", "http.response.header."];
