//! What an answer means for the event that was sent.

use crate::stats::DropReason;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use std::time::{Duration, SystemTime};

/// What the status of an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It arrived; the body tells what became of it.
    Received,
    /// It will never be taken.
    Refused(DropReason),
    /// The failure may pass; the receiver may have said when.
    Later { retry_after: Option<Duration> },
}

pub(super) fn of(status: StatusCode, headers: &HeaderMap) -> Verdict {
    if status.is_success() {
        return Verdict::Received;
    }
    if status.is_redirection() {
        return Verdict::Refused(DropReason::Redirected);
    }
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            later(headers)
        }
        _ if status.is_server_error() => later(headers),
        _ => Verdict::Refused(DropReason::Rejected),
    }
}

fn later(headers: &HeaderMap) -> Verdict {
    let value = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    Verdict::Later {
        retry_after: value.and_then(|value| wait(value, SystemTime::now())),
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).
fn wait(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than can be counted is very long too.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(status: u16) -> Verdict {
        of(StatusCode::from_u16(status).unwrap(), &HeaderMap::new())
    }

    #[test]
    fn failures_that_may_pass_are_retried_and_others_are_not() {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert_eq!(
                judge(status),
                Verdict::Later { retry_after: None },
                "{status}"
            );
        }
        for status in [400, 401, 403, 404, 413, 422] {
            assert_eq!(
                judge(status),
                Verdict::Refused(DropReason::Rejected),
                "{status}"
            );
        }
        assert_eq!(judge(307), Verdict::Refused(DropReason::Redirected));
        for status in [200, 201, 202, 204] {
            assert_eq!(judge(status), Verdict::Received, "{status}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(wait(" 7 ", now), Some(Duration::from_secs(7)));
        assert_eq!(
            wait("Sun, 06 Nov 1994 08:49:47 GMT", now),
            Some(Duration::from_secs(10))
        );
        assert_eq!(
            wait("Sun, 06 Nov 1994 08:49:27 GMT", now),
            Some(Duration::ZERO)
        );
        for nonsense in ["soon", "", "-7", "7.5", "+7"] {
            assert_eq!(wait(nonsense, now), None, "{nonsense}");
        }
        let endless = wait(&"9".repeat(30), now);
        assert_eq!(endless, Some(Duration::from_secs(u64::MAX)));
    }
}
