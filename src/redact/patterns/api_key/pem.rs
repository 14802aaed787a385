//! Private keys in PEM (RFC 7468), and those of PGP.

use super::{Found, Pattern, compiled, runs};

/// From the first line to the last. Two dashes stand in no line between.
static WHOLE: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"(?i-u:-----BEGIN [a-z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)",
        r"(?:[^-]|-[^-])*",
        r"(?i-u:-----END [a-z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)",
    ))
});

/// One whose end is missing: the lines that are there. In strings of programs
/// and of JSON the end of a line is written as two signs.
static CUT: Pattern = Pattern::new(|| {
    compiled(concat!(
        r"(?i-u:-----BEGIN [a-z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)",
        r"(?:(?:\s|\\[nr]){1,8}[A-Za-z0-9+/]{16,}={0,2})+",
    ))
});

pub(super) fn find(text: &str, found: &mut Found<'_>) {
    for pattern in [&WHOLE, &CUT] {
        runs(pattern, text).for_each(&mut *found);
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::Finding::ApiKey;
    use crate::redact::patterns::tests::{all, assert_none, assert_whole};

    const LINE: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";

    #[test]
    fn private_keys_are_found_whole() {
        for (kind, head) in [
            ("PRIVATE KEY", ""),
            (
                "RSA PRIVATE KEY",
                "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0123\n\n",
            ),
            ("OPENSSH PRIVATE KEY", ""),
            ("PGP PRIVATE KEY BLOCK", "Version: GnuPG v2\n\n"),
        ] {
            let key =
                format!("-----BEGIN {kind}-----\n{head}{LINE}\n{LINE}=\n-----END {kind}-----");
            assert_whole(
                ApiKey,
                &[&key, &key.replace('\n', "\\n"), &key.replace('\n', " ")],
            );
        }
    }

    #[test]
    fn of_a_key_without_its_end_the_lines_are_found() {
        let key = format!("-----BEGIN PRIVATE KEY-----\n{LINE}\n{LINE}");
        assert_eq!(all(ApiKey, &format!("{key}\nis cut")), [key]);
    }

    #[test]
    fn what_is_public_or_only_spoken_of_is_none() {
        assert_none(
            ApiKey,
            &[
                &format!("-----BEGIN CERTIFICATE-----\n{LINE}\n-----END CERTIFICATE-----"),
                &format!("-----BEGIN PUBLIC KEY-----\n{LINE}\n-----END PUBLIC KEY-----"),
                "-----BEGIN PRIVATE KEY----- is the first line of it, and then come others",
                "BEGIN PRIVATE KEY\nfor the house",
            ],
        );
    }
}
