//! `hand_back`: the team gives the conversation back.

use super::{Kind, StepKind, Takes};
use crate::script::play::{Failure, Play};

pub(super) const KIND: StepKind = StepKind {
    name: "hand_back",
    summary: "The team gives the conversation back to automation; a journey that waits for that goes on.",
    takes: Takes::Nothing,
    example: (
        "card Help do\n  hand_over(\"Wants advice\", wait: true)\n  text(\"Ya estoy de vuelta\")\nend",
        "  - start\n  - handed_over\n  - user: hola\n  - silence\n  - hand_back\n  - bot: {text: Ya estoy de vuelta}\n  - finished",
    ),
    fails: &[("  - start\n  - hand_back\n  - handed_over", "Automation is in charge")],
    read: |_| Ok(Box::new(HandBack)),
};

#[derive(Debug)]
struct HandBack;

impl Kind for HandBack {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        play.act("(handed back)".to_owned(), |rehearsal| Ok(rehearsal.hand_back()))
    }
}
