//! Reminders.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::id::{LineId, ReminderId};
use domain::reminder::{Reminder, ReminderState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::{Consistency, Item, item, read, s, text};
use crate::key::{self, PK};
use crate::{Store, StoreError};

/// A reminder as the table keeps it: what never changes as JSON text, the state beside it for conditions.
#[derive(Serialize, Deserialize)]
struct ReminderRow {
    reminder: String,
    state: ReminderState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fired_at: Option<Timestamp>,
}

fn from_item(item: Item) -> Result<Reminder, StoreError> {
    let row: ReminderRow = read(item)?;
    let reminder: Reminder = serde_json::from_str(&row.reminder)?;
    Ok(Reminder { state: row.state, fired_at: row.fired_at, ..reminder })
}

impl Store {
    /// Writes a new reminder. Answers whether it was new.
    pub async fn add_reminder(&self, reminder: &Reminder) -> Result<bool, StoreError> {
        let row = ReminderRow {
            reminder: serde_json::to_string(reminder)?,
            state: reminder.state,
            fired_at: reminder.fired_at,
        };
        self.put_new(item(key::reminder(&reminder.line, &reminder.id), &row)?).await
    }

    /// Reads a reminder.
    pub async fn reminder(&self, line: &LineId, id: &ReminderId) -> Result<Option<Reminder>, StoreError> {
        self.get(key::reminder(line, id), Consistency::Strong).await?.map(from_item).transpose()
    }

    /// A page of a line's reminders, the latest created first, and where the next page begins.
    pub async fn reminders(
        &self,
        line: &LineId,
        limit: usize,
        before: Option<&str>,
    ) -> Result<(Vec<Reminder>, Option<String>), StoreError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":pk", s(key::reminders(line)));
        query = match before {
            Some(before) => query
                .key_condition_expression("#pk = :pk AND #sk < :before")
                .expression_attribute_names("#sk", key::SK)
                .expression_attribute_values(":before", s(before)),
            None => query.key_condition_expression("#pk = :pk"),
        };
        let answer = query.send().await?;
        let next = answer.last_evaluated_key.as_ref().and_then(|key| text(key, key::SK)).map(str::to_owned);
        let reminders = answer.items.unwrap_or_default().into_iter().map(from_item).collect::<Result<_, _>>()?;
        Ok((reminders, next))
    }

    /// Moves a reminder to another state. Answers whether it is in that state now; if not, it was in one from which it
    /// does not come there.
    pub async fn settle_reminder(
        &self,
        line: &LineId,
        id: &ReminderId,
        state: ReminderState,
        fired_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let earlier: Vec<String> = (0..state.comes_from().len()).map(|number| format!(":from{number}")).collect();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key::reminder(line, id).attributes()))
            .update_expression(match fired_at {
                Some(_) => "SET #state = :state, fired_at = :fired",
                None => "SET #state = :state",
            })
            .condition_expression(format!("#state IN ({})", earlier.join(", ")))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", serde_dynamo::to_attribute_value(state)?);
        for (name, from) in earlier.into_iter().zip(state.comes_from()) {
            update = update.expression_attribute_values(name, serde_dynamo::to_attribute_value(from)?);
        }
        if let Some(at) = fired_at {
            update = update.expression_attribute_values(":fired", s(at.to_string()));
        }
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    let found = refusal.item().cloned().map(from_item).transpose()?;
                    Ok(found.is_some_and(|reminder| reminder.state == state))
                }
                _ => Err(error.into()),
            },
        }
    }
}
