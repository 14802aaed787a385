//! The parent's end of a child.

use super::child::{JOB, MARK, now};
use super::job::Job;
use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Longer than anything that is waited for takes.
const PATIENCE: Duration = Duration::from_secs(600);

/// A child that runs; killed when dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    reader: Option<JoinHandle<()>>,
}

/// What a child that was killed had said until then.
#[derive(Debug)]
pub(crate) struct Killed {
    /// Each call that was over, and when.
    pub(crate) done: Vec<(String, u64)>,
    /// How many of its events were in the file, by its own books.
    pub(crate) kept: u64,
    pub(crate) at: u64,
}

pub(crate) fn command(job: &Job) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["child::works", "--exact", "--ignored", "--nocapture"])
        .env(JOB, serde_json::to_string(job).unwrap());
    command
}

/// The same, for which no file can grow beyond so many bytes.
#[cfg(target_os = "linux")]
pub(crate) fn limited(job: &Job, bytes: u64) -> Command {
    let plain = command(job);
    let mut limited = Command::new("sh");
    // Without the signal, which would end it, a write gives an error.
    limited
        .args(["-c", "trap '' XFSZ; exec prlimit --fsize=\"$0\": \"$@\""])
        .arg(bytes.to_string())
        .arg(plain.get_program())
        .args(plain.get_args())
        .env(JOB, serde_json::to_string(job).unwrap());
    limited
}

impl Running {
    pub(crate) fn start(job: &Job) -> Self {
        Self::spawn(command(job))
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let from_child = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        // A child must never wait for its parent to read.
        let reader = thread::spawn(move || {
            for line in from_child.lines() {
                let line = line.unwrap();
                if let Some((_, said)) = line.split_once(MARK) {
                    tell.send(said.to_owned()).unwrap();
                }
            }
        });
        Self {
            child,
            lines,
            reader: Some(reader),
        }
    }

    /// Waits until it says this, and gives what it says of it; passes over all
    /// that it says before.
    pub(crate) fn wait_for(&self, what: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("the child never said `{what}`"));
            if let Some(said) = line.strip_prefix(what) {
                return said.trim().to_owned();
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without a word (SIGKILL).
    pub(crate) fn kill(mut self) -> Killed {
        let at = now();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // What it said before is in the pipe still.
        self.reader.take().unwrap().join().unwrap();
        let mut killed = Killed {
            done: Vec::new(),
            kept: 0,
            at,
        };
        for line in self.lines.try_iter() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["done", id, at] => killed.done.push((id.to_owned(), at.parse().unwrap())),
                ["kept", count] => killed.kept = count.parse().unwrap(),
                _ => {}
            }
        }
        killed
    }

    /// Waits for its good end.
    pub(crate) fn wait(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing is left to end of one that has ended.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
