//! Parts of messages that every format has, under other names.

use crate::operation::{Json, Part, Stub, joined_text};
use serde_json::{Value, json};

pub(super) fn text(content: &str) -> Part {
    Part::text(content)
}

/// What an address leads to. Bytes that stand in its place, as a `data:` URL or
/// as they are, become a stub.
pub(super) fn by_url(modality: &str, url: &str) -> Part {
    match Stub::of_url(url) {
        Some(stub) => Part::stubbed(modality.to_owned(), stub),
        None if is_base64(url) => blob(modality, None, url),
        None => Part::Uri {
            modality: modality.to_owned(),
            uri: url.to_owned(),
        },
    }
}

/// The stub of binary content: what it is and how to recognize it.
pub(super) fn blob(modality: &str, mime_type: Option<String>, base64: &str) -> Part {
    Part::stubbed(modality.to_owned(), Stub::of_base64(mime_type, base64))
}

/// Whether this is no address, but what it should lead to: addresses have a
/// colon or a dot.
fn is_base64(text: &str) -> bool {
    let is_of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_\r\n".contains(&byte);
    text.len() >= 64 && text.bytes().all(is_of_base64)
}

/// A file that the provider keeps.
pub(super) fn file(modality: &str, id: &str) -> Part {
    Part::File {
        modality: modality.to_owned(),
        file_id: id.to_owned(),
    }
}

/// A part of a kind that has no shape here.
pub(super) fn other(kind: &str) -> Part {
    Part::Other {
        kind: kind.to_owned(),
    }
}

/// What a message says: a text, or a list of parts, in which lists may lie.
pub(super) fn said(content: &Value) -> Vec<Part> {
    match content {
        Value::String(said) => vec![text(said)],
        Value::Array(list) => list.iter().map(part).collect(),
        Value::Object(_) => vec![part(content)],
        _ => Vec::new(),
    }
}

/// What a tool found: JSON where it is some, else a text. Of parts the texts, if
/// there is nothing else, or each in the conventions' form.
pub(super) fn found(content: &Value) -> Json {
    match content {
        Value::Null => Json::text(""),
        Value::String(text) => Json::or_text(text),
        Value::Array(list) if !list.is_empty() && list.iter().all(is_part) => {
            let parts: Vec<Part> = list.iter().map(part).collect();
            let is_text = |part: &Part| matches!(part, Part::Text { .. });
            match joined_text(&parts).filter(|_| parts.iter().all(is_text)) {
                Some(text) => Json::or_text(&text),
                None => Json::of(&json!(parts)),
            }
        }
        other => Json::of(other),
    }
}

/// Whether an entry of a list is a part of a message, and not of what a tool
/// found.
fn is_part(entry: &Value) -> bool {
    if !entry.is_object() {
        return false;
    }
    let kind = word(entry, "type").unwrap_or_default();
    let is_named = |name: &&str| entry.get(name).is_some();
    match kind {
        "" => entry.as_object().is_some_and(|it| it.len() == 1) && is_named(&"text"),
        _ => !matches!(part(entry), Part::Other { .. }),
    }
}

/// One part, in any of the ways in which formats write it.
pub(super) fn part(part: &Value) -> Part {
    if let Value::String(said) = part {
        return text(said);
    }
    let kind = word(part, "type").unwrap_or_default();
    let known = match kind {
        "text" | "input_text" | "output_text" | "" => word(part, "text").map(|said| Part::Text {
            content: said.to_owned(),
            citations: list(part.get("citations")).map(Json::of).collect(),
        }),
        "thinking" | "reasoning" | "reasoning_text" | "summary_text" => thought(part),
        "refusal" => word(part, "refusal").map(|content| Part::Refusal {
            content: content.to_owned(),
        }),
        "tool_result" => Some(Part::ToolCallResponse {
            id: word(part, "tool_use_id").map(str::to_owned),
            response: found(part.get("content").unwrap_or(&Value::Null)),
        }),
        "resource" => part.get("resource").and_then(|it| sourced("document", it)),
        "resource_link" => word(part, "uri").map(|uri| by_url("document", uri)),
        _ => None,
    };
    let known = known.or_else(|| media(kind, part));
    known.unwrap_or_else(|| other(kind))
}

