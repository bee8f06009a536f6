//! `tap: Sí`: the contact taps a button or a row.

use journey::{Problem, nearest};

use super::{Kind, StepKind, Takes};
use crate::rehearsal::Tap as What;
use crate::script::play::{Failure, Play};
use crate::script::yaml::{Node, NodeKind};

pub(super) const KIND: StepKind = StepKind {
    name: "tap",
    summary: "The contact taps a button or list row, by its label, or by its id: `{id: …}`, the value of a computed one or the card \
              it leads to.",
    takes: Takes::Value,
    example: (
        "card Ask, then: Ask do\n  topic = list(\"Temas\", Show, [[\"p1\", \"Embarazo\"], [\"v2\", \"Vacunas\"]]) do\n\
         \x20   text(\"¿Cuál?\")\n  end\nend\ncard Show, then: Again do\n  text(\"@topic\")\nend\n\
         card Again do\n  buttons(Ask: \"Otra\", TheEnd: \"Fin\") do\n    text(\"¿Otra?\")\n  end\nend\n\
         card TheEnd do\nend",
        "  - start\n  - bot: {}\n  - tap: Vacunas\n  - bot: {text: v2}\n  - bot: {}\n\
         \x20 - tap: Otra\n  - bot: {}\n  - tap: {id: p1}\n  - bot: {text: p1}\n  - bot: {}\n  - tap: {id: TheEnd}\n  - finished",
    ),
    fails: &[
        ("  - start\n  - bot: {}\n  - tap: Vacuna", "Did you mean `Vacunas`?"),
        ("  - start\n  - bot: {}\n  - tap: {id: v3}", "There are: Embarazo, Vacunas."),
        ("  - tap: Sí", "Nothing has been shown that could be tapped"),
    ],
    read,
};

#[derive(Debug)]
enum Tap {
    Label(String),
    Id(String),
}

fn read(node: &Node) -> Result<Box<dyn Kind>, Problem> {
    if !matches!(node.kind, NodeKind::Map(_)) {
        return Ok(Box::new(Tap::Label(node.filled_text()?.to_owned())));
    }
    let mut fields = node.fields()?;
    let id = fields.take("id").map(Node::filled_text).transpose()?;
    fields.finish("A tap")?;
    match id {
        Some(id) => Ok(Box::new(Tap::Id(id.to_owned()))),
        None => Err(node.mistake("This taps nothing.").hint("Write its label, or `{id: …}`.")),
    }
}

impl Kind for Tap {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        let (shown, what) = match self {
            Self::Label(label) => (format!("[{label}]"), What::Label(label)),
            Self::Id(id) => (format!("[id {id}]"), What::Id(id)),
        };
        play.act(shown, |rehearsal| {
            rehearsal.tap(what).map_err(|nothing| {
                let visible: Vec<&str> = nothing.visible.iter().map(String::as_str).collect();
                let hint = match nearest(&nothing.wanted, &visible) {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None if visible.is_empty() => "Nothing has been shown that could be tapped.".to_owned(),
                    None => format!("There are: {}.", visible.join(", ")),
                };
                Failure::new(format!("There is no button or row `{}`.", nothing.wanted)).hint(hint)
            })
        })
    }
}
