//! A spool takes no place that is somebody else's, and changes nothing there.
#![cfg(unix)]

use super::support::folder::Folder;
use super::support::harness::{PATIENCE, tes_at};
use super::support::provider::{closed_port, openai};
use super::support::tes_receiver::TesReceiver;
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use turnspan::{Fault, SpoolSettings, Telemetry};

/// Somebody else: `nobody`, on most systems.
const STRANGER: u32 = 65_534;

/// Everything that can be seen of the files of a folder, and of the folder.
fn seen(folder: &Path) -> BTreeMap<PathBuf, String> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let all = paths.chain([folder.to_owned()]);
    all.map(|path| (path.clone(), seen_of(&path))).collect()
}

fn seen_of(path: &Path) -> String {
    let it = fs::symlink_metadata(path).unwrap();
    let bytes = if it.is_file() {
        fs::read(path).unwrap()
    } else {
        Vec::new()
    };
    let changed = (it.mtime(), it.mtime_nsec());
    format!("{:o} {} {changed:?} {bytes:?}", it.mode(), it.uid())
}

fn running(url: &str, spool: &Path) -> Telemetry {
    let settings = SpoolSettings::durable().path(spool);
    let tes = tes_at(url, "tes_key").spool(settings);
    turnspan::builder().tes(tes).build().unwrap()
}

