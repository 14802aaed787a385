//! What no option and no variable says is asked, one line each.

use super::Init;
use super::account::{self, Account, Region};
use crate::failure::Failure;
use std::env;
use std::io::{self, BufRead as _, ErrorKind, IsTerminal as _, Write as _};

/// Asks on a thread of its own, so that an interrupt does not wait for a line.
pub(super) async fn account(init: &Init) -> Result<Account, Failure> {
    let questions = Questions {
        email: init.email.clone(),
        client_id: init.client_id.clone(),
        region: init.region,
        password: env::var_os("TES_PASSWORD").and_then(|it| it.into_string().ok()),
        is_terminal: io::stdin().is_terminal(),
    };
    let asked = tokio::task::spawn_blocking(move || questions.ask()).await;
    asked.unwrap_or_else(|_| Err(Failure::interrupted()))
}

/// What is known already.
struct Questions {
    email: Option<String>,
    client_id: Option<String>,
    region: Option<Region>,
    password: Option<String>,
    is_terminal: bool,
}

/// A mistake may be mended so often.
const TRIES: usize = 3;

impl Questions {
    fn ask(self) -> Result<Account, Failure> {
        let email = match &self.email {
            Some(email) => account::parse_email(email).map_err(Failure::usage)?,
            None => self.line("E-mail", "--email", account::parse_email)?,
        };
        let client_id = match &self.client_id {
            Some(id) => account::parse_client_id(id).map_err(Failure::usage)?,
            None => self.line("Client id", "--client-id", account::parse_client_id)?,
        };
        let password = match self.password.as_ref().filter(|it| !it.is_empty()) {
            Some(password) => password.clone(),
            None => self.password()?,
        };
        let region = match self.region {
            Some(region) => region,
            None => self.line("Region (eu or us)", "--region", Region::parse)?,
        };
        Ok(Account {
            email,
            client_id,
            password,
            region,
        })
    }

    fn line<T>(
        &self,
        what: &str,
        option: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        let remedy = format!("say it with {option}");
        self.answered(parse, &remedy, || {
            aside(&format!("{what}: "))?;
            read_line()
        })
    }

    fn password(&self) -> Result<String, Failure> {
        let remedy = "type it, pass it by standard input, or set TES_PASSWORD";
        self.answered(account::parse_password, remedy, || {
            if !self.is_terminal {
                return read_line();
            }
            let typed = rpassword::prompt_password("Password (not shown): ")?;
            Ok(format!("{typed}\n"))
        })
    }

    /// On a terminal a mistake can be mended; elsewhere nobody would know.
    fn answered<T>(
        &self,
        parse: impl Fn(&str) -> Result<T, String>,
        remedy: &str,
        read: impl Fn() -> io::Result<String>,
    ) -> Result<T, Failure> {
        let mut problem = String::new();
        for _ in 0..TRIES {
            let line = read().map_err(|error| unread(&error))?;
            match parse(&line) {
                Ok(answer) => return Ok(answer),
                Err(why) => problem = why,
            }
            // A line without an end is the last one.
            if !self.is_terminal || !line.ends_with('\n') {
                break;
            }
            aside(&format!("{problem}\n")).map_err(|error| unread(&error))?;
        }
        Err(Failure::usage(problem).remedy(remedy))
    }
}

fn unread(error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::Interrupted => Failure::interrupted(),
        _ => Failure::new(format!("nothing can be asked: {error}")),
    }
}

/// The lock's buffer keeps what came in the same chunk for the next line.
fn read_line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}

fn aside(text: &str) -> io::Result<()> {
    let mut out = io::stderr().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
