//! `turnspan init`, against a service that enrolls clients.

use super::spool::assert_private;
use super::support::enrollment::{API_KEY, Called, Enrollment, Known, PASSWORD};
use super::support::folder::Folder;
use super::support::provider::closed_port;
use super::{Said, command};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

/// With everything said but the password.
fn init(folder: &Folder, service: &str, more: &[&str]) -> Command {
    let arguments = [
        "init",
        "--email=me@example.com",
        "--client-id=Acme Corp",
        "--region=eu",
        "--poll-interval=5",
        "--poll-limit=5000",
    ];
    let mut command = command(folder, &[&arguments[..], more].concat());
    command.env("TES_ENDPOINT", service);
    command
}

/// The password comes by a variable.
fn run(service: &Enrollment, folder: &Folder, more: &[&str]) -> Said {
    let mut command = init(folder, &service.url(), more);
    Said::by(command.env("TES_PASSWORD", PASSWORD), "")
}

fn folder(test: &str) -> Folder {
    let folder = Folder::of(test);
    fs::create_dir_all(folder.path()).unwrap();
    folder
}

fn paths(called: &[Called]) -> Vec<&str> {
    called.iter().map(|call| call.path.as_str()).collect()
}

/// What a shell is to take: the one output that has the key.
fn exports(url: &str) -> String {
    format!(
        "export TES_ENDPOINT={url}\nexport TES_CLIENT_ID=acme-corp\nexport TES_API_KEY={API_KEY}\n"
    )
}

const LOGIN: &str = "/api/enrollment/login";
const SUBMIT: &str = "/api/enrollment/submit";
const GRAPHQL: &str = "/api/graphql";

#[test]
fn an_account_that_there_is_gets_a_key_by_two_calls() {
    let (folder, service) = (folder("cli_init_account"), Enrollment::with(Known::Account));
    let said = run(&service, &folder, &[]);
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, exports(&service.url()).as_str())
    );
    assert_eq!(said.err, "");
    let called = service.called();
    assert_eq!(paths(&called), [LOGIN, GRAPHQL]);
    assert!(called.iter().all(|call| call.method == "POST"));
    assert!(
        called
            .iter()
            .all(|call| call.headers["content-type"] == "application/json")
    );
    assert!(!called[0].headers.contains_key("authorization"));
    assert_eq!(
        called[1].headers["authorization"],
        "Bearer fake_access_token"
    );
    assert_eq!(
        called[0].body,
        format!(r#"{{"email":"me@example.com","password":"{PASSWORD}","clientId":"acme-corp"}}"#)
    );
    assert_eq!(
        called[1].body,
        concat!(
            r#"{"query":"mutation CreateApiToken($clientId: String!, $input: CreateApiTokenInput!) {"#,
            r"\n        createClientApiToken(clientId: $clientId, input: $input) {\n          success",
            r#"\n          plainTextToken\n        }\n      }","variables":{"clientId":"acme-corp","#,
            r#""input":{"name":"ai-events-sdk","role":"service-account"}}}"#
        )
    );
}

#[test]
fn a_new_account_is_asked_for_and_waited_for() {
    let folder = folder("cli_init_new");
    let service = Enrollment::with(Known::Nothing { ready_at: 4 });
    let said = run(&service, &folder, &["--create"]);
    assert_eq!(said.out, exports(&service.url()));
    assert!(
        said.err.contains("a new account `acme-corp` was asked for"),
        "{}",
        said.err
    );
    let called = service.called();
    assert_eq!(
        paths(&called),
        [LOGIN, SUBMIT, LOGIN, LOGIN, LOGIN, GRAPHQL]
    );
    assert_eq!(
        called[1].body,
        format!(
            r#"{{"clientId":"acme-corp","companyName":"acme-corp","industryType":"technology","authProvider":"native","adminEmail":"me@example.com","adminPassword":"{PASSWORD}","region":"eu"}}"#
        )
    );
}

#[test]
fn an_account_that_was_asked_for_before_is_gone_on_with() {
    let folder = folder("cli_init_pending");
    for (of, says) in [
        ("clientId", "An enrollment for this ID is already pending"),
        ("adminEmail", "This e-mail already has a pending enrollment"),
    ] {
        let ready_at = 3;
        let service = Enrollment::with(Known::Pending { ready_at, of, says });
        let said = run(&service, &folder, &["--create"]);
        assert_eq!(said.out, exports(&service.url()));
        assert!(said.err.contains("was asked for before"), "{}", said.err);
        assert_eq!(
            paths(&service.called()),
            [LOGIN, SUBMIT, LOGIN, LOGIN, GRAPHQL]
        );
    }
}

