//! `TES_*` that rule how events wait and are sent.

use crate::destination::Dialect;
use crate::settings::draft::Draft;
use crate::settings::setting::{GROUP, Group, Kind, ROW, Setting, Word};
use crate::settings::value::count;
use crate::spool::{SpoolSettings, WhenFull};
use std::time::Duration;

use Kind::{List, Number, Path, Words};

pub(super) const REQUESTS: Group = Group {
    title: "TES, requests",
    counts: |draft| draft.tes.is_some(),
    settings: &[
        Setting {
            name: "TES_HEADERS",
            kind: List("`key=value`", |draft, headers| {
                for (name, value) in headers.pairs()? {
                    draft.try_tes(|tes| tes.header(name, value))?;
                }
                Ok(())
            }),
            help: "Headers of every request; they cannot replace the key.",
            is_secret: true,
            ..ROW
        },
        Setting {
            name: "TES_DIALECT",
            kind: Words(&[
                Word::Known("emit_event", |draft| {
                    draft.tes(|tes| tes.dialect(Dialect::EmitEvent));
                }),
                Word::Known("create_module_event", |draft| {
                    draft.tes(|tes| tes.dialect(Dialect::CreateModuleEvent));
                }),
            ]),
            default: "`emit_event`",
            help: "Which mutation of the GraphQL API sends events.",
            ..ROW
        },
        // The number sets how long they wait, where nothing else does.
        Setting {
            name: "TES_BATCH_SIZE",
            kind: Number("events", |draft, events| {
                draft.tes(|tes| tes.batch_size(count(events)));
            }),
            default: "1",
            help: "How many events one request may have.",
            ..ROW
        },
        Setting {
            name: "TES_FLUSH_INTERVAL",
            kind: Number("milliseconds", |draft, interval| {
                draft.tes(|tes| tes.interval(Duration::from_millis(interval)));
            }),
            default: "0, or 5000 if `TES_BATCH_SIZE` is more than 1",
            help: "How long an event waits for a batch to fill.",
            ..ROW
        },
    ],
    ..GROUP
};

pub(super) const SPOOL: Group = Group {
    title: "Spool",
    about: "Turns wait here until they have arrived: until TES has acknowledged them, or until \
        they are in the file of JSON lines.",
    counts: Draft::has_turns,
    settings: &[
        Setting {
            name: "TES_DURABILITY",
            kind: Words(&[
                Word::Known("durable", |draft| {
                    draft.spool(|spool| SpoolSettings {
                        durable: true,
                        required_by: Some("TES_DURABILITY"),
                        ..spool
                    });
                }),
                Word::Known("best_effort", |draft| {
                    draft.spool(|spool| SpoolSettings {
                        durable: false,
                        ..spool
                    });
                }),
            ]),
            default: "`durable` (with the feature `sqlite`)",
            help: "Whether events wait in a file, or in memory. If it is set to `durable`, a file that \
                cannot be used is an error at the start; otherwise events then wait in memory, with a \
                warning.",
            ..ROW
        },
        Setting {
            name: "TES_SPOOL_PATH",
            kind: Path(|draft, path| {
                draft.spool(|spool| SpoolSettings {
                    required_by: Some("TES_SPOOL_PATH"),
                    ..spool.path(path.text)
                });
                Ok(())
            }),
            default: "`turnspan/spool.db` in `$XDG_STATE_HOME` or `~/.local/state` (macOS: \
                `~/Library/Application Support`, Windows: `%LOCALAPPDATA%`)",
            help: "The file, which only its user may read. If it is set, a file that cannot be used is \
                an error at the start.",
            ..ROW
        },
        Setting {
            name: "TES_SPOOL_MAX_BYTES",
            kind: Number("bytes", |draft, bytes| {
                draft.spool(|spool| spool.max_bytes(bytes));
            }),
            default: "104857600 (100 MiB)",
            help: "How large the spool may become.",
            ..ROW
        },
        Setting {
            name: "TES_SPOOL_MAX_AGE",
            kind: Number("seconds", |draft, seconds| {
                draft.spool(|spool| spool.max_age(Duration::from_secs(seconds)));
            }),
            default: "604800 (7 days)",
            help: "Older events are dropped.",
            ..ROW
        },
        Setting {
            name: "TES_DROP_POLICY",
            kind: Words(&[
                Word::Known("drop_oldest", |draft| {
                    when_full(draft, WhenFull::DropOldest);
                }),
                Word::Known("drop_newest", |draft| {
                    when_full(draft, WhenFull::DropNewest);
                }),
            ]),
            default: "`drop_oldest`",
            help: "Which event a full spool drops.",
            ..ROW
        },
    ],
    ..GROUP
};

fn when_full(draft: &mut Draft, policy: WhenFull) {
    draft.spool(|spool| spool.when_full(policy));
}
