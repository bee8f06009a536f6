//! `set: {topic: vaccines}`: somebody else changes the contact's profile.

use serde_json::{Map, Value as Json};

use super::{Kind, StepKind, Takes};
use crate::script::play::{Failure, Play};

pub(super) const KIND: StepKind = StepKind {
    name: "set",
    summary: "Profile fields change from outside, as an operator or an import changes them; null unsets one.",
    takes: Takes::Value,
    example: (
        "card Ask when contact.opted_in == true do\n  text(\"Hola otra vez\")\nend\ncard Ask do\n  text(\"¿Quieres unirte?\")\nend",
        "  - start\n  - bot: {text: \"¿Quieres unirte?\"}\n  - set: {opted_in: true, name: null}\n  - contact: {name: null}\n\
         \x20 - start\n  - bot: {text: Hola otra vez}",
    ),
    fails: &[
        ("  - set: {opted_in: true}\n  - start\n  - bot: {text: \"¿Quieres unirte?\"}", "actual: \"Hola otra vez\""),
        ("  - set: {name: null}\n  - contact: {name: Ana}", "actual: \"(unset)\""),
    ],
    read: |node| Ok(Box::new(Set(node.json_map()?))),
};

#[derive(Debug)]
struct Set(Map<String, Json>);

impl Kind for Set {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        let shown = format!("(set {})", self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", "));
        play.act(shown, |rehearsal| {
            rehearsal.set_fields(&self.0);
            Ok(Vec::new())
        })
    }
}