#[test]
fn one_that_does_not_become_ready_says_how_to_go_on() {
    let folder = folder("cli_init_never");
    let service = Enrollment::with(Known::Nothing { ready_at: 99_999 });
    let url = service.url();
    let arguments = [
        "init",
        "--endpoint",
        &url,
        "--poll-interval=5",
        "--poll-limit=40",
        "--create",
    ];
    let answers = format!("me@example.com\nacme\n{PASSWORD}\nus\n");
    let said = Said::by(&mut command(&folder, &arguments), &answers).ended(2);
    let expected = "error: the account `acme` is not ready yet";
    assert!(said.err.contains(expected), "{}", said.err);
    assert!(
        said.err.contains("run `turnspan init --create` again"),
        "{}",
        said.err
    );
}

#[test]
fn a_wrong_password_says_so_and_creates_nothing() {
    let (folder, service) = (folder("cli_init_wrong"), Enrollment::with(Known::Account));
    let mut command = init(&folder, &service.url(), &[]);
    let said = Said::by(command.env("TES_PASSWORD", "not sesame"), "").ended(2);
    assert!(said.out.is_empty() && !said.err.contains("sesame"));
    let expected = "error: sign-in was refused: status 401";
    assert!(said.err.contains(expected), "{}", said.err);
    let remedy = "the e-mail, the client id or the password is wrong";
    assert!(said.err.contains(remedy), "{}", said.err);
    assert_eq!(paths(&service.called()), [LOGIN]);
}

#[test]
fn an_account_is_created_only_if_the_question_is_answered_with_yes() {
    for (answer, code, called) in [
        ("y\n", 0, &[LOGIN, SUBMIT, LOGIN, GRAPHQL][..]),
        ("n\n", 2, &[LOGIN]),
        ("\n", 2, &[LOGIN]),
        ("", 2, &[LOGIN]),
    ] {
        let folder = folder("cli_init_question");
        let service = Enrollment::with(Known::Nothing { ready_at: 2 });
        let mut command = init(&folder, &service.url(), &[]);
        let said = Said::by(command.env("TES_PASSWORD", PASSWORD), answer);
        assert_eq!(said.code, code, "{answer:?}: {}", said.err);
        let question = "Create a new account `acme-corp`? [y/N]";
        assert!(said.err.contains(question), "{}", said.err);
        assert_eq!(paths(&service.called()), called, "{answer:?}");
    }
}

#[test]
fn a_new_account_of_somebody_elses_name_is_refused_and_no_password_repeated() {
    let (folder, service) = (folder("cli_init_taken"), Enrollment::with(Known::Account));
    let mut command = init(&folder, &service.url(), &["--create"]);
    let said = Said::by(command.env("TES_PASSWORD", "not sesame"), "").ended(2);
    assert!(said.out.is_empty());
    assert!(
        said.err.contains("clientId: This client ID is taken"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains("its e-mail, client id or password is another"),
        "{}",
        said.err
    );
    assert_eq!(paths(&service.called()), [LOGIN, SUBMIT]);
}

#[test]
fn a_password_may_come_in_one_chunk_with_its_end() {
    let (folder, service) = (folder("cli_init_piped"), Enrollment::with(Known::Account));
    for end in ["\n", "\r\n", ""] {
        let mut command = init(&folder, &service.url(), &[]);
        let said = Said::by(&mut command, &format!("{PASSWORD}{end}"));
        assert_eq!(said.out, exports(&service.url()), "{}", said.err);
    }
    let mut command = command(&folder, &["init", "--endpoint", &service.url()]);
    let answers = format!("me@example.com\nAcme Corp\n{PASSWORD}\nEU\n");
    let said = Said::by(&mut command, &answers);
    assert_eq!(said.out, exports(&service.url()), "{}", said.err);
    assert_eq!(said.err, "E-mail: Client id: Region (eu or us): ");
}

#[test]
fn a_file_gets_the_key_and_the_terminal_does_not() {
    let (folder, service) = (folder("cli_init_write"), Enrollment::with(Known::Account));
    let file = folder.path().join(".env");
    fs::write(&file, "# mine\nTES_API_KEY=old\nOTHER=1\n").unwrap();
    let path = file.to_str().unwrap();
    let said = run(&service, &folder, &["--write", path]).ended(0);
    let expected = format!("# TES_ENDPOINT, TES_CLIENT_ID and TES_API_KEY are in {path}\n");
    assert_eq!(said.out, expected);
    let url = service.url();
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        format!(
            "# mine\nTES_API_KEY={API_KEY}\nOTHER=1\nTES_ENDPOINT={url}\nTES_CLIENT_ID=acme-corp\n"
        )
    );
    assert_private(&file);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing else"
    );

    let json = run(&service, &folder, &["--json", "--write", path])
        .ended(0)
        .json();
    let mut expected = json!({"TES_ENDPOINT": url, "TES_CLIENT_ID": "acme-corp", "file": path});
    assert_eq!(json, expected);
    let shown = run(
        &service,
        &folder,
        &["--json", "--show-key", "--write", path],
    );
    expected["TES_API_KEY"] = Value::from(API_KEY);
    assert_eq!(shown.json(), expected);
}

