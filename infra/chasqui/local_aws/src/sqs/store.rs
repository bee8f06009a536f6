//! All queues and their journal: what changes them, in one place, so that memory and file always agree.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::{
    attributes::QueueAttributes,
    message::{Message, Standing},
    queue::{Queue, Seen, SeenKey, Taken},
};
use crate::{
    aws_error::AwsError,
    journal::{Journal, JournalError},
};

/// One line of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum Entry {
    Queue {
        name: String,
        attributes: BTreeMap<String, String>,
        created_at: i64,
    },
    Dropped {
        name: String,
    },
    Purged {
        queue: String,
    },
    Message {
        queue: String,
        message: Message,
    },
    Seen {
        queue: String,
        key: SeenKey,
        id: u64,
        message_id: String,
        until: i64,
    },
    Received {
        queue: String,
        ids: Vec<u64>,
        at: i64,
        until: i64,
    },
    Standing {
        queue: String,
        id: u64,
        standing: Standing,
    },
    Deleted {
        queue: String,
        ids: Vec<u64>,
    },
    /// Ids below this one were given once, even if nothing else remembers them.
    Next {
        id: u64,
    },
}

/// A message for a queue, with the deduplication id it is remembered by and until when.
pub(super) type Arrival = (String, Message, Option<(SeenKey, i64)>);

/// The queues by name.
#[derive(Debug, Default)]
pub(super) struct Store {
    queues: HashMap<String, Queue>,
    next: u64,
    journal: Journal,
}

