//! The registry of journeys: what an organisation's builders edit, publish, compare and take back.
//!
//! An [`Entry`] is one journey: its name, whether it runs, the draft that is being edited and the revision that is
//! live. Every change moves its `version` on, and is made on the version somebody has seen: two editors never overwrite
//! each other unknowingly. Published revisions never change; taking one back is publishing an older text again.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alarm::ClockAlarm;
use crate::id::{JourneyId, digest};

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// The longest comment on a revision, in characters.
const LONGEST_COMMENT: usize = 500;

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// One journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id, which never changes.
    pub id: JourneyId,
    /// Its name: other journeys refer to it by id or name, so no two share one.
    pub name: String,
    /// Whether its triggers are listened to and others may start it.
    pub enabled: bool,
    /// Put away: not listened to, not started, not listed unless asked for.
    #[serde(default)]
    pub archived: bool,
    /// Counts the changes. A change is made on the version somebody has seen.
    pub version: u64,
    /// The latest change.
    pub latest: Change,
    /// What is being edited.
    pub draft: Draft,
    /// What runs, once something was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Publication>,
}

/// A change of a journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What was done.
    #[serde(flatten)]
    pub what: Act,
    /// By whom and when.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// What was done to a journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// It was created.
    Created,
    /// Its draft was edited.
    Edited,
    /// A revision was published.
    Published {
        /// Its number.
        revision: u32,
    },
    /// It got another name.
    Renamed {
        /// The name before.
        from: String,
    },
    /// It was switched on.
    Enabled,
    /// It was switched off.
    Disabled,
    /// It was put away.
    Archived,
    /// It was taken out again.
    Restored,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stamp { by, at } = &self.stamp;
        match &self.what {
            Act::Created => write!(f, "{by} created it at {at}"),
            Act::Edited => write!(f, "{by} edited the draft at {at}"),
            Act::Published { revision } => write!(f, "{by} published revision {revision} at {at}"),
            Act::Renamed { from } => write!(f, "{by} renamed it from `{from}` at {at}"),
            Act::Enabled => write!(f, "{by} enabled it at {at}"),
            Act::Disabled => write!(f, "{by} disabled it at {at}"),
            Act::Archived => write!(f, "{by} archived it at {at}"),
            Act::Restored => write!(f, "{by} restored it at {at}"),
        }
    }
}

/// The text that is being edited; the notebook itself is kept beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Counts the texts, from 1.
    pub number: u64,
    /// The [`fingerprint`] of the notebook.
    pub hash: String,
    /// Who wrote it, and when.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// A published revision; the notebook itself is kept beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Its number, from 1.
    pub revision: u32,
    /// The [`fingerprint`] of the notebook.
    pub hash: String,
    /// What was said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether people in the middle of an older revision move to this one, at the next card that it has too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub migrate: bool,
    /// The older revision whose text this is, when one was taken back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_of: Option<u32>,
    /// The journeys it names, by id or name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// When a clock sets its triggers off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<ClockAlarm>,
    /// Who published it, and when.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// A text to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    /// The [`fingerprint`] of the notebook.
    pub hash: &'a str,
    /// The older revision whose text it is.
    pub of: Option<u32>,
    /// The journeys it names.
    pub references: Vec<String>,
    /// When a clock sets its triggers off.
    pub alarms: Vec<ClockAlarm>,
    /// What is said about it.
    pub comment: Option<String>,
    /// Whether people in the middle of an older revision move to it.
    pub migrate: bool,
}

/// A name of a text: the same for the same text, another for another.
pub fn fingerprint(notebook: &str) -> String {
    digest(&["notebook", notebook])
}

/// What cannot be done to a journey.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The name is none.
    #[error("`{name}` cannot be the name of a journey: {why}")]
    Name {
        /// The name.
        name: String,
        /// Why not, and what to do.
        why: &'static str,
    },
    /// The comment is too long.
    #[error("the comment has {0} characters; {LONGEST_COMMENT} is the most")]
    Comment(usize),
    /// An archived journey is only restored.
    #[error("the journey `{0}` is archived; restore it first")]
    Archived(String),
}

