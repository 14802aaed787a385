//! `turnspan spool`, on a file that a dead receiver and refusals have filled.

use super::support::folder::Folder;
use super::support::provider::closed_port;
use super::support::tes_receiver::{Answer, TesReceiver};
use super::{KEY, PATIENCE, Said, call, command, filled, run, run_with_tes, telemetry};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Duration;
use turnspan::Conversation;

fn status(folder: &Folder) -> Value {
    run(folder, &["--json", "spool", "status"]).ended(0).json()
}

fn numbers(folder: &Folder) -> (Value, Value) {
    let status = status(folder);
    (status["waiting"].clone(), status["dead"].clone())
}

fn ids(folder: &Folder, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["--json", "spool", "list"][..], arguments].concat();
    let events = run(folder, &arguments).ended(0).json();
    let events = events.as_array().unwrap().iter();
    events.map(|event| event["id"].to_string()).collect()
}

#[test]
fn status_counts_by_owner_and_state_and_says_who_holds() {
    let folder = Folder::of("cli_spool_status");
    let port = filled(&folder);
    let status = status(&folder);
    assert_eq!(
        (&status["waiting"], &status["dead"]),
        (&json!(3), &json!(2))
    );
    let owner = &status["owners"][0];
    assert_eq!(owner["client_id"], "acme");
    assert_eq!(
        owner["endpoint"],
        format!("http://127.0.0.1:{port}/api/graphql")
    );
    assert_eq!((&owner["waiting"], &owner["dead"]), (&json!(3), &json!(2)));
    assert!(owner["bytes"].as_u64().unwrap() > 500, "{owner}");
    assert!(owner["oldest"].as_str().unwrap().ends_with('Z'), "{owner}");
    assert_eq!(
        status["holders"],
        json!([{"is_running": false, "process": null, "waiting": 3, "open": 0}])
    );
    let said = run(&folder, &["spool", "status"]).ended(0).out;
    assert!(said.contains("3 waiting, 2 dead"), "{said}");
    assert!(
        said.contains("3 events left by processes that have ended"),
        "{said}"
    );
}

#[test]
fn looking_takes_nothing_from_a_program_that_runs() {
    let folder = Folder::of("cli_spool_running");
    let port = closed_port();
    let telemetry = telemetry(&format!("http://127.0.0.1:{port}"), &folder.spool());
    for round in 1..4 {
        call(&telemetry, &["one", "two"]);
        telemetry.flush(Duration::from_millis(200)).unwrap_err();
        let status = status(&folder);
        assert_eq!(status["waiting"], round * 2);
        let holder = &status["holders"][0];
        assert_eq!(holder["is_running"], true);
        #[cfg(target_os = "linux")]
        assert_eq!(holder["process"], std::process::id());
        assert!(folder.spool().with_file_name("spool.db-wal").exists());
    }
    let purged = run(&folder, &["--json", "spool", "purge", "--all", "--yes"]).ended(1);
    assert_eq!(purged.json(), json!({"removed": 0, "held": 6}));
    let receiver = TesReceiver::at(port);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(receiver.accepted().len(), 6);
}

/// As a program that is set as the command line is.
fn run_at(folder: &Folder, url: &str, arguments: &[&str]) -> Said {
    let mut command = command(folder, arguments);
    command
        .env("TES_ENDPOINT", url)
        .env("TES_CLIENT_ID", "acme")
        .env("TES_API_KEY", KEY);
    Said::by(&mut command, "")
}

#[test]
fn what_waits_for_a_wrong_endpoint_moves_to_the_one_that_is_set_and_is_delivered() {
    let folder = Folder::of("cli_spool_move");
    let port = filled(&folder);
    let receiver = TesReceiver::start();
    let url = receiver.url();
    let moved = run_at(&folder, &url, &["--json", "spool", "move"])
        .ended(0)
        .json();
    assert_eq!((&moved["moved"], &moved["held"]), (&json!(5), &json!(0)));
    let owners = status(&folder)["owners"].clone();
    let right = owners.as_array().unwrap().iter();
    let right = { right }.find(|it| it["endpoint"] == format!("{url}/api/graphql"));
    let right = right.unwrap();
    assert_eq!((&right["waiting"], &right["dead"]), (&json!(3), &json!(2)));

    let telemetry = telemetry(&url, &folder.spool());
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(receiver.accepted().len(), 3);
    drop(telemetry);
    assert_eq!(numbers(&folder), (json!(0), json!(2)));
    let wrong = format!("http://127.0.0.1:{port}");
    let again = run_at(&folder, &url, &["spool", "move", "--from", &wrong]).ended(2);
    let expected = "nothing of client `acme` waits for another endpoint";
    assert!(again.err.contains(expected), "{}", again.err);
}

