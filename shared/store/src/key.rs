//! Every key of the table. No key string is written anywhere else.
//!
//! | partition | sort | item |
//! |---|---|---|
//! | `contact#<contact>` | `contact` | the contact, or what stands for a WhatsApp group |
//! | | `conversation#<line>` | state on that line, and the commit of events |
//! | | `message#<line>#<time>#<id>` | a message |
//! | | `result#<time>#<event>#<journey>` | results a journey recorded |
//! | `alias#<kind>#<name>` | `alias` | whose name it is |
//! | `lines` | `<line>` | a line somebody has written to |
//! | `pauses` | `<line>` | a line from which nothing is sent at the moment |
//! | `dictionaries` | `<name>` | a global dictionary |
//! | `registry` | `<journey>` | a journey: its name, draft and published revision |
//! | `journeys` | `<journey>` | name and revision of a journey that runs |
//! | `journey_name#<name>` | `journey_name` | whose name it is |
//! | `journey#<journey>` | `draft` | the notebook that is being edited |
//! | | `publication#<number>` | who published a revision |
//! | | `revision#<number>` | its notebook, which never changes |
//! | `reminders#<line>` | `<reminder>` | a reminder |
//! | `token#<hash>` | `token` | an API token |
//! | `request#<id>` | `request` | an API request with an idempotency key, and its answer |
//! | `notices#<month>` | `<time>#<id>` | account updates, and bodies that could not be read |
//! | `notice#<id>` | `notice` | when one was first heard of that does not say when it happened |
//! | `dead_letters` | `<time>#<id>` | what failed again and again |
//!
//! The index `inbox` lists conversations: partition `<line>#<status>#<shard>`, sort `<minute>#<contact>`. The minute,
//! not the moment: an index key that changed with every message would double what a message costs.
//!
//! The index `results` lists what a journey recorded: partition `<journey>#<shard>`, sort `<time>#<event>`. The rows lie
//! with their contact, so that erasing one finds them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{ContactId, JourneyId, LineId, ReminderId};
use domain::person::Alias;
use domain::{MessageKey, Status};
use jiff::Timestamp;

/// The partition key attribute.
pub const PK: &str = "pk";
/// The sort key attribute.
pub const SK: &str = "sk";
/// The attribute by which DynamoDB forgets an item, in seconds since 1970.
pub const EXPIRES_AT: &str = "expires_at";
/// The index of conversations.
pub const INBOX: &str = "inbox";
/// The index's partition key attribute.
pub const INBOX_PK: &str = "inbox_pk";
/// The index's sort key attribute.
pub const INBOX_SK: &str = "inbox_sk";
/// Over how many partitions the conversations of a line are spread in the index.
pub const INBOX_SHARDS: u32 = 4;

/// The index of results.
pub const RESULTS: &str = "results";
/// The index's partition key attribute.
pub const RESULTS_PK: &str = "results_pk";
/// The index's sort key attribute.
pub const RESULTS_SK: &str = "results_sk";
/// Over how many partitions the results of a journey are spread in the index: each takes 1,000 of them a second.
pub const RESULTS_SHARDS: u32 = 4;

/// A partition and sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Partition.
    pub pk: String,
    /// Sort.
    pub sk: String,
}

impl Key {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// As the SDK takes it.
    pub fn attributes(self) -> HashMap<String, AttributeValue> {
        HashMap::from([(PK.to_owned(), AttributeValue::S(self.pk)), (SK.to_owned(), AttributeValue::S(self.sk))])
    }
}

/// The beginning of the partition keys of contacts.
pub const CONTACTS: &str = "contact#";

/// The partition of everything about a contact.
pub fn contact_partition(contact: &ContactId) -> String {
    format!("{CONTACTS}{contact}")
}

/// A contact.
pub fn contact(contact: &ContactId) -> Key {
    Key::new(contact_partition(contact), "contact")
}

/// The beginning of the sort keys of all conversations. `contact` sorts just before it, messages after it.
pub const CONVERSATIONS: &str = "conversation#";

/// A conversation.
pub fn conversation(contact: &ContactId, line: &LineId) -> Key {
    Key::new(contact_partition(contact), format!("{CONVERSATIONS}{line}"))
}

/// A message.
pub fn message(key: &MessageKey) -> Key {
    message_at(&key.contact, &key.line, &key.position())
}

/// A message by its position in the conversation.
pub fn message_at(contact: &ContactId, line: &LineId, position: &str) -> Key {
    Key::new(contact_partition(contact), format!("{}{position}", messages(line)))
}

/// The beginning of the sort keys of a line's messages.
pub fn messages(line: &LineId) -> String {
    format!("message#{line}#")
}

/// What one event recorded in a journey.
pub fn results(contact: &ContactId, position: &str, journey: &JourneyId) -> Key {
    Key::new(contact_partition(contact), format!("result#{position}#{journey}"))
}

/// The index partition of one shard of a journey's results.
pub fn results_shard(journey: &JourneyId, shard: u32) -> String {
    format!("{journey}#{shard}")
}