/// What was thought: a text, or a list of texts.
fn thought(part: &Value) -> Option<Part> {
    let names = ["thinking", "reasoning", "text", "summary"];
    let thought = names.iter().find_map(|name| part.get(name))?;
    Some(Part::Reasoning {
        content: thought_text(thought)?,
    })
}

/// A text, or the texts of a list, of what was thought.
pub(super) fn thought_text(thought: &Value) -> Option<String> {
    let texts = match thought {
        Value::String(text) => return Some(text.clone()),
        list => list.as_array()?.iter(),
    };
    let text = |it: &Value| {
        let names = ["text", "thinking", "summary"].iter();
        let said = it
            .as_str()
            .or_else(|| names.clone().find_map(|name| word(it, name)));
        said.map(str::to_owned)
    };
    Some(texts.filter_map(text).collect())
}

/// An image, a sound, a video or a file, by any of the names that say so.
fn media(kind: &str, part: &Value) -> Option<Part> {
    const MODALITIES: [(&str, &str); 5] = [
        ("image", "image"),
        ("audio", "audio"),
        ("video", "video"),
        ("file", "document"),
        ("document", "document"),
    ];
    let is_named = |(name, _): &&(&str, &str)| kind.contains(name);
    let (_, modality) = MODALITIES.iter().find(is_named)?;
    // What it is may lie in the part, or in a field of the part's name.
    let names = ["source", kind, "image_url"].into_iter();
    let mut within = names.filter_map(|name| part.get(name));
    let within = within.find_map(|place| sourced(modality, place));
    within.or_else(|| sourced(modality, part))
}

/// Where bytes come from: themselves, an address, a file that the provider keeps.
fn sourced(modality: &str, source: &Value) -> Option<Part> {
    let field = |names: &[&str]| names.iter().find_map(|name| word(source, name));
    if let Value::String(url) = source {
        return Some(by_url(modality, url));
    }
    if let Some(id) = field(&["file_id"]) {
        return Some(file(modality, id));
    }
    let media_type = || {
        let named = field(&["media_type", "mime_type", "mimeType", "mediaType"]);
        let format = field(&["format"]).filter(|_| modality != "document");
        let named_by_format = || format.map(|format| format!("{modality}/{format}"));
        named.map(str::to_owned).or_else(named_by_format)
    };
    if let Some(data) = field(&["data", "blob", "file_data", "b64_json", "base64"]) {
        return Some(match word(source, "type") {
            Some("text") => text(data),
            _ => blob(modality, media_type(), data),
        });
    }
    let urls = [
        "url",
        "image_url",
        "file_url",
        "audio_url",
        "video_url",
        "uri",
    ];
    let url = field(&urls).map(|url| by_url(modality, url));
    url.or_else(|| {
        let blocks = said(
            source
                .get("content")
                .filter(|_| word(source, "type") == Some("content"))?,
        );
        joined_text(&blocks).map(Part::text)
    })
}

