//! What a test asks to go wrong: answers to sends, and deliveries of webhooks.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::webhook::{Update, UpdateKind};

/// What happens to one send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum SendFault {
    /// Refused with this code; the status and the title are the code's own unless given.
    Error {
        code: i64,
        #[serde(default)]
        http_status: Option<u16>,
        #[serde(default)]
        message: Option<String>,
        #[serde(default)]
        details: Option<String>,
    },
    /// Never processed; the connection hangs.
    TimeoutBefore,
    /// Processed; the connection hangs.
    TimeoutAfter,
    /// Never processed; the connection is cut.
    ResetBefore,
    /// Processed; the connection is cut without an answer.
    ResetAfter,
    /// Processed, and answered 500 with Meta's `131000`.
    #[serde(rename = "http_500_after")]
    Http500After,
    /// Processed after this many real milliseconds, then answered normally.
    Delay { ms: u64 },
    /// Answered 200; then a `failed` status with this code.
    FailLater {
        code: i64,
        #[serde(default)]
        details: Option<String>,
    },
}

/// A [`SendFault`] waiting for its sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedFault {
    #[serde(flatten)]
    pub(crate) fault: SendFault,
    /// How many sends it takes.
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// Only sends to this `to` or `recipient`; digits compare without punctuation.
    #[serde(default)]
    pub(crate) to: Option<String>,
}

fn once() -> u32 {
    1
}

/// The faults of sends, in the order they were asked for.
#[derive(Debug, Default)]
pub(crate) struct SendFaults {
    pub(crate) planned: VecDeque<PlannedFault>,
}

impl SendFaults {
    /// The fault for a send to `recipient`, used up by one.
    pub(crate) fn take(&mut self, recipient: &str) -> Option<SendFault> {
        let index = self
            .planned
            .iter()
            .position(|planned| planned.to.as_deref().is_none_or(|to| bare(to) == bare(recipient)))?;
        let planned = self.planned.get_mut(index)?;
        planned.times = planned.times.saturating_sub(1);
        let fault = planned.fault.clone();
        if planned.times == 0 {
            self.planned.remove(index);
        }
        Some(fault)
    }
}

fn bare(recipient: &str) -> String {
    recipient.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '.').collect()
}

/// What happens to webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum WebhookFault {
    /// The next POST is repeated, byte for byte.
    Repeat {
        #[serde(default = "once")]
        times: u32,
        #[serde(default)]
        after_ms: u64,
    },
    /// The next POST has no signature.
    Unsigned,
    /// The next POST is signed with another secret.
    WrongSignature,
    /// The next POST carries an unreadable item before the good ones.
    MalformedItem,
    /// The next `count` updates wait for each other and leave together: in one POST, or backwards.
    Gather {
        count: usize,
        #[serde(default)]
        reversed: bool,
        #[serde(default)]
        one_post: bool,
        #[serde(default)]
        only: Option<UpdateKind>,
    },
    /// The next `count` statuses are never told.
    DropStatuses { count: u32 },
    /// The next `count` statuses are told `copies` times more.
    RepeatStatuses {
        count: u32,
        #[serde(default = "once")]
        copies: u32,
    },
}

/// Updates waiting for each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathering {
    pub(crate) count: usize,
    pub(crate) reversed: bool,
    pub(crate) one_post: bool,
    pub(crate) only: Option<UpdateKind>,
    pub(crate) updates: Vec<Update>,
}

/// Everything that stands between an update and its POST.
#[derive(Debug, Default)]
pub(crate) struct WebhookControl {
    pub(crate) hold_messages: bool,
    pub(crate) hold_statuses: bool,
    pub(crate) held: Vec<Update>,
    pub(crate) gathering: Option<Gathering>,
    /// Faults of the next POSTs, one each.
    pub(crate) posts: VecDeque<WebhookFault>,
    pub(crate) drop_statuses: u32,
    pub(crate) repeat_statuses: (u32, u32),
    /// Updates waiting for the batch window to end.
    pub(crate) batch: Vec<Update>,
    pub(crate) batch_running: bool,
}

/// Updates that are ready to leave, as POSTs.
pub(crate) type Ready = Vec<Vec<Update>>;

impl WebhookControl {
    /// Plans a fault.
    pub(crate) fn plan(&mut self, fault: WebhookFault) {
        match fault {
            WebhookFault::Gather { count, reversed, one_post, only } => {
                self.gathering = Some(Gathering { count, reversed, one_post, only, updates: Vec::new() });
            }
            WebhookFault::DropStatuses { count } => self.drop_statuses += count,
            WebhookFault::RepeatStatuses { count, copies } => self.repeat_statuses = (count, copies),
            of_a_post => self.posts.push_back(of_a_post),
        }
    }

    /// Takes an update in; what may leave now comes out.
    pub(crate) fn admit(&mut self, update: Update) -> Ready {
        let is_status = update.kind == UpdateKind::Status;
        if is_status && self.drop_statuses > 0 {
            self.drop_statuses -= 1;
            return Vec::new();
        }
        let mut copies = 1;
        if is_status && self.repeat_statuses.0 > 0 {
            self.repeat_statuses.0 -= 1;
            copies += self.repeat_statuses.1;
        }
        let mut ready = Vec::new();
        for _ in 0..copies {
            ready.extend(self.admit_one(update.clone()));
        }
        ready
    }

