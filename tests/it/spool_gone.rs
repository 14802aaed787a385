//! A spool whose files are removed, renamed or replaced while it is in use.
#![cfg(unix)]

use super::support::folder::Folder;
use super::support::harness::{PATIENCE, tes_at};
use super::support::provider::{closed_port, openai};
use super::support::tes_receiver::TesReceiver;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use turnspan::{AccountSnapshot, DropReason, Fault, FlushError, SpoolSettings, Telemetry};

/// So long nobody takes anything.
const MOMENT: Duration = Duration::from_millis(100);

/// Of this a part is for writing down what nobody took.
const END: Duration = Duration::from_secs(1);

fn running(port: u16, spool: &Path) -> Telemetry {
    let url = format!("http://127.0.0.1:{port}");
    let settings = SpoolSettings::durable().path(spool);
    let tes = tes_at(&url, "tes_key").spool(settings);
    turnspan::builder().tes(tes).build().unwrap()
}

fn call(telemetry: &Telemetry, said: &str) {
    let url = "https://api.openai.com/v1/chat/completions";
    let request = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{said}"}}]}}"#);
    let call = telemetry.record(url, request);
    call.response(openai::completion("Hi.").to_string());
}

fn books(telemetry: &Telemetry) -> AccountSnapshot {
    let books = telemetry.stats().destinations["tes"].clone();
    assert!(books.balances(), "{books}");
    books
}

/// What was said in the turns that arrived, once each.
fn said(receiver: &TesReceiver) -> BTreeSet<String> {
    let events = receiver.accepted();
    let text = |event: &serde_json::Value| {
        let text = &event["data"]["attributes"]["user_message"];
        text.as_str().unwrap().to_owned()
    };
    let all: BTreeSet<String> = events.iter().map(text).collect();
    assert_eq!(all.len(), events.len(), "{events:?}");
    all
}

/// Waits until no event is on its way to the file, and tells what a flush says.
fn said_after_commit(telemetry: &Telemetry) -> FlushError {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let said = telemetry.flush(MOMENT).unwrap_err();
        // Where there can be no file, nothing is kept and all is left.
        let is_settled = said.left.is_empty() || said.kept.is_empty();
        if books(telemetry).queued == 0 && is_settled {
            return said;
        }
        assert!(Instant::now() < deadline, "{said}, {}", books(telemetry));
    }
}

fn names(from: usize, to: usize) -> BTreeSet<String> {
    (from..to).map(|number| number.to_string()).collect()
}

/// What a crash at this moment leaves, and the next process delivers.
fn survives(folder: &Folder, copy: &str) -> BTreeSet<String> {
    folder.copy_to(copy);
    let port = closed_port();
    let receiver = TesReceiver::at(port);
    // Rows belong to an endpoint.
    let copy = Folder::named(copy);
    let file = rusqlite::Connection::open(copy.spool()).unwrap();
    let url = format!("http://127.0.0.1:{port}/api/graphql");
    file.execute("UPDATE owner SET endpoint = ?1", [url])
        .unwrap();
    drop(file);
    let next = running(port, &copy.spool());
    next.flush(PATIENCE).unwrap();
    said(&receiver)
}

/// Promise, kept: Of a spool that is written over while it is in use, what is
/// not in memory is counted as lost, and no more is called kept than is there.
#[test]
fn of_a_file_that_is_written_over_in_its_place_what_is_kept_is_in_a_new_one() {
    let folder = Folder::of("written_over");
    let port = closed_port();
    let telemetry = running(port, &folder.spool());
    // More than is read ahead, and more than waits in a log.
    let long = "x".repeat(9_000);
    (0..600).for_each(|_| call(&telemetry, &long));
    said_after_commit(&telemetry);
    let letter = "a letter of more than a few bytes\n".repeat(9);
    fs::write(folder.spool(), &letter).unwrap();
    (0..5).for_each(|_| call(&telemetry, "late"));
    let error = telemetry.shutdown(PATIENCE).unwrap_err();
    let books = books(&telemetry);
    let lost = books.dropped_total();
    assert_eq!(error.kept["tes"] + lost, 605, "{error}");
    assert_eq!(telemetry.stats().faults, [(Fault::SpoolDamaged, 1)].into());
    drop(telemetry);
    let receiver = TesReceiver::at(port);
    let next = running(port, &folder.spool());
    next.flush(PATIENCE).unwrap();
    let arrived = u64::try_from(receiver.accepted().len()).unwrap();
    assert_eq!(arrived, error.kept["tes"]);
}

