//! `turnspan completions`, and what every command has in common.

use super::run;
use super::support::folder::Folder;

#[test]
fn every_shell_gets_its_completions() {
    let folder = Folder::of("cli_completions");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = run(&folder, &["completions", shell]).ended(0);
        for word in ["turnspan", "replay", "doctor", "write"] {
            assert!(said.out.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn what_is_not_understood_is_said_with_a_code_of_its_own() {
    let folder = Folder::of("cli_usage");
    for arguments in [
        &[][..],
        &["spool"],
        &["spool", "purge"],
        &["spool", "purge", "--all", "--dead"],
        &["spool", "purge", "--older-than", "tomorrow"],
        &["spool", "replay"],
        &["spool", "replay", "1", "--all"],
        &["spool", "show", "first"],
        &["init", "--password", "hunter22"],
        &["completions", "tcl"],
        &["doctr"],
    ] {
        let said = run(&folder, arguments).ended(64);
        assert!(said.out.is_empty(), "{arguments:?}: {}", said.out);
        assert!(said.err.contains("--help"), "{}", said.err);
    }
}

#[test]
fn help_and_version_are_no_error() {
    let folder = Folder::of("cli_help");
    let help = run(&folder, &["--help"]).ended(0);
    for line in ["init", "doctor", "spool", "completions", "  64   the arg"] {
        assert!(help.out.contains(line), "{line}: {}", help.out);
    }
    let version = run(&folder, &["--version"]).ended(0);
    assert_eq!(
        version.out.trim(),
        concat!("turnspan ", env!("CARGO_PKG_VERSION"))
    );
    for command in ["init", "doctor", "spool", "completions"] {
        assert!(!run(&folder, &[command, "--help"]).ended(0).out.is_empty());
    }
}
