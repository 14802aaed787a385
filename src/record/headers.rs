//! What the headers of an answer tell: rate limits, and by which id its provider
//! finds it again.

use crate::semconv::RESPONSE_HEADERS;
use http::HeaderMap;
use http::header::HeaderName;
use opentelemetry::{Array, KeyValue, StringValue, Value};

/// What is kept of one value: ids and dates are shorter.
const MAX_VALUE_BYTES: usize = 128;

/// What is kept of a header that is there more than once.
const MAX_VALUES: usize = 4;

/// The attributes of these headers. Nothing is allocated for headers that are not
/// on the list.
pub(super) fn attributes(headers: &HeaderMap) -> Vec<KeyValue> {
    let known = headers.keys().filter_map(|name| {
        let attribute = attribute_of(name.as_str())?;
        let values = values(headers, name);
        (!values.is_empty()).then(|| {
            let values = Value::Array(Array::String(values));
            KeyValue::new(attribute, values)
        })
    });
    known.collect()
}

fn attribute_of(name: &str) -> Option<&'static str> {
    // Most headers of an answer begin otherwise.
    if !name.starts_with(['a', 'c', 'm', 'r', 'x']) {
        return None;
    }
    let found = RESPONSE_HEADERS.binary_search_by_key(&name, |it| header(it));
    RESPONSE_HEADERS.get(found.ok()?).copied()
}

/// The header behind an attribute.
fn header(attribute: &str) -> &str {
    attribute
        .strip_prefix("http.response.header.")
        .unwrap_or_default()
}

/// Values that are visible ASCII; a longer one is cut.
fn values(headers: &HeaderMap, name: &HeaderName) -> Vec<StringValue> {
    let values = headers.get_all(name).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let cut = texts.map(|text| text.get(..MAX_VALUE_BYTES).unwrap_or(text));
    let kept = cut.filter(|text| !text.is_empty()).take(MAX_VALUES);
    kept.map(|text| text.to_owned().into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn told(headers: &[(&'static str, HeaderValue)]) -> Vec<String> {
        let headers = headers.iter().cloned();
        let headers: HeaderMap = headers
            .map(|(name, value)| (HeaderName::from_static(name), value))
            .collect();
        let known = attributes(&headers).into_iter();
        known.map(|it| format!("{}={}", it.key, it.value)).collect()
    }

    #[test]
    fn only_headers_of_the_list_are_told() {
        let text = HeaderValue::from_static;
        let headers = [
            ("x-request-id", text("req_1")),
            ("set-cookie", text("canary")),
            ("x-api-key", text("canary")),
            ("authorization", text("canary")),
            ("content-type", text("application/json")),
            ("retry-after", HeaderValue::from_bytes(b"\xff").unwrap()),
            ("request-id", text("")),
        ];
        let expected = ["http.response.header.x-request-id=[\"req_1\"]"];
        assert_eq!(told(&headers), expected);
        assert!(attributes(&HeaderMap::new()).capacity() == 0);
    }

    #[test]
    fn values_are_bounded() {
        let long = HeaderValue::from_str(&"7".repeat(500)).unwrap();
        let mut headers = HeaderMap::new();
        for _ in 0..9 {
            headers.append("x-ratelimit-remaining", long.clone());
        }
        let known = attributes(&headers);
        let Value::Array(Array::String(values)) = &known[0].value else {
            panic!("{known:?}");
        };
        assert_eq!(values.len(), MAX_VALUES);
        assert!(values.iter().all(|it| it.as_str().len() == MAX_VALUE_BYTES));
    }

    #[test]
    fn the_list_is_sorted_and_its_names_are_those_of_headers() {
        assert!(RESPONSE_HEADERS.is_sorted());
        for attribute in RESPONSE_HEADERS {
            assert!(!header(attribute).is_empty());
            assert_eq!(attribute_of(header(attribute)), Some(*attribute));
        }
    }
}
