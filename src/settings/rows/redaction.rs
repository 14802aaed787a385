//! `TES_REDACT*` and `TURNSPAN_REDACT*`: what they have in common.

/// The rows of one redaction, which is a field of the draft.
macro_rules! redaction {
    ($draft:ident, $name:literal) => {
        [
            Setting {
                name: $name,
                kind: Kind::List(
                    "`emails`, `phones`, `ssns`, `credit_cards`, `ip_addresses`, `api_keys` or \
                     `all`",
                    |draft, kinds| draft.$draft.find(kinds),
                ),
                help: "The kinds of personal data that are redacted.",
                ..ROW
            },
            Setting {
                name: concat!($name, "_MODE"),
                kind: Kind::Words(&[
                    Word::Known("label", |draft| draft.$draft.action = Some(Action::Label)),
                    Word::Known("hash", |draft| draft.$draft.action = Some(Action::Hash)),
                    Word::Known("remove", |draft| draft.$draft.action = Some(Action::Remove)),
                    Word::Known("mask", |draft| draft.$draft.action = Some(Action::Mask)),
                ]),
                default: "`label`",
                help: "What replaces them: their kind, a hash, nothing, or all but some of their \
                    characters.",
                ..ROW
            },
            Setting {
                name: concat!($name, "_KEY"),
                kind: Kind::Text(|draft, key| draft.$draft.key = Some(key)),
                help: concat!("The key of hashes; required by `", $name, "_MODE=hash`."),
                is_secret: true,
                ..ROW
            },
        ]
    };
}

/// Their names, as a constraint tells them.
macro_rules! redaction_names {
    ($name:literal) => {
        [$name, concat!($name, "_MODE"), concat!($name, "_KEY")]
    };
}

pub(super) use {redaction, redaction_names};
