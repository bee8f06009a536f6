//! Dead letters, and the messages that were given up with them.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::dead_letter::{DeadLetter, given_up};
use domain::delivery::DeliveryState;
use domain::message::{Message, MessageKey};
use jiff::Timestamp;

use crate::item::{Consistency, Item, item, n, read, s};
use crate::key::{self, EXPIRES_AT, PK};
use crate::message::{RANK, message_item};
use crate::notebook::Packed;
use crate::{Store, StoreError};

/// How long a dead letter is kept.
const KEPT_SECONDS: i64 = 90 * 86_400;
/// The body, compressed: a queue takes more than an item of the table.
const BODY: &str = "packed";

impl Store {
    /// Keeps a dead letter; the same letter is kept once.
    pub async fn add_dead_letter(&self, letter: &DeadLetter, now: Timestamp) -> Result<(), StoreError> {
        let key = key::dead_letter(&letter.id).ok_or_else(|| StoreError::Unreadable(format!("`{}`", letter.id)))?;
        let packed = Packed::of(&letter.body).map_err(|error| StoreError::Unreadable(error.to_string()))?;
        let mut row = item(key, &DeadLetter { body: String::new(), ..letter.clone() })?;
        row.insert(BODY.to_owned(), AttributeValue::B(Blob::new(packed.bytes())));
        row.insert(EXPIRES_AT.to_owned(), n(now.as_second() + KEPT_SECONDS));
        self.put(row).await
    }

    /// A dead letter.
    pub async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetter>, StoreError> {
        let Some(key) = key::dead_letter(id) else { return Ok(None) };
        self.get(key, Consistency::Strong).await?.map(letter).transpose()
    }

    /// A page of dead letters, those last queued first, and where the next page begins: after the letter of this id.
    pub async fn dead_letters(
        &self,
        limit: usize,
        before: Option<&str>,
    ) -> Result<(Vec<DeadLetter>, Option<String>), StoreError> {
        let before = before.and_then(key::dead_letter).map(|key| key.sk);
        let items = self.newest(key::DEAD_LETTERS, limit + 1, before.as_deref()).await?;
        let more = items.len() > limit;
        let letters: Vec<DeadLetter> = items.into_iter().take(limit).map(letter).collect::<Result<_, _>>()?;
        let next = letters.last().filter(|_| more).map(|letter| letter.id.clone());
        Ok((letters, next))
    }

    /// Forgets a dead letter.
    pub async fn remove_dead_letter(&self, id: &str) -> Result<(), StoreError> {
        let Some(key) = key::dead_letter(id) else { return Ok(()) };
        self.client.delete_item().table_name(&self.table).set_key(Some(key.attributes())).send().await?;
        Ok(())
    }

    /// Shows a message as given up, if no sender has ever taken it; what may have been sent stays as it is.
    pub async fn give_up_message(&self, key: &MessageKey, message: &Message) -> Result<(), StoreError> {
        let failed = Message { state: Some(DeliveryState::Failed), failure: Some(given_up()), ..message.clone() };
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(message_item(key, &failed)?))
            .condition_expression("attribute_not_exists(#pk) OR #rank = :queued")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#rank", RANK)
            .expression_attribute_values(":queued", n(DeliveryState::Queued.rank()));
        unless_refused(put.send().await.map(drop), |error| error.is_conditional_check_failed_exception())
    }

    /// Lets a message that was given up wait for its turn again.
    pub async fn requeue_message(&self, key: &MessageKey) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key::message(key).attributes()))
            .update_expression("SET #state = :state, #rank = :rank REMOVE #failure")
            .condition_expression("#failure = :given_up")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#rank", RANK)
            .expression_attribute_names("#failure", "failure")
            .expression_attribute_values(":state", serde_dynamo::to_attribute_value(DeliveryState::Queued)?)
            .expression_attribute_values(":rank", n(DeliveryState::Queued.rank()))
            .expression_attribute_values(":given_up", s(serde_json::to_string(&given_up())?));
        unless_refused(update.send().await.map(drop), |error| error.is_conditional_check_failed_exception())
    }
}

/// A condition that does not hold is an answer too: something further has happened to the message.
fn unless_refused<E, R>(
    done: Result<(), aws_sdk_dynamodb::error::SdkError<E, R>>,
    refused: impl Fn(&E) -> bool,
) -> Result<(), StoreError>
where
    StoreError: From<aws_sdk_dynamodb::error::SdkError<E, R>>,
{
    match done {
        Err(error) if error.as_service_error().is_some_and(&refused) => Ok(()),
        done => Ok(done?),
    }
}

fn letter(mut item: Item) -> Result<DeadLetter, StoreError> {
    let body = match item.remove(BODY) {
        Some(AttributeValue::B(packed)) => Packed::unpack(packed.as_ref())?,
        _ => return Err(StoreError::Unreadable("a dead letter without its body".into())),
    };
    Ok(DeadLetter { body, ..read(item)? })
}