fn call(telemetry: &Telemetry) {
    let url = "https://api.openai.com/v1/chat/completions";
    let call = telemetry.record(url, r#"{"model":"m","messages":[]}"#);
    call.response(openai::completion("Hi.").to_string());
}

/// Events go by way of memory, and nothing has changed in the folder.
fn assert_refused(folder: &Path, spool: &Path) {
    let (before, name) = (seen(folder), spool.display());
    let receiver = TesReceiver::start();
    let telemetry = running(&receiver.url(), spool);
    call(&telemetry);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(receiver.accepted().len(), 1);
    let faults = telemetry.stats().faults;
    assert_eq!(faults.get(&Fault::SpoolUnavailable), Some(&1), "{name}");
    drop(telemetry);
    assert_eq!(seen(folder), before, "{name}");
}

/// What one process leaves there, the next one delivers.
fn assert_used(spool: &Path) {
    let (port, name) = (closed_port(), spool.display());
    let url = format!("http://127.0.0.1:{port}");
    let first = running(&url, spool);
    call(&first);
    let left = first.shutdown(Duration::from_millis(300)).unwrap_err();
    assert_eq!(left.kept.get("tes"), Some(&1), "{name}: {left}");
    assert!(fs::symlink_metadata(spool).unwrap().is_file(), "{name}");
    let receiver = TesReceiver::at(port);
    let next = running(&url, spool);
    next.flush(PATIENCE).unwrap();
    assert_eq!(receiver.accepted().len(), 1, "{name}");
    assert!(next.stats().faults.is_empty(), "{}", next.stats());
}

fn made(test: &str) -> (Folder, PathBuf) {
    let folder = Folder::of(test);
    fs::create_dir_all(folder.spool().parent().unwrap()).unwrap();
    let path = folder.spool().parent().unwrap().to_owned();
    (folder, path)
}

/// Gives something away, as only an administrator can.
#[expect(clippy::print_stdout, reason = "that a test is skipped is to be seen")]
fn is_given_away(path: &Path) -> bool {
    let is_given = chown(path, Some(STRANGER), None).is_ok();
    if !is_given {
        println!("skipped: this user cannot give files away");
    }
    is_given
}

#[test]
fn a_file_that_is_no_spool_stays_as_it_is() {
    let (folder, path) = made("place_no_spool");
    let long = vec![b'x'; 10_000];
    // A file of SQLite, by its first bytes alone.
    let header = [b"SQLite format 3\0".as_slice(), &long].concat();
    for contents in [b"notes".as_slice(), b"\0", &long, &header] {
        fs::write(folder.spool(), contents).unwrap();
        fs::set_permissions(folder.spool(), Permissions::from_mode(0o644)).unwrap();
        assert_refused(&path, &folder.spool());
    }
}

/// Promise, kept: A file that is not a spool is refused and stays as it is.
#[test]
fn a_database_of_another_program_stays_as_it_is() {
    for (mode, is_open) in [("DELETE", false), ("WAL", false), ("WAL", true)] {
        let (folder, path) = made("place_database");
        let theirs = rusqlite::Connection::open(folder.spool()).unwrap();
        let setup = format!("PRAGMA journal_mode = {mode}; CREATE TABLE theirs (a);");
        theirs.execute_batch(&setup).unwrap();
        fs::set_permissions(folder.spool(), Permissions::from_mode(0o644)).unwrap();
        let theirs = is_open.then_some(theirs);
        assert_refused(&path, &folder.spool());
        drop(theirs);
    }
}

/// As a program leaves it that is killed: all in the log beside the file.
#[test]
fn a_database_whose_log_waits_beside_it_stays_as_it_is() {
    let (folder, path) = made("place_hot_log");
    let (alive, _) = made("place_hot_log_alive");
    let theirs = rusqlite::Connection::open(alive.spool()).unwrap();
    let setup = "PRAGMA journal_mode = WAL; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)";
    theirs.execute_batch(setup).unwrap();
    for name in ["spool.db", "spool.db-wal"] {
        fs::copy(alive.spool().with_file_name(name), path.join(name)).unwrap();
    }
    assert_refused(&path, &folder.spool());
    drop(theirs);
}

#[test]
fn what_lies_beside_the_file_under_its_name_is_not_taken_for_ours() {
    // An LMDB without a folder has its lock there, and it is not empty.
    for name in [
        "spool.db-lock",
        "spool.db-wal",
        "spool.db-journal",
        "spool.db-shm",
    ] {
        let (folder, path) = made("place_beside");
        fs::write(path.join(name), "of another program").unwrap();
        assert_refused(&path, &folder.spool());
        fs::write(folder.spool(), "").unwrap();
        assert_refused(&path, &folder.spool());
        fs::write(folder.spool(), "theirs").unwrap();
        assert_refused(&path, &folder.spool());
    }
}

#[test]
fn an_empty_lock_of_another_program_makes_nothing_ours() {
    let (folder, path) = made("place_empty_lock");
    fs::write(path.join("spool.db-lock"), "").unwrap();
    fs::write(folder.spool(), "theirs").unwrap();
    assert_refused(&path, &folder.spool());
}

#[test]
fn files_that_are_named_as_ours_are_not_removed() {
    let (folder, path) = made("place_names");
    let names = [
        "spool.db-lease-agreement.pdf",
        "spool.db-lease-",
        "spool.db-damaged-1",
    ];
    let id = "0123456789abcdef0123456789abcdef";
    for name in names {
        fs::write(path.join(name), "mine").unwrap();
    }
    let full = path.join(format!("spool.db-lease-{id}"));
    fs::write(&full, "mine").unwrap();
    let link = path.join(format!("spool.db-lease-{}", id.replace('0', "a")));
    symlink(&full, &link).unwrap();
    assert_used(&folder.spool());
    for name in names {
        assert_eq!(fs::read(path.join(name)).unwrap(), b"mine", "{name}");
    }
    assert_eq!(fs::read(&full).unwrap(), b"mine");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

/// Promise, kept: A link in place of the spool is refused, wherever it leads.
#[test]
fn a_link_is_not_followed_wherever_it_leads() {
    for name in [
        "spool.db",
        "spool.db-lock",
        "spool.db-wal",
        "spool.db-shm",
        "spool.db-journal",
    ] {
        let (folder, path) = made("place_link");
        let (target, others) = made("place_link_target");
        // To nothing, to something, and to a folder.
        let link = path.join(name);
        symlink(target.spool(), &link).unwrap();
        assert_refused(&path, &folder.spool());
        assert!(!target.spool().exists(), "{name}");
        fs::write(target.spool(), "").unwrap();
        fs::set_permissions(target.spool(), Permissions::from_mode(0o644)).unwrap();
        let before = seen(&others);
        assert_refused(&path, &folder.spool());
        assert_eq!(seen(&others), before, "{name}");
        fs::remove_file(&link).unwrap();
        symlink(&others, &link).unwrap();
        assert_refused(&path, &folder.spool());
    }
}

#[test]
fn a_link_to_a_spool_is_refused_too() {
    let (folder, path) = made("place_link_to_spool");
    let (target, _) = made("place_linked_spool");
    assert_used(&target.spool());
    symlink(target.spool(), folder.spool()).unwrap();
    assert_refused(&path, &folder.spool());
}

#[test]
fn a_folder_may_be_reached_by_a_link() {
    let (folder, path) = made("place_link_to_folder");
    let (target, _) = made("place_linked_folder");
    symlink(target.spool().parent().unwrap(), path.join("by-link")).unwrap();
    assert_used(&path.join("by-link").join("spool.db"));
    assert!(target.spool().exists());
    drop(folder);
}

#[test]
fn what_is_no_plain_file_stays_as_it_is() {
    for name in ["spool.db", "spool.db-lock", "spool.db-wal", "spool.db-shm"] {
        let (folder, path) = made("place_no_file");
        let place = path.join(name);
        assert!(
            Command::new("mkfifo")
                .arg(&place)
                .status()
                .unwrap()
                .success()
        );
        assert_refused(&path, &folder.spool());
        assert!(fs::symlink_metadata(&place).unwrap().file_type().is_fifo());
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        assert_refused(&path, &folder.spool());
        fs::remove_dir(&place).unwrap();
        // The path of a socket has room for 100 characters.
        let short = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        drop(std::os::unix::net::UnixListener::bind(&short).unwrap());
        if fs::rename(&short, &place).is_ok() {
            assert_refused(&path, &folder.spool());
        }
        fs::remove_file(&short).ok();
    }
}

#[test]
fn a_device_is_refused() {
    let (folder, path) = made("place_device");
    // The same as `/dev/null`, which a fault of ours must not be able to reach.
    let made = Command::new("mknod")
        .arg(folder.spool())
        .args(["c", "1", "3"])
        .status();
    if !made.unwrap().success() {
        return println!("skipped: this user cannot make devices");
    }
    assert_refused(&path, &folder.spool());
}

#[test]
fn a_path_that_names_no_file_is_refused() {
    let (_folder, path) = made("place_no_name");
    fs::create_dir(path.join("a")).unwrap();
    for name in ["a", "a/", "a/..", "a/../..", "a\0b"] {
        assert_refused(&path, &path.join(name));
    }
}

#[test]
fn a_file_of_another_user_is_refused_whatever_it_is() {
    for name in ["spool.db", "spool.db-lock", "spool.db-wal"] {
        let (folder, path) = made("place_their_file");
        if name != "spool.db" {
            assert_used(&folder.spool());
        }
        fs::write(path.join(name), "").unwrap();
        if !is_given_away(&path.join(name)) {
            return;
        }
        assert_refused(&path, &folder.spool());
    }
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let (folder, path) = made("place_their_folder");
    fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
    if !is_given_away(&path) {
        return;
    }
    assert_refused(&path, &folder.spool());
    // Nor is anything made below it.
    assert_refused(&path, &path.join("turnspan").join("spool.db"));
    // Not by a link of theirs to a folder of ours either.
    let (_ours, ours) = made("place_our_folder");
    let (_shared, shared) = made("place_their_link");
    let link = shared.join("link");
    symlink(&ours, &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(STRANGER), None).unwrap();
    assert_refused(&ours, &link.join("spool.db"));
}

#[test]
fn in_a_folder_that_others_may_write_files_are_for_the_user_alone() {
    for mode in [0o777, 0o1777, 0o770] {
        let (folder, path) = made("place_shared");
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let port = closed_port();
        let telemetry = running(&format!("http://127.0.0.1:{port}"), &folder.spool());
        call(&telemetry);
        telemetry.flush(Duration::from_millis(300)).unwrap_err();
        let files: Vec<_> = fs::read_dir(&path).unwrap().map(Result::unwrap).collect();
        assert!(files.len() >= 4, "{files:?}");
        for file in files {
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file:?}");
        }
        assert!(telemetry.stats().faults.is_empty());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, mode);
    }
}

