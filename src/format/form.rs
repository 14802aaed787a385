//! The fields of a form, as multipart bodies have them. Files pass unread,
//! wherever they stand.

use super::Sent;
use super::lenient::Text;
use crate::operation::Request;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use memchr::memmem;
use std::borrow::Cow;

/// The most that is read of a field. No parameter is longer.
const MAX_FIELD_BYTES: usize = 64 << 10;

/// The most that is read of the head of a part.
const MAX_HEAD_BYTES: usize = 8 << 10;

/// A form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a> {
    boundary: &'a str,
    body: &'a [u8],
}

/// The form that a request is, if its content type says that it is one.
pub(super) fn of<'a>(sent: &Sent<'a>) -> Option<Form<'a>> {
    Some(Form {
        boundary: boundary(sent.headers)?,
        body: sent.body,
    })
}

/// What stands between the parts of a form, if these are the headers of one.
pub(crate) fn boundary(headers: &HeaderMap) -> Option<&str> {
    let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let (kind, parameters) = content_type.split_once(';')?;
    let is_form = kind.trim().eq_ignore_ascii_case("multipart/form-data");
    let boundary = parameters.split(';').find_map(named_boundary);
    boundary.filter(|boundary| is_form && !boundary.is_empty())
}

fn named_boundary(parameter: &str) -> Option<&str> {
    let (key, value) = parameter.split_once('=')?;
    let is_boundary = key.trim().eq_ignore_ascii_case("boundary");
    is_boundary.then(|| value.trim().trim_matches('"'))
}

impl<'a> Form<'a> {
    /// The model, and whether a stream is asked for: what forms say of a request.
    pub(super) fn tell(self, asked: &mut Request) {
        for (name, value) in self.fields() {
            match name {
                "model" => asked.name_model(Text(value).into_word()),
                "stream" => asked.stream |= value == "true",
                "n" => asked.choices = value.parse().ok(),
                _ => {}
            }
        }
    }

    /// The fields that are no files, with their values.
    pub(super) fn fields(self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        Parts::of(self).filter_map(field)
    }
}

/// What stands between the boundaries of a form.
struct Parts<'a> {
    delimiter: memmem::Finder<'static>,
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(form: Form<'a>) -> Self {
        let delimiter = format!("--{}", form.boundary);
        let delimiter = memmem::Finder::new(&delimiter).into_owned();
        let mut parts = Self {
            delimiter,
            rest: form.body,
        };
        // Before the first boundary there is nothing.
        parts.next();
        parts
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(end) = self.delimiter.find(self.rest) else {
            // What is not closed is not all there.
            self.rest = &[];
            return None;
        };
        let (part, rest) = self.rest.split_at(end);
        self.rest = rest
            .get(self.delimiter.needle().len()..)
            .unwrap_or_default();
        Some(part)
    }
}

/// A part's name and value, unless it is a file.
fn field(part: &[u8]) -> Option<(&str, Cow<'_, str>)> {
    let start = part.get(..MAX_HEAD_BYTES).unwrap_or(part);
    let end = memmem::find(start, b"\r\n\r\n")?;
    let (head, body) = part.split_at(end);
    let disposition = disposition(str::from_utf8(head).ok()?)?;
    let is_file = |name| parameter(disposition, name).is_some();
    if is_file("filename") || is_file("filename*") {
        return None;
    }
    let name = parameter(disposition, "name")?;
    let value = body.get(4..)?.trim_ascii_end();
    let value = value.get(..MAX_FIELD_BYTES).unwrap_or(value);
    Some((name, String::from_utf8_lossy(value)))
}

fn disposition(head: &str) -> Option<&str> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_disposition = name.trim().eq_ignore_ascii_case("content-disposition");
        is_disposition.then_some(value)
    })
}

/// A parameter of a header. Names of fields have no semicolon in them; a file's
/// may, and is not read.
fn parameter<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let is_meant = key.trim().eq_ignore_ascii_case(name);
        is_meant.then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use url::Url;

    fn fields(content_type: &str, body: &[u8]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        let sent = Sent {
            method: &Method::POST,
            url: &Url::parse("https://llm.example/v1/files").unwrap(),
            headers: &headers,
            body,
        };
        let fields = of(&sent).into_iter().flat_map(Form::fields);
        fields
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    const FORM: &[u8] = b"--b\r\nContent-Disposition: form-data; name=file; filename=\"a.mp3\"\r\n\
        Content-Type: audio/mpeg\r\n\r\n\x00\xff\r\n\r\nname=\"x\"\r\n--b\r\n\
        content-disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b\r\n\
        Content-Type: text/plain\r\nContent-Disposition: form-data; name=stream\r\n\r\ntrue\r\n--b--\r\n";

    #[test]
    fn fields_are_read_wherever_they_stand_and_files_pass() {
        for content_type in [
            "multipart/form-data; boundary=b",
            "Multipart/Form-Data; charset=utf-8; boundary=\"b\"",
        ] {
            assert_eq!(
                fields(content_type, FORM),
                ["model=whisper-1", "stream=true"]
            );
        }
        assert!(fields("application/json; boundary=b", FORM).is_empty());
        assert!(fields("multipart/form-data", FORM).is_empty());
    }

    #[test]
    fn a_form_tells_its_model() {
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            "multipart/form-data; boundary=b".parse().unwrap(),
        );
        let sent = Sent {
            method: &Method::POST,
            url: &Url::parse("https://llm.example/v1/files").unwrap(),
            headers: &headers,
            body: FORM,
        };
        let mut asked = Request::default();
        of(&sent).unwrap().tell(&mut asked);
        assert_eq!(asked.model.as_deref(), Some("whisper-1"));
        assert!(asked.stream);
    }

    #[test]
    fn what_is_cut_or_odd_costs_itself_alone() {
        let form = |rest: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b{rest}")
        };
        for rest in [
            "",
            "--",
            "\r\nX: y\r\n\r\nz\r\n--b",
            "\r\n\r\n\r\n--b--",
            "\r\nContent-Disposition: form-data; name=model",
        ] {
            let read = fields("multipart/form-data; boundary=b", form(rest).as_bytes());
            assert_eq!(read, ["a=1"], "{rest}");
        }
        let long = format!(
            "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n{}\r\n--b--",
            "x".repeat(100_000)
        );
        let read = fields("multipart/form-data; boundary=b", long.as_bytes());
        assert_eq!(read[0].len(), 2 + MAX_FIELD_BYTES);
        assert!(fields("multipart/form-data; boundary=", FORM).is_empty());
    }
}
