//! What journeys recorded: written with their contact, read by journey and time.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::id::{ContactId, JourneyId, SessionId};
use domain::outbox::{JourneyResult, Outbox};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::item::{Item, item, read, s, text};
use crate::key::{self, PK, RESULTS, RESULTS_PK, RESULTS_SK};
use crate::{Store, StoreError};

/// What one event recorded in a journey. JSON texts, so that every value is kept as it is.
#[derive(Serialize, Deserialize)]
struct Row {
    session: String,
    results: String,
}

/// A result in its row.
#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(rename = "k")]
    key: String,
    #[serde(rename = "v")]
    value: Value,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
}

/// A result that was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredResult {
    /// Where it stands among all results of its journey.
    pub place: ResultPlace,
    /// Whose it is.
    pub contact: ContactId,
    /// The run of the journey it was recorded in.
    pub session: SessionId,
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// What people call it.
    pub label: Option<String>,
}

/// Where a result stands among all results of its journey: by time, then event, then the order it was recorded in. As
/// text, `<milliseconds>-<event>-<number>`, it is the id of the result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResultPlace {
    position: String,
    number: usize,
}

impl ResultPlace {
    /// When it was recorded, to the millisecond.
    pub fn at(&self) -> Timestamp {
        let milliseconds = self.position.split_once('#').and_then(|(at, _)| at.parse().ok());
        milliseconds.and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default()
    }
}

impl std::fmt::Display for ResultPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.position.replacen('#', "-", 1), self.number)
    }
}

impl std::str::FromStr for ResultPlace {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let parts = text.split_once('-').and_then(|(at, rest)| Some((at, rest.rsplit_once('-')?)));
        match parts {
            Some((at, (event, number)))
                if at.len() == 16 && at.bytes().all(|digit| digit.is_ascii_digit()) && !event.is_empty() =>
            {
                let number = number.parse().map_err(|_| InvalidPlace(text.to_owned()))?;
                Ok(Self { position: format!("{at}#{event}"), number })
            }
            _ => Err(InvalidPlace(text.to_owned())),
        }
    }
}

/// A text that is not the id of a result.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not the id of a result; one looks like `0001772359200000-4f0c…-0`, as the list of results shows it")]
pub struct InvalidPlace(String);

/// Which results to list, oldest first.
#[derive(Clone, Debug, Default)]
pub struct ResultsQuery {
    /// Only those recorded after this moment.
    pub since: Option<Timestamp>,
    /// Only those recorded before or at this moment.
    pub until: Option<Timestamp>,
    /// Where in the list to begin, or to end.
    pub page: Page,
    /// How many at most.
    pub limit: usize,
}

/// Which part of a list.
#[derive(Clone, Debug, Default)]
pub enum Page {
    /// From its beginning on.
    #[default]
    First,
    /// What follows this result.
    After(ResultPlace),
    /// What precedes this result.
    Before(ResultPlace),
}

impl Store {
    /// Keeps what an event recorded, a row a journey.
    pub async fn add_results(&self, contact: &ContactId, outbox: &Outbox) -> Result<(), StoreError> {
        let mut rows: BTreeMap<&JourneyId, Vec<Entry>> = BTreeMap::new();
        for JourneyResult { journey, key, value, label } in &outbox.results {
            let entry = Entry { key: key.clone(), value: value.clone(), label: label.clone() };
            rows.entry(journey).or_default().push(entry);
        }
        // In the order in which a person's answers were handled: Meta's timestamps are whole seconds.
        let position = &domain::message::position(outbox.at, outbox.event.as_str());
        let session = outbox.session.as_ref().map(ToString::to_string).unwrap_or_default();
        try_join_all(rows.into_iter().map(|(journey, entries)| {
            let session = session.clone();
            async move {
                let row = Row { session, results: serde_json::to_string(&entries)? };
                let mut item = item(key::results(contact, position, journey), &row)?;
                let index = key::results_index(contact, position, journey);
                item.insert(RESULTS_PK.to_owned(), s(index.pk));
                item.insert(RESULTS_SK.to_owned(), s(index.sk));
                self.put(item).await
            }
        }))
        .await?;
        Ok(())
    }

    /// Lists what a journey recorded, oldest first, and whether there is more in the direction of the page. What was
    /// recorded in the last moment may be missing.
    pub async fn results(
        &self,
        journey: &JourneyId,
        query: &ResultsQuery,
    ) -> Result<(Vec<StoredResult>, bool), StoreError> {
        let shards = (0..key::RESULTS_SHARDS).map(|shard| self.results_shard(journey, query, shard));
        let mut found: Vec<StoredResult> = try_join_all(shards).await?.into_iter().flatten().collect();
        found.sort_by(|a, b| a.place.cmp(&b.place));
        let more = found.len() > query.limit;
        match &query.page {
            Page::Before(_) => drop(found.drain(..found.len().saturating_sub(query.limit))),
            Page::First | Page::After(_) => found.truncate(query.limit),
        }
        Ok((found, more))
    }

