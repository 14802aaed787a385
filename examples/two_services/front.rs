//! The service that is asked first.

use crate::support::{self, Failure};
use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use turnspan::{Conversation, Telemetry};

pub(crate) async fn run() -> Result<String, Failure> {
    let builder = turnspan::builder()
        .service_name("front")
        .propagate_baggage(crate::BAGGAGE)
        .env()?;
    let back = Back::start()?;
    let telemetry = builder.propagate_to([&back.address]).install()?;
    let conversation = Conversation::new("conv-123").user("u_1");
    let answer = conversation.scope(ask(&telemetry, &back.address)).await;
    back.end()?;
    telemetry.shutdown(Duration::from_secs(5))?;
    answer
}

#[tracing::instrument(skip_all)]
async fn ask(telemetry: &Telemetry, address: &str) -> Result<String, Failure> {
    let request = reqwest::Client::new().post(format!("http://{address}/answer"));
    let response = telemetry.send(request.body(support::prompt())).await?;
    let is_good = response.status().is_success();
    let text = response.text().await?;
    if is_good { Ok(text) } else { Err(text.into()) }
}

/// The other process.
struct Back {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Back {
    /// Waits until it has said where it listens.
    fn start() -> Result<Self, Failure> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("--back").env("OTEL_SERVICE_NAME", "back");
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut output = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut address = String::new();
        output.read_line(&mut address)?;
        Ok(Self {
            address: address.trim().to_owned(),
            process,
            output,
        })
    }

    /// Closes its input, which tells it to end, and waits until it has.
    fn end(mut self) -> Result<(), Failure> {
        drop(self.process.stdin.take());
        let mut last = String::new();
        self.output.read_line(&mut last)?;
        let status = self.process.wait()?;
        let ended = status.success().then_some(());
        ended.ok_or_else(|| format!("the back failed: {status}").into())
    }
}
