//! What a function stands on: settings, AWS clients, queues, schedules, secrets, the clock, telemetry, guarded web requests, and the rule by
//! which a batch of queued records is handled.
//!
//! Nothing here knows where it runs: on one machine only the endpoint differs.

pub mod aws;
pub mod batch;
pub mod clock;
pub mod function;
pub mod ids;
pub mod queue;
pub mod schedule;
pub mod secret;
pub mod settings;
pub mod telemetry;
pub mod web;

pub use clock::Clock;
pub use queue::Queue;
pub use schedule::Schedules;
pub use secret::Secret;
pub use settings::{SettingError, Settings};
pub use web::Web;
