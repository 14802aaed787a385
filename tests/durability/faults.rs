//! Disks that are full, folders that cannot be written, files of others.

use super::arrivals::Arrivals;
use super::child;
use super::job::{Job, Role};
#[cfg(target_os = "linux")]
use super::parent;
use super::parent::Running;
use super::provider::openai;
use super::tes_receiver::TesReceiver;
use rusqlite::Connection;
use serde_json::json;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use turnspan::{Fault, SpoolSettings, Telemetry, Tes};

const PATIENCE: Duration = Duration::from_secs(60);

/// Events that reach the file together, at most.
const GROUP: u64 = 100;

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    drop(fs::set_permissions(&folder, Permissions::from_mode(0o700)));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A receiver that is not there yet, until one starts at this port.
fn nowhere() -> (u16, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (port, format!("http://127.0.0.1:{port}"))
}

fn job(role: Role, url: &str, folder: &Path) -> Job {
    Job {
        role,
        url: url.to_owned(),
        spool: folder.join("spool.db"),
        name: "c".to_owned(),
        batch: 20,
        open: Vec::new(),
    }
}

/// The next process sends what is in the file; gives how many events arrived.
fn arrived(port: u16, job: &Job) -> usize {
    let receiver = TesReceiver::at(port);
    let next = Running::start(job);
    next.wait_for("books");
    next.wait();
    let mut arrivals = Arrivals::default();
    arrivals.take(&receiver);
    assert_eq!(arrivals.duplicates(), 0);
    arrivals.ids().count()
}

fn rows(spool: &Path) -> u64 {
    let file = Connection::open(spool).unwrap();
    file.busy_timeout(PATIENCE).unwrap();
    let count = "SELECT count(*) FROM event";
    let rows: i64 = file.query_row(count, [], |row| row.get(0)).unwrap();
    u64::try_from(rows).unwrap()
}

/// The limit of file sizes (`ulimit -f`) stands for the end of a disk, as a
/// small one needs an administrator: a write fails all the same.
#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_did_not_take_it_takes_when_it_has_room() {
    let folder = folder("full_disk");
    let (port, url) = nowhere();
    let job = job(Role::UntilFull, &url, &folder);
    let child = Running::spawn(parent::limited(&job, 256 << 10));
    let told = child.wait_for("full");
    let made: u64 = told.parse().unwrap();
    assert!(rows(&job.spool) < made);
    let unlimited = Command::new("prlimit")
        .args(["--pid", &child.id().to_string(), "--fsize=unlimited"])
        .status();
    assert!(unlimited.unwrap().success());
    child.wait_for("room");
    let deadline = Instant::now() + PATIENCE;
    // One call more, at which it notices.
    while rows(&job.spool) < made + 1 {
        assert!(Instant::now() < deadline, "{} of {made}", rows(&job.spool));
        thread::sleep(Duration::from_millis(20));
    }
    child.kill();
    let drain = Job {
        role: Role::Drain,
        ..job
    };
    assert_eq!(arrived(port, &drain) as u64, made + 1);
}

/// What a flush and the end call kept is in the file, and what they call left is
/// not: the next process delivers the one and nothing of the other.
#[cfg(target_os = "linux")]
#[test]
fn what_is_called_kept_is_in_the_file() {
    let folder = folder("kept_on_full_disk");
    let (port, url) = nowhere();
    let job = job(Role::FullAtEnd, &url, &folder);
    let child = Running::spawn(parent::limited(&job, 256 << 10));
    let numbers = |said: String| -> Vec<u64> {
        let numbers = said.split(' ').map(|number| number.parse().unwrap());
        numbers.collect()
    };
    let flushed = numbers(child.wait_for("flushed"));
    let ended = numbers(child.wait_for("ended"));
    child.wait();
    let kept = rows(&job.spool);
    println!(
        "flush: {} kept, {} left; end: {} kept, {} left",
        flushed[0], flushed[1], ended[0], ended[1]
    );
    assert!(kept > 0 && flushed[1] > 0);
    assert_eq!(flushed[0], kept);
    assert_eq!((ended[0], ended[2]), (kept, kept));
    assert_eq!(ended[1], ended[3], "what is left is lost, and counted");
    let drain = Job {
        role: Role::Drain,
        ..job
    };
    assert_eq!(arrived(port, &drain) as u64, kept);
}

#[test]
fn a_wal_that_breaks_off_costs_its_last_group_alone() {
    let folder = folder("torn_wal");
    let (port, url) = nowhere();
    let child = Running::start(&job(Role::Calls, &url, &folder));
    let kept: u64 = loop {
        let kept = child.wait_for("kept").parse().unwrap();
        if kept >= 300 {
            break kept;
        }
    };
    child.kill();
    let wal = folder.join("spool.db-wal");
    let length = fs::metadata(&wal).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(&wal).unwrap();
    file.set_len(length - 100).unwrap();
    let arrived = arrived(port, &job(Role::Drain, &url, &folder)) as u64;
    println!("{arrived} of at least {kept} events were in the WAL but for its end");
    assert!(arrived + GROUP >= kept);
}

/// Events reach the receiver, by way of memory, and the books say that.
fn assert_in_memory(spool: &Path) {
    let receiver = TesReceiver::start();
    let tes = Tes::new(&receiver.url(), "acme", "tes_acme_fakekey").unwrap();
    let tes = tes.spool(SpoolSettings::durable().path(spool));
    let telemetry = turnspan::builder().tes(tes).build().unwrap();
    call(&telemetry);
    telemetry.flush(PATIENCE).unwrap();
    assert_eq!(receiver.accepted().len(), 1);
    assert_eq!(telemetry.stats().faults[&Fault::SpoolUnavailable], 1);
}

fn call(telemetry: &Telemetry) {
    let messages = json!([child::user("Hello!")]);
    child::call(telemetry, &messages, &openai::completion("Hi."));
}

/// What may be written nowhere: for an administrator, whom modes do not bind,
/// in a file system where nobody makes files.
fn read_only_folder() -> PathBuf {
    let folder = folder("read_only");
    fs::set_permissions(&folder, Permissions::from_mode(0o500)).unwrap();
    match fs::write(folder.join("probe"), "") {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => folder,
        _ => PathBuf::from("/proc/self"),
    }
}

#[test]
fn in_a_read_only_folder_events_wait_in_memory() {
    assert_in_memory(&read_only_folder().join("spool.db"));
}

#[test]
fn a_file_of_another_user_is_refused_and_stays_as_it_is() {
    let spool = folder("another_user").join("spool.db");
    fs::write(&spool, "").unwrap();
    // Only an administrator can give files away.
    if chown(&spool, Some(65_534), None).is_err() {
        println!("passed over: this user cannot give files away");
        return;
    }
    assert_in_memory(&spool);
    let file = fs::metadata(&spool).unwrap();
    assert_eq!((file.uid(), file.len()), (65_534, 0));
}