/// Checks the name of a journey. It is also the name of a file, on every kind of machine.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    let why = if name.is_empty() {
        "it is empty"
    } else if name.trim() != name {
        "it begins or ends with a space; leave that out"
    } else if name.chars().count() > LONGEST_NAME {
        "it has more than 100 characters; shorten it"
    } else if name.chars().any(|letter| letter.is_control() || r#"/\:*?"<>|"#.contains(letter)) {
        r#"a file cannot be called so; leave out / \ : * ? " < > | and line ends"#
    } else if name.starts_with('.') || name.ends_with('.') {
        "a file cannot be called so; leave out the dot at its beginning or end"
    } else if name.eq_ignore_ascii_case("readme") {
        "a file of this name explains a folder of journeys; choose another"
    } else if is_like_an_id(name) {
        "it looks like the id of a journey; choose words"
    } else {
        return Ok(());
    };
    Err(Refusal::Name { name: name.to_owned(), why })
}

/// Checks what is said about a revision.
pub fn check_comment(comment: Option<&str>) -> Result<(), Refusal> {
    match comment.map_or(0, |comment| comment.chars().count()) {
        0..=LONGEST_COMMENT => Ok(()),
        length => Err(Refusal::Comment(length)),
    }
}

/// Whether a text could be mistaken for an id: a UUID, with or without hyphens.
fn is_like_an_id(text: &str) -> bool {
    let digits: Vec<char> = text.chars().filter(|letter| *letter != '-').collect();
    digits.len() == 32 && digits.iter().all(char::is_ascii_hexdigit)
}

/// Two names of which this is the same cannot both be there: some machines do not tell their files apart.
pub fn folded(name: &str) -> String {
    name.to_lowercase()
}

impl Entry {
    /// A new journey with its first draft.
    pub fn new(id: JourneyId, name: &str, hash: String, enabled: bool, stamp: Stamp) -> Result<Self, Refusal> {
        check_name(name)?;
        Ok(Self {
            id,
            name: name.to_owned(),
            enabled,
            archived: false,
            version: 1,
            latest: Change { what: Act::Created, stamp: stamp.clone() },
            draft: Draft { number: 1, hash, stamp },
            live: None,
        })
    }

    /// Whether the draft differs from what runs.
    pub fn has_unpublished_changes(&self) -> bool {
        self.live.as_ref().is_none_or(|live| live.hash != self.draft.hash)
    }

    /// What runs: listened to and started by others. Sessions that are under way go on in any case.
    pub fn running(&self) -> Option<&Publication> {
        self.live.as_ref().filter(|_| self.enabled && !self.archived)
    }

    /// Whether a reference names this journey.
    pub fn is_named_by(&self, reference: &str) -> bool {
        self.id.as_str() == reference || self.name == reference
    }

    /// Takes a text as the draft. Answers whether it is another one.
    pub fn edit(&mut self, hash: String, stamp: Stamp) -> Result<bool, Refusal> {
        self.must_not_be_archived()?;
        if self.draft.hash == hash {
            return Ok(false);
        }
        self.draft = Draft { number: self.draft.number + 1, hash, stamp: stamp.clone() };
        self.note(Act::Edited, stamp);
        Ok(true)
    }

    /// Publishes a text as the next revision. Answers whether there is a new one: there is none when the text is already
    /// live, except to move people to it who were left on older ones.
    ///
    /// A draft that was live follows, so that the text taken back does not come again with the next edit; a draft with
    /// changes of its own stays.
    pub fn publish(&mut self, text: Text<'_>, stamp: Stamp) -> Result<bool, Refusal> {
        self.must_not_be_archived()?;
        check_comment(text.comment.as_deref())?;
        if self.live.as_ref().is_some_and(|live| live.hash == text.hash && (live.migrate || !text.migrate)) {
            return Ok(false);
        }
        if !self.has_unpublished_changes() {
            let hash = text.hash.to_owned();
            self.draft = Draft { number: self.draft.number + 1, hash, stamp: stamp.clone() };
        }
        let revision = self.live.as_ref().map_or(1, |live| live.revision + 1);
        self.live = Some(Publication {
            revision,
            hash: text.hash.to_owned(),
            comment: text.comment.filter(|comment| !comment.trim().is_empty()),
            migrate: text.migrate,
            text_of: text.of,
            references: text.references,
            alarms: text.alarms,
            stamp: stamp.clone(),
        });
        self.note(Act::Published { revision }, stamp);
        Ok(true)
    }

