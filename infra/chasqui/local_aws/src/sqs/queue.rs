//! One queue as a state machine over a given time: no clock, no input or output.
//!
//! A receive touches only what it returns: ready messages of a standard queue, and in a FIFO queue the groups that can
//! give a message, are kept sorted by age; whatever waits for a time is kept sorted by that time.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use tokio::sync::Notify;

use super::{
    attributes::QueueAttributes,
    message::{Message, Standing},
};

/// How long a deduplication id is remembered, in milliseconds
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html>).
pub(crate) const DEDUPLICATION_WINDOW: i64 = 5 * 60 * 1_000;

/// A deduplication id within its scope: the group, or nothing when the scope is the queue.
pub(crate) type SeenKey = (String, String);

/// The message that first carried a deduplication id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: u64,
    pub(crate) message_id: String,
    pub(crate) until: i64,
}

/// The messages of one group that are not in flight, oldest first, and how many are in flight.
#[derive(Debug, Default)]
struct Group {
    pending: BTreeSet<u64>,
    in_flight: usize,
    /// The id under which the group is listed as open.
    open: Option<u64>,
}

/// What one receive found.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Ids of the messages now in flight, in order.
    pub(crate) received: Vec<u64>,
    /// Messages received too often: they left the queue, for the dead-letter queue.
    pub(crate) exhausted: Vec<Message>,
    /// Ids of messages past the retention period: they left the queue.
    pub(crate) expired: Vec<u64>,
}

/// One queue.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) name: String,
    pub(crate) attributes: QueueAttributes,
    pub(crate) created_at: i64,
    messages: HashMap<u64, Message>,
    /// Ready messages of a standard queue, oldest first.
    ready: BTreeSet<u64>,
    groups: HashMap<Arc<str>, Group>,
    /// Groups that can give a message now, by their oldest message.
    open: BTreeSet<(u64, Arc<str>)>,
    /// Delayed and in-flight messages by the time at which they become ready.
    timers: BTreeSet<(i64, u64)>,
    in_flight: usize,
    seen: HashMap<SeenKey, Seen>,
    seen_order: VecDeque<(i64, SeenKey)>,
    /// Tells waiting receivers that something may have become ready.
    pub(crate) changed: Arc<Notify>,
}

impl Queue {
    pub(crate) fn new(name: &str, attributes: QueueAttributes, created_at: i64) -> Self {
        Self {
            name: name.to_owned(),
            attributes,
            created_at,
            messages: HashMap::new(),
            ready: BTreeSet::new(),
            groups: HashMap::new(),
            open: BTreeSet::new(),
            timers: BTreeSet::new(),
            in_flight: 0,
            seen: HashMap::new(),
            seen_order: VecDeque::new(),
            changed: Arc::default(),
        }
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// All messages, in no order.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    /// Ready, in-flight and delayed messages.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        let delayed = self.timers.len() - self.in_flight;
        (self.messages.len() - self.timers.len(), self.in_flight, delayed)
    }

    /// When the next message becomes ready by itself.
    pub(crate) fn next_timer(&self) -> Option<i64> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Adds a message, or replaces the one with the same id.
    pub(crate) fn put(&mut self, message: Message) {
        let id = message.id;
        self.remove(id);
        self.messages.insert(id, message);
        self.place(id);
        self.changed.notify_waiters();
    }

    /// Takes a message out for good.
    pub(crate) fn remove(&mut self, id: u64) -> Option<Message> {
        self.displace(id);
        let message = self.messages.remove(&id)?;
        // Its group may be free again.
        self.changed.notify_waiters();
        Some(message)
    }

    /// Changes where a message stands.
    pub(crate) fn stand(&mut self, id: u64, standing: Standing) {
        self.displace(id);
        if let Some(message) = self.messages.get_mut(&id) {
            message.standing = standing;
        }
        self.place(id);
        self.changed.notify_waiters();
    }

    /// Marks a message as received.
    pub(crate) fn receive(&mut self, id: u64, now: i64, until: i64) {
        self.displace(id);
        if let Some(message) = self.messages.get_mut(&id) {
            message.receive_count += 1;
            message.first_received_at.get_or_insert(now);
            message.standing = Standing::InFlight(until);
        }
        self.place(id);
    }

    /// Deletes all messages. Deduplication ids stay remembered.
    pub(crate) fn purge(&mut self) {
        self.messages.clear();
        self.ready.clear();
        self.groups.clear();
        self.open.clear();
        self.timers.clear();
        self.in_flight = 0;
    }

    /// Makes ready whatever waited for a time up to `now`.
    pub(crate) fn settle(&mut self, now: i64) {
        while let Some((_, id)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            self.stand(id, Standing::Ready);
        }
    }

