//! Everything the simulation knows, kept behind one lock; the part worth keeping is written to the data file.

use std::collections::VecDeque;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::faults::{SendFaults, WebhookControl};
use crate::media::Media;
use crate::message::Message;
use crate::options::Behaviour;
use crate::people::{NewPerson, Person};
use crate::templates::{Template, seeded};

/// Entries of each log that are kept.
const LOG_LENGTH: usize = 2_000;

/// What survives a restart.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    pub(crate) people: IndexMap<String, Person>,
    pub(crate) messages: IndexMap<String, Message>,
    pub(crate) media: IndexMap<String, Media>,
    pub(crate) templates: Vec<Template>,
    /// Month (`2026-11`) and service messages delivered in it.
    pub(crate) service_messages: (String, u64),
    pub(crate) next_id: u64,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            people: IndexMap::new(),
            messages: IndexMap::new(),
            media: IndexMap::new(),
            templates: seeded(),
            service_messages: (String::new(), 0),
            next_id: 1,
        }
    }
}

/// One call of the Graph API, as `GET /_sim/log` shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Call {
    pub(crate) number: u64,
    pub(crate) at_ms: i64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Value,
    /// `None` when the connection hung or was cut.
    pub(crate) status: Option<u16>,
    pub(crate) response: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<Value>,
    /// Keys of the request that Graph ignores.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ignored: Vec<String>,
}

/// One webhook POST, as `GET /_sim/webhooks` shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PostRecord {
    pub(crate) number: u64,
    pub(crate) at_ms: i64,
    pub(crate) body: String,
    pub(crate) signature: Option<String>,
    /// `waiting`, `delivered` or `given up`.
    pub(crate) state: &'static str,
    pub(crate) attempts: Vec<Attempt>,
}

/// One try to deliver a webhook.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Attempt {
    pub(crate) at_ms: i64,
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

/// Everything.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) kept: Kept,
    pub(crate) behaviour: Behaviour,
    pub(crate) send_faults: SendFaults,
    pub(crate) webhooks: WebhookControl,
    pub(crate) calls: VecDeque<Call>,
    pub(crate) posts: VecDeque<PostRecord>,
    next_number: u64,
    pub(crate) dirty: bool,
}

impl World {
    pub(crate) fn new(kept: Kept, behaviour: Behaviour) -> Self {
        Self {
            kept,
            behaviour,
            send_faults: SendFaults::default(),
            webhooks: WebhookControl::default(),
            calls: VecDeque::new(),
            posts: VecDeque::new(),
            next_number: 1,
            dirty: false,
        }
    }

    /// A number for log entries, growing over both logs.
    pub(crate) fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number - 1
    }

    pub(crate) fn log_call(&mut self, call: Call) {
        if self.calls.len() == LOG_LENGTH {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    pub(crate) fn log_post(&mut self, post: PostRecord) {
        if self.posts.len() == LOG_LENGTH {
            self.posts.pop_front();
        }
        self.posts.push_back(post);
    }

    /// A numeric id as Meta gives to media and templates.
    pub(crate) fn numeric_id(&mut self) -> u64 {
        self.kept.next_id += 1;
        self.dirty = true;
        1_100_000_000_000_000 + self.kept.next_id * 7_919
    }

    /// Adds a person. Fails when a phone, user id or id is taken or malformed, or when there is no alias at all.
    pub(crate) fn add_person(&mut self, mut new: NewPerson, now_ms: i64) -> Result<String, String> {
        let phone = match new.phone.take() {
            None => None,
            Some(given) => {
                let digits: String = given.chars().filter(char::is_ascii_digit).collect();
                if !(7..=15).contains(&digits.len()) {
                    return Err(format!("phone {given:?} must have 7 to 15 digits, country code included"));
                }
                Some(digits)
            }
        };
        if let Some(user_id) = new.user_id.as_deref().filter(|id| !id.is_empty())
            && !crate::request::is_user_id(user_id)
        {
            return Err(format!("user_id {user_id:?} must look like CO.1234567890"));
        }
        if phone.is_none() && new.user_id.as_deref() == Some("") {
            return Err("a person needs a phone or a user_id".into());
        }
        let id = new
            .id
            .take()
            .unwrap_or_else(|| phone.clone().unwrap_or_else(|| format!("person-{}", self.kept.people.len() + 1)));
        let person = Person::new(new, id.clone(), phone, now_ms);
        for other in self.kept.people.values() {
            if other.id == id
                || (person.phone.is_some() && other.phone == person.phone)
                || (person.user_id.is_some() && other.user_id == person.user_id)
            {
                return Err(format!("{} is already taken by person {:?} ({})", id, other.id, other.name));
            }
        }
        self.kept.people.insert(id.clone(), person);
        self.dirty = true;
        Ok(id)
    }

    pub(crate) fn person_with_phone(&self, digits: &str) -> Option<&Person> {
        // The id is usually the number itself: found without a walk.
        self.kept
            .people
            .get(digits)
            .filter(|person| person.phone.as_deref() == Some(digits))
            .or_else(|| self.kept.people.values().find(|person| person.phone.as_deref() == Some(digits)))
    }

    pub(crate) fn person_with_user_id(&self, user_id: &str) -> Option<&Person> {
        self.kept.people.values().find(|person| {
            person.user_id.as_deref() == Some(user_id) || person.parent_user_id.as_deref() == Some(user_id)
        })
    }

    /// Adds a message to its person's thread.
    pub(crate) fn add_message(&mut self, message: Message) {
        if let Some(person) = self.kept.people.get_mut(&message.person) {
            person.thread.push(message.id.clone());
        }
        self.kept.messages.insert(message.id.clone(), message);
        self.dirty = true;
    }

    /// The messages of a person, oldest first.
    pub(crate) fn thread(&self, person: &str) -> impl DoubleEndedIterator<Item = &Message> {
        let ids = self.kept.people.get(person).map_or(&[][..], |person| person.thread.as_slice());
        ids.iter().filter_map(|id| self.kept.messages.get(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_need_an_alias_of_their_own() {
        let mut world = World::new(Kept::default(), Behaviour::default());
        let with = |phone: Option<&str>, user_id: Option<&str>| NewPerson {
            phone: phone.map(str::to_owned),
            user_id: user_id.map(str::to_owned),
            ..NewPerson::default()
        };
        assert_eq!(world.add_person(with(Some("+57 300 111 2233"), None), 0).as_deref(), Ok("573001112233"));
        assert!(world.add_person(with(Some("573001112233"), None), 0).unwrap_err().contains("taken"));
        assert!(world.add_person(with(Some("12"), None), 0).unwrap_err().contains("digits"));
        assert!(world.add_person(with(None, Some("")), 0).unwrap_err().contains("needs a phone or a user_id"));
        assert!(world.add_person(with(None, Some("x")), 0).unwrap_err().contains("CO."));
        let hidden = world.add_person(with(None, Some("CO.77")), 0).unwrap();
        assert_eq!(world.person_with_user_id("CO.77").map(|person| person.id.clone()), Some(hidden));
        assert!(world.person_with_phone("573001112233").is_some());
    }
}