/// The index keys of what one event recorded in a journey.
pub fn results_index(contact: &ContactId, position: &str, journey: &JourneyId) -> Key {
    Key::new(results_shard(journey, shard(contact, RESULTS_SHARDS)), position)
}

/// The partition of all lines.
pub const LINES: &str = "lines";

/// A line.
pub fn line(line: &LineId) -> Key {
    Key::new(LINES, line.as_str())
}

/// The partition of all pauses.
pub const PAUSES: &str = "pauses";

/// The pause of a line.
pub fn pause(line: &LineId) -> Key {
    Key::new(PAUSES, line.as_str())
}

/// An alias.
pub fn alias(alias: &Alias) -> Key {
    Key::new(format!("alias#{}#{}", alias.kind.as_str(), alias.value), "alias")
}

/// The partition of all journeys.
pub const REGISTRY: &str = "registry";

/// A journey.
pub fn entry(journey: &JourneyId) -> Key {
    Key::new(REGISTRY, journey.as_str())
}

/// The partition of the journeys that run.
pub const JOURNEYS: &str = "journeys";

/// A journey that runs.
pub fn journey(journey: &JourneyId) -> Key {
    Key::new(JOURNEYS, journey.as_str())
}

/// The name of a journey, in whatever case.
pub fn journey_name(name: &str) -> Key {
    Key::new(format!("journey_name#{}", domain::registry::folded(name)), "journey_name")
}

/// The draft of a journey.
pub fn draft(journey: &JourneyId) -> Key {
    Key::new(format!("journey#{journey}"), "draft")
}

/// Who published a revision of a journey.
pub fn publication(journey: &JourneyId, revision: u32) -> Key {
    Key::new(format!("journey#{journey}"), format!("publication#{revision:010}"))
}

/// The notebook of a revision of a journey.
pub fn revision(journey: &JourneyId, revision: u32) -> Key {
    Key::new(format!("journey#{journey}"), format!("revision#{revision:010}"))
}

/// The partition of all global dictionaries.
pub const DICTIONARIES: &str = "dictionaries";

/// A global dictionary.
pub fn dictionary(name: &str) -> Key {
    Key::new(DICTIONARIES, name)
}

/// The partition of a line's reminders.
pub fn reminders(line: &LineId) -> String {
    format!("reminders#{line}")
}

/// A reminder.
pub fn reminder(line: &LineId, reminder: &ReminderId) -> Key {
    Key::new(reminders(line), reminder.as_str())
}

/// An API token, by the SHA-256 of its text.
pub fn token(hash: &str) -> Key {
    Key::new(format!("token#{hash}"), "token")
}

/// An API request with an idempotency key.
pub fn request(id: &str) -> Key {
    Key::new(format!("request#{id}"), "request")
}

/// The partition of the notices of the month of this moment.
pub fn notices(month: Timestamp) -> String {
    format!("notices#{}", month.strftime("%Y-%m"))
}

/// A notice.
pub fn notice(at: Timestamp, id: &str) -> Key {
    Key::new(notices(at), domain::message::position(at.as_millisecond(), id))
}

/// When a notice was first heard of.
pub fn notice_heard(id: &str) -> Key {
    Key::new(format!("notice#{id}"), "notice")
}

/// The partition of all dead letters.
pub const DEAD_LETTERS: &str = "dead_letters";

/// A dead letter, by its id; nothing for what cannot be one.
pub fn dead_letter(id: &str) -> Option<Key> {
    let (at, message) = id.split_once('-')?;
    let known = message.len() <= 128 && message.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    known.then_some(())?;
    Some(Key::new(DEAD_LETTERS, domain::message::position(at.parse().ok()?, message)))
}

/// The index partition of one shard of a line's conversations.
pub fn inbox_shard(line: &LineId, status: Status, shard: u32) -> String {
    format!("{line}#{}#{shard}", status.as_str())
}

/// The index keys of a conversation.
pub fn inbox(contact: &ContactId, line: &LineId, status: Status, activity: Timestamp) -> Key {
    let minute = activity.as_second().div_euclid(60);
    Key::new(inbox_shard(line, status, shard(contact, INBOX_SHARDS)), format!("{minute:010}#{contact}"))
}

/// The shard of a contact, always the same.
fn shard(contact: &ContactId, shards: u32) -> u32 {
    let sum = contact.as_str().bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    sum % shards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_holds_the_contact_and_its_conversations_and_no_message() {
        let (person, line) = (ContactId::new("c"), LineId::new("1065"));
        let low = contact(&person).sk;
        let high = conversation(&person, &line).sk;
        let message = message_at(&person, &line, "0001").sk;
        assert!(low < high && high < message);
        assert!(results(&person, "r", &"j".into()).sk > high);
    }

    #[test]
    fn the_index_key_moves_by_the_minute() {
        let key = |second| {
            inbox(&ContactId::new("c"), &LineId::new("l"), Status::Open, Timestamp::from_second(second).unwrap())
        };
        assert_eq!(key(60), key(119));
        assert!(key(60).sk < key(120).sk);
    }
}