    /// Receives up to `max` messages for `visibility` milliseconds.
    ///
    /// A FIFO queue gives as many messages of the oldest open group as it can before it turns to the next, and none of
    /// a group that has one in flight.
    pub(crate) fn take(&mut self, now: i64, max: usize, visibility: i64) -> Taken {
        self.settle(now);
        let mut taken = Taken::default();
        let until = now + visibility;
        let mut finished: Vec<Arc<str>> = Vec::new();
        while taken.received.len() < max {
            if !self.attributes.fifo {
                let Some(id) = self.ready.first().copied() else { break };
                self.take_one(id, now, until, &mut taken);
                continue;
            }
            let Some((_, group)) = self.open.first().cloned() else { break };
            self.close(&group);
            while taken.received.len() < max
                && let Some(id) = self.head(&group)
            {
                self.take_one(id, now, until, &mut taken);
                // A message that left for the dead-letter queue may have opened its group again.
                self.close(&group);
            }
            finished.push(group);
        }
        for group in finished {
            self.refresh(&group);
        }
        taken
    }

    fn take_one(&mut self, id: u64, now: i64, until: i64, taken: &mut Taken) {
        let Some(message) = self.messages.get(&id) else { return };
        let exhausted = |limit: u32| message.receive_count >= limit;
        if now - message.sent_at > self.attributes.retention {
            self.remove(id);
            taken.expired.push(id);
        } else if self.attributes.redrive.as_ref().is_some_and(|policy| exhausted(policy.max_receive_count)) {
            taken.exhausted.extend(self.remove(id));
        } else {
            self.receive(id, now, until);
            taken.received.push(id);
        }
    }

    /// Oldest message of a group, if it can be given.
    fn head(&self, group: &str) -> Option<u64> {
        let id = *self.groups.get(group)?.pending.first()?;
        (self.messages.get(&id)?.standing == Standing::Ready).then_some(id)
    }

    /// The message that carried this deduplication id within the last five minutes.
    pub(crate) fn duplicate(&mut self, key: &SeenKey, now: i64) -> Option<Seen> {
        while self.seen_order.front().is_some_and(|(until, _)| *until <= now) {
            if let Some((_, old)) = self.seen_order.pop_front()
                && self.seen.get(&old).is_some_and(|seen| seen.until <= now)
            {
                self.seen.remove(&old);
            }
        }
        self.seen.get(key).cloned()
    }

    pub(crate) fn remember(&mut self, key: SeenKey, seen: Seen) {
        self.seen_order.push_back((seen.until, key.clone()));
        self.seen.insert(key, seen);
    }

    /// Every remembered deduplication id, oldest first.
    pub(crate) fn remembered(&self) -> impl Iterator<Item = (&SeenKey, &Seen)> {
        self.seen_order.iter().filter_map(|(until, key)| {
            let seen = self.seen.get(key).filter(|seen| seen.until == *until)?;
            Some((key, seen))
        })
    }

    /// Enters a message into the indexes.
    fn place(&mut self, id: u64) {
        let Some(message) = self.messages.get(&id) else { return };
        let (standing, group) = (message.standing, self.group_of(message));
        let in_flight = matches!(standing, Standing::InFlight(_));
        if let Standing::InFlight(until) | Standing::Delayed(until) = standing {
            self.timers.insert((until, id));
        }
        self.in_flight += usize::from(in_flight);
        match group {
            None if standing == Standing::Ready => {
                self.ready.insert(id);
            }
            None => {}
            Some(name) => {
                let group = self.groups.entry(name.clone()).or_default();
                if in_flight {
                    group.in_flight += 1;
                } else {
                    group.pending.insert(id);
                }
                self.refresh(&name);
            }
        }
    }

    /// Takes a message out of the indexes.
    fn displace(&mut self, id: u64) {
        let Some(message) = self.messages.get(&id) else { return };
        let (standing, group) = (message.standing, self.group_of(message));
        let in_flight = matches!(standing, Standing::InFlight(_));
        if let Standing::InFlight(until) | Standing::Delayed(until) = standing {
            self.timers.remove(&(until, id));
        }
        self.in_flight -= usize::from(in_flight);
        self.ready.remove(&id);
        if let Some(name) = group {
            if let Some(group) = self.groups.get_mut(&name) {
                group.in_flight -= usize::from(in_flight);
                group.pending.remove(&id);
            }
            self.refresh(&name);
        }
    }

    /// Only FIFO queues order by group; in a standard queue a group merely marks a tenant.
    fn group_of(&self, message: &Message) -> Option<Arc<str>> {
        message.group.clone().filter(|_| self.attributes.fifo)
    }

    /// Lists a group as open or not, by its content; forgets it when it is empty.
    fn refresh(&mut self, name: &Arc<str>) {
        self.close(name);
        let head = self.head(name);
        let Some(group) = self.groups.get_mut(name) else { return };
        if group.in_flight == 0 {
            if let Some(id) = head {
                group.open = Some(id);
                self.open.insert((id, name.clone()));
            } else if group.pending.is_empty() {
                self.groups.remove(name);
            }
        }
    }