fn word<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::{found, said, thought_text};
    use serde_json::{Value, json};

    /// "hi"
    const HI: &str = "aGk=";

    fn part(part: &Value) -> Value {
        json!(super::part(part))
    }

    /// Of an image of two bytes, a sound and a file: the part, the modality and the
    /// media type.
    const WRITTEN: [(&str, &str, &str); 13] = [
        (
            r#"{"type": "image_url", "image_url": {"url": "URL"}}"#,
            "image",
            "image/png",
        ),
        (
            r#"{"type": "image_url", "image_url": "URL"}"#,
            "image",
            "image/png",
        ),
        (
            r#"{"type": "input_image", "image_url": "URL"}"#,
            "image",
            "image/png",
        ),
        (
            r#"{"type": "input_image", "image_url": {"url": "URL"}}"#,
            "image",
            "image/png",
        ),
        (
            r#"{"type": "image", "data": "HI", "mimeType": "image/png"}"#,
            "image",
            "image/png",
        ),
        (
            r#"{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "HI"}}"#,
            "image",
            "image/png",
        ),
        (
            r#"{"type": "input_audio", "input_audio": {"data": "HI", "format": "wav"}}"#,
            "audio",
            "audio/wav",
        ),
        (
            r#"{"type": "audio", "data": "HI", "mimeType": "audio/wav"}"#,
            "audio",
            "audio/wav",
        ),
        (
            r#"{"type": "video_url", "video_url": {"url": "URL"}}"#,
            "video",
            "image/png",
        ),
        (
            r#"{"type": "file", "file": {"file_data": "URL", "filename": "a"}}"#,
            "document",
            "image/png",
        ),
        (
            r#"{"type": "input_file", "file_data": "URL"}"#,
            "document",
            "image/png",
        ),
        (
            r#"{"type": "document", "source": {"type": "base64", "data": "HI", "media_type": "a/b"}}"#,
            "document",
            "a/b",
        ),
        (
            r#"{"type": "resource", "resource": {"blob": "HI", "mimeType": "a/b"}}"#,
            "document",
            "a/b",
        ),
    ];

    #[test]
    fn bytes_are_stubs_however_a_format_writes_them() {
        let url = format!("data:image/png;base64,{HI}");
        for (written, modality, media_type) in WRITTEN {
            let json = written.replace("URL", &url).replace("HI", HI);
            let stub = part(&serde_json::from_str(&json).unwrap());
            assert_eq!(stub["type"], "blob", "{written}");
            assert_eq!(stub["modality"], modality, "{written}");
            assert_eq!(stub["mime_type"], media_type, "{written}");
            assert_eq!(stub["byte_size"], 2, "{written}");
            assert!(!stub.to_string().contains(HI), "{written}");
        }
        let bare = json!({"type": "image_url", "image_url": {"url": "A1b/".repeat(40)}});
        assert_eq!(part(&bare)["byte_size"], 120);
    }

    #[test]
    fn addresses_and_files_of_the_provider_are_kept() {
        for (written, kept) in [
            (
                json!({"type": "image_url", "image_url": {"url": "https://a.example/b"}}),
                json!({"type": "uri", "modality": "image", "uri": "https://a.example/b"}),
            ),
            (
                json!({"type": "image", "source": {"type": "file", "file_id": "f"}}),
                json!({"type": "file", "modality": "image", "file_id": "f"}),
            ),
            (
                json!({"type": "document", "source": {"type": "text", "data": "words"}}),
                json!({"type": "text", "content": "words"}),
            ),
            (
                json!({"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}),
                json!({"type": "reasoning", "content": "Hm."}),
            ),
            (json!({"type": "new", "text": "x"}), json!({"type": "new"})),
            (json!("words"), json!({"type": "text", "content": "words"})),
        ] {
            assert_eq!(part(&written), kept);
        }
        assert!(said(&json!(7)).is_empty());
        assert_eq!(
            thought_text(&json!(["a", {"text": "b"}])).as_deref(),
            Some("ab")
        );
    }

    #[test]
    fn what_a_tool_found_is_json_a_text_or_parts() {
        let image = json!({"type": "image", "data": HI, "mimeType": "image/png"});
        let text = json!({"type": "text", "text": "{\"n\": 1}"});
        let of = |content: Value| serde_json::from_str::<Value>(found(&content).as_str()).unwrap();
        assert_eq!(of(json!([text])), json!({"n": 1}));
        assert_eq!(of(json!("words")), "words");
        let both = of(json!([text, image]));
        assert_eq!(
            (&both[0]["content"], &both[1]["byte_size"]),
            (&text["text"], &json!(2))
        );
        for rows in [
            json!([{"id": 1, "text": "a"}]),
            json!([]),
            json!({"a": 1}),
            json!([1, "x"]),
        ] {
            assert_eq!(of(rows.clone()), rows);
        }
    }
}
