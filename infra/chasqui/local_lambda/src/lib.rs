//! Lambda on one machine: the function binaries that SAM deploys run as child processes behind a local Lambda Runtime
//! API, fed by SQS pollers and by an HTTP front that makes API Gateway events, all as the SAM template says.
//!
//! - [`template`]: the SAM template, resolved for this machine, says what runs.
//! - [`runtime_api`]: [`runtime_api::Lambda`] keeps a pool of processes for each function and invokes them.
//! - [`event_sources`]: pollers that hand batches of queue messages to functions, with Lambda's semantics.
//! - [`gateway`]: an HTTP address that turns requests into events of an API Gateway HTTP API.
//!
//! Order of things: read a [`template::Stack`], create its queues and tables in whatever serves AWS on this machine,
//! start a [`runtime_api::Lambda`], then the [`event_sources`] and the [`gateway`]; stop in the opposite order.

pub mod event_sources;
pub mod gateway;
pub mod runtime_api;
pub mod template;
