//! The tool calls of an open turn: which of them wait for a result, and how much
//! of them is kept.

use super::{ToolResult, ToolUse};
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

/// What the tool calls of one turn may take, in bytes, so that an event with
/// its three texts stays below the 1 MiB that proxies commonly let through.
pub(super) const MAX_BYTES: usize = 512 << 10;

/// What stands for arguments or a result that there was no room for.
const CUT: &str = "\"...[truncated]\"";

/// What a tool call takes beyond its texts.
const OVERHEAD: usize = 64;

/// What is known of the tool calls of a turn, by their positions in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls {
    /// Calls without a result, by their ids; of one id the last.
    waiting: HashMap<String, usize>,
    /// Calls of the last round without an id.
    nameless: VecDeque<usize>,
    /// Where the first round ends; where the last but one, and the last, begin.
    first_end: usize,
    recent: usize,
    last: usize,
    /// Up to here there is nothing left to cut, of results and of arguments.
    cut: [usize; 2],
    pub(super) bytes: usize,
    pub(super) is_cut: bool,
}

impl Calls {
    /// Of calls that were gathered before.
    pub(super) fn of(gathered: &[ToolUse]) -> Self {
        let mut calls = Self::default();
        let mut start = 0;
        for round in gathered.chunk_by(|one, next| one.round == next.round) {
            calls.begin_round(start, round);
            start += round.len();
        }
        calls
    }

    /// Takes the calls of the next round, which are in the turn from `start` on.
    pub(super) fn begin_round(&mut self, start: usize, round: &[ToolUse]) {
        let end = start + round.len();
        if start == 0 {
            self.first_end = end;
            self.cut = [end; 2];
        }
        (self.recent, self.last) = (self.last, start);
        self.nameless.clear();
        for (at, call) in (start..).zip(round) {
            self.bytes += weight(call);
            if call.result.is_some() {
                continue;
            }
            match &call.id {
                Some(id) => drop(self.waiting.insert(id.clone(), at)),
                None => self.nameless.push_back(at),
            }
        }
    }

    /// Gives the calls what was found for them: by their ids; what has no id, or
    /// one that a client made up, to calls that have none, in their order.
    pub(super) fn settle(&mut self, gathered: &mut [ToolUse], results: Vec<ToolResult>) {
        for found in results {
            let known = found.id.as_ref().and_then(|id| self.waiting.remove(id));
            let at = known.or_else(|| self.nameless.pop_front());
            if let Some(call) = at.and_then(|at| gathered.get_mut(at)) {
                self.bytes += found.result.as_ref().map_or(0, String::len);
                call.result = found.result;
            }
        }
    }

    /// Cuts until there is room: what lies in the middle first, results before
    /// arguments, the oldest first. Names stay: if these alone are too much, it
    /// says so.
    pub(super) fn fit(&mut self, gathered: &mut [ToolUse]) -> bool {
        for (what, text) in [result, arguments].into_iter().enumerate() {
            let from = self.cut.get(what).copied().unwrap_or_default();
            let to = self.cut_within(gathered, from..self.recent, text);
            if let Some(cut) = self.cut.get_mut(what) {
                *cut = to.max(from);
            }
        }
        for text in [result, arguments] {
            self.cut_within(gathered, 0..gathered.len(), text);
        }
        self.bytes <= MAX_BYTES
    }

    /// Gives the position up to which there is nothing left to cut.
    fn cut_within(&mut self, gathered: &mut [ToolUse], within: Range<usize>, text: Text) -> usize {
        let mut at = within.start;
        while self.bytes > MAX_BYTES && at < within.end {
            let text = gathered.get_mut(at).map(text);
            let text = text.and_then(Option::as_mut);
            if let Some(text) = text.filter(|text| text.len() > CUT.len()) {
                self.bytes -= text.len() - CUT.len();
                CUT.clone_into(text);
                self.is_cut = true;
            }
            at += 1;
        }
        at
    }
}

type Text = fn(&mut ToolUse) -> &mut Option<String>;