    /// Gives it another name. Answers whether it is another one.
    pub fn rename(&mut self, name: &str, stamp: Stamp) -> Result<bool, Refusal> {
        check_name(name)?;
        if self.name == name {
            return Ok(false);
        }
        let from = std::mem::replace(&mut self.name, name.to_owned());
        self.note(Act::Renamed { from }, stamp);
        Ok(true)
    }

    /// Switches it on or off. Answers whether that changed anything.
    pub fn enable(&mut self, enabled: bool, stamp: Stamp) -> bool {
        if self.enabled == enabled {
            return false;
        }
        self.enabled = enabled;
        self.note(if enabled { Act::Enabled } else { Act::Disabled }, stamp);
        true
    }

    /// Puts it away or takes it out again. Answers whether that changed anything.
    pub fn archive(&mut self, archived: bool, stamp: Stamp) -> bool {
        if self.archived == archived {
            return false;
        }
        self.archived = archived;
        self.note(if archived { Act::Archived } else { Act::Restored }, stamp);
        true
    }

    fn must_not_be_archived(&self) -> Result<(), Refusal> {
        if self.archived { Err(Refusal::Archived(self.name.clone())) } else { Ok(()) }
    }

    fn note(&mut self, what: Act, stamp: Stamp) {
        self.version += 1;
        self.latest = Change { what, stamp };
    }
}

