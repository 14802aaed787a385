//! Semantic Kernel, and the Agent Framework after it.

use crate::dialect::{Dialect, Field};

pub(super) const SEMANTIC_KERNEL: Dialect = Dialect {
    marks: &["sk.*"],
    scopes: &[
        "agent_framework",
        "semantic_kernel",
        "Microsoft.SemanticKernel",
    ],
    content: &[("sk.available_functions", Field::OtherAttributes)],
    ..Dialect::NONE
};
