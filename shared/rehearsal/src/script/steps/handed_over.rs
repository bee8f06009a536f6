//! `handed_over`: a human is in charge.

use domain::Mode;

use super::{Kind, StepKind, Takes};
use crate::script::play::{Failure, Play};

pub(super) const KIND: StepKind = StepKind {
    name: "handed_over",
    summary: "A human is in charge of the conversation: automation is silent until `hand_back`.",
    takes: Takes::Nothing,
    example: (
        "trigger(on: \"CATCH ALL\")\ncard Help do\n  hand_over(\"Wants advice\")\nend",
        "  - user: ayuda\n  - handed_over\n  - user: ayuda\n  - silence\n  - start\n  - silence",
    ),
    fails: &[
        ("  - handed_over", "Automation is in charge of the conversation."),
        ("  - user: ayuda\n  - user: hola\n  - bot: {}", "a human is in charge"),
    ],
    read: |_| Ok(Box::new(HandedOver)),
};

#[derive(Debug)]
struct HandedOver;

impl Kind for HandedOver {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        match play.rehearsal.conversation().mode {
            Mode::Human => Ok(()),
            Mode::Automation => {
                let failure = Failure::new("Automation is in charge of the conversation.");
                Err(play.stands_otherwise(failure.differs("in charge", "the team", "automation")))
            }
        }
    }
}