/// The journeys that run and name this one. With `by_name`, only those that would lose it with its name.
pub fn users<'e>(of: &Entry, all: &'e [Entry], by_name: bool) -> Vec<&'e Entry> {
    let names = |reference: &str| reference == of.name || (!by_name && reference == of.id.as_str());
    all.iter()
        .filter(|other| other.id != of.id)
        .filter(|other| other.running().is_some_and(|live| live.references.iter().any(|reference| names(reference))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(by: &str, second: i64) -> Stamp {
        Stamp { by: by.to_owned(), at: Timestamp::from_second(second).unwrap() }
    }

    fn entry(id: &str, name: &str) -> Entry {
        Entry::new(JourneyId::from(id), name, fingerprint("one"), true, stamp("ana", 1)).unwrap()
    }

    fn text(notebook: &str) -> String {
        fingerprint(notebook)
    }

    fn of(hash: &str) -> Text<'_> {
        Text { hash, of: None, references: Vec::new(), alarms: Vec::new(), comment: None, migrate: false }
    }

    #[test]
    fn a_journey_goes_from_draft_to_live_and_the_same_text_changes_nothing() {
        let mut journey = entry("j", "menu");
        assert!(journey.running().is_none() && journey.has_unpublished_changes());
        let hash = text("one");
        assert!(journey.publish(of(&hash), stamp("ana", 2)).unwrap());
        assert_eq!((journey.live.as_ref().unwrap().revision, journey.version), (1, 2));
        assert!(!journey.has_unpublished_changes());

        let before = journey.clone();
        assert!(!journey.publish(of(&hash), stamp("bob", 3)).unwrap());
        assert!(!journey.edit(text("one"), stamp("bob", 3)).unwrap());
        assert_eq!(journey, before);

        assert!(journey.edit(text("two"), stamp("bob", 4)).unwrap());
        assert!(journey.has_unpublished_changes());
        assert_eq!((journey.version, journey.draft.number), (3, 2));
        assert_eq!(journey.latest.to_string(), "bob edited the draft at 1970-01-01T00:00:04Z");
    }

    #[test]
    fn taking_back_makes_a_new_revision_and_only_a_draft_that_was_live_follows() {
        let mut journey = entry("j", "menu");
        journey.publish(of(&text("one")), stamp("ana", 2)).unwrap();
        journey.edit(text("two"), stamp("ana", 3)).unwrap();
        journey.publish(of(&text("two")), stamp("ana", 4)).unwrap();
        let mut edited = journey.clone();

        let (one, three) = (text("one"), text("three"));
        let back = Text { of: Some(1), ..of(&one) };
        assert!(journey.publish(back.clone(), stamp("bob", 5)).unwrap());
        let live = journey.live.clone().unwrap();
        assert_eq!((live.revision, live.text_of, &live.hash), (3, Some(1), &one));
        assert!(!journey.has_unpublished_changes());
        assert_eq!(journey.draft.number, 3);

        edited.edit(three.clone(), stamp("ana", 5)).unwrap();
        edited.publish(back, stamp("bob", 6)).unwrap();
        assert_eq!(edited.draft.hash, three);
        assert!(edited.has_unpublished_changes());
    }

    #[test]
    fn only_what_is_enabled_published_and_not_archived_runs() {
        let mut journey = entry("j", "menu");
        journey.publish(of(&text("one")), stamp("ana", 2)).unwrap();
        assert!(journey.running().is_some());
        assert!(journey.enable(false, stamp("ana", 3)) && journey.running().is_none());
        assert!(!journey.enable(false, stamp("ana", 4)));
        assert!(journey.enable(true, stamp("ana", 5)) && journey.running().is_some());
        assert!(journey.archive(true, stamp("ana", 6)) && journey.running().is_none());
        assert_eq!(journey.edit(text("two"), stamp("ana", 7)), Err(Refusal::Archived("menu".to_owned())));
        assert_eq!(journey.publish(of(&text("two")), stamp("ana", 7)), Err(Refusal::Archived("menu".to_owned())));
        assert!(journey.archive(false, stamp("ana", 8)) && journey.running().is_some());
        assert_eq!(journey.version, 6);
    }

    #[test]
    fn who_uses_a_journey_is_known_from_what_runs() {
        let target = entry("t", "reminder");
        let user = |id: &str, reference: &str, enabled: bool| {
            let mut user = entry(id, &format!("user {id}"));
            user.publish(Text { references: vec![reference.to_owned()], ..of(&text("x")) }, stamp("ana", 2)).unwrap();
            user.enable(enabled, stamp("ana", 3));
            user
        };
        let all = [
            target.clone(),
            user("a", "reminder", true),
            user("b", "t", true),
            user("c", "reminder", false),
            user("d", "menu", true),
        ];
        let ids = |found: Vec<&Entry>| found.iter().map(|entry| entry.id.to_string()).collect::<Vec<_>>();
        assert_eq!(ids(users(&target, &all, false)), ["a", "b"]);
        assert_eq!(ids(users(&target, &all, true)), ["a"]);
        assert!(target.is_named_by("t") && target.is_named_by("reminder") && !target.is_named_by("Reminder"));
    }

    #[test]
    fn a_name_can_be_a_file_and_is_no_id() {
        for good in ["menu", "Menú principal", "🇨🇴 bienvenida", "a.b", "x-1_2"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        let long = "x".repeat(101);
        for bad in [
            "",
            " ",
            " menu",
            "menu ",
            "a/b",
            "a\\b",
            "..",
            ".hidden",
            "end.",
            "what?",
            "a\nb",
            "README",
            long.as_str(),
            "0192f0c1d2e3f4a5b6c7d8e9f0a1b2c3",
            "7d444840-9dc0-11d1-b245-5ffdce74fad2",
        ] {
            assert!(matches!(check_name(bad), Err(Refusal::Name { .. })), "{bad}");
        }
        assert_eq!(folded("Menú"), folded("MENÚ"));
    }

    #[test]
    fn renaming_and_commenting_have_limits() {
        let mut journey = entry("j", "menu");
        assert!(!journey.rename("menu", stamp("ana", 2)).unwrap());
        assert!(journey.rename("Menú", stamp("ana", 2)).unwrap());
        assert_eq!(journey.latest.what, Act::Renamed { from: "menu".to_owned() });
        assert!(journey.rename("a/b", stamp("ana", 3)).is_err());
        let long = Text { comment: Some("x".repeat(501)), ..of("h") };
        assert_eq!(journey.publish(long, stamp("ana", 3)), Err(Refusal::Comment(501)));
        journey.publish(Text { comment: Some("  ".to_owned()), ..of("h") }, stamp("ana", 4)).unwrap();
        assert_eq!(journey.live.unwrap().comment, None);
    }
}