type Harm = fn(&Path);

/// Everything beside the file whose name ends so.
fn remove(folder: &Path, is_meant: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if is_meant(path.file_name().unwrap().to_str().unwrap()) {
            fs::remove_file(path).unwrap();
        }
    }
}

const HARMS: [(&str, Harm); 12] = [
    ("file", |it| fs::remove_file(it.join("spool.db")).unwrap()),
    ("all", |it| remove(it, |_| true)),
    ("folder", |it| fs::remove_dir_all(it).unwrap()),
    ("renamed", |it| {
        fs::rename(it.join("spool.db"), it.join("old.db")).unwrap();
    }),
    ("folder_renamed", |it| {
        fs::rename(it, it.with_extension("old")).unwrap();
    }),
    ("emptied_name", |it| {
        fs::write(it.join("new"), "").unwrap();
        fs::rename(it.join("new"), it.join("spool.db")).unwrap();
    }),
    ("text", |it| {
        fs::write(
            it.join("new"),
            "a letter that is longer than a header has to be",
        )
        .unwrap();
        fs::rename(it.join("new"), it.join("spool.db")).unwrap();
    }),
    ("wal", |it| {
        fs::remove_file(it.join("spool.db-wal")).unwrap();
    }),
    ("shm", |it| {
        fs::remove_file(it.join("spool.db-shm")).unwrap();
    }),
    ("all_beside", |it| remove(it, |name| name != "spool.db")),
    ("lock", |it| {
        fs::remove_file(it.join("spool.db-lock")).unwrap();
    }),
    ("lease", |it| remove(it, |name| name.contains("-lease-"))),
];

/// Promise, kept: A spool whose file is removed or replaced while it is in use is written
/// anew.
#[test]
fn what_was_in_a_file_that_is_gone_is_written_anew() {
    for (harm, act) in HARMS {
        let folder = Folder::of(&format!("gone_{harm}"));
        drop(fs::remove_dir_all(
            folder.spool().parent().unwrap().with_extension("old"),
        ));
        let port = closed_port();
        let telemetry = running(port, &folder.spool());
        (0..20).for_each(|number| call(&telemetry, &number.to_string()));
        said_after_commit(&telemetry);
        act(folder.spool().parent().unwrap());
        (20..25).for_each(|number| call(&telemetry, &number.to_string()));
        let left = said_after_commit(&telemetry);
        assert_eq!(left.kept["tes"], 25, "{harm}: {left}");
        let faults = telemetry.stats().faults;
        let is_noticed = !["lock", "lease"].contains(&harm);
        let gone = faults.get(&Fault::SpoolGone).copied();
        assert_eq!(gone, is_noticed.then_some(1), "{harm}: {faults:?}");
        let survived = survives(&folder, &format!("gone_{harm}_copy"));
        assert_eq!(survived, names(0, 25), "{harm}");
        let receiver = TesReceiver::at(port);
        telemetry.flush(PATIENCE).unwrap();
        assert_eq!(said(&receiver), names(0, 25), "{harm}");
        assert_eq!(books(&telemetry).delivered, 25);
    }
}

#[test]
fn what_is_gone_at_the_end_is_written_anew_too() {
    for (harm, act) in HARMS {
        let folder = Folder::of(&format!("gone_at_end_{harm}"));
        drop(fs::remove_dir_all(
            folder.spool().parent().unwrap().with_extension("old"),
        ));
        let port = closed_port();
        let telemetry = running(port, &folder.spool());
        (0..20).for_each(|number| call(&telemetry, &number.to_string()));
        said_after_commit(&telemetry);
        act(folder.spool().parent().unwrap());
        let left = telemetry.shutdown(END).unwrap_err();
        assert_eq!(left.kept.get("tes"), Some(&20), "{harm}: {left}");
        assert_eq!(books(&telemetry).spooled, 20, "{harm}");
        let receiver = TesReceiver::at(port);
        let next = running(port, &folder.spool());
        next.flush(PATIENCE).unwrap();
        assert_eq!(said(&receiver), names(0, 20), "{harm}");
    }
}

