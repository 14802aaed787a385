//! What turnspan's own threads share: the runtime that drives delivery, the
//! client it sends with, and manners towards code of others.

pub(crate) mod came;
pub(crate) mod caught;
mod client;
pub(crate) mod complaints;
pub(crate) mod remembered;
pub(crate) mod runtime;
pub(crate) mod trouble;

pub(crate) use client::{http_client, innermost};