#[test]
fn what_a_running_process_holds_does_not_move() {
    let folder = Folder::of("cli_spool_move_held");
    let wrong = format!("http://127.0.0.1:{}", closed_port());
    let running = telemetry(&wrong, &folder.spool());
    call(&running, &["one", "two"]);
    running.flush(Duration::from_millis(200)).unwrap_err();
    let owner = &status(&folder)["owners"][0];
    assert_eq!((&owner["waiting"], &owner["held"]), (&json!(2), &json!(2)));
    let said = run(&folder, &["spool", "status"]).ended(0).out;
    assert!(
        said.contains("2 waiting (2 held by running processes)"),
        "{said}"
    );
    let arguments = ["--json", "spool", "move", "--from", &wrong];
    let moved = run_at(&folder, "http://127.0.0.1:9", &arguments).ended(1);
    let moved = moved.json();
    assert_eq!((&moved["moved"], &moved["held"]), (&json!(0), &json!(2)));
}

#[test]
fn status_sums_up_by_owner_however_many_processes_have_ended() {
    let folder = Folder::of("cli_spool_sums");
    let port = closed_port();
    for _ in 0..3 {
        let telemetry = telemetry(&format!("http://127.0.0.1:{port}"), &folder.spool());
        call(&telemetry, &["one"]);
        telemetry.shutdown(Duration::from_millis(200)).unwrap_err();
    }
    let said = run(&folder, &["spool", "status"]).ended(0).out;
    assert_eq!(said.matches("acme at").count(), 1, "{said}");
    assert!(said.contains("    3 waiting, 0 dead"), "{said}");
    assert_eq!(said.matches("have ended").count(), 1, "{said}");
}

#[test]
fn list_and_show_tell_of_events_and_only_show_what_was_said() {
    let folder = Folder::of("cli_spool_list");
    filled(&folder);
    let all = run(&folder, &["spool", "list"]).ended(0).out;
    assert_eq!(all.lines().count(), 5, "{all}");
    assert!(!all.contains("third"), "{all}");
    let dead = run(&folder, &["spool", "list", "--dead"]).ended(0).out;
    assert_eq!(dead.matches("  dead  ").count(), 2, "{dead}");
    assert_eq!(dead.matches("rejected: no").count(), 2, "{dead}");
    assert_eq!(ids(&folder, &["--limit", "1"]).len(), 1);

    let id = &ids(&folder, &["--dead"])[0];
    let shown = run(&folder, &["--json", "spool", "show", id])
        .ended(0)
        .json();
    assert_eq!(shown["state"], "dead");
    assert_eq!(shown["reason"], "rejected");
    assert_eq!(shown["event_type"], "CHAT_TURN");
    assert_eq!(shown["body"]["attributes"]["user_message"], "first");
    let pretty = run(&folder, &["spool", "show", id]).ended(0).out;
    assert!(
        pretty.contains("\n    \"user_message\": \"first\""),
        "{pretty}"
    );
    let missing = run(&folder, &["spool", "show", "999"]).ended(2);
    assert!(
        missing.err.contains("there is no event 999"),
        "{}",
        missing.err
    );
}

#[test]
fn a_key_that_a_receiver_repeats_is_not_kept_with_the_reason() {
    let folder = Folder::of("cli_spool_key");
    let refusal = Answer::GraphqlError(format!("the key {KEY} is unknown"));
    let receiver = TesReceiver::scripted([refusal]);
    let telemetry = telemetry(&receiver.url(), &folder.spool());
    call(&telemetry, &["first"]);
    telemetry.flush(PATIENCE).unwrap_err();
    drop(telemetry);
    let listed = run(&folder, &["spool", "list"]).ended(0).out;
    assert!(listed.contains("the key [REDACTED] is unknown"), "{listed}");
    let bytes = folder.bytes();
    assert!(!bytes.windows(6).any(|window| window == b"sesame"));
}

#[test]
fn what_is_put_back_the_next_program_delivers() {
    let folder = Folder::of("cli_spool_replay");
    let port = filled(&folder);
    let id = &ids(&folder, &["--dead"])[0];
    let said = run(&folder, &["--json", "spool", "replay", id, "999"]).ended(1);
    assert_eq!(said.json(), json!({"replayed": 1}));
    assert!(said.err.contains("1 of the ids"), "{}", said.err);
    assert_eq!(numbers(&folder), (json!(4), json!(1)));
    let said = run(&folder, &["spool", "replay", "--all"]).ended(0);
    assert!(
        said.out.starts_with("1 dead letter put back"),
        "{}",
        said.out
    );
    run(&folder, &["spool", "replay", id]).ended(2);
    run(&folder, &["spool", "replay", "--all"]).ended(0);

    let receiver = TesReceiver::at(port);
    let next = telemetry(&format!("http://127.0.0.1:{port}"), &folder.spool());
    next.flush(PATIENCE).unwrap();
    let mut said: Vec<Value> = receiver.accepted();
    said.sort_by_key(|event| event["data"]["attributes"]["timestamp"].to_string());
    assert_eq!(said.len(), 5);
    drop(next);
    assert_eq!(numbers(&folder), (json!(0), json!(0)));
}