#[test]
fn more_than_is_read_ahead_goes_along() {
    let folder = Folder::of("gone_many");
    let port = closed_port();
    let telemetry = running(port, &folder.spool());
    for number in 0..900 {
        call(&telemetry, &number.to_string());
        if number % 100 == 0 {
            telemetry.flush(MOMENT).unwrap_err();
        }
    }
    said_after_commit(&telemetry);
    fs::remove_file(folder.spool()).unwrap();
    call(&telemetry, "900");
    let left = said_after_commit(&telemetry);
    assert_eq!(left.kept["tes"], 901, "{left}");
    let receiver = TesReceiver::at(port);
    telemetry.flush(6 * PATIENCE).unwrap();
    assert_eq!(said(&receiver), names(0, 901));
}

#[test]
fn several_that_share_a_file_follow_it_each_for_itself() {
    let harms = ["file", "renamed", "shm", "all_beside"];
    for (harm, act) in HARMS.into_iter().filter(|(harm, _)| harms.contains(harm)) {
        let folder = Folder::of(&format!("gone_shared_{harm}"));
        drop(fs::remove_dir_all(
            folder.spool().parent().unwrap().with_extension("old"),
        ));
        let port = closed_port();
        let all: Vec<Telemetry> = (0..3).map(|_| running(port, &folder.spool())).collect();
        let call_all = |from: usize| {
            for (number, telemetry) in all.iter().enumerate() {
                call(telemetry, &(from + number).to_string());
            }
            for telemetry in &all {
                drop(telemetry.flush(MOMENT));
            }
        };
        call_all(0);
        act(folder.spool().parent().unwrap());
        // Those that see the same log removed wait for each other to let go of it.
        (1..4).for_each(|round| call_all(3 * round));
        let receiver = TesReceiver::at(port);
        for telemetry in &all {
            // It may have paused for longer, by now.
            telemetry.flush(6 * PATIENCE).unwrap();
            assert_eq!(books(telemetry).dropped_total(), 0, "{harm}");
        }
        assert_eq!(said(&receiver), names(0, 12), "{harm}");
    }
}

/// Promise, kept: `kept` is only what is in the file.
#[test]
fn where_there_can_be_no_new_file_nothing_is_called_kept() {
    let folder = Folder::of("gone_for_good");
    let path: PathBuf = folder.spool().parent().unwrap().to_owned();
    let port = closed_port();
    let telemetry = running(port, &folder.spool());
    (0..20).for_each(|number| call(&telemetry, &number.to_string()));
    said_after_commit(&telemetry);
    fs::remove_dir_all(&path).unwrap();
    fs::write(&path, "a file where the folder was").unwrap();
    (20..25).for_each(|number| call(&telemetry, &number.to_string()));
    let left = said_after_commit(&telemetry);
    assert_eq!(
        (left.kept.get("tes"), left.left.get("tes")),
        (None, Some(&25)),
        "{left}"
    );
    // There is a place again, and it takes all.
    fs::remove_file(&path).unwrap();
    call(&telemetry, "25");
    let left = said_after_commit(&telemetry);
    assert_eq!(
        (left.kept.get("tes"), left.left.get("tes")),
        (Some(&26), None),
        "{left}"
    );
    fs::remove_dir_all(&path).unwrap();
    fs::write(&path, "and again").unwrap();
    call(&telemetry, "26");
    let left = telemetry.shutdown(END).unwrap_err();
    assert_eq!(
        (left.kept.get("tes"), left.left.get("tes")),
        (None, Some(&27)),
        "{left}"
    );
    assert_eq!(books(&telemetry).dropped[&DropReason::Shutdown], 27);
    fs::remove_file(&path).unwrap();
}

