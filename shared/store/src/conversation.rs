//! Conversations: the commit of events, and the inbox list.

use domain::conversation::{Conversation, Early, Mode, ScheduledJourney, Status};
use domain::id::{ContactId, ConversationId, EventId, LineId};
use domain::outbox::Outbox;
use futures::future::try_join_all;
use jiff::Timestamp;
use journey::Repeats;
use serde::{Deserialize, Serialize};

use crate::item::{Consistency, Item, item, read, s, text};
use crate::key::{self, INBOX, INBOX_PK, INBOX_SK};
use crate::{Store, StoreError};

/// A conversation as the table keeps it. Names are short because every byte of this item is paid for with every
/// message; session and outbox are JSON text, which is smaller than nested attributes.
#[derive(Serialize, Deserialize)]
struct Row {
    v: u64,
    #[serde(rename = "grp", default, skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    last_inbound_at: Option<i64>,
    #[serde(rename = "act")]
    last_activity_at: i64,
    #[serde(rename = "pre", default, skip_serializing_if = "String::is_empty")]
    preview: String,
    #[serde(rename = "un", default, skip_serializing_if = "is_zero")]
    unanswered: u32,
    #[serde(rename = "mode", default, skip_serializing_if = "is_default")]
    mode: Mode,
    #[serde(rename = "who", default, skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    #[serde(rename = "lab", default, skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
    #[serde(rename = "st", default, skip_serializing_if = "is_default")]
    status: Status,
    #[serde(rename = "ses", default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(rename = "beg", default, skip_serializing_if = "Option::is_none")]
    session_began_at: Option<i64>,
    #[serde(rename = "end", default, skip_serializing_if = "Option::is_none")]
    session_expires_at: Option<i64>,
    #[serde(rename = "wt", default, skip_serializing_if = "Option::is_none")]
    wait_timer: Option<String>,
    #[serde(rename = "sch", default, skip_serializing_if = "Vec::is_empty")]
    scheduled: Vec<ScheduledJourney>,
    #[serde(rename = "rang", default, skip_serializing_if = "Option::is_none")]
    rang_at: Option<i64>,
    #[serde(rename = "ear", default, skip_serializing_if = "Vec::is_empty")]
    early: Vec<Early>,
    #[serde(rename = "rep", default, skip_serializing_if = "Repeats::is_empty")]
    repeats: Repeats,
    #[serde(rename = "rec", default, skip_serializing_if = "Vec::is_empty")]
    recent: Vec<EventId>,
    #[serde(rename = "out", default, skip_serializing_if = "Option::is_none")]
    outbox: Option<String>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn moment(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The item a commit writes.
pub(crate) fn to_item(conversation: &Conversation, version: u64) -> Result<Item, StoreError> {
    let row = Row {
        v: version,
        group: conversation.group.clone(),
        last_inbound_at: conversation.last_inbound_at.map(Timestamp::as_millisecond),
        last_activity_at: conversation.last_activity_at.as_millisecond(),
        preview: conversation.preview.clone(),
        unanswered: conversation.unanswered,
        mode: conversation.mode,
        assignee: conversation.assignee.clone(),
        labels: conversation.labels.clone(),
        status: conversation.status,
        session: conversation.session.as_ref().map(serde_json::to_string).transpose()?,
        session_began_at: conversation.session_began_at.map(Timestamp::as_millisecond),
        session_expires_at: conversation.session_expires_at.map(Timestamp::as_millisecond),
        wait_timer: conversation.wait_timer.clone(),
        scheduled: conversation.scheduled.clone(),
        rang_at: conversation.rang_at.map(Timestamp::as_millisecond),
        early: conversation.early.clone(),
        repeats: conversation.repeats.clone(),
        recent: conversation.recent.clone(),
        outbox: conversation.outbox.as_ref().map(serde_json::to_string).transpose()?,
    };
    let mut item = item(key::conversation(&conversation.contact, &conversation.line), &row)?;
    let index =
        key::inbox(&conversation.contact, &conversation.line, conversation.status, conversation.last_activity_at);
    item.insert(INBOX_PK.to_owned(), s(index.pk));
    item.insert(INBOX_SK.to_owned(), s(index.sk));
    Ok(item)
}

/// Reads an item of a conversation of this contact.
pub(crate) fn from_item(contact: &ContactId, item: Item) -> Result<Conversation, StoreError> {
    let line = text(&item, key::SK)
        .and_then(|sort| sort.strip_prefix(key::CONVERSATIONS))
        .map(LineId::new)
        .ok_or_else(|| StoreError::Unreadable("a conversation without a line in its key".to_owned()))?;
    let row: Row = read(item)?;
    let outbox: Option<Outbox> = row.outbox.as_deref().map(serde_json::from_str).transpose()?;
    Ok(Conversation {
        contact: contact.clone(),
        line,
        group: row.group,
        version: row.v,
        last_inbound_at: row.last_inbound_at.map(moment),
        last_activity_at: moment(row.last_activity_at),
        preview: row.preview,
        unanswered: row.unanswered,
        mode: row.mode,
        assignee: row.assignee,
        labels: row.labels,
        status: row.status,
        session: row.session.as_deref().map(serde_json::from_str).transpose()?,
        session_began_at: row.session_began_at.map(moment),
        session_expires_at: row.session_expires_at.map(moment),
        wait_timer: row.wait_timer,
        scheduled: row.scheduled,
        rang_at: row.rang_at.map(moment),
        early: row.early,
        repeats: row.repeats,
        recent: row.recent,
        outbox,
    })
}

/// What stands in the place of a conversation that has become part of another contact's, so that nobody who has not
/// seen that begins a new one there.
pub(crate) fn moved_item(conversation: &Conversation, to: &ContactId) -> Result<Item, StoreError> {
    #[derive(Serialize)]
    struct Moved<'a> {
        v: u64,
        moved_to: &'a ContactId,
    }
    let key = key::conversation(&conversation.contact, &conversation.line);
    item(key, &Moved { v: conversation.version + 1, moved_to: to })
}

/// Whether the item only says that a conversation has moved.
pub(crate) fn is_moved(item: &Item) -> bool {
    item.contains_key("moved_to")
}

/// Which conversations to list.
#[derive(Clone, Debug)]
pub struct InboxQuery {
    /// The line.
    pub line: LineId,
    /// Open or done.
    pub status: Status,
    /// How many at most.
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<String>,
}

/// A page of the inbox, latest activity first.
#[derive(Debug)]
pub struct InboxPage {
    /// The conversations.
    pub conversations: Vec<Conversation>,
    /// Where the next page begins; nothing at the end.
    pub next: Option<String>,
}

impl Store {
    /// Reads a conversation.
    pub async fn conversation(&self, id: &ConversationId) -> Result<Option<Conversation>, StoreError> {
        match self.get(key::conversation(&id.contact, &id.line), Consistency::Strong).await? {
            Some(item) if !is_moved(&item) => Ok(Some(from_item(&id.contact, item)?)),
            _ => Ok(None),
        }
    }