#[test]
fn replay_can_send_by_itself() {
    let folder = Folder::of("cli_spool_send");
    let port = filled(&folder);
    let url = format!("http://127.0.0.1:{port}");
    let arguments = ["--json", "spool", "replay", "--all", "--send"];
    let nowhere = run(&folder, &arguments).ended(2);
    assert!(nowhere.err.contains("no TES is set"), "{}", nowhere.err);
    assert_eq!(
        numbers(&folder),
        (json!(3), json!(2)),
        "nothing was put back"
    );

    let down = run_with_tes(
        &folder,
        &url,
        &[&arguments[..], &["--timeout", "1"]].concat(),
    );
    assert_eq!(
        down.ended(1).json(),
        json!({"replayed": 2, "delivered": 0, "refused": 0, "dropped": 0, "waiting": 5})
    );
    let refusal = Answer::GraphqlError("no".to_owned());
    let receiver = TesReceiver::scripted_at(port, [refusal]);
    let again = run_with_tes(&folder, &url, &arguments).ended(1);
    assert_eq!(
        again.json(),
        json!({"replayed": 0, "delivered": 4, "refused": 1, "dropped": 0, "waiting": 0})
    );
    let arguments = ["spool", "replay", "--all", "--send"];
    let done = run_with_tes(&folder, &url, &arguments).ended(0);
    assert_eq!(done.out, "1 dead letter put back, 1 delivered\n");
    assert_eq!(receiver.accepted().len(), 5);
}

#[test]
fn purge_asks_and_leaves_nothing_of_what_was_said() {
    let folder = Folder::of("cli_spool_purge");
    filled(&folder);
    let refused = run(&folder, &["spool", "purge", "--all"]).ended(2);
    assert!(
        refused.err.contains("Delete 5 events for good? [y/N]"),
        "{}",
        refused.err
    );
    let kept = run(&folder, &["spool", "purge", "--older-than", "1h", "-y"]).ended(0);
    assert_eq!(kept.out, "0 events deleted\n");
    let mut dead = command(&folder, &["spool", "purge", "--dead"]);
    let said = Said::by(&mut dead, "y\n").ended(0);
    assert_eq!(said.out, "2 events deleted\n");
    assert_eq!(numbers(&folder), (json!(3), json!(0)));
    let rest = run(
        &folder,
        &["--json", "spool", "purge", "--older-than", "0s", "-y"],
    )
    .ended(0);
    assert_eq!(rest.json(), json!({"removed": 3, "held": 0}));
    assert_eq!(status(&folder)["holders"], json!([]));
    let file = fs::read(folder.spool()).unwrap();
    for said in ["first", "third"] {
        let said = said.as_bytes();
        assert!(!file.windows(said.len()).any(|window| window == said));
    }
}

#[test]
fn turns_that_nobody_will_end_go_when_all_goes() {
    let folder = Folder::of("cli_spool_open");
    filled(&folder);
    let file = rusqlite::Connection::open(folder.spool()).unwrap();
    file.execute_batch("INSERT INTO open_turn (owner, items, body) VALUES (1, 1, x'7B7D')")
        .unwrap();
    drop(file);
    let said = run(&folder, &["spool", "status"]).ended(0).out;
    assert!(said.contains("3 waiting, 2 dead, 1 open turn"), "{said}");
    run(&folder, &["spool", "purge", "--older-than", "0s", "-y"]).ended(0);
    assert_eq!(status(&folder)["open"], 1);
    let all = run(&folder, &["--json", "spool", "purge", "--all", "-y"]).ended(0);
    assert_eq!(all.json(), json!({"removed": 1, "held": 0}));
}

