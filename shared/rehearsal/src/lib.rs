//! Journeys tried out: one contact talking to the real engine in a simulated host.
//!
//! [`Rehearsal`] is the host: it decides who answers as the service does, keeps the contact and the conversation, rings
//! alarms, and has a clock that stands still until it is told to move. Everything somebody does gives the [`Event`]s that
//! came of it, so that whatever shows a conversation (a script, a terminal, a simulator) shows the same one.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")
)]

mod chat;
mod coverage;
mod event;
pub mod http;
mod incoming;
mod load;
mod message;
mod paint;
mod rehearsal;
pub mod report;
mod reports;
pub mod script;
mod shelf;
pub mod terminal;

pub use chat::{Answer, Chat, field};
pub use coverage::{Coverage, Covered, Missed};
pub use event::{Alarm, Cause, Event, NotStarted, Stopped, Unanswered};
pub use incoming::{Choice, Incoming, Surface};
pub use load::{A_JOURNEY_IS, Loaded, NotAJourney, is_journey, load, name_of, suffixes};
pub use message::{List, Parts, Template};
pub use paint::Paint;
pub use rehearsal::{NothingToTap, Options, Rehearsal, Tap};
pub use reports::REPORTS;
pub use shelf::{Book, Shelf};
