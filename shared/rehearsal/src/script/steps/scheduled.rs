//! `scheduled: [{journey: reminder, in: 23h}]`: the journeys that will start later.

use jiff::{SignedDuration, Timestamp};
use journey::{Library as _, Problem};

use super::{Kind, StepKind, Takes};
use crate::rehearsal::Rehearsal;
use crate::script::play::{Failure, Play};
use crate::script::yaml::Node;

pub(super) const KIND: StepKind = StepKind {
    name: "scheduled",
    summary: "The journeys that will start later: these and no others, in any order. Each has `journey` (its id or name) and, \
              if it matters, when: `in` (from now) or `at`.",
    takes: Takes::Value,
    example: (
        "card Later do\n  schedule_stack(\"reminder\", in: 23 * 60 * 60)\nend",
        "  - scheduled: []\n  - start\n  - scheduled: [{journey: reminder, in: 23h}]\n  - advance: 1h\n\
         \x20 - scheduled: [{journey: reminder, in: 22h}]\n  - scheduled: [{journey: reminder, at: 2026-03-02T09:00:00Z}]\n\
         \x20 - scheduled: [{journey: reminder}]\n  - advance: 22h\n  - scheduled: []",
    ),
    fails: &[
        ("  - start\n  - scheduled: []", "expected: \"(nothing)\", actual: \"reminder in 23h\""),
        (
            "  - start\n  - scheduled: [{journey: reminder, in: 22h}]",
            "expected: \"reminder in 22h\", actual: \"reminder in 23h\"",
        ),
        ("  - start\n  - scheduled: [{journey: other, in: 23h}]", "actual: \"reminder in 23h\""),
    ],
    read: |node| Ok(Box::new(Scheduled(node.list()?.iter().map(due).collect::<Result<_, Problem>>()?))),
};

#[derive(Debug)]
struct Scheduled(Vec<Due>);

#[derive(Debug)]
struct Due {
    journey: String,
    when: Option<When>,
}

#[derive(Debug)]
enum When {
    In(SignedDuration),
    At(Timestamp),
}

fn due(node: &Node) -> Result<Due, Problem> {
    let mut fields = node.fields()?;
    let journey = fields.take("journey").map(Node::filled_text).transpose()?;
    let (after, at) = (fields.take("in"), fields.take("at"));
    fields.finish("What is scheduled")?;
    let journey = journey.ok_or_else(|| node.mistake("Which journey is scheduled?").hint("Add `journey: …`."))?;
    let when = match (after, at) {
        (Some(_), Some(at)) => return Err(at.mistake("It starts at one time.").hint("Leave out `in` or `at`.")),
        (Some(after), None) => Some(When::In(after.duration()?)),
        (None, Some(at)) => Some(When::At(at.moment()?)),
        (None, None) => None,
    };
    Ok(Due { journey: journey.to_owned(), when })
}

impl Due {
    fn is(&self, journey: &str, at: Timestamp, rehearsal: &Rehearsal) -> bool {
        let id = rehearsal.shelf().published(&self.journey).map(|(id, _, _)| id.to_string());
        let is_time = match self.when {
            None => true,
            Some(When::In(after)) => at.duration_since(rehearsal.now()) == after,
            Some(When::At(moment)) => at == moment,
        };
        is_time && id.as_deref().unwrap_or(&self.journey) == journey
    }

    fn shown(&self) -> String {
        match self.when {
            None => self.journey.clone(),
            Some(When::In(after)) => format!("{} in {after:#}", self.journey),
            Some(When::At(at)) => format!("{} at {at}", self.journey),
        }
    }
}

impl Kind for Scheduled {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        let rehearsal = &play.rehearsal;
        let scheduled = &rehearsal.conversation().scheduled;
        let mut left: Vec<_> = scheduled.iter().collect();
        for due in &self.0 {
            if let Some(index) = left.iter().position(|entry| due.is(&entry.journey, entry.at, rehearsal)) {
                left.remove(index);
            }
        }
        if left.is_empty() && scheduled.len() == self.0.len() {
            return Ok(());
        }
        let list = |lines: Vec<String>| if lines.is_empty() { "(nothing)".to_owned() } else { lines.join("\n") };
        let expected = list(self.0.iter().map(Due::shown).collect());
        let actual = scheduled
            .iter()
            .map(|entry| format!("{} in {:#}", entry.journey, entry.at.duration_since(rehearsal.now())));
        let failure = Failure::new("What is scheduled is not as expected.");
        let failure = failure.differs("scheduled", expected, list(actual.collect()));
        Err(play.stands_otherwise(failure))
    }
}
