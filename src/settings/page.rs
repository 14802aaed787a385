//! `docs/variables.md`, written from the table.

use super::fleet;
use super::rows;
use super::setting::{Group, Kind, Setting};
use super::value::alternatives;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

const PAGE: &str = "docs/variables.md";

const HEAD: &str = "\
# Variables

Every setting that turnspan reads from the environment, by `init()` and
`Builder::env`, or from a TOML file, by `Builder::file`. This page is written from
the code (`TURNSPAN_UPDATE=1 cargo test --lib settings`).

- The environment overrides the file, and both override what the program has set
  before. What the program sets afterwards overrides them.
- An empty variable counts as unset.
- An invalid value of a `TES_*` or `TURNSPAN_*` variable is an error that names the
  variable. In a file an unknown name is one, too, and the error suggests the closest
  name.
- In the environment an unknown name that begins with `TES_`, `TURNSPAN_` or
  `OTEL_INSTRUMENTATION_GENAI_` is ignored with a warning, which suggests the closest name.
- An invalid or unsupported value of an `OTEL_*` variable is ignored with a warning, as
  the specification of OpenTelemetry asks: such variables are often set for many
  programs at once. [Ignored values](#ignored-values) has examples. URLs, headers and
  files that cannot be used are errors all the same: nothing would arrive.
- Words, `true` and `false` may be written in any case.
- Items of lists are separated by commas.
- `turnspan doctor` shows what is set. It shows no value of the variables marked
  *secret*, and URLs without user, password and query.

`RUST_LOG` is read from the environment only. It sets which log lines `init()` and
`Builder::install` write to standard error, as `target=level` pairs (default:
`warn,turnspan=info`). `NO_COLOR` is read from the environment only, too: any value
switches the colors of the console and of these log lines off.
";

#[test]
fn the_page_says_what_the_table_says() {
    let mut page = HEAD.to_owned();
    for group in rows::GROUPS {
        write_group(&mut page, group);
    }
    fleet::write_table(&mut page);
    if std::env::var_os("TURNSPAN_UPDATE").is_some() {
        return fs::write(PAGE, page).unwrap();
    }
    let known = fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        known == page,
        "{PAGE} is not what the table says: run `TURNSPAN_UPDATE=1 cargo test --lib settings`",
    );
}

#[test]
fn every_variable_in_the_readme_exists() {
    let readme = fs::read_to_string("README.md").unwrap();
    let known: BTreeSet<&str> = rows::settings().map(|it| it.name).collect();
    let words = readme.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let named = words.filter(|word| {
        let prefixes = ["OTEL_", "TES_", "TURNSPAN_"];
        prefixes
            .iter()
            .any(|it| word.starts_with(it) && word != it && !word.ends_with('_'))
    });
    let named: BTreeSet<&str> = named.collect();
    assert!(
        named.len() > 5,
        "only {named:?}: does the test still see them?"
    );
    let unknown: Vec<&&str> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

fn write_group(page: &mut String, group: &Group) {
    write!(page, "\n## {}\n\n", group.title).unwrap();
    if !group.about.is_empty() {
        write!(page, "{}\n\n", group.about).unwrap();
    }
    page.push_str("| variable | values | default | what it does |\n|---|---|---|---|\n");
    for setting in group.settings {
        writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            setting.name,
            values(&setting.kind),
            default(setting),
            what_it_does(setting)
        )
        .unwrap();
    }
}

fn values(kind: &Kind) -> String {
    match kind {
        Kind::Flag(_) => "`true` or `false`".to_owned(),
        Kind::Number(of, _) => format!("whole number of {of}"),
        Kind::Positive(of, _) => format!("whole number of {of}, not 0"),
        Kind::Words(words) => {
            let known = words.iter().filter(|word| word.is_known());
            let known: Vec<String> = known.map(|word| format!("`{}`", word.text())).collect();
            alternatives(&known)
        }
        Kind::Names(words) => {
            let known = words.iter().filter(|word| word.is_known());
            let known: Vec<String> = known.map(|word| format!("`{}`", word.text())).collect();
            format!("list of {}", alternatives(&known))
        }
        Kind::Text(_) => "text".to_owned(),
        Kind::Form(form, _) => (*form).to_owned(),
        Kind::List(items, _) => format!("list of {items}"),
        Kind::Path(_) => "path of a file".to_owned(),
        Kind::Url(_) => "URL".to_owned(),
    }
}

fn default(setting: &Setting) -> &'static str {
    if setting.default.is_empty() {
        "none"
    } else {
        setting.default
    }
}

fn what_it_does(setting: &Setting) -> String {
    let mut text = setting.help.to_owned();
    if let Some(feature) = &setting.feature {
        write!(text, " Needs the feature `{}`.", feature.name).unwrap();
    }
    if setting.is_secret {
        text.push_str(" *Secret.*");
    }
    text
}
