//! `waiting`: the journey goes on when the contact answers.

use super::{Kind, StepKind, Takes};
use crate::script::play::{Failure, Play};

pub(super) const KIND: StepKind = StepKind {
    name: "waiting",
    summary: "The journey has not ended: it waits for the contact, or for time to pass.",
    takes: Takes::Nothing,
    example: ("card Ask do\n  ask(\"¿Cómo estás?\")\nend", "  - start\n  - bot: {}\n  - waiting"),
    fails: &[("  - start\n  - bot: {}\n  - user: bien\n  - waiting", "The journey has ended")],
    read: |_| Ok(Box::new(Waiting)),
};

#[derive(Debug)]
struct Waiting;

impl Kind for Waiting {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        match play.rehearsal.session() {
            Some(_) => Ok(()),
            None => {
                let failure = play.silence("The journey does not wait for anything.");
                Err(play.stands_otherwise(failure.differs("journey", "waiting", "finished")))
            }
        }
    }
}
