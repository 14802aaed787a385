//! The conventions of the Model Context Protocol.

use crate::dialect::{Dialect, Field};

pub(super) const MCP: Dialect = Dialect {
    marks: &["mcp.*"],
    names: &[
        "jsonrpc.protocol.version",
        "jsonrpc.request.id",
        "mcp.method.name",
        "mcp.prompt.name",
        "mcp.protocol.version",
        "mcp.request.id",
        "mcp.server.name",
        "mcp.session.id",
        "mcp.tool.name",
        "mcp.transport",
    ],
    content: &[
        // Which file or row somebody asked for.
        ("mcp.resource.uri", Field::ToolArguments),
        ("mcp.request.argument", Field::ToolArguments),
        ("mcp.tool.arguments", Field::ToolArguments),
        ("mcp.tool.result", Field::ToolResults),
    ],
    ..Dialect::NONE
};
