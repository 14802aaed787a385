//! What the tests share, most of it with those of the library.

pub(crate) mod enrollment;
#[path = "../../../../tests/it/support/folder.rs"]
pub(crate) mod folder;
#[path = "../../../../tests/it/support/grpc_receiver.rs"]
pub(crate) mod grpc_receiver;
#[path = "../../../../tests/it/support/otlp_receiver.rs"]
pub(crate) mod otlp_receiver;
#[path = "../../../../tests/it/support/planted.rs"]
pub(crate) mod planted;
#[path = "../../../../tests/it/support/provider.rs"]
pub(crate) mod provider;
#[path = "../../../../tests/it/support/tes_receiver.rs"]
pub(crate) mod tes_receiver;
#[path = "../../../../tests/it/support/tls_server.rs"]
pub(crate) mod tls_server;
