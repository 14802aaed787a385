//! `TES_*`.

use crate::destination::TurnGrouping;
use crate::redact::Action;
use crate::settings::constraint;
use crate::settings::setting::{GROUP, Group, Kind, ROW, Setting, Word};
use crate::settings::value::count;
use crate::user_ids::UserIds;
use std::time::Duration;

use super::redaction::{redaction, redaction_names};
use Kind::{Flag, Number, Text, Url, Words};

pub(super) const ACCOUNT: Group = Group {
    title: "TES",
    about: "Turns are sent to TES if the endpoint, the client id and the key are set. All other \
        variables of TES are read only then.",
    settings: &[
        Setting {
            name: "TES_ENDPOINT",
            kind: Url(|draft, url| {
                draft.account.endpoint = Some(url.text.to_owned());
                Ok(())
            }),
            help: "Where turns are sent, by https (by http to this machine only); `/api/graphql` is \
                appended.",
            ..ROW
        },
        Setting {
            name: "TES_CLIENT_ID",
            kind: Text(|draft, id| draft.account.client_id = Some(id)),
            help: "The id of your account.",
            ..ROW
        },
        Setting {
            name: "TES_API_KEY",
            kind: Text(|draft, key| draft.account.api_key = Some(key)),
            help: "The key of your account.",
            is_secret: true,
            ..ROW
        },
    ],
    join: constraint::account,
    ..GROUP
};

pub(super) const EVENTS: Group = Group {
    title: "TES, events",
    counts: |draft| draft.tes.is_some(),
    settings: &[
        Setting {
            name: "TES_CAPTURE_CONTENT",
            kind: Flag(|draft, capture| draft.tes(|tes| tes.capture_content(capture))),
            default: "`true`",
            help: "Sends prompts, answers, tool arguments and error texts.",
            ..ROW
        },
        Setting {
            name: "TES_MAX_CONTENT_LENGTH",
            kind: Number("code points", |draft, length| {
                draft.tes(|tes| tes.max_content_length(count(length)));
            }),
            default: "4096",
            help: "Longer texts are truncated; 0 is no limit.",
            ..ROW
        },
        Setting {
            name: "TES_FAILED_CALLS",
            kind: Flag(|draft, send| draft.tes(|tes| tes.failed_calls(send))),
            default: "`true`",
            help: "Sends an event for calls that failed, too.",
            ..ROW
        },
        Setting {
            name: "TES_SOURCE",
            kind: Text(|draft, source| draft.tes(|tes| tes.source(source))),
            default: "`turnspan`",
            help: "The `source` of every event.",
            ..ROW
        },
        Setting {
            name: "TES_USER_ID",
            kind: Text(|draft, id| draft.tes(|tes| tes.user_id(id))),
            help: "The user id of events whose conversation has none.",
            ..ROW
        },
        Setting {
            name: "TES_USER_IDS",
            kind: Words(&[
                Word::Known("plain", |draft| {
                    draft.tes(|tes| tes.user_ids(UserIds::plain()));
                }),
                Word::Known("hmac", |draft| draft.has_hmac_user_ids = true),
                Word::Known("sha256", |draft| {
                    draft.tes(|tes| tes.user_ids(UserIds::sha256()));
                }),
                Word::Known("omit", |draft| {
                    draft.tes(|tes| tes.user_ids(UserIds::omitted()));
                }),
            ]),
            default: "`plain`",
            help: "How user ids are sent: as they are, hashed with a key or without, or not at all.",
            ..ROW
        },
        Setting {
            name: "TES_USER_ID_KEY",
            kind: Text(|draft, key| draft.user_id_key = Some(key)),
            help: "The key of `TES_USER_IDS=hmac`, which requires it.",
            is_secret: true,
            ..ROW
        },
        Setting {
            name: "TES_TURN_GROUPING",
            kind: Words(&[
                Word::Known("call", |draft| {
                    draft.tes(|tes| tes.turn_grouping(TurnGrouping::Call));
                }),
                Word::Known("turn", |draft| {
                    draft.tes(|tes| tes.turn_grouping(TurnGrouping::Turn));
                }),
            ]),
            default: "`call`",
            help: "Whether each call is a `CHAT_TURN` event, or each tool loop.",
            ..ROW
        },
        Setting {
            name: "TES_TURN_MAX_AGE",
            kind: Number("seconds", |draft, seconds| {
                draft.tes(|tes| tes.turn_max_age(Duration::from_secs(seconds)));
            }),
            default: "3600",
            help: "How long a tool loop may stay open before it is sent as it is.",
            ..ROW
        },
        Setting {
            name: "TES_TURN_NUMBERS",
            kind: Flag(|draft, count| draft.tes(|tes| tes.turn_numbers(count))),
            default: "`false`",
            help: "Numbers the turns of a conversation.",
            ..ROW
        },
        Setting {
            name: "TES_TOOL_USE",
            kind: Flag(|draft, send| draft.tes(|tes| tes.tool_use(send))),
            default: "`true`",
            help: "Sends a `TOOL_USE` event for each tool that runs.",
            ..ROW
        },
        Setting {
            name: "TES_SESSION_START",
            kind: Flag(|draft, send| draft.tes(|tes| tes.session_start(send))),
            default: "`false`",
            help: "Sends a `SESSION_START` event before the first turn of a conversation.",
            ..ROW
        },
    ],
    join: constraint::user_ids,
    ..GROUP
};

pub(super) const REDACTION: Group = Group {
    title: "TES, redaction",
    counts: |draft| draft.tes.is_some(),
    settings: &redaction!(tes_redaction, "TES_REDACT"),
    join: |draft| {
        let names = redaction_names!("TES_REDACT");
        if let Some(redaction) = constraint::redaction(&mut draft.tes_redaction, names)? {
            draft.tes(|tes| tes.redact(redaction));
        }
        Ok(())
    },
    ..GROUP
};
