//! What a sprint knows of the world, and how much it may do.

use expression::{Locale, Value};
use jiff::{Timestamp, tz::TimeZone};

use super::Repeats;

/// What surrounds a sprint. Everything that is not in the session comes in here, so a sprint can be repeated exactly.
#[derive(Debug, Clone)]
pub struct Env<'a> {
    /// The moment of the event.
    pub now: Timestamp,
    /// When the contact wrote what the sprint begins with; otherwise [`Self::now`]. Whether a reply came in time is told by
    /// it, however late the reply is handled.
    pub said_at: Timestamp,
    /// The contact's time zone, for dates and times without an offset.
    pub time_zone: TimeZone,
    /// Where `rand_between` and the ids of waits start; best a hash of the event's id.
    pub seed: u64,
    /// The contact's profile fields by name, a map; read as `contact.<field>`. A field without a value should be there
    /// as null: a name that does not exist at all stays in a text as it was typed.
    pub contact: &'a Value,
    /// The global dictionaries, a map of maps; read as `global.<dictionary>.<key>`.
    pub globals: &'a Value,
    /// What tells this contact from all others, always the same: an experiment leads each contact one way by it.
    pub contact_id: &'a str,
    /// What was lately sent to the contact, as [`super::Sprint::repeats`] gave it last.
    pub repeats: &'a Repeats,
    /// The event, a map; read as `event.message.text.body` and the like.
    pub event: &'a Value,
    /// How much the sprint may do.
    pub budgets: Budgets,
}

/// How much a sprint may do. What exceeds a budget ends the journey, with a trace event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budgets {
    /// Statements and cards: a journey that loops without a wait stops here.
    pub blocks: u32,
    /// Journeys inside each other.
    pub depth: usize,
    /// Work units of all expressions together.
    pub work: u64,
    /// Work units of one expression. One that needs more fails, and the journey goes on.
    pub expression: u64,
    /// Bytes of all messages together, and of one text.
    pub output: usize,
    /// Messages.
    pub messages: usize,
    /// Sprints without a reply of the contact in between: a journey that goes in circles with web services, pauses or
    /// missing replies stops here.
    pub unattended: u16,
    /// How often the same message may go to a contact within five minutes; more are not sent, and the journey goes on.
    pub repetitions: u8,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            blocks: 1000,
            depth: 10,
            work: 4 * expression::DEFAULT_BUDGET,
            expression: expression::DEFAULT_BUDGET,
            output: expression::DEFAULT_MAX_OUTPUT,
            messages: 50,
            unattended: 50,
            repetitions: 20,
        }
    }
}

/// Nothing, for as long as the program runs.
static NOTHING: Value = Value::Null;
/// Nothing sent yet.
static NO_REPEATS: Repeats = Repeats::NONE;

impl Env<'_> {
    /// The surroundings of a contact nothing is known of: what a host has more it sets, as in
    /// `Env { contact: &contact, ..Env::at(now) }`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            said_at: now,
            time_zone: TimeZone::UTC,
            seed: 0,
            contact: &NOTHING,
            globals: &NOTHING,
            contact_id: "",
            repeats: &NO_REPEATS,
            event: &NOTHING,
            budgets: Budgets::default(),
        }
    }

    /// What every journey has: the contact, the event and the global dictionaries.
    pub(crate) fn lookup(&self, name: &str) -> Option<Value> {
        match name {
            "contact" => Some(self.contact.clone()),
            "event" => Some(self.event.clone()),
            "global" => Some(self.globals.clone()),
            _ => None,
        }
    }
}

/// How a contact writes numbers and dates: as the language of their profile has it, otherwise as that of the journey.
pub(crate) fn locale(contact: &Value, journey: Option<&str>) -> Locale {
    let own = match contact.field("language") {
        Some(Value::Text(code)) => Locale::of(code),
        _ => Locale::UNKNOWN,
    };
    if own.is_unknown() { journey.map_or(own, Locale::of) } else { own }
}

/// Whether a guard or condition holds: only for true. FLOIP 1.0 counts any value that is not boolean as false
/// (<https://floip.gitbook.io/flow-specification>); a text that says `true` is what a profile field may hold.
pub(crate) fn holds(value: &Value) -> bool {
    match value.acting() {
        Value::Bool(value) => *value,
        Value::Text(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}
