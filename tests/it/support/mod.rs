//! What the tests share.

pub(crate) mod anthropic;
pub(crate) mod beside;
pub(crate) mod breaking_server;
pub(crate) mod child;
pub(crate) mod captures;
pub(crate) mod folder;
pub(crate) mod foreign;
pub(crate) mod grpc_receiver;
pub(crate) mod harness;
pub(crate) mod in_process;
pub(crate) mod meters;
pub(crate) mod odd_server;
pub(crate) mod otlp_receiver;
pub(crate) mod planted;
pub(crate) mod provider;
pub(crate) mod registry;
pub(crate) mod seams;
pub(crate) mod tes_receiver;
pub(crate) mod tls_server;
