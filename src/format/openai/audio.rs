//! Speech out of texts, and texts out of speech; whole, or in pieces.
//!
//! Reference: the OpenAI API's `POST /v1/audio/…`. Groq, Mistral and others answer
//! at the same paths. Speech itself is never read, nor is what was recorded.

use super::Sent;
use super::images::asked_for;
use crate::format::lenient::{self, Text};
use crate::format::object::{Holds, ObjectReader};
use crate::format::route::Route;
use crate::format::{Format, Reader, Unreadable, form};
use crate::operation::{Input, Kind, Request};
use crate::semconv::{attribute, value};
use serde::Deserialize;

const SPEAK: Kind = Kind::other(value::operation_of_ours::SYNTHESIZE_SPEECH);

/// The format of audio.
#[derive(Debug)]
pub(crate) struct Audio;

impl Format for Audio {
    fn routes(&self) -> &'static [Route] {
        const AZURE: &str = value::provider::AZURE_AI_OPENAI;
        const TRANSCRIBE: Kind = Kind::other(value::operation_of_ours::TRANSCRIBE_AUDIO);
        const TRANSLATE: Kind = Kind::other(value::operation_of_ours::TRANSLATE_AUDIO);
        const ROUTES: [Route; 6] = [
            Route::anywhere(SPEAK, "/openai/deployments/{model}/audio/speech").of_provider(AZURE),
            Route::anywhere(
                TRANSCRIBE,
                "/openai/deployments/{model}/audio/transcriptions",
            )
            .of_provider(AZURE),
            Route::anywhere(TRANSLATE, "/openai/deployments/{model}/audio/translations")
                .of_provider(AZURE),
            Route::anywhere(SPEAK, "/audio/speech"),
            Route::anywhere(TRANSCRIBE, "/audio/transcriptions"),
            Route::anywhere(TRANSLATE, "/audio/translations"),
        ];
        &ROUTES
    }

    fn provider(&self) -> &'static str {
        value::provider::OPENAI
    }

    fn read_request(&self, sent: &Sent<'_>, asked: &mut Request) -> Result<(), Unreadable> {
        if let Some(form) = form::of(sent) {
            form.tell(asked);
            return Ok(());
        }
        if sent.body.is_empty() {
            return Ok(());
        }
        let wire: WireRequest<'_> = serde_json::from_slice(sent.body)?;
        asked.name_model(wire.model.and_then(Text::into_word));
        let is_stream = wire.stream_format.is_some_and(|format| format.0 == "sse");
        asked.stream |= is_stream || wire.stream.unwrap_or(false);
        let output_type = wire.voice.map(|_| value::output_type::SPEECH);
        asked.facts.know(attribute::GEN_AI_OUTPUT_TYPE, output_type);
        Ok(())
    }

    fn read_input(&self, body: &[u8]) -> Input {
        let wire: Option<WireRequest<'_>> = serde_json::from_slice(body).ok();
        let said = wire.and_then(|wire| wire.input?.into_string());
        Input {
            messages: said.into_iter().map(asked_for).collect(),
            ..Input::default()
        }
    }

    fn reader(&self, kind: Kind, keep_content: bool) -> Box<dyn Reader> {
        let holds = if kind == SPEAK {
            Holds::Things
        } else {
            Holds::Text
        };
        Box::new(ObjectReader::new(holds, keep_content))
    }
}

/// Of speech; and of recordings that are sent as JSON.
#[derive(Deserialize)]
struct WireRequest<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    input: Option<Text<'a>>,
    #[serde(borrow)]
    voice: Option<Text<'a>>,
    #[serde(borrow)]
    stream_format: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::flag")]
    stream: Option<bool>,
}
