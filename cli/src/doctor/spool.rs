//! How the spool is.

use super::finding::Finding;
use crate::output::{bytes, counted};
use crate::time::{ago, span};
use std::path::Path;
use std::time::Duration;
use turnspan::diagnosis::{Settings, SpoolLimits, SpoolPathError, Variables, check_spool_path};
use turnspan::{SpoolFile, SpoolFileError, SpoolStatus};

/// What waits longer does not wait for a receiver that is restarted.
const LONG: Duration = Duration::from_secs(60 * 60);

const ABOUT: &str = "spool";

pub(super) fn look(variables: &Variables, settings: &Settings) -> Vec<Finding> {
    let Some(limits) = settings.spool_limits() else {
        return Vec::new();
    };
    if !limits.is_durable {
        let what = "events wait in memory: what was not sent is lost with the process";
        return vec![Finding::fine(ABOUT, what)];
    }
    let Some(path) = variables.spool_path() else {
        let what = format!("there is no home directory, so {}", consequence(&limits));
        return vec![Finding::warning(ABOUT, what).remedy("name a file with TES_SPOOL_PATH")];
    };
    match check_spool_path(&path) {
        Err(error) => vec![refused(&error, &limits)],
        Ok(shared) => {
            let folder = shared.as_deref().map(shared_folder);
            folder.into_iter().chain(file(&path, &limits)).collect()
        }
    }
}

fn file(path: &Path, limits: &SpoolLimits) -> Vec<Finding> {
    match SpoolFile::open(path) {
        Ok(spool) => {
            let mut findings = vec![mode(path)];
            findings
                .extend(contents(&spool, limits).unwrap_or_else(|error| vec![unusable(&error)]));
            findings
        }
        Err(SpoolFileError::Missing { .. }) => vec![missing(path, limits)],
        Err(error) => vec![unusable(&error)],
    }
}

/// What a file that cannot be used means for programs.
fn consequence(limits: &SpoolLimits) -> &'static str {
    if limits.is_required {
        "no program starts (TES_SPOOL_PATH or TES_DURABILITY asks for a file)"
    } else {
        "events wait in memory"
    }
}

/// What programs refuse too.
fn refused(error: &SpoolPathError, limits: &SpoolLimits) -> Finding {
    Finding::problem(ABOUT, format!("{error}; {}", consequence(limits)))
        .remedy("name another file with TES_SPOOL_PATH")
}

fn shared_folder(folder: &Path) -> Finding {
    let place = folder.display();
    let what = format!("others may write in {place}: they can remove or replace the spool");
    Finding::warning(ABOUT, what).remedy(format!("chmod go-w '{place}', or name another folder"))
}

fn missing(path: &Path, limits: &SpoolLimits) -> Finding {
    let place = path.display();
    let nearest = path.ancestors().skip(1).find(|folder| folder.exists());
    let metadata = nearest.and_then(|folder| folder.metadata().ok());
    match metadata {
        Some(folder) if folder.is_dir() && !folder.permissions().readonly() => {
            Finding::fine(ABOUT, format!("{place} is made with the first event"))
        }
        _ => Finding::problem(
            ABOUT,
            format!("{place} cannot be made, so {}", consequence(limits)),
        )
        .remedy("name another file with TES_SPOOL_PATH"),
    }
}

fn unusable(error: &SpoolFileError) -> Finding {
    let finding = Finding::problem(ABOUT, error.to_string());
    finding.remedy(match error {
        SpoolFileError::Damaged { .. } => {
            "the next program sets it aside and begins it anew; `turnspan spool export` saves what \
             can be read"
        }
        SpoolFileError::NoSpool { .. } => {
            "programs cannot use it: name another file with TES_SPOOL_PATH"
        }
        SpoolFileError::LaterVersion { .. } => {
            "use one version of turnspan for all programs that share it"
        }
        _ => "may this user read and write it?",
    })
}

#[cfg(unix)]
fn mode(path: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt as _;
    let place = path.display();
    match path
        .metadata()
        .map(|file| file.permissions().mode() & 0o777)
    {
        Ok(mode @ (0o600 | 0o400 | 0o700)) => {
            Finding::fine(ABOUT, format!("{place} is for you alone (mode {mode:o})"))
        }
        Ok(mode) => Finding::warning(
            ABOUT,
            format!("{place} may be read by others (mode {mode:o})"),
        )
        .remedy(format!("chmod 600 '{place}'")),
        Err(error) => Finding::warning(ABOUT, format!("{place}: {error}")),
    }
}

#[cfg(not(unix))]
fn mode(path: &Path) -> Finding {
    Finding::fine(ABOUT, path.display().to_string())
}

fn contents(spool: &SpoolFile, limits: &SpoolLimits) -> Result<Vec<Finding>, SpoolFileError> {
    spool.check()?;
    let status = spool.status()?;
    let mut findings = vec![size(&status, limits), age(&status, limits)];
    if status.dead() > 0 {
        let what = format!("{} refused for good", counted(status.dead(), "event"));
        findings.push(Finding::warning(ABOUT, what).remedy(
            "`turnspan spool list --dead` says why, `turnspan spool replay --all` sends them again",
        ));
    }
    for holder in status.holders.iter().filter(|holder| holder.is_running) {
        let process = holder.process.map(|process| format!(" {process}"));
        let held = counted(holder.waiting, "event");
        let what = format!("held by process{}: {held}", process.unwrap_or_default());
        findings.push(Finding::fine(ABOUT, what));
    }
    Ok(findings)
}

fn size(status: &SpoolStatus, limits: &SpoolLimits) -> Finding {
    let (used, most) = (status.bytes, limits.max_bytes);
    let what = format!("{} of {}, whole", bytes(used), bytes(most));
    if used > most / 10 * 9 {
        Finding::warning(ABOUT, what).remedy(
            "what does not fit is dropped: find out why events are not sent, or raise TES_SPOOL_MAX_BYTES",
        )
    } else {
        Finding::fine(ABOUT, what)
    }
}

fn age(status: &SpoolStatus, limits: &SpoolLimits) -> Finding {
    let count = counted(status.waiting(), "event");
    let Some(age) = status.oldest().map(ago) else {
        return Finding::fine(ABOUT, "nothing waits");
    };
    let what = format!("{count} waiting, the oldest for {}", span(age));
    if age > LONG {
        let most = span(limits.max_age);
        Finding::warning(ABOUT, what).remedy(format!(
            "they are dropped after {most}: start a program that uses this spool and endpoint"
        ))
    } else {
        Finding::fine(ABOUT, what)
    }
}
