//! What holds between settings: one that needs another, or is of use with it
//! alone.

use super::draft::{Account, Draft};
use super::otlp::Exports;
use super::redact::RedactionDraft;
use crate::config::ConfigError;
use crate::destination::Tes;
use crate::redact::{Action, Redaction};
use crate::user_ids::UserIds;
use opentelemetry_sdk::trace::Sampler;
use std::mem;

type Checked<T = ()> = Result<T, ConfigError>;

fn missing<T>(missing: &'static str, present: &'static str) -> Checked<T> {
    Err(ConfigError::Missing { missing, present })
}

/// One of the three needs the other two. Without any there is no TES.
pub(super) fn account(draft: &mut Draft) -> Checked {
    const NAMES: [&str; 3] = ["TES_ENDPOINT", "TES_CLIENT_ID", "TES_API_KEY"];
    let Account {
        endpoint,
        client_id,
        api_key,
    } = mem::take(&mut draft.account);
    let given = [endpoint, client_id, api_key];
    if let [Some(endpoint), Some(client_id), Some(api_key)] = &given {
        draft.tes = Some(Tes::new(endpoint, client_id, api_key)?);
        return Ok(());
    }
    let name = |is_given: bool| {
        let mut given = NAMES.iter().zip(&given);
        given.find(|(_, value)| value.is_some() == is_given)
    };
    match (name(false), name(true)) {
        (Some((absent, _)), Some((present, _))) => missing(absent, present),
        _ => Ok(()),
    }
}

/// Hashes of user ids need a key.
pub(super) fn user_ids(draft: &mut Draft) -> Checked {
    match draft.user_id_key.take() {
        Some(key) if draft.has_hmac_user_ids => {
            draft.tes(|tes| tes.user_ids(UserIds::hmac(key)));
            Ok(())
        }
        None if draft.has_hmac_user_ids => missing("TES_USER_ID_KEY", "TES_USER_IDS"),
        _ => Ok(()),
    }
}

/// A client's certificate needs its key, and the key the certificate.
pub(super) fn client_certificate(exports: &Exports, names: [&'static str; 2]) -> Checked {
    let [certificate, key] = names;
    match (&exports.client_certificate, &exports.client_key) {
        (Some(_), None) => missing(key, certificate),
        (None, Some(_)) => missing(certificate, key),
        _ => Ok(()),
    }
}

/// How to redact needs what to redact. Hashes need a key here: one made at random
/// would differ between the processes that share these variables.
pub(super) fn redaction(
    draft: &mut RedactionDraft,
    names: [&'static str; 3],
) -> Checked<Option<Redaction>> {
    let draft = mem::take(draft);
    let [kinds, mode, key] = names;
    match (&draft.findings, draft.action, &draft.key) {
        (None, Some(_), _) => missing(kinds, mode),
        (None, None, Some(_)) => missing(kinds, key),
        (Some(_), Some(Action::Hash), None) => missing(key, mode),
        _ => Ok(draft.finish()),
    }
}

/// A sampler by the specification's names. What its argument is depends on it, so
/// that of another one is not looked at.
///
/// As the specification asks, an unknown one, and an argument that is none, is
/// noted and counts as unset.
pub(super) fn sampler(draft: &mut Draft) {
    const NAME: &str = "OTEL_TRACES_SAMPLER";
    let Some(name) = draft.sampler.take() else {
        return;
    };
    let (is_parent_based, root) = match name.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, name.as_str()),
    };
    let root = match root {
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        "traceidratio" => Sampler::TraceIdRatioBased(ratio(draft)),
        "jaeger_remote" | "xray" => {
            draft.ignore(NAME, &name);
            return;
        }
        _ => {
            let problem = "must be always_on, always_off or traceidratio, or one of these with \
                parentbased_ before it, not";
            draft.pass_over(&ConfigError::invalid(NAME, format!("{problem} `{name}`")));
            return;
        }
    };
    draft.settings.sampler = Some(if is_parent_based {
        Box::new(Sampler::ParentBased(Box::new(root)))
    } else {
        Box::new(root)
    });
}

fn ratio(draft: &mut Draft) -> f64 {
    let Some(text) = draft.sampler_argument.take() else {
        return 1.0;
    };
    let ratio = text.parse().ok();
    let ratio = ratio.filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.unwrap_or_else(|| {
        let problem = format!("must be a number from 0 to 1, not `{text}`");
        draft.pass_over(&ConfigError::invalid("OTEL_TRACES_SAMPLER_ARG", problem));
        1.0
    })
}

