//! Events under another endpoint.

use super::SpoolOwner;
use crate::spool::sqlite::column::count;
use rusqlite::{Connection, OptionalExtension as _, params};

/// What [`SpoolFile::move_events`](crate::SpoolFile::move_events) did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolMove {
    /// Events, and turns that are open, that have the other endpoint now.
    pub moved: u64,
    /// Those that a running process holds: they stayed.
    pub held: u64,
}

/// Gives what nobody who runs holds to the owner of another endpoint; `running`
/// are the holders that run, as a list in JSON.
pub(super) fn move_events(
    connection: &Connection,
    running: &str,
    from: &SpoolOwner,
    to: &str,
) -> rusqlite::Result<SpoolMove> {
    let Some(old) = number(connection, &from.endpoint, &from.client_id)? else {
        return Ok(SpoolMove::default());
    };
    connection.execute(
        "INSERT INTO owner (endpoint, client_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![to, from.client_id],
    )?;
    let Some(new) = number(connection, to, &from.client_id)?.filter(|new| *new != old) else {
        return Ok(SpoolMove::default());
    };
    let mut moved = SpoolMove::default();
    for table in ["event", "open_turn"] {
        let rows = connection.execute(
            &format!(
                "UPDATE {table} SET owner = ?1, holder = NULL WHERE owner = ?2 AND
                 (holder IS NULL OR holder NOT IN (SELECT value FROM json_each(?3)))"
            ),
            params![new, old, running],
        )?;
        let left = connection.query_row(
            &format!("SELECT count(*) FROM {table} WHERE owner = ?1"),
            [old],
            |row| row.get(0),
        )?;
        moved.moved += u64::try_from(rows).unwrap_or_default();
        moved.held += count(left);
    }
    Ok(moved)
}

fn number(
    connection: &Connection,
    endpoint: &str,
    client_id: &str,
) -> rusqlite::Result<Option<i64>> {
    connection
        .query_row(
            "SELECT id FROM owner WHERE endpoint = ?1 AND client_id = ?2",
            params![endpoint, client_id],
            |row| row.get(0),
        )
        .optional()
}