    fn admit_one(&mut self, update: Update) -> Ready {
        let held = match update.kind {
            UpdateKind::Message => self.hold_messages,
            UpdateKind::Status => self.hold_statuses,
            UpdateKind::Change => false,
        };
        if held {
            self.held.push(update);
            return Vec::new();
        }
        if let Some(gathering) = &mut self.gathering
            && gathering.only.is_none_or(|only| only == update.kind)
        {
            gathering.updates.push(update);
            if gathering.updates.len() < gathering.count {
                return Vec::new();
            }
            return self
                .gathering
                .take()
                .map_or_else(Vec::new, |full| arrange(full.updates, full.reversed, full.one_post));
        }
        vec![vec![update]]
    }

    /// Ends every wait; what was held comes out.
    pub(crate) fn release(&mut self, reversed: bool, one_post: bool) -> Ready {
        self.hold_messages = false;
        self.hold_statuses = false;
        let mut updates = std::mem::take(&mut self.held);
        updates.extend(self.gathering.take().into_iter().flat_map(|gathering| gathering.updates));
        arrange(updates, reversed, one_post)
    }

    /// What `GET /_sim/webhooks/faults` shows.
    pub(crate) fn view(&self) -> Value {
        serde_json::json!({
            "hold_messages": self.hold_messages, "hold_statuses": self.hold_statuses, "held": self.held.len(),
            "gathered": self.gathering.as_ref().map_or(0, |gathering| gathering.updates.len()),
            "posts": self.posts, "drop_statuses": self.drop_statuses, "repeat_statuses": self.repeat_statuses.0,
        })
    }
}

fn arrange(mut updates: Vec<Update>, reversed: bool, one_post: bool) -> Ready {
    if reversed {
        updates.reverse();
    }
    match (updates.is_empty(), one_post) {
        (true, _) => Vec::new(),
        (false, true) => vec![updates],
        (false, false) => updates.into_iter().map(|update| vec![update]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn status(number: i64) -> Update {
        Update {
            kind: UpdateKind::Status,
            field: "messages".into(),
            person: None,
            message_id: None,
            contact: None,
            item: json!(number),
        }
    }

    fn items(ready: &Ready) -> Vec<Vec<i64>> {
        ready.iter().map(|post| post.iter().filter_map(|update| update.item.as_i64()).collect()).collect()
    }

    #[test]
    fn planned_faults_are_read_strictly() {
        let read = |value: Value| serde_json::from_value::<PlannedFault>(value);
        assert!(read(json!({"kind": "explode"})).is_err());
        assert!(read(json!({"kind": "error"})).is_err());
        let planned = read(json!({"kind": "error", "code": 131_056, "times": 3, "to": "+57 300"})).unwrap();
        assert_eq!((planned.times, planned.to.as_deref()), (3, Some("+57 300")));
        assert_eq!(read(json!({"kind": "http_500_after"})).unwrap().fault, SendFault::Http500After);
        assert!(serde_json::from_value::<WebhookFault>(json!({"kind": "repeat", "time": 2})).is_err());
    }

    #[test]
    fn faults_are_used_up_in_order_and_for_their_recipient() {
        let mut faults = SendFaults::default();
        faults.planned.push_back(PlannedFault { fault: SendFault::TimeoutAfter, times: 1, to: Some("+57 300".into()) });
        faults.planned.push_back(PlannedFault { fault: SendFault::Http500After, times: 2, to: None });
        assert_eq!(faults.take("57301"), Some(SendFault::Http500After));
        assert_eq!(faults.take("57300"), Some(SendFault::TimeoutAfter));
        assert_eq!(faults.take("57300"), Some(SendFault::Http500After));
        assert_eq!(faults.take("57300"), None);
    }

    #[test]
    fn held_updates_leave_when_released() {
        let mut control = WebhookControl { hold_statuses: true, ..WebhookControl::default() };
        assert!(control.admit(status(1)).is_empty());
        assert!(control.admit(status(2)).is_empty());
        assert_eq!(items(&control.release(true, false)), [vec![2], vec![1]]);
        assert_eq!(items(&control.admit(status(3))), [vec![3]]);
    }

    #[test]
    fn gathered_dropped_and_repeated_updates() {
        let mut control = WebhookControl::default();
        control.plan(WebhookFault::Gather { count: 2, reversed: false, one_post: true, only: None });
        assert!(control.admit(status(1)).is_empty());
        assert_eq!(items(&control.admit(status(2))), [vec![1, 2]]);
        control.plan(WebhookFault::DropStatuses { count: 1 });
        control.plan(WebhookFault::RepeatStatuses { count: 1, copies: 2 });
        assert!(control.admit(status(3)).is_empty());
        assert_eq!(items(&control.admit(status(4))), [vec![4], vec![4], vec![4]]);
        assert_eq!(items(&control.admit(status(5))), [vec![5]]);
    }
}
