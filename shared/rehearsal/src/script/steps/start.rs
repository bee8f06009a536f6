//! `start`: the journey begins as if the team had started it.

use super::{Kind, StepKind, Takes};
use crate::script::play::{Failure, Play};

pub(super) const KIND: StepKind = StepKind {
    name: "start",
    summary: "Starts the journey by its id, as the team or a reminder would; the other way in is `user`, through its triggers.",
    takes: Takes::Nothing,
    example: (
        "card Hello do\n  text(\"Hola @contact.name\")\nend",
        "  - start\n  - bot: {text: Hola Ana}\n  - start\n  - bot: {text: Hola Ana}",
    ),
    fails: &[("  - start\n  - start", "The journey sent a text that no step expects")],
    read: |_| Ok(Box::new(Start)),
};

#[derive(Debug)]
struct Start;

impl Kind for Start {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        play.act("(start)".to_owned(), |rehearsal| Ok(rehearsal.start()))
    }
}