    /// Commits a conversation on the version it was read at; the version moves on by one.
    /// [`StoreError::Conflict`] means that nothing was written.
    pub async fn commit(&self, conversation: &mut Conversation) -> Result<(), StoreError> {
        let seen = conversation.version;
        self.put_over(to_item(conversation, seen + 1)?, "v", seen).await?;
        conversation.version += 1;
        Ok(())
    }

    /// Lists conversations, latest activity first (to the minute across pages).
    pub async fn inbox(&self, query: &InboxQuery) -> Result<InboxPage, StoreError> {
        let shards = (0..key::INBOX_SHARDS).map(|shard| self.inbox_shard(query, shard));
        let mut found: Vec<(String, ContactId)> = try_join_all(shards).await?.into_iter().flatten().collect();
        found.sort_by(|a, b| b.cmp(a));
        let more = found.len() > query.limit;
        found.truncate(query.limit);
        let next = if more { found.last().map(|(sort, _)| sort.clone()) } else { None };
        let reads = found.iter().map(|(_, contact)| async {
            let id = ConversationId { contact: contact.clone(), line: query.line.clone() };
            self.conversation(&id).await
        });
        // The index is a moment behind: a conversation that has changed status since is left out here and turns up
        // in the other list.
        let mut conversations: Vec<Conversation> =
            try_join_all(reads).await?.into_iter().flatten().filter(|c| c.status == query.status).collect();
        conversations.sort_by_key(|conversation| std::cmp::Reverse(conversation.last_activity_at));
        Ok(InboxPage { conversations, next })
    }

    async fn inbox_shard(&self, query: &InboxQuery, shard: u32) -> Result<Vec<(String, ContactId)>, StoreError> {
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INBOX)
            .scan_index_forward(false)
            .limit(i32::try_from(query.limit + 1).unwrap_or(i32::MAX))
            .expression_attribute_names("#pk", INBOX_PK)
            .expression_attribute_values(":pk", s(key::inbox_shard(&query.line, query.status, shard)));
        request = match &query.after {
            Some(after) => request
                .key_condition_expression("#pk = :pk AND #sk < :after")
                .expression_attribute_names("#sk", INBOX_SK)
                .expression_attribute_values(":after", s(after)),
            None => request.key_condition_expression("#pk = :pk"),
        };
        let answer = request.send().await?;
        Ok(answer
            .items
            .unwrap_or_default()
            .iter()
            .filter_map(|item| {
                let sort = text(item, INBOX_SK)?;
                let (_, contact) = sort.split_once('#')?;
                Some((sort.to_owned(), ContactId::new(contact)))
            })
            .collect())
    }
}