    /// The results of one shard that can be on the page, and one more.
    async fn results_shard(
        &self,
        journey: &JourneyId,
        query: &ResultsQuery,
        shard: u32,
    ) -> Result<Vec<StoredResult>, StoreError> {
        let (low, high) = query.bounds();
        let backwards = matches!(query.page, Page::Before(_));
        let mut found = Vec::new();
        let mut start = None;
        while low <= high && found.len() <= query.limit {
            let request = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(RESULTS)
                .scan_index_forward(!backwards)
                .limit(i32::try_from(query.limit + 1).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
                .expression_attribute_names("#pk", RESULTS_PK)
                .expression_attribute_names("#sk", RESULTS_SK)
                .expression_attribute_values(":pk", s(key::results_shard(journey, shard)))
                .expression_attribute_values(":low", s(low.clone()))
                .expression_attribute_values(":high", s(high.clone()));
            let answer = request.send().await?;
            for item in answer.items.unwrap_or_default() {
                found.extend(stored(item)?.into_iter().filter(|result| query.page.has(&result.place)));
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

impl ResultsQuery {
    /// The first and last position that can be on the page.
    fn bounds(&self) -> (String, String) {
        let before_all = |at: i64| domain::message::position(at, "");
        let mut low = self.since.map_or_else(String::new, |since| before_all(since.as_millisecond().saturating_add(1)));
        // A tilde sorts behind every event's id.
        let mut high = self.until.map_or_else(|| "~".to_owned(), |until| before_all(until.as_millisecond()) + "~");
        match &self.page {
            Page::First => {}
            Page::After(place) => low = low.max(place.position.clone()),
            Page::Before(place) => high = high.min(place.position.clone()),
        }
        // A key has no empty text.
        (if low.is_empty() { "0".to_owned() } else { low }, high)
    }
}

impl Page {
    fn has(&self, place: &ResultPlace) -> bool {
        match self {
            Self::First => true,
            Self::After(other) => place > other,
            Self::Before(other) => place < other,
        }
    }
}

/// The results of a row.
fn stored(item: Item) -> Result<Vec<StoredResult>, StoreError> {
    let unreadable = || StoreError::Unreadable("results without a contact or place in their keys".to_owned());
    let contact = text(&item, PK).and_then(|pk| pk.strip_prefix(key::CONTACTS)).map(ContactId::new);
    let contact = contact.ok_or_else(unreadable)?;
    let position = item.get(RESULTS_SK).and_then(|sort: &AttributeValue| sort.as_s().ok()).cloned();
    let position = position.ok_or_else(unreadable)?;
    let row: Row = read(item)?;
    let entries: Vec<Entry> = serde_json::from_str(&row.results)?;
    let result = |(number, Entry { key, value, label })| StoredResult {
        place: ResultPlace { position: position.clone(), number },
        contact: contact.clone(),
        session: SessionId::new(row.session.clone()),
        key,
        value,
        label,
    };
    Ok(entries.into_iter().enumerate().map(result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_result_reads_back_and_rubbish_does_not() {
        let place = ResultPlace { position: domain::message::position(1_772_359_200_000, "4f0c"), number: 3 };
        assert_eq!(place.to_string(), "0001772359200000-4f0c-3");
        assert_eq!(place.to_string().parse::<ResultPlace>().unwrap(), place);
        assert_eq!(place.at().to_string(), "2026-03-01T10:00:00Z");
        for bad in ["", "1", "0001772359200000", "0001772359200000-4f0c", "0001772359200000--1", "177-4f0c-1", "~-~-~"]
        {
            assert!(bad.parse::<ResultPlace>().is_err(), "{bad}");
        }
    }

    #[test]
    fn places_sort_by_time_then_event_then_number() {
        let place = |at, event, number| ResultPlace { position: domain::message::position(at, event), number };
        let sorted = [place(9, "z", 2), place(10, "a", 2), place(10, "a", 10), place(10, "b", 0)];
        assert!(sorted.is_sorted());
    }

    #[test]
    fn bounds_leave_out_the_moment_after_which_and_take_in_the_one_until_which() {
        let at = |milliseconds| Some(Timestamp::from_millisecond(milliseconds).unwrap());
        let (low, high) = ResultsQuery { since: at(5), until: at(7), ..ResultsQuery::default() }.bounds();
        let row = |at| domain::message::position(at, "4f0c");
        assert!(row(5) < low && low < row(6) && row(7) < high && high < row(8));
        let (low, high) = ResultsQuery::default().bounds();
        assert!(low < row(0) && row(i64::MAX / 2_000) < high);
    }
}
