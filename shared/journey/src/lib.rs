//! Journeys: the model, the notebook notation, the compiler and the engine.
//!
//! Pure: no async, no network, no clock and no randomness. A journey goes this way:
//!
//! ```text
//! notebook --parse--> Journey --compile--> Program --start--> Sprint { session, effects, trace }
//!          <--print--                              --advance-->
//! ```
//!
//! * [`parse`] and [`print`](fn@print) map the notebook notation to the [`Journey`] model and back, without loss, and
//!   [`format`](fn@format) does both;
//! * [`compile`] checks a journey and makes the [`Program`] that runs; everything that is wrong is a [`Problem`];
//! * [`start`] and [`advance`] run programs as a pure state machine: the host stores the [`Session`] and carries out the
//!   [`Effect`]s;
//! * [`floip`] exchanges journeys with other programs, [`rapidpro`] reads those of another family, and [`exchange`] reads
//!   either.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")
)]

pub mod exchange;
pub mod floip;
pub mod model;

pub mod checks;
mod compiler;
mod diff;
mod engine;
mod notation;
mod problem;
pub mod rapidpro;
mod references;
mod results;
pub mod statements;

pub use checks::Surroundings;
pub use compiler::{
    DEFAULT_INTERACTION_TIMEOUT, Days, Offset, OffsetUnit, Program, Recurrence, Trigger, TriggerKind, check, check_in,
    compile, first_valid,
};
pub use diff::{Change, ChangeKind, Diff, Line, LineOp, Move, Part, diff};
pub use engine::{
    AdvanceError, Attachment, Budget, Budgets, ButtonFill, Call, CallOutcome, Choice, Effect, Env, FillKind, Frame,
    Header, How, Input, JourneyId, Library, MediaKind, Message, Method, Misunderstood, Origin, Repeats, Reply, Row,
    Session, Sprint, StartError, TraceEvent, Wait, advance, give_up, restart, start, stop,
};
pub use expression::nearest;
pub use model::Journey;
pub use notation::{Parsed, format, parse, print};
pub use problem::{Position, Problem, Severity};
pub use references::{Reference, references, rename_references};
pub use results::{Recorded, Recording, results};