#[test]
fn nothing_is_asked_of_the_service_when_the_key_would_be_lost() {
    let (folder, service) = (folder("cli_init_lost"), Enrollment::with(Known::Account));
    let said = run(&service, &folder, &["--json"]).ended(64);
    assert!(
        said.err.contains("add --write FILE, or --show-key"),
        "{}",
        said.err
    );
    let said = run(&service, &folder, &["--write", "/nowhere/to/be/.env"]).ended(2);
    assert!(said.err.contains("/nowhere/to/be/.env: "), "{}", said.err);
    assert!(service.called().is_empty());
}

#[test]
fn answers_that_are_none_are_named() {
    let (folder, service) = (folder("cli_init_bad"), Enrollment::with(Known::Account));
    for (arguments, input, expected) in [
        (
            &["--email=me"][..],
            "",
            "the e-mail must be as me@example.com",
        ),
        (
            &["--email=me@x.example", "--client-id=_"],
            "",
            "the client id must have letters",
        ),
        (
            &["--email=me@x.example", "--client-id=a"],
            "",
            "the password must not be empty",
        ),
        (
            &["--email=me@x.example", "--client-id=a"],
            "sesame\nasia\n",
            "must be eu or us",
        ),
    ] {
        let url = service.url();
        let arguments = [&["init", "--endpoint", &url], arguments].concat();
        let said = Said::by(&mut command(&folder, &arguments), input).ended(64);
        assert!(said.err.contains(expected), "{}", said.err);
    }
    assert!(service.called().is_empty());
}

#[test]
fn a_password_leaves_for_https_and_for_this_machine_alone() {
    let folder = folder("cli_init_plain");
    for endpoint in [
        "http://acme.example",
        "ftp://localhost",
        "https://me:sesame@x.example",
    ] {
        let mut command = init(&folder, endpoint, &[]);
        let said = Said::by(command.env("TES_PASSWORD", PASSWORD), "").ended(64);
        assert!(said.err.contains("error: TES_ENDPOINT "), "{}", said.err);
    }
    let service = Enrollment::with(Known::Redirect);
    let said = run(&service, &folder, &[]).ended(2);
    assert!(
        said.err
            .contains("redirects to https://elsewhere.example/login"),
        "{}",
        said.err
    );
    assert_eq!(paths(&service.called()), [LOGIN]);
    let mut command = init(&folder, &format!("http://127.0.0.1:{}", closed_port()), &[]);
    let said = Said::by(command.env("TES_PASSWORD", PASSWORD), "").ended(2);
    assert!(said.err.contains("cannot be reached"), "{}", said.err);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_and_leaves_nothing() {
    use std::process::Stdio;
    let folder = folder("cli_init_interrupt");
    let service = Enrollment::with(Known::Nothing { ready_at: 99_999 });
    let file = folder.path().join(".env");
    let waiting = init(
        &folder,
        &service.url(),
        &["--create", "--write", file.to_str().unwrap()],
    )
    .env("TES_PASSWORD", PASSWORD)
    .stdin(Stdio::piped())
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    service.wait_for(3);
    let id = waiting.id().to_string();
    let told = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(told.success());
    let output = waiting.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.ends_with("error: interrupted\n"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
