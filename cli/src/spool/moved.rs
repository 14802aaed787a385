//! `turnspan spool move`.

use super::Opened;
use crate::failure::{End, Failure};
use crate::output::{Output, counted};
use clap::Args;
use serde::Serialize;
use std::fmt;
use turnspan::{SpoolMove, SpoolOwner};

/// Gives what waits for a wrong endpoint to the TES that is set now
///
/// Moves events of the client id that is set: they name it. Dead letters move
/// too and stay dead. What a running process holds stays with it.
#[derive(Args)]
pub(super) struct Move {
    /// The wrong endpoint, as `status` shows it; may be left out if there is only
    /// one
    #[arg(long, value_name = "URL")]
    from: Option<String>,
}

#[derive(Serialize)]
struct Report {
    from: String,
    to: String,
    moved: u64,
    held: u64,
}

/// What TES adds to an endpoint.
const PATH: &str = "/api/graphql";

impl Move {
    pub(super) fn run(&self, mut opened: Opened, output: &Output) -> Result<End, Failure> {
        let (to, client_id) = target(&opened)?;
        let owners = opened.file.status()?.owners.into_iter();
        let others: Vec<SpoolOwner> = owners
            .filter(|owner| owner.client_id == client_id && owner.endpoint != to)
            .filter(|owner| owner.waiting + owner.dead + owner.open > 0)
            .collect();
        let from = self.chosen(&others, &client_id)?;
        let SpoolMove { moved, held, .. } = opened.file.move_events(from, &to)?;
        let from = from.endpoint.clone();
        output.report(&Report {
            from,
            to,
            moved,
            held,
        })?;
        Ok(if held > 0 { End::Warned } else { End::Fine })
    }

    fn chosen<'a>(
        &self,
        others: &'a [SpoolOwner],
        client_id: &str,
    ) -> Result<&'a SpoolOwner, Failure> {
        let known: Vec<&str> = others.iter().map(|it| it.endpoint.as_str()).collect();
        let known = known.join(", ");
        match (&self.from, others) {
            (_, []) => {
                let what = format!("nothing of client `{client_id}` waits for another endpoint");
                Err(Failure::new(what).remedy("`turnspan spool status` shows what waits"))
            }
            (None, [one]) => Ok(one),
            (None, _) => Err(
                Failure::usage("events wait for more than one other endpoint")
                    .remedy(format!("name one with --from: {known}")),
            ),
            (Some(from), others) => {
                let base = from.trim_end_matches('/');
                let whole = format!("{base}{PATH}");
                let is_it = |owner: &&SpoolOwner| [base, &whole].contains(&&*owner.endpoint);
                others.iter().find(is_it).ok_or_else(|| {
                    Failure::usage(format!("nothing of client `{client_id}` waits for {from}"))
                        .remedy(format!("events wait for {known}"))
                })
            }
        }
    }
}

/// The endpoint and the client id that are set.
fn target(opened: &Opened) -> Result<(String, String), Failure> {
    let settings = opened.variables.settings()?;
    let endpoints = settings.endpoints();
    let tes = endpoints.iter().find(|endpoint| endpoint.name == "TES");
    let variables = opened.variables.list();
    let client_id = variables.iter().find(|it| it.name == "TES_CLIENT_ID");
    match (tes, client_id) {
        (Some(tes), Some(client_id)) => Ok((tes.url.clone(), client_id.value.clone())),
        _ => Err(
            Failure::new("no TES is set, so there is no endpoint to move to")
                .remedy("set TES_ENDPOINT, TES_CLIENT_ID and TES_API_KEY, or name a --config"),
        ),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moved = counted(self.moved, "event");
        write!(f, "{moved} moved from {} to {}", self.from, self.to)?;
        if self.held > 0 {
            let held = counted(self.held, "event");
            write!(
                f,
                "; {held} stayed: a running process holds them, so end it and move again"
            )?;
        }
        Ok(())
    }
}
