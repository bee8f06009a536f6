//! What this process knows from the events it handled. It only saves reads: what is looked up here is either true for
//! ever or checked by whoever asks.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::conversation::Conversation;
use domain::id::{ContactId, ConversationId, LineId};
use domain::person::Alias;
use lru::LruCache;

/// So many people are remembered: some megabytes at most.
const PEOPLE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

/// The memory. Locked only to look up or note one thing.
pub(crate) struct Memory {
    names: Mutex<LruCache<Alias, ContactId>>,
    published: Mutex<LruCache<ConversationId, String>>,
    lines: Mutex<HashSet<LineId>>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            names: Mutex::new(LruCache::new(PEOPLE)),
            published: Mutex::new(LruCache::new(PEOPLE)),
            lines: Mutex::default(),
        }
    }

    /// Whose name this was when it was last seen. It may have changed hands since: ask the contact.
    pub(crate) fn whose(&self, alias: &Alias) -> Option<ContactId> {
        lock(&self.names).get(alias).cloned()
    }

    /// Notes whose name this is.
    pub(crate) fn note_name(&self, alias: &Alias, contact: &ContactId) {
        lock(&self.names).put(alias.clone(), contact.clone());
    }

    /// Whether this process has noted that the line is there.
    pub(crate) fn knows_line(&self, line: &LineId) -> bool {
        lock(&self.lines).contains(line)
    }

    /// Notes that it has.
    pub(crate) fn note_line(&self, line: &LineId) {
        lock(&self.lines).insert(line.clone());
    }

    /// Whether this process wrote the marker row of the conversation's outbox, and so published all of it.
    pub(crate) fn has_published(&self, conversation: &Conversation) -> bool {
        let marker = conversation.outbox.as_ref().map(|outbox| &outbox.marker);
        marker.is_some() && lock(&self.published).get(&conversation.id()) == marker
    }

    /// Notes that the conversation's outbox is published, its marker row included.
    pub(crate) fn note_published(&self, conversation: &Conversation) {
        if let Some(outbox) = &conversation.outbox {
            lock(&self.published).put(conversation.id(), outbox.marker.clone());
        }
    }
}

/// A lock is held for one line that cannot panic, so a poisoned one is as good as new.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