impl Store {
    /// Reads the journal at `path`, or starts empty; without a path everything is in memory.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, JournalError> {
        let mut store = Self { next: 1, ..Self::default() };
        if let Some(path) = path {
            Journal::read(path, |entry| store.apply(entry))?;
            store.journal = Journal::start(path, store.snapshot())?;
        }
        Ok(store)
    }

    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.queues.keys().cloned().collect();
        names.sort();
        names
    }

    pub(super) fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.queues.values()
    }

    pub(super) fn find(&self, name: &str) -> Option<&Queue> {
        self.queues.get(name)
    }

    pub(super) fn queue(&mut self, name: &str) -> Result<&mut Queue, AwsError> {
        self.queues
            .get_mut(name)
            .ok_or_else(|| AwsError::refused("QueueDoesNotExist", "The specified queue does not exist."))
    }

    /// The id of the next message.
    pub(super) fn next_id(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// Creates a queue, or replaces the attributes of an existing one.
    pub(super) fn put_queue(&mut self, name: &str, attributes: &QueueAttributes, now: i64) -> Result<(), AwsError> {
        let created_at = self.queues.get(name).map_or(now, |queue| queue.created_at);
        self.commit(vec![Entry::Queue { name: name.to_owned(), attributes: attributes.given().clone(), created_at }])
    }

    pub(super) fn drop_queue(&mut self, name: &str) -> Result<(), AwsError> {
        let changed = self.queue(name)?.changed.clone();
        self.commit(vec![Entry::Dropped { name: name.to_owned() }])?;
        changed.notify_waiters();
        Ok(())
    }

    pub(super) fn purge(&mut self, queue: &str) -> Result<(), AwsError> {
        self.commit(vec![Entry::Purged { queue: queue.to_owned() }])
    }

    /// Adds messages to queues.
    pub(super) fn put(&mut self, messages: Vec<Arrival>) -> Result<(), AwsError> {
        let mut entries = Vec::with_capacity(2 * messages.len());
        for (queue, message, seen) in messages {
            if let Some((key, until)) = seen {
                entries.push(Entry::Seen {
                    queue: queue.clone(),
                    key,
                    id: message.id,
                    message_id: message.message_id.clone(),
                    until,
                });
            }
            entries.push(Entry::Message { queue, message });
        }
        self.commit(entries)
    }

    pub(super) fn delete(&mut self, queue: &str, ids: Vec<u64>) -> Result<(), AwsError> {
        self.commit(vec![Entry::Deleted { queue: queue.to_owned(), ids }])
    }

    pub(super) fn stand(&mut self, queue: &str, id: u64, standing: Standing) -> Result<(), AwsError> {
        self.commit(vec![Entry::Standing { queue: queue.to_owned(), id, standing }])
    }

    /// Receives from a queue; what was received too often goes to the dead-letter queue `target` as `moved` gives it.
    pub(super) fn take(
        &mut self,
        name: &str,
        now: i64,
        max: usize,
        visibility: i64,
        target: Option<&str>,
        moved: impl Fn(Message, u64) -> Message,
    ) -> Result<Vec<u64>, AwsError> {
        let Taken { received, exhausted, expired } = self.queue(name)?.take(now, max, visibility);
        let gone: Vec<u64> = exhausted.iter().map(|message| message.id).chain(expired).collect();
        let mut entries = Vec::new();
        for message in exhausted {
            let message = moved(message, self.next_id());
            if let Some(queue) = target {
                entries.push(Entry::Message { queue: queue.to_owned(), message });
            }
        }
        // The copy is written before the original goes: a kill in between repeats a message rather than losing it.
        if !entries.is_empty() {
            self.commit(entries)?;
        }
        if !gone.is_empty() {
            self.commit(vec![Entry::Deleted { queue: name.to_owned(), ids: gone }])?;
        }
        if !received.is_empty() {
            // The queue already moved them; only the file has to learn of it.
            self.write(&[Entry::Received {
                queue: name.to_owned(),
                ids: received.clone(),
                at: now,
                until: now + visibility,
            }])?;
        }
        Ok(received)
    }

    /// Writes entries, then applies them.
    fn commit(&mut self, entries: Vec<Entry>) -> Result<(), AwsError> {
        self.write(&entries)?;
        for entry in entries {
            self.apply(entry);
        }
        Ok(())
    }

    fn write(&mut self, entries: &[Entry]) -> Result<(), AwsError> {
        let failed = |error: JournalError| {
            tracing::error!(%error, "a change of the queues was not written");
            AwsError::internal(error.to_string())
        };
        if self.journal.should_compact()
            && let Some(path) = self.journal.path().map(Path::to_owned)
        {
            self.journal = Journal::start(&path, self.snapshot()).map_err(failed)?;
        }
        self.journal.append(entries).map_err(failed)
    }

    /// Entries about queues that are gone are ignored: their order is that of the file.
    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Queue { name, attributes, created_at } => match QueueAttributes::parse(&name, attributes) {
                Err(error) => tracing::error!(%error, queue = %name, "the attributes of a kept queue are refused"),
                Ok(attributes) => match self.queues.get_mut(&name) {
                    Some(queue) => queue.attributes = attributes,
                    None => {
                        self.queues.insert(name.clone(), Queue::new(&name, attributes, created_at));
                    }
                },
            },
            Entry::Dropped { name } => {
                self.queues.remove(&name);
            }
            Entry::Purged { queue } => self.on(&queue, Queue::purge),
            Entry::Message { queue, message } => {
                self.next = self.next.max(message.id + 1);
                self.on(&queue, |queue| queue.put(message));
            }
            Entry::Seen { queue, key, id, message_id, until } => {
                self.on(&queue, |queue| queue.remember(key, Seen { id, message_id, until }));
            }
            Entry::Received { queue, ids, at, until } => {
                self.on(&queue, |queue| ids.into_iter().for_each(|id| queue.receive(id, at, until)));
            }
            Entry::Standing { queue, id, standing } => self.on(&queue, |queue| queue.stand(id, standing)),
            Entry::Deleted { queue, ids } => self.on(&queue, |queue| {
                for id in ids {
                    queue.remove(id);
                }
            }),
            Entry::Next { id } => self.next = self.next.max(id),
        }
    }

    fn on(&mut self, name: &str, change: impl FnOnce(&mut Queue)) {
        if let Some(queue) = self.queues.get_mut(name) {
            change(queue);
        }
    }

    /// The live state as entries.
    fn snapshot(&self) -> Vec<Entry> {
        let mut entries = vec![Entry::Next { id: self.next }];
        for queue in self.queues.values() {
            let name = &queue.name;
            entries.push(Entry::Queue {
                name: name.clone(),
                attributes: queue.attributes.given().clone(),
                created_at: queue.created_at,
            });
            entries.extend(queue.remembered().map(|(key, seen)| Entry::Seen {
                queue: name.clone(),
                key: key.clone(),
                id: seen.id,
                message_id: seen.message_id.clone(),
                until: seen.until,
            }));
            entries.extend(
                queue.messages().map(|message| Entry::Message { queue: name.clone(), message: message.clone() }),
            );
        }
        entries
    }
}
