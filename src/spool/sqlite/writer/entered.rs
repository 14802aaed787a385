//! Staying one of those that hold rows: others take a process without a lease for
//! gone.

use super::Writer;
use crate::spool::sqlite::Tally;
use crate::stats::Stage;
use std::collections::HashMap;

impl Writer {
    /// A process that is no holder any more, as somebody removed its lease, goes
    /// on as another one. What others have taken over is theirs. Gives whether
    /// all that is gone now was not taken over.
    pub(super) fn stay_entered(&mut self) -> bool {
        match self.store.is_entered() {
            Ok(true) => return true,
            Ok(false) => {}
            Err(error) => {
                self.failed(&error);
                return false;
            }
        }
        let entered = self.store.enter_anew(&self.owner);
        if let Err(why) = &entered {
            self.complain(why);
        }
        entered.is_ok_and(|rows| {
            self.leave_to_others(&rows);
            true
        })
    }

    /// All that is not among these rows. What is lent of it arrives once more at
    /// most.
    fn leave_to_others(&mut self, rows: &HashMap<i64, u64>) {
        let ready = &self.shared.ready;
        let is_ours = |id: &i64| rows.contains_key(id);
        let theirs = ready.extract(|event| event.row.is_some_and(|row| !is_ours(&row.id)));
        ready.unfiled(Tally::default(), &theirs);
        let lost = Tally::of(&theirs).plus(ready.lose_unread_but(rows));
        ready.forget_rows(|id| !is_ours(&id));
        let account = &self.shared.told.account;
        account.withdraw(Stage::Spooled, lost.items);
    }
}