#[test]
fn what_another_program_puts_in_its_place_stays_as_it_is() {
    let folder = Folder::of("gone_foreign");
    let port = closed_port();
    let telemetry = running(port, &folder.spool());
    (0..20).for_each(|number| call(&telemetry, &number.to_string()));
    said_after_commit(&telemetry);
    let new = folder.spool().with_file_name("new");
    let theirs = rusqlite::Connection::open(&new).unwrap();
    theirs.execute_batch("CREATE TABLE theirs (a)").unwrap();
    drop(theirs);
    let before = fs::read(&new).unwrap();
    fs::rename(&new, folder.spool()).unwrap();
    call(&telemetry, "20");
    let left = said_after_commit(&telemetry);
    assert_eq!(
        (left.kept.get("tes"), left.left.get("tes")),
        (None, Some(&21)),
        "{left}"
    );
    assert_eq!(fs::read(folder.spool()).unwrap(), before);
    let receiver = TesReceiver::at(port);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(said(&receiver), names(0, 21));
    telemetry.shutdown(PATIENCE).unwrap();
    assert_eq!(fs::read(folder.spool()).unwrap(), before);
}

/// What somebody does to the tables of a file that is in use.
const BY_HAND: [(&str, &str); 3] = [
    ("deleted", "DELETE FROM event"),
    ("dropped", "DROP TABLE event"),
    ("holders_dropped", "DROP TABLE event; DROP TABLE holder"),
];

fn do_by_hand(spool: &Path, statements: &str) {
    let by_hand = rusqlite::Connection::open(spool).unwrap();
    by_hand.busy_timeout(PATIENCE).unwrap();
    by_hand.execute_batch(statements).unwrap();
}

/// Promise, kept: Rows that somebody deletes from a spool that is in use are written anew from
/// memory.
#[test]
fn what_somebody_deletes_from_the_file_is_written_anew() {
    for (harm, statements) in BY_HAND {
        let folder = Folder::of(&format!("by_hand_{harm}"));
        let port = closed_port();
        let telemetry = running(port, &folder.spool());
        // Some are on their way when it ends: what is lent nobody can write anew.
        (0..20).for_each(|number| call(&telemetry, &number.to_string()));
        said_after_commit(&telemetry);
        do_by_hand(&folder.spool(), statements);
        call(&telemetry, "20");
        let left = telemetry.shutdown(END).unwrap_err();
        let books = books(&telemetry);
        let kept = left.kept.get("tes").copied().unwrap_or_default();
        assert_eq!(kept + books.dropped_total(), 21, "{harm}: {left} {books}");
        drop(telemetry);
        let receiver = TesReceiver::at(port);
        let next = running(port, &folder.spool());
        next.flush(PATIENCE).unwrap();
        let arrived = u64::try_from(said(&receiver).len()).unwrap();
        assert_eq!(arrived, kept, "{harm}: {left}");
        assert!(kept > 0, "{harm}: {left}");
    }
}

/// Promise, kept: A flush comes to its end also where somebody deletes rows of the spool, and
/// what they were is counted as lost.
#[test]
fn a_flush_ends_where_somebody_has_deleted_what_was_not_read() {
    for (harm, statements) in BY_HAND {
        let folder = Folder::of(&format!("by_hand_many_{harm}"));
        let port = closed_port();
        let telemetry = running(port, &folder.spool());
        (0..900).for_each(|number| call(&telemetry, &number.to_string()));
        said_after_commit(&telemetry);
        do_by_hand(&folder.spool(), statements);
        let receiver = TesReceiver::at(port);
        let told = telemetry.flush(6 * PATIENCE).unwrap_err();
        assert!(told.left.is_empty() && told.kept.is_empty(), "{told}");
        let books = books(&telemetry);
        let arrived = u64::try_from(said(&receiver).len()).unwrap();
        assert_eq!(books.delivered, arrived);
        let lost = books.dropped[&DropReason::SpoolDamaged];
        assert_eq!(arrived + lost, 900, "{harm}");
        let faults = telemetry.stats().faults;
        assert_eq!(faults[&Fault::SpoolDamaged], 1, "{harm}: {faults:?}");
    }
}
