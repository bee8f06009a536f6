//! What a batch of records comes to: one story a message, and all else to be kept. Pure.

use std::collections::HashMap;

use domain::delivery::{DeliveryState, Pricing, Receipt};
use domain::id::{ContactId, LineId};
use domain::message::{Failure, MessageKey};
use domain::queue::Notice;
use jiff::{SignedDuration, Timestamp};
use whatsapp::{Action, Meaning, PauseCause, Status};

/// A state that tells of trouble with the account later than this tells of trouble that may be over.
const LATE: SignedDuration = SignedDuration::from_mins(10);

/// A notice, when its record was queued, and which record that is.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// When its record was queued.
    pub at: Timestamp,
    /// Which record of the batch.
    pub record: usize,
    /// The notice.
    pub notice: Notice,
}

/// All that a batch says about one message.
#[derive(Debug, Default, PartialEq)]
pub struct Story {
    /// Its states as one.
    pub receipt: Receipt,
    /// The states as Meta sent them, to be kept should the message be unknown.
    pub told: Vec<Told>,
}

impl Story {
    /// The records that tell it.
    pub fn records(&self) -> Vec<usize> {
        self.told.iter().map(|told| told.record).collect()
    }
}

/// What failed states say beyond their message.
#[derive(Debug, Default, PartialEq)]
pub struct Trouble {
    /// How many states tell of trouble with the account or with our credentials.
    pub counts: HashMap<PauseCause, usize>,
    /// Lines that have it now.
    pub lines: HashMap<LineId, (PauseCause, Failure)>,
    /// Who wants no more marketing, and which records say so.
    pub marketing_stopped: Vec<(ContactId, usize)>,
}

/// What a batch comes to.
#[derive(Debug, Default, PartialEq)]
pub struct Batch {
    /// By message.
    pub stories: HashMap<MessageKey, Story>,
    /// What is about no message of ours.
    pub others: Vec<Told>,
    /// What else follows.
    pub trouble: Trouble,
}

impl Batch {
    /// Takes in a notice. `now` decides whether trouble that it tells of is news.
    pub fn add(&mut self, told: Told, now: Timestamp) {
        let Notice::Status { line, status } = &told.notice else { return self.others.push(told) };
        let key = status.callback_data.as_deref().and_then(MessageKey::from_callback_data);
        let receipt = receipt(status);
        if let Some(meaning) = failed(status) {
            self.trouble.note(line, status, &meaning, &receipt, now);
            if let Some(key) = key.as_ref().filter(|_| meaning.stops_marketing()) {
                self.trouble.marketing_stopped.push((key.contact.clone(), told.record));
            }
        }
        match key {
            Some(key) => {
                let story = self.stories.entry(key).or_default();
                story.receipt = std::mem::take(&mut story.receipt).and(receipt);
                story.told.push(told);
            }
            None => self.others.push(told),
        }
    }
}

impl Trouble {
    fn note(&mut self, line: &LineId, status: &Status, meaning: &Meaning, receipt: &Receipt, now: Timestamp) {
        let Action::Pause { cause } = meaning.action else { return };
        *self.counts.entry(cause).or_default() += 1;
        let recent = Timestamp::from_second(status.timestamp).is_ok_and(|at| now.duration_since(at) < LATE);
        if let Some(failure) = receipt.failure.clone().filter(|_| recent) {
            self.lines.insert(line.clone(), (cause, failure));
        }
    }
}

/// Why a status failed; nothing for one that did not.
fn failed(status: &Status) -> Option<Meaning> {
    let failed = DeliveryState::from_status(status.state.as_str()) == Some(DeliveryState::Failed);
    status.errors.first().filter(|_| failed).map(|error| error.meaning())
}