fn result(call: &mut ToolUse) -> &mut Option<String> {
    &mut call.result
}

fn arguments(call: &mut ToolUse) -> &mut Option<String> {
    &mut call.args
}

fn weight(call: &ToolUse) -> usize {
    let texts = [&call.id, &call.args, &call.result].into_iter().flatten();
    OVERHEAD + call.tool.len() + texts.map(String::len).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(round: u64, id: Option<&str>) -> ToolUse {
        ToolUse {
            tool: "search".to_owned(),
            args: Some(format!("\"{}\"", "a".repeat(40 << 10))),
            id: id.map(str::to_owned),
            round,
            result: None,
        }
    }

    fn found(id: Option<&str>, result: &str) -> ToolResult {
        ToolResult {
            id: id.map(str::to_owned),
            result: Some(result.to_owned()),
        }
    }

    #[test]
    fn an_id_that_comes_again_is_that_of_the_last_call() {
        let mut gathered = Vec::new();
        let mut calls = Calls::default();
        for round in 0..3 {
            let start = gathered.len();
            calls.settle(&mut gathered, vec![found(None, "unasked")]);
            gathered.extend([call(round, Some("0")), call(round, Some("1"))]);
            calls.begin_round(start, &gathered[start..]);
            if round == 1 {
                continue;
            }
            let results = ["1", "0"].map(|id| found(Some(id), &format!("{round} {id}")));
            calls.settle(&mut gathered, results.into());
        }
        let results: Vec<_> = gathered.iter().map(|call| call.result.as_deref()).collect();
        let expected = [
            Some("0 0"),
            Some("0 1"),
            None,
            None,
            Some("2 0"),
            Some("2 1"),
        ];
        assert_eq!(results, expected);
    }

    #[test]
    fn results_without_ids_of_the_model_go_to_the_last_rounds_calls_in_their_order() {
        let mut gathered = vec![
            call(0, None),
            call(1, None),
            call(1, Some("a")),
            call(1, None),
        ];
        let mut calls = Calls::of(&gathered);
        calls.settle(
            &mut gathered,
            vec![found(None, "first"), found(Some("made up"), "second")],
        );
        let results: Vec<_> = gathered.iter().map(|call| call.result.as_deref()).collect();
        assert_eq!(results, [None, Some("first"), None, Some("second")]);
    }

    #[test]
    fn the_middle_is_cut_first_and_results_before_arguments() {
        let mut gathered: Vec<ToolUse> = Vec::new();
        let mut calls = Calls::default();
        let long = format!("\"{}\"", "r".repeat(40 << 10));
        for round in 0..12 {
            let id = round.to_string();
            let start = gathered.len();
            gathered.push(call(round, Some(&id)));
            calls.begin_round(start, &gathered[start..]);
            calls.settle(&mut gathered, vec![found(Some(&id), &long)]);
            assert!(calls.fit(&mut gathered));
        }
        let shape = |text: fn(&mut ToolUse) -> &mut Option<String>| {
            let mut gathered = gathered.clone();
            let shape = gathered.iter_mut().map(|call| match text(call).as_deref() {
                Some(CUT) => '.',
                Some(_) => 'x',
                None => '-',
            });
            shape.collect::<String>()
        };
        assert_eq!(shape(arguments), "x...xxxxxxxx");
        assert_eq!(shape(result), "x.........xx");
        assert!(calls.is_cut && calls.bytes <= MAX_BYTES);
        assert_eq!(calls.bytes, Calls::of(&gathered).bytes);
    }

    #[test]
    fn names_that_are_too_much_are_not_cut() {
        let mut gathered = vec![call(0, Some("a"))];
        gathered[0].tool = "t".repeat(MAX_BYTES);
        let mut calls = Calls::of(&gathered);
        assert!(!calls.fit(&mut gathered));
        assert_eq!(gathered[0].tool.len(), MAX_BYTES);
        assert_eq!(gathered[0].args.as_deref(), Some(CUT));
    }
}
