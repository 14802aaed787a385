//! What was recorded since the last turn.

use super::SessionUsage;
use crate::normalize::NormalizedResponse;
use crate::operation::word;
use crate::turn::ToolUse;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};

/// More tool calls than this in one turn are an attack.
const MAX_CALLS: usize = 1024;

/// A turn of more answers than this is told, whoever has seen some of them.
const MAX_IDS: usize = 1024;

/// What the answers of a turn say together.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) usage: SessionUsage,
    pub(super) model: Option<String>,
    pub(super) tool_calls: Vec<ToolUse>,
    pub(super) answer: Option<String>,
    pub(super) response_ids: Vec<String>,
    /// The first call of an id.
    by_id: HashMap<String, usize>,
    /// The calls of a tool that may have no result yet.
    by_tool: HashMap<String, VecDeque<usize>>,
}

impl Recorded {
    /// Takes in an answer. Returns whether there was room for all of it.
    pub(super) fn answer(&mut self, answer: &NormalizedResponse) -> bool {
        let round = self.usage.ai_rounds;
        self.usage.ai_rounds += 1;
        self.usage.tokens = self.usage.tokens.plus(answer.usage);
        if answer.model.is_some() {
            self.model.clone_from(&answer.model);
        }
        self.answer = Some(answer.content.clone());
        if self.response_ids.len() < MAX_IDS {
            self.response_ids.extend(answer.id.clone());
        }
        let room = MAX_CALLS - self.tool_calls.len();
        for call in answer.tool_calls.iter().take(room).cloned() {
            self.call(ToolUse { round, ..call });
        }
        answer.tool_calls.len() <= room
    }

    fn call(&mut self, call: ToolUse) {
        let at = self.tool_calls.len();
        if let Some(id) = &call.id {
            self.by_id.entry(id.clone()).or_insert(at);
        }
        self.by_tool
            .entry(call.tool.clone())
            .or_default()
            .push_back(at);
        self.tool_calls.push(call);
    }

    /// Takes in what a tool found.
    pub(super) fn tool_result(&mut self, id_or_tool: &str, result: &Value) {
        let by_id = self.by_id.get(&*word::id(id_or_tool)).copied();
        let at = by_id.or_else(|| self.waiting(word::word(id_or_tool)));
        if let Some(call) = at.and_then(|at| self.tool_calls.get_mut(at)) {
            call.result = Some(result.to_string());
        }
    }

    /// The first call of a tool that has no result.
    fn waiting(&mut self, tool: &str) -> Option<usize> {
        let waiting = self.by_tool.get_mut(tool)?;
        let has_result = |at: &usize| {
            self.tool_calls
                .get(*at)
                .is_some_and(|it| it.result.is_some())
        };
        while waiting.front().is_some_and(has_result) {
            waiting.pop_front();
        }
        waiting.pop_front()
    }
}