fn receipt(status: &Status) -> Receipt {
    let state = DeliveryState::from_status(status.state.as_str());
    let failure = failed(status).zip(status.errors.first()).map(|(meaning, error)| {
        let title = error.details().unwrap_or(meaning.title).to_owned();
        Failure { code: Some(error.code), title, remedy: meaning.remedy.to_owned() }
    });
    let price = status.pricing.as_ref().and_then(|pricing| serde_json::to_value(pricing).ok());
    Receipt {
        wamid: status.message_id.clone(),
        failure,
        pricing: price.map(|object| Pricing { rank: state.map_or(0, DeliveryState::rank), object }),
        state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::MessageId;
    use serde_json::{Value, json};
    use whatsapp::Update;

    const NOW: i64 = 1_772_359_200;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn key(id: &str) -> MessageKey {
        MessageKey { contact: ContactId::new("c"), line: LineId::new("l"), at: 1, id: MessageId::new(id) }
    }

    /// Statuses, each in a record of its own, as the webhook reads and queues them.
    fn batch(statuses: &[Value]) -> Batch {
        let mut batch = Batch::default();
        for (record, status) in statuses.iter().enumerate() {
            let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{
                "field": "messages", "value": {"messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "1", "phone_number_id": "l"}, "statuses": [status]}}]}]});
            let webhook = whatsapp::parse(body.to_string().as_bytes()).unwrap();
            for update in webhook.updates {
                let Update::Status { line, status } = update else { panic!("{update:?}") };
                let notice = Notice::Status { line: LineId::new(line.phone_number_id), status };
                batch.add(Told { at: now(), record, notice }, now());
            }
        }
        batch
    }

    fn status(id: &str, state: &str, more: Value) -> Value {
        let mut status = json!({"id": format!("wamid.{id}"), "status": state, "timestamp": NOW.to_string(),
            "recipient_id": "1", "biz_opaque_callback_data": key(id).callback_data()});
        status.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        status
    }

    fn failed_with(id: &str, code: i64) -> Value {
        status(id, "failed", json!({"errors": [{"code": code, "title": "t", "error_data": {"details": "d"}}]}))
    }

    #[test]
    fn the_states_of_a_message_are_one_write_whatever_their_order() {
        let sent = status("a", "sent", json!({"pricing": {"billable": true, "category": "utility"}}));
        let read = status("a", "read", json!({}));
        let failed = failed_with("a", 131_026);
        for order in [[&sent, &read, &failed], [&failed, &read, &sent], [&read, &failed, &sent]] {
            let batch = batch(&order.map(Clone::clone));
            let story = &batch.stories[&key("a")];
            assert_eq!(story.receipt.state, Some(DeliveryState::Read));
            assert_eq!((story.receipt.wamid.as_str(), &story.receipt.failure), ("wamid.a", &None));
            assert_eq!(story.receipt.pricing.as_ref().unwrap().object["category"], "utility");
            assert_eq!((story.records(), batch.stories.len()), (vec![0, 1, 2], 1));
        }
    }

    #[test]
    fn a_failure_is_told_with_what_to_do_and_errors_of_another_state_are_none() {
        let batch = batch(&[failed_with("a", 131_026), status("b", "sent", json!({"errors": [{"code": 131_026}]}))]);
        let failure = batch.stories[&key("a")].receipt.failure.clone().unwrap();
        assert_eq!((failure.code, failure.title.as_str()), (Some(131_026), "d"));
        assert!(failure.remedy.contains("another way"));
        assert_eq!(batch.stories[&key("b")].receipt.failure, None);
        assert_eq!(batch.trouble, Trouble::default());
    }

    #[test]
    fn what_is_not_ours_or_no_state_is_kept_by_itself() {
        let mut strange = status("a", "sent", json!({}));
        strange["biz_opaque_callback_data"] = json!("order-17");
        let batch = batch(&[strange, status("b", "warped", json!({}))]);
        assert_eq!(batch.others.len(), 1);
        assert_eq!(batch.stories[&key("b")].receipt, Receipt { wamid: "wamid.b".into(), ..Receipt::default() });
    }

    #[test]
    fn trouble_with_the_account_is_counted_and_named_by_its_line() {
        for (code, cause) in [
            (131_042, PauseCause::Account),
            (131_048, PauseCause::Account),
            (131_031, PauseCause::Account),
            (133_010, PauseCause::Account),
            (190, PauseCause::Credentials),
        ] {
            let batch = batch(&[failed_with("a", code), failed_with("b", code), failed_with("c", 131_026)]);
            assert_eq!(batch.trouble.counts, HashMap::from([(cause, 2)]), "{code}");
            assert_eq!(batch.trouble.lines[&LineId::new("l")].1.code, Some(code));
        }
        let mut old = failed_with("a", 131_042);
        old["timestamp"] = json!((NOW - 601).to_string());
        let batch = batch(&[old]);
        assert!(batch.trouble.lines.is_empty() && batch.trouble.counts.len() == 1, "told late, it may be over");
    }

    #[test]
    fn who_wants_no_more_marketing_is_named() {
        let batch = batch(&[failed_with("a", 131_050), failed_with("b", 131_049)]);
        assert_eq!(batch.trouble.marketing_stopped, [(ContactId::new("c"), 0)]);
    }
}