#[test]
fn a_spool_that_others_may_read_is_closed_to_them() {
    let (folder, path) = made("place_open_mode");
    assert_used(&folder.spool());
    let open = || fs::set_permissions(folder.spool(), Permissions::from_mode(0o644)).unwrap();
    open();
    assert_used(&folder.spool());
    assert_eq!(fs::metadata(folder.spool()).unwrap().mode() & 0o777, 0o600);
    // Where others may put a link in its place meanwhile, it is not touched.
    open();
    fs::set_permissions(&path, Permissions::from_mode(0o777)).unwrap();
    assert_refused(&path, &folder.spool());
}

#[test]
fn a_path_means_itself_whatever_it_looks_like() {
    let (_folder, path) = made("place_odd_names");
    let odd = [
        "what?.db",
        "#1.db",
        "100%41.db",
        ":memory:",
        "file:x?mode=memory",
        "two words",
        "a\nb",
        "-rf",
    ];
    for name in odd {
        assert_used(&path.join(name));
        assert_used(&path.join("folder? #%20").join(name));
    }
    let bytes = std::ffi::OsString::from_vec(b"caf\xe9.db".to_vec());
    assert_used(&path.join(&bytes));
    assert_used(&path.join(&bytes).with_extension("x").join("spool.db"));
    let names: Vec<_> = fs::read_dir(&path).unwrap().map(Result::unwrap).collect();
    for lease in names {
        let name = lease.file_name();
        assert!(!name.to_string_lossy().contains("-lease-"), "{name:?}");
    }
}

#[test]
fn a_damaged_file_is_ours_by_what_lay_beside_it() {
    let (folder, path) = made("place_damaged");
    assert_used(&folder.spool());
    fs::write(folder.spool(), "damaged beyond its first bytes").unwrap();
    let receiver = TesReceiver::start();
    let telemetry = running(&receiver.url(), &folder.spool());
    let faults = telemetry.stats().faults;
    assert_eq!(faults.get(&Fault::SpoolDamaged), Some(&1), "{faults:?}");
    drop(telemetry);
    // A database of another program in its place is not damaged.
    fs::remove_file(folder.spool()).unwrap();
    let theirs = rusqlite::Connection::open(folder.spool()).unwrap();
    theirs.execute_batch("CREATE TABLE theirs (a)").unwrap();
    drop(theirs);
    assert_refused(&path, &folder.spool());
}