    fn close(&mut self, name: &Arc<str>) {
        if let Some(id) = self.groups.get_mut(name).and_then(|group| group.open.take()) {
            self.open.remove(&(id, name.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn queue(attributes: &[(&str, &str)]) -> Queue {
        let fifo = attributes.iter().any(|(key, _)| *key == "FifoQueue");
        let name = if fifo { "q.fifo" } else { "q" };
        let text: BTreeMap<String, String> =
            attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Queue::new(name, QueueAttributes::parse(name, text).unwrap(), 0)
    }

    fn message(id: u64, group: &str, standing: Standing) -> Message {
        Message {
            id,
            message_id: id.to_string(),
            body: String::new(),
            attributes: BTreeMap::new(),
            trace_header: None,
            group: Some(group.into()),
            deduplication_id: None,
            sent_at: 0,
            first_received_at: None,
            receive_count: 0,
            source_arn: None,
            standing,
        }
    }

    #[test]
    fn a_group_is_closed_until_nothing_of_it_is_in_flight() {
        let mut queue = queue(&[("FifoQueue", "true")]);
        for (id, group) in [(1, "a"), (2, "a"), (3, "b"), (4, "a")] {
            queue.put(message(id, group, Standing::Ready));
        }
        assert_eq!(queue.take(0, 2, 100).received, [1, 2]);
        assert_eq!(queue.take(0, 10, 100).received, [3]);
        queue.remove(1);
        assert!(queue.take(0, 10, 100).received.is_empty());
        queue.stand(2, Standing::Ready);
        assert_eq!(queue.take(0, 10, 100).received, [2, 4]);
        assert_eq!(queue.counts(), (0, 3, 0));
        // After the visibility timeout the same order again.
        assert_eq!(queue.take(100, 10, 100).received, [2, 4, 3]);
        assert_eq!(queue.get(2).unwrap().receive_count, 3);
        assert_eq!(queue.get(2).unwrap().first_received_at, Some(0));
    }

    #[test]
    fn a_delayed_head_holds_its_group_back() {
        let mut queue = queue(&[("FifoQueue", "true")]);
        queue.put(message(1, "a", Standing::Delayed(50)));
        queue.put(message(2, "a", Standing::Ready));
        assert!(queue.take(49, 10, 100).received.is_empty());
        assert_eq!(queue.next_timer(), Some(50));
        assert_eq!(queue.take(50, 10, 100).received, [1, 2]);
    }

    #[test]
    fn zero_visibility_gives_each_message_once_a_receive() {
        for attributes in [&[("FifoQueue", "true")][..], &[]] {
            let mut queue = queue(attributes);
            queue.put(message(1, "a", Standing::Ready));
            assert_eq!(queue.take(5, 10, 0).received, [1]);
            assert_eq!(queue.take(5, 10, 0).received, [1]);
        }
    }

    #[test]
    fn exhausted_messages_leave_in_order_and_free_the_group() {
        let mut queue =
            queue(&[("FifoQueue", "true"), ("RedrivePolicy", r#"{"deadLetterTargetArn":"arn","maxReceiveCount":1}"#)]);
        for id in [1, 2] {
            queue.put(message(id, "a", Standing::Ready));
        }
        assert_eq!(queue.take(0, 10, 10).received, [1, 2]);
        queue.put(message(3, "a", Standing::Ready));
        let taken = queue.take(10, 10, 10);
        assert_eq!(taken.exhausted.iter().map(|message| message.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(taken.received, [3]);
    }

    #[test]
    fn messages_past_their_retention_are_dropped() {
        let mut queue = queue(&[("MessageRetentionPeriod", "60")]);
        queue.put(message(1, "a", Standing::Ready));
        let taken = queue.take(60_001, 10, 10);
        assert_eq!((taken.received.len(), taken.expired), (0, vec![1]));
        assert_eq!(queue.counts(), (0, 0, 0));
    }

    #[test]
    fn a_deduplication_id_is_forgotten_after_five_minutes() {
        let mut queue = queue(&[("FifoQueue", "true")]);
        let key = ("a".to_owned(), "d".to_owned());
        let seen = |id: u64, at: i64| Seen { id, message_id: id.to_string(), until: at + DEDUPLICATION_WINDOW };
        queue.remember(key.clone(), seen(1, 0));
        assert_eq!(queue.duplicate(&key, 299_999).unwrap().id, 1);
        assert_eq!(queue.duplicate(&("b".to_owned(), "d".to_owned()), 0), None);
        assert_eq!(queue.duplicate(&key, 300_000), None);
        queue.remember(key.clone(), seen(2, 300_000));
        assert_eq!(queue.remembered().count(), 1);
        assert_eq!(queue.duplicate(&key, 300_001).unwrap().id, 2);
    }

    #[test]
    fn ten_thousand_groups_are_received_without_a_scan() {
        let mut queue = queue(&[("FifoQueue", "true")]);
        for id in 0..20_000 {
            queue.put(message(id, &format!("g{}", id % 10_000), Standing::Ready));
        }
        let mut received = 0;
        loop {
            let taken = queue.take(1, 10, 1_000).received;
            if taken.is_empty() {
                break;
            }
            received += taken.len();
            for id in taken {
                queue.remove(id);
            }
        }
        assert_eq!(received, 20_000);
        assert!(queue.groups.is_empty() && queue.open.is_empty() && queue.timers.is_empty());
    }
}
