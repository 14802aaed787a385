//! Where a recording hands over what does not travel on its span.

use super::Content;
use std::fmt::Debug;
use std::sync::Weak;

/// The way out for content and for word of open calls.
///
/// Called on the caller's task: an implementation never waits.
pub(crate) trait Outlet: Debug + Send + Sync {
    /// Whether this is a forked child of the process that it was made in, in
    /// which there is no way out.
    fn is_forked(&self) -> bool;

    /// Whether anybody reads content; if not, none is kept.
    fn wants_content(&self) -> bool;

    /// Whether what requests say is read to know which of them belong together,
    /// also where content is not wanted.
    fn reads_histories(&self) -> bool;

    /// A call has begun, within the span of that id if any; shutting down ends
    /// it through `call`.
    fn opened(&self, call: Weak<dyn OpenCall>, within: Option<[u8; 8]>);

    /// Has a line written to the log, once a process, on a thread of ours.
    fn warn(&self, line: String);

    /// Ends the span of that id, by `end`, with what does not travel on it:
    /// both on this thread, which is how the two are joined.
    fn end_beside(&self, span: [u8; 8], content: Content, end: &mut dyn FnMut());
}

/// A call that has not finished.
pub(crate) trait OpenCall: Send + Sync {
    /// Ends the call because telemetry is shutting down.
    fn end_for_shutdown(&self);
}
