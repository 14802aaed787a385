//! What one turn is.

/// What one turn is (`TES_TURN_GROUPING`).
///
/// ```
/// use turnspan::{Tes, TurnGrouping};
///
/// let tes = Tes::new("https://api.pentatonic.com", "acme", "tes_key")?
///     .turn_grouping(TurnGrouping::Turn);
/// assert!(format!("{tes:?}").contains("grouping: Turn"));
/// # Ok::<(), turnspan::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TurnGrouping {
    /// One call of a model (`call`, the default): each round of a tool loop is
    /// an event, and the session links them.
    #[default]
    Call,
    /// A tool loop (`turn`), from the question to the answer that asks for no
    /// more tools: usage summed, tool calls with their results and rounds, the
    /// first user message, the last answer.
    ///
    /// Rounds belong together by `gen_ai.request.previous_response.id`, else by
    /// the ids of tool calls, else, where neither is known, because they were made
    /// within the same span. An id joins within one named conversation, and
    /// elsewhere only if the request begins with the same messages; a round of
    /// another user never joins. An answer that paused (Anthropic's `pause_turn`)
    /// leaves its turn open too: the request that says the same and ends with that
    /// answer goes on with it, and what both said is one answer. Requests are read
    /// for that also where content is not captured. In the books an open turn is `open`; a durable spool keeps
    /// it, and the next process goes on with it.
    ///
    /// Tool calls of one turn may take 512 KiB. Beyond that results, then
    /// arguments, are cut, those in the middle of the loop first.
    Turn,
}
