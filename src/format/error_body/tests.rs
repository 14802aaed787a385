use super::read;
use crate::operation::Failure;

/// `error.type`, the code and the message; empty where there is none.
fn failure(body: &str) -> Option<[String; 3]> {
    let failure = Failure::from(read(body)?);
    let (code, message) = (failure.code, failure.message);
    Some([
        failure.error_type.into_owned(),
        code.unwrap_or_default(),
        message.unwrap_or_default(),
    ])
}

fn told(kind: &str, code: &str, message: &str) -> [String; 3] {
    [kind, code, message].map(str::to_owned)
}

#[test]
fn an_error_of_googles_has_a_name_and_may_lie_in_a_list() {
    let error = r#"{"error": {"code": 503, "message": "No.", "status": "UNAVAILABLE"}}"#;
    for body in [error.to_owned(), format!("[{error}\n]\n")] {
        assert_eq!(
            failure(&body),
            Some(told("UNAVAILABLE", "UNAVAILABLE", "No.")),
            "{body}"
        );
    }
    let several = format!("[{error}, {error}]");
    assert_eq!(
        failure(&several),
        Some(told("UNAVAILABLE", "UNAVAILABLE", "No.; No."))
    );
}

#[test]
fn words_are_found_under_each_of_their_names_and_in_each_shape() {
    for body in [
        r#"{"error": {"message": "No room."}}"#,
        r#"{"error": "No room."}"#,
        r#"{"error": {"msg": "No room."}}"#,
        r#"{"error": {"detail": "No room."}}"#,
        r#"{"error": {"message": {"detail": ["No room."]}}}"#,
        r#"{"error": {"errors": [{"msg": "No room."}]}}"#,
        r#"{"errors": ["No room."]}"#,
        r#"{"errors": {"message": "No room."}}"#,
        r#"{"message": "No room."}"#,
        r#"{"msg": "No room."}"#,
        r#"{"detail": "No room."}"#,
        r#"{"detail": {"message": "No room."}}"#,
        r#"{"detail": {"error": {"message": "No room."}}}"#,
        r#"{"detail": [{"loc": ["body", 0], "msg": "No room."}]}"#,
        r#"{"detail": [1, null, {"ctx": {}}, {"msg": "No room."}]}"#,
        r#"{"error": null, "detail": "No room."}"#,
        r#"{"error": true, "message": "No room."}"#,
        r#"{"error": {"message": "None"}, "detail": "No room."}"#,
        r#"{"error": "Not acceptable here", "message": "No room."}"#,
        r#""No room.""#,
        r#"["No room."]"#,
    ] {
        assert_eq!(
            failure(body),
            Some(told("_OTHER", "", "No room.")),
            "{body}"
        );
    }
}

#[test]
fn all_entries_of_a_list_are_told() {
    let body = r#"{"detail": [{"type": "missing", "msg": "No name."}, {"type": "int_type", "msg": "No number."}]}"#;
    assert_eq!(
        failure(body),
        Some(told("missing", "missing", "No name.; No number."))
    );
}

#[test]
fn the_code_says_why_unless_it_repeats_a_status() {
    let cases = [
        r#"bad too_long {"error": {"type": "bad", "code": "too_long"}}"#,
        r#"bad bad {"error": {"type": "bad", "code": 400}}"#,
        r#"bad bad {"error": {"type": "bad", "code": null}}"#,
        r#"400 400 {"error": {"type": "None", "param": "None", "code": "400"}}"#,
        r#"503 503 {"error": {"status": 503}}"#,
        r#"10000 10000 {"error": {"code": 10000}}"#,
        r#"7003 7003 {"success": false, "errors": [{"code": 7003, "message": "x"}]}"#,
        r#"poor poor {"error": "poor", "message": "Pay."}"#,
        r#"validation validation {"error": "Too long.", "error_type": "validation"}"#,
        r#"busy busy {"type": "error", "error": {"type": "busy"}}"#,
        r#"late late {"type": "error", "code": "late", "message": "x"}"#,
        r#"429 429 {"error": 429}"#,
        r#"422 422 {"type": "https://a.example/errors", "title": "x", "detail": "y", "status": 422}"#,
    ];
    for case in cases {
        let mut parts = case.splitn(3, ' ');
        let mut next = || parts.next().unwrap();
        let (kind, code) = (next(), next());
        let [is_kind, is_code, _] = failure(next()).unwrap();
        assert_eq!((is_kind.as_str(), is_code.as_str()), (kind, code), "{case}");
    }
}

#[test]
fn a_code_is_a_bounded_word() {
    for code in ["two words", "a/b", "\u{e9}", &"x".repeat(65)] {
        let body = format!(r#"{{"error": {{"code": "{code}", "message": "x"}}}}"#);
        assert_eq!(failure(&body), Some(told("_OTHER", "", "x")), "{body}");
    }
}

#[test]
fn what_is_nothing_is_no_error() {
    for body in [
        "",
        "1",
        "[",
        "[]",
        "[1]",
        "{}",
        "null",
        r#""""#,
        r#""None""#,
        r#"{"error": null}"#,
        r#"{"error": "null"}"#,
        r#"{"error": "None", "code": 0}"#,
        r#"{"error": false}"#,
        r#"{"error": {}}"#,
        r#"{"error": {"message": null, "code": "None", "type": ""}}"#,
        r#"{"errors": []}"#,
        r#"{"detail": [[], {}]}"#,
    ] {
        assert!(read(body).is_none(), "{body}");
    }
}

#[test]
fn no_depth_of_an_error_is_too_much() {
    let deep = |depth: usize| {
        let (open, close) = (r#"{"error":["#.repeat(depth), "]}".repeat(depth));
        format!("{open}\"x\"{close}")
    };
    assert_eq!(failure(&deep(60)), Some(told("_OTHER", "", "x")));
    assert!(read(&deep(100_000)).is_none());
}
