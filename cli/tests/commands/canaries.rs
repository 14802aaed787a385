//! Secrets that were planted in calls: what is shown of a spool has no more of
//! them than may leave.

use super::support::folder::Folder;
use super::support::planted::SPOOLS;
use super::{Said, command};

#[tokio::test]
async fn what_is_shown_of_a_spool_has_no_more_than_may_leave() {
    for planted in SPOOLS {
        let name = format!("cli_{}", planted.name);
        planted.check(&planted.spooled(&name).await);
        planted.check_no_more(&shown(&Folder::named(&name)));
    }
}

/// Everything that commands say of a spool.
fn shown(folder: &Folder) -> Vec<u8> {
    let commands: [&[&str]; 4] = [
        &["spool", "status", "--json"],
        &["spool", "list"],
        &["spool", "list", "--json"],
        &["spool", "export"],
    ];
    let said = commands.map(|arguments| {
        let mut command = command(folder, arguments);
        command.env("TES_API_KEY", "tes_canary-key");
        let said = Said::by(&mut command, "").ended(0);
        assert!(!said.out.is_empty(), "{arguments:?}");
        said.out + &said.err
    });
    said.concat().into_bytes()
}
