//! What a journey takes as an answer that is no text: what it reads of such an answer shows what it asks for.

use std::collections::{HashMap, HashSet};

use expression::{Expr, ExprKind};

use crate::model::Formula;

/// The types of messages that bring something else than text, as the Cloud API calls them.
const KINDS: [&str; 8] = ["image", "audio", "video", "document", "sticker", "location", "contacts", "order"];

/// A set of [`KINDS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Kinds(u8);

impl Kinds {
    const ALL: Self = Self(u8::MAX);
    const FILES: Self = Self(0b1111);

    fn of(kind: &str) -> Self {
        let kind = if kind.eq_ignore_ascii_case("voice") { "audio" } else { kind };
        KINDS.iter().position(|known| known.eq_ignore_ascii_case(kind)).map_or(Self(0), |index| Self(1 << index))
    }

    fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn has(self, kind: &str) -> bool {
        self.0 & Self::of(kind).0 != 0
    }
}

/// What the cards of a journey read of answers.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Of the message itself: `event.message.audio.id`, `event.message.type`.
    of_message: Kinds,
    /// The names that are read at all, in lower case.
    read: HashSet<String>,
    /// What is read of a variable that only files or places have, or what it is compared with: `photo.id`,
    /// `answer == "audio"`.
    of_variables: HashMap<String, Kinds>,
}

impl Taken {
    /// Notes what an expression of a card reads.
    pub(super) fn note(&mut self, formula: &Formula) {
        let mut names = Vec::new();
        let mut compared = Kinds::default();
        formula.walk(&mut |node| match &node.kind {
            ExprKind::Name(name) => names.push(name.key().to_owned()),
            ExprKind::Text(text) => {
                compared = text.split(',').fold(compared, |kinds, part| kinds.with(Kinds::of(part.trim())));
            }
            ExprKind::Member { base, field } => self.note_member(base, field.key()),
            ExprKind::Index { base, .. } if is_message(base) => self.of_message = Kinds::ALL,
            _ => {}
        });
        for name in names {
            if compared != Kinds::default() {
                let kinds = self.of_variables.entry(name.clone()).or_default();
                *kinds = kinds.with(compared);
            }
            self.read.insert(name);
        }
    }

    fn note_member(&mut self, base: &Expr, field: &str) {
        if is_message(base) {
            let kinds = if field == "type" { Kinds::ALL } else { Kinds::of(field) };
            self.of_message = self.of_message.with(kinds);
        } else if let ExprKind::Name(name) = &base.kind {
            let kinds = match field {
                "kind" => Kinds::ALL,
                "id" | "mime_type" | "caption" | "filename" => Kinds::FILES,
                "latitude" | "longitude" | "address" => Kinds::of("location"),
                _ => return,
            };
            let known = self.of_variables.entry(name.key().to_owned()).or_default();
            *known = known.with(kinds);
        }
    }

    /// Whether a question that keeps its answer in `variable` takes a message of this type. What nobody reads may be
    /// anything: somebody of the team looks at it.
    pub(crate) fn takes(&self, variable: Option<&str>, kind: &str) -> bool {
        // What has no variable can still be read as `block.value`.
        let name = variable.unwrap_or("block");
        self.of_message.has(kind)
            || !self.read.contains(name)
            || self.of_variables.get(name).is_some_and(|kinds| kinds.has(kind))
    }
}

/// `event.message`
fn is_message(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Member { base, field }
        if field.key() == "message" && matches!(&base.kind, ExprKind::Name(name) if name.key() == "event"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(sources: &[&str]) -> Taken {
        let mut taken = Taken::default();
        sources.iter().for_each(|source| taken.note(&Formula::parse(source).unwrap()));
        taken
    }

    #[test]
    fn what_is_read_shows_what_is_asked_for() {
        for (source, takes) in [
            ("\"Hola, @x\"", &[][..]),
            ("x", &[]),
            ("isnumber(x)", &[]),
            ("x.id", &["image", "audio", "video", "document"]),
            ("\"@x.mime_type\"", &["image", "audio", "video", "document"]),
            ("[x, x.latitude]", &["location"]),
            ("x.kind", &KINDS[..]),
            ("[x, event.message.type]", &KINDS[..]),
            ("[x, event.message.audio.id]", &["audio"]),
            ("[x, event.message.voice]", &["audio"]),
            ("x == \"Image\"", &["image"]),
            ("has_any_phrase(x, \"audio, video\")", &["audio", "video"]),
            ("has_member([\"order\", \"contacts\"], x)", &["order", "contacts"]),
        ] {
            for kind in KINDS {
                assert_eq!(taken(&[source]).takes(Some("x"), kind), takes.contains(&kind), "{source}: {kind}");
            }
        }
    }

    #[test]
    fn what_nobody_reads_may_be_anything() {
        assert!(taken(&["y"]).takes(Some("x"), "audio") && taken(&["y"]).takes(None, "order"));
        assert!(!taken(&["block.value"]).takes(None, "order"));
    }
}