#[cfg(test)]
mod tests {
    use crate::config::ConfigError;
    use crate::settings::Settings;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::default().with(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn error(variables: &[(&str, &str)]) -> String {
        read(variables).unwrap_err().to_string()
    }

    const ACCOUNT: [(&str, &str); 3] = [
        ("TES_ENDPOINT", "https://tes.example"),
        ("TES_CLIENT_ID", "acme"),
        ("TES_API_KEY", "sesame"),
    ];

    #[test]
    fn what_is_missing_of_an_account_is_told_with_what_is_there() {
        let [endpoint, client_id, api_key] = ACCOUNT;
        for (given, expected) in [
            (
                &[endpoint][..],
                "TES_CLIENT_ID is not set, but TES_ENDPOINT is",
            ),
            (
                &[client_id],
                "TES_ENDPOINT is not set, but TES_CLIENT_ID is",
            ),
            (&[api_key], "TES_ENDPOINT is not set, but TES_API_KEY is"),
            (
                &[endpoint, api_key],
                "TES_CLIENT_ID is not set, but TES_ENDPOINT is",
            ),
            (
                &[client_id, api_key],
                "TES_ENDPOINT is not set, but TES_CLIENT_ID is",
            ),
        ] {
            assert_eq!(error(given), expected);
        }
    }

    #[test]
    fn without_an_account_nothing_else_of_tes_is_read() {
        let wrong = ("TES_CAPTURE_CONTENT", "perhaps");
        assert!(read(&[wrong]).unwrap().tes.is_none());
        let [endpoint, client_id, api_key] = ACCOUNT;
        assert_eq!(
            error(&[wrong, endpoint, client_id, api_key]),
            "TES_CAPTURE_CONTENT must be true or false, not `perhaps`"
        );
    }

    #[test]
    fn hashes_of_user_ids_need_a_key() {
        let hmac = ("TES_USER_IDS", "HMAC");
        let [endpoint, client_id, api_key] = ACCOUNT;
        let given = [endpoint, client_id, api_key, hmac];
        assert_eq!(
            error(&given),
            "TES_USER_ID_KEY is not set, but TES_USER_IDS is"
        );
        let given = [
            endpoint,
            client_id,
            api_key,
            hmac,
            ("TES_USER_ID_KEY", "pepper"),
        ];
        let user_ids = read(&given).unwrap().tes.unwrap().policy.user_ids;
        assert_eq!(user_ids.apply("u_1").unwrap().len(), 64);
        assert_ne!(user_ids.apply("u_1"), crate::UserIds::sha256().apply("u_1"));
    }

    #[cfg(feature = "rustls")]
    #[test]
    fn a_client_certificate_and_its_key_need_each_other() {
        const FILE: &str = "Cargo.toml";
        for (given, missing) in [
            (
                "OTEL_EXPORTER_OTLP_CLIENT_KEY",
                "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
            ),
            (
                "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE",
                "OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY",
            ),
        ] {
            let expected = format!("{missing} is not set, but {given} is");
            assert_eq!(error(&[(given, FILE)]), expected);
        }
        let error = error(&[("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem")]);
        let expected = "OTEL_EXPORTER_OTLP_CERTIFICATE names a file that cannot be read: \
            /nowhere/ca.pem: ";
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn the_argument_of_a_sampler_is_read_by_the_sampler_that_has_it() {
        let argument = ("OTEL_TRACES_SAMPLER_ARG", "2");
        let sampler = ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
        let all = read(&[sampler, argument]).unwrap();
        assert_eq!(
            all.ignored,
            ["OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not `2`; it was ignored"]
        );
        assert!(format!("{:?}", all.sampler).contains("TraceIdRatioBased(1.0)"));
        assert!(read(&[argument]).is_ok());
        let remote = read(&[("OTEL_TRACES_SAMPLER", "jaeger_remote"), argument]).unwrap();
        assert!(remote.sampler.is_none());
        assert_eq!(
            remote.ignored,
            ["OTEL_TRACES_SAMPLER: `jaeger_remote` is not supported and was ignored"]
        );
        let unknown = read(&[("OTEL_TRACES_SAMPLER", "Sometimes")]).unwrap();
        assert!(unknown.sampler.is_none());
        assert_eq!(
            unknown.ignored,
            [
                "OTEL_TRACES_SAMPLER must be always_on, always_off or traceidratio, or one of these \
              with parentbased_ before it, not `sometimes`; it was ignored"
            ]
        );
    }
}
