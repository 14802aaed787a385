//! MLflow.

use crate::dialect::{Dialect, Field};

pub(super) const MLFLOW: Dialect = Dialect {
    marks: &["mlflow.*"],
    scopes: &["mlflow."],
    names: &[
        "mlflow.experimentId",
        "mlflow.spanType",
        "mlflow.traceRequestId",
    ],
    content: &[
        ("mlflow.chat.messages", Field::UserMessage),
        ("mlflow.spanInputs", Field::UserMessage),
        ("mlflow.spanOutputs", Field::AssistantResponse),
        ("mlflow.chat.tools", Field::OtherAttributes),
    ],
    ..Dialect::NONE
};
