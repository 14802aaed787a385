//! CrewAI.

use crate::dialect::{Dialect, Field};

pub(super) const CREWAI: Dialect = Dialect {
    marks: &["crewai.*"],
    scopes: &["crewai"],
    names: &[
        "crew_fingerprint",
        "crew_id",
        "crew_key",
        "crew_process",
        "crewai.agent.id",
        "crewai.crew.id",
        "crewai.crew.name",
        "crewai.flow.name",
        "crewai.task.id",
        "crewai.task.name",
        "crewai.version",
        "crewai_version",
        "task_fingerprint",
        "task_id",
        "task_key",
    ],
    content: &[
        ("crewai.agent.backstory", Field::SystemPrompt),
        ("crewai.agent.goal", Field::SystemPrompt),
        ("crewai.agent.role", Field::SystemPrompt),
        ("crewai.crew.result", Field::AssistantResponse),
        ("crewai.task.description", Field::UserMessage),
        ("crewai.task.expected_output", Field::UserMessage),
        ("crewai.task.output", Field::AssistantResponse),
    ],
    ..Dialect::NONE
};
