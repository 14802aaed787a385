//! `turnspan init`: an account of TES, and the three variables that name it.

mod account;
mod ask;
mod enrollment;
mod variables;
mod wire;

use crate::failure::{End, Failure};
use crate::output::{Output, is_confirmed};
use crate::{private_file, until_interrupted};
use account::{Account, Region};
use clap::Args;
use enrollment::{Login, Patience, Service};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use turnspan::Tes;
use variables::Variables;

/// Signs in to TES and gets a key: TES_ENDPOINT, TES_CLIENT_ID, TES_API_KEY
///
/// Asks for what no option and no variable sets. The password is never an
/// argument: type it unseen, pass it by standard input, or set TES_PASSWORD. A
/// new account is created only with --create, or if you answer y.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "help is no Markdown")]
pub(crate) struct Init {
    /// Who signs in
    #[arg(long, env = "TES_EMAIL", hide_env_values = true)]
    email: Option<String>,
    /// The client's id: lower case, with - for what is no letter or digit
    #[arg(long, env = "TES_CLIENT_ID", value_name = "ID")]
    client_id: Option<String>,
    /// Creates an account where sign-in is refused, without asking
    #[arg(long)]
    create: bool,
    /// Where a new account's data lies
    #[arg(long, env = "TES_REGION", ignore_case = true)]
    region: Option<Region>,
    /// The service [default: https://<ID>.api.pentatonic.com]
    #[arg(long, env = "TES_ENDPOINT", value_name = "URL")]
    endpoint: Option<String>,
    /// Writes the variables to a file for you alone, keeping its other lines;
    /// the key is not shown then
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Shows the key also with --write, and with --json
    #[arg(long)]
    show_key: bool,
    #[arg(long, hide = true, default_value_t = 3000, value_name = "MILLISECONDS")]
    poll_interval: u64,
    #[arg(
        long,
        hide = true,
        default_value_t = 300_000,
        value_name = "MILLISECONDS"
    )]
    poll_limit: u64,
}

/// What is said in the end; the key only where it is to be.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(rename = "TES_ENDPOINT")]
    endpoint: &'a str,
    #[serde(rename = "TES_CLIENT_ID")]
    client_id: &'a str,
    #[serde(rename = "TES_API_KEY", skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip)]
    shell: String,
}

impl Init {
    pub(crate) fn run(&self, output: &Output) -> Result<End, Failure> {
        if output.is_json() && self.write.is_none() && !self.show_key {
            return Err(
                Failure::usage("the key would be lost: --json does not show it")
                    .remedy("add --write FILE, or --show-key"),
            );
        }
        if let Some(file) = &self.write {
            private_file::check(file)?;
        }
        let variables = until_interrupted(output, self.variables(output))?;
        self.hand_over(&variables, output)?;
        Ok(End::Fine)
    }

    async fn variables(&self, output: &Output) -> Result<Variables, Failure> {
        let account = ask::account(self).await?;
        let endpoint = self.endpoint(&account)?;
        let patience = Patience {
            interval: Duration::from_millis(self.poll_interval),
            limit: Duration::from_millis(self.poll_limit),
        };
        let service = Service::new(&endpoint)?;
        let token = match service.login(&account).await? {
            Login::In(token) => token,
            Login::Refused(refused) => {
                self.agree_to_create(&account, refused, output).await?;
                service.sign_up(&account, &patience, output).await?
            }
        };
        let api_key = service.api_key(&account, &token).await?;
        // A key that no program could use is not handed over.
        drop(Tes::new(&endpoint, &account.client_id, &api_key)?);
        Ok(Variables {
            endpoint,
            client_id: account.client_id,
            api_key,
        })
    }

    /// Whether a new account is wanted; else sign-in has failed, and that is said.
    async fn agree_to_create(
        &self,
        account: &Account,
        refused: Failure,
        output: &Output,
    ) -> Result<(), Failure> {
        if self.create {
            return Ok(());
        }
        let question = format!(
            "Sign-in was refused: the e-mail, the client id or the password is wrong, or there is \
             no such account.\nCreate a new account `{}`? [y/N] ",
            account.client_id
        );
        output.aside(&question);
        let is_meant = tokio::task::spawn_blocking(is_confirmed).await;
        match is_meant {
            Ok(true) => Ok(()),
            _ => Err(refused),
        }
    }

    /// Where the service is, by the rules that hold for programs too.
    fn endpoint(&self, account: &Account) -> Result<String, Failure> {
        let id = &account.client_id;
        let given = self.endpoint.as_deref().map(str::trim);
        let given = given.filter(|given| !given.is_empty());
        let endpoint = match given {
            Some(given) => given.trim_end_matches('/').to_owned(),
            None => format!("https://{id}.api.pentatonic.com"),
        };
        let checked = Tes::new(&endpoint, id, "unknown yet");
        match checked {
            Ok(_) => Ok(endpoint),
            Err(error) => {
                Err(Failure::usage(error.to_string()).remedy("name another with --endpoint"))
            }
        }
    }

    /// Nothing here waits, so that the key is not lost on the way.
    fn hand_over(&self, variables: &Variables, output: &Output) -> Result<(), Failure> {
        let written = self.write.as_deref().map(|file| variables.write(file));
        let is_shown = self.show_key || !matches!(written, Some(Ok(())));
        let report = Report {
            endpoint: &variables.endpoint,
            client_id: &variables.client_id,
            api_key: is_shown.then_some(variables.api_key.as_str()),
            file: self.write.as_ref().map(|file| file.display().to_string()),
            shell: variables.to_shell(),
        };
        if let Some(Err(failure)) = written {
            return Err(
                failure.remedy("the key was made and is lost: run init again with another FILE")
            );
        }
        output.report(&report)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.api_key.is_some() {
            f.write_str(&self.shell)?;
        }
        if let Some(file) = &self.file {
            writeln!(
                f,
                "# TES_ENDPOINT, TES_CLIENT_ID and TES_API_KEY are in {file}"
            )?;
        }
        Ok(())
    }
}