#[test]
fn export_writes_lines_of_json_for_the_user_alone() {
    let folder = Folder::of("cli_spool_export");
    filled(&folder);
    let said = run(&folder, &["spool", "export"]).ended(0).out;
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let texts = lines
        .iter()
        .map(|line| line["body"]["attributes"]["user_message"].as_str().unwrap());
    assert_eq!(
        texts.collect::<Vec<_>>(),
        ["first", "second", "third", "fourth", "fifth"]
    );
    let file = folder.path().join("events.jsonl");
    let path = file.to_str().unwrap();
    let wrote = run(&folder, &["spool", "export", "--dead", "--output", path]).ended(0);
    assert!(
        wrote.out.is_empty() && wrote.err.starts_with("2 events"),
        "{wrote:?}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 2);
    assert_private(&file);
}

/// Of an 8-bit terminal, of seven bits, of an override, of isolation, and lines.
const ORDERS: &str = "a\u{9b}31m\u{85}b\u{1b}[2Jc\u{7f}d\u{202e}e\u{2066}f\u{200f}g\u{2028}h\r\n  1  dead  \tz\u{200d}";

#[test]
fn what_others_wrote_gives_a_terminal_no_orders_in_text_and_in_json() {
    let folder = Folder::of("cli_spool_orders");
    let refusal = Answer::GraphqlError(ORDERS.to_owned());
    let receiver = TesReceiver::scripted([refusal]);
    let telemetry = telemetry(&receiver.url(), &folder.spool());
    let conversation = Conversation::new(ORDERS).enter();
    call(&telemetry, &[ORDERS]);
    drop(conversation);
    telemetry.flush(PATIENCE).unwrap_err();
    drop(telemetry);
    let file = rusqlite::Connection::open(folder.spool()).unwrap();
    file.execute("UPDATE owner SET client_id = ?1, endpoint = ?1", [ORDERS])
        .unwrap();
    // A body as somebody else may have written it, with blanks and raw signs.
    let body: String = file
        .query_row("SELECT body FROM event", [], |row| {
            row.get::<_, Vec<u8>>(0)
                .map(|body| String::from_utf8(body).unwrap())
        })
        .unwrap();
    let body = body.replacen('{', "{\r\n\t\"x\\\"\u{9b}\": 1.50,", 1);
    file.execute("UPDATE event SET body = ?1", [body.as_bytes()])
        .unwrap();
    drop(file);

    let listed = run(&folder, &["--json", "spool", "list"]).ended(0).json();
    let id = listed[0]["id"].to_string();
    assert_eq!(listed[0]["entity_id"], ORDERS);
    assert!(listed[0]["why"].as_str().unwrap().contains("\u{9b}31m"));
    let shown = run(&folder, &["--json", "spool", "show", &id]).ended(0);
    assert!(
        shown
            .out
            .contains(r"\u009b31m\u0085b\u001b[2Jc\u007fd\u202ee\u2066f\u200fg\u2028h")
    );
    let body = &shown.json()["body"];
    assert_eq!(body["attributes"]["user_message"], ORDERS);
    assert_eq!(body["x\"\u{9b}"], 1.5);
    let exported = run(&folder, &["spool", "export"]).ended(0);
    assert_eq!(exported.out.lines().count(), 1, "{}", exported.out);
    assert_eq!(exported.json()["body"], *body);
    assert!(exported.out.contains("1.50"), "numbers stay as they are");
    let status = status(&folder);
    assert_eq!(status["owners"][0]["client_id"], ORDERS);

    let list = run(&folder, &["spool", "list"]).ended(0).out;
    assert_eq!(list.lines().count(), 1, "{list}");
    assert!(
        list.contains(r"a\u{9b}31m\u{85}b\u{1b}[2Jc\u{7f}d\u{202e}e"),
        "{list}"
    );
    let status = run(&folder, &["spool", "status"]).ended(0).out;
    assert_eq!(status.lines().count(), 4, "{status}");
    run(&folder, &["spool", "show", &id]).ended(0);
}

#[test]
fn what_is_no_spool_is_refused_and_stays_as_it_is() {
    let folder = Folder::of("cli_spool_refused");
    let missing = run(&folder, &["spool", "status"]).ended(2);
    assert!(
        missing.err.contains("there is no such file"),
        "{}",
        missing.err
    );
    assert!(!folder.path().exists(), "nothing was made");

    fs::create_dir_all(folder.path()).unwrap();
    let theirs = rusqlite::Connection::open(folder.spool()).unwrap();
    theirs.execute_batch("CREATE TABLE theirs (a)").unwrap();
    drop(theirs);
    let before = fs::read(folder.spool()).unwrap();
    let foreign = run(&folder, &["spool", "purge", "--all", "--yes"]).ended(2);
    assert!(foreign.err.contains("is no spool"), "{}", foreign.err);
    assert_eq!(fs::read(folder.spool()).unwrap(), before);

    fs::write(
        folder.spool(),
        "what was here is gone, and this is no database",
    )
    .unwrap();
    let text = run(&folder, &["spool", "list"]).ended(2);
    assert!(text.err.contains("is no spool"), "{}", text.err);
}

#[cfg(unix)]
pub(super) fn assert_private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", file.display());
}

#[cfg(not(unix))]
pub(super) fn assert_private(_: &Path) {}
