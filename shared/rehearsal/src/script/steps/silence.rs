//! `silence`: nothing more is sent.

use super::{Kind, StepKind, Takes};
use crate::script::play::{Failure, Play};

pub(super) const KIND: StepKind = StepKind {
    name: "silence",
    summary: "Nothing more was sent than the steps before have looked at.",
    takes: Takes::Nothing,
    example: (
        "trigger(on: \"MESSAGE RECEIVED\") when has_only_phrase(event.message.text.body, \"hola\")\n\
         card Hello do\n  text(\"Hola\")\nend",
        "  - user: buenas\n  - silence\n  - user: hola\n  - bot: {text: Hola}\n  - silence",
    ),
    fails: &[("  - user: hola\n  - silence", "The journey sent a text that no step expects")],
    read: |_| Ok(Box::new(Silence)),
};

#[derive(Debug)]
struct Silence;

impl Kind for Silence {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        play.nothing_is_left()
    }
}
