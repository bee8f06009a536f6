//! `finished`: the journey has ended.

use super::{Kind, StepKind, Takes};
use crate::script::play::{Failure, Play};

pub(super) const KIND: StepKind = StepKind {
    name: "finished",
    summary: "The contact is in no journey: it came to its end, or its time to reply is over.",
    takes: Takes::Nothing,
    example: ("card Ask do\n  ask(\"¿Cómo estás?\")\nend", "  - start\n  - bot: {}\n  - user: bien\n  - finished"),
    fails: &[("  - start\n  - bot: {}\n  - finished", "waits for a reply in card Ask")],
    read: |_| Ok(Box::new(Finished)),
};

#[derive(Debug)]
struct Finished;

impl Kind for Finished {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        match play.rehearsal.session() {
            None => Ok(()),
            Some(_) => {
                let failure = play.silence("The journey has not ended.");
                Err(play.stands_otherwise(failure.differs("journey", "finished", "waiting")))
            }
        }
    }
}
