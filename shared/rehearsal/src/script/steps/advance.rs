//! `advance: 23h`: time passes.

use jiff::SignedDuration;
use journey::Problem;

use super::{Kind, StepKind, Takes};
use crate::script::play::{Failure, Play};
use crate::script::yaml::Node;

pub(super) const KIND: StepKind = StepKind {
    name: "advance",
    summary: "Time passes: `90s`, `5m`, `23h`, `2d`, `1h 30m`. Timers and scheduled journeys that are due on the way fire, in order. A script that ends with what time brought need not tell all of it.",
    takes: Takes::Value,
    example: (
        "interaction_timeout(300)\ncard Ask do\n  ask(\"¿Sigues ahí?\")\nend",
        "  - start\n  - bot: {}\n  - advance: 4m 59s\n  - waiting\n  - advance: 1s\n  - finished",
    ),
    fails: &[("  - start\n  - bot: {}\n  - advance: 5m\n  - waiting", "The journey has ended")],
    read: |node| Ok(Box::new(Advance { by: node.duration()?, shown: written(node)? })),
};

fn written(node: &Node) -> Result<String, Problem> {
    Ok(format!("({} pass)", node.text()?))
}

#[derive(Debug)]
struct Advance {
    by: SignedDuration,
    shown: String,
}

impl Kind for Advance {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        play.pass(self.shown.clone(), |rehearsal| rehearsal.advance(self.by))
    }
}
