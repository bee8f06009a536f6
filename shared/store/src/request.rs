//! API requests that carry an idempotency key: taken once, answered the same for a day.
//!
//! A request is taken by one conditional write and answered by another. Between them it has a lease: the process that took
//! it may be gone, and then a repetition goes on in its place, with the moment of the first attempt, so that whatever is
//! named after the request has the same name.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::{SignedDuration, Timestamp};
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde::{Deserialize, Serialize};

use crate::item::{Item, n, s, text};
use crate::key::{self, EXPIRES_AT, PK};
use crate::{Store, StoreError};

/// How long a request is remembered, in seconds.
const KEPT_SECONDS: i64 = 86_400;
/// How long whoever took a request is believed to be at work: longer than the function may run.
const LEASE: SignedDuration = SignedDuration::from_secs(15);
/// The largest answer that is kept, compressed. A row takes 400 KB.
const MAX_ANSWER_BYTES: usize = 300_000;
/// The largest answer as it was given. Lambda answers with 6 MB at most.
const LARGEST_ANSWER: usize = 8_000_000;

/// The attributes of a row.
const ASKED: &str = "asked";
const HASH: &str = "hash";
const AT: &str = "at";
const CLAIM: &str = "claim";
const LEASE_UNTIL: &str = "lease";
const ANSWER: &str = "answer";

/// A request with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedRequest {
    /// A name of caller, method, path and key: the same for a repetition.
    pub id: String,
    /// Method and path, to be told to whoever uses the key for something else.
    pub asked: String,
    /// A hash of all that was sent.
    pub hash: String,
    /// A name of this attempt and no other: an answer of the table that is lost and asked for again finds its own.
    pub claim: String,
}

/// An answer as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    /// Names and values of the headers that belong to the content.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What taking a request led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is ours to carry out.
    Ours {
        /// When it was asked for the first time.
        at: Timestamp,
        /// Whether nobody has tried before.
        is_first: bool,
    },
    /// It was answered before.
    Answered(KeptAnswer),
    /// Another attempt is under way.
    UnderWay {
        /// When it is given up for lost.
        until: Timestamp,
    },
    /// The key belongs to a request that asked for something else.
    SomethingElse {
        /// That request's method and path.
        asked: String,
        /// When.
        at: Timestamp,
    },
}

impl Store {
    /// Takes a request, unless it is somebody else's, under way, or answered.
    pub async fn take_request(&self, request: &KeyedRequest, now: Timestamp) -> Result<Taken, StoreError> {
        loop {
            let Some(old) = self.try_to_take(request, now).await? else {
                return Ok(Taken::Ours { at: now, is_first: true });
            };
            let number = |name: &str| old.get(name).and_then(|value| value.as_n().ok()).and_then(|v| v.parse().ok());
            let at = number(AT).map_or(now, moment);
            if text(&old, CLAIM) == Some(request.claim.as_str()) {
                return Ok(Taken::Ours { at, is_first: at.as_millisecond() == now.as_millisecond() });
            }
            if number(EXPIRES_AT).is_some_and(|end: i64| end <= now.as_second()) {
                // DynamoDB has not got round to forgetting it.
                self.forget_request_of(&request.id, text(&old, CLAIM).unwrap_or_default()).await?;
                continue;
            }
            if text(&old, HASH) != Some(request.hash.as_str()) {
                let asked = text(&old, ASKED).unwrap_or_default().to_owned();
                return Ok(Taken::SomethingElse { asked, at });
            }
            if let Some(answer) = old.get(ANSWER) {
                return Ok(Taken::Answered(unpacked(answer)?));
            }
            let until = number(LEASE_UNTIL).map_or(now, moment);
            if until > now {
                return Ok(Taken::UnderWay { until });
            }
            if self.take_over(request, text(&old, CLAIM).unwrap_or_default(), now).await? {
                return Ok(Taken::Ours { at, is_first: false });
            }
        }
    }

    /// Writes the row of a request. Answers what stands in its place, if something does.
    async fn try_to_take(&self, request: &KeyedRequest, now: Timestamp) -> Result<Option<Item>, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key::request(&request.id).attributes()))
            .update_expression(
                "SET #asked = :asked, #hash = :hash, #at = :at, #claim = :claim, #lease = :lease, #expires = :expires",
            )
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#asked", ASKED)
            .expression_attribute_names("#hash", HASH)
            .expression_attribute_names("#at", AT)
            .expression_attribute_names("#claim", CLAIM)
            .expression_attribute_names("#lease", LEASE_UNTIL)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":asked", s(&request.asked))
            .expression_attribute_values(":hash", s(&request.hash))
            .expression_attribute_values(":at", n(now.as_millisecond()))
            .expression_attribute_values(":claim", s(&request.claim))
            .expression_attribute_values(":lease", n(lease(now)))
            .expression_attribute_values(":expires", n(now.as_second() + KEPT_SECONDS))
            .return_values(ReturnValue::None)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match update.send().await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    Ok(Some(refusal.item().cloned().unwrap_or_default()))
                }
                _ => Err(error.into()),
            },
        }
    }

    /// Goes on with a request whose former claimant is gone. Answers whether nobody else was faster.
    async fn take_over(&self, request: &KeyedRequest, former: &str, now: Timestamp) -> Result<bool, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key::request(&request.id).attributes()))
            .update_expression("SET #claim = :claim, #lease = :lease")
            .condition_expression("#claim = :former OR #claim = :claim")
            .expression_attribute_names("#claim", CLAIM)
            .expression_attribute_names("#lease", LEASE_UNTIL)
            .expression_attribute_values(":claim", s(&request.claim))
            .expression_attribute_values(":former", s(former))
            .expression_attribute_values(":lease", n(lease(now)));
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps the answer to a request, for whoever repeats it. One that is too large is not kept: a repetition is carried
    /// out again.
    pub async fn answer_request(&self, request: &KeyedRequest, answer: &KeptAnswer) -> Result<(), StoreError> {
        let packed = compress_to_vec_zlib(&serde_json::to_vec(answer)?, 6);
        if packed.len() > MAX_ANSWER_BYTES {
            return self.release_request(request).await;
        }
        self.settle(request, "SET #value = :value", ANSWER, AttributeValue::B(Blob::new(packed))).await
    }

    /// Lets a repetition try again at once, in the place of this attempt.
    pub async fn release_request(&self, request: &KeyedRequest) -> Result<(), StoreError> {
        self.settle(request, "SET #value = :value", LEASE_UNTIL, n(0)).await
    }

    /// Forgets a request that came to nothing: the key is free again.
    pub async fn forget_request(&self, request: &KeyedRequest) -> Result<(), StoreError> {
        self.forget_request_of(&request.id, &request.claim).await
    }

    async fn forget_request_of(&self, id: &str, claim: &str) -> Result<(), StoreError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key::request(id).attributes()))
            .condition_expression("#claim = :claim")
            .expression_attribute_names("#claim", CLAIM)
            .expression_attribute_values(":claim", s(claim));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes the row as long as it is this attempt's; else it is not this attempt's business any more.
    async fn settle(
        &self,
        request: &KeyedRequest,
        expression: &str,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key::request(&request.id).attributes()))
            .update_expression(expression)
            .condition_expression("#claim = :claim")
            .expression_attribute_names("#claim", CLAIM)
            .expression_attribute_names("#value", attribute)
            .expression_attribute_values(":claim", s(&request.claim))
            .expression_attribute_values(":value", value);
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn lease(now: Timestamp) -> i64 {
    now.saturating_add(LEASE).unwrap_or(now).as_millisecond()
}

fn moment(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn unpacked(value: &AttributeValue) -> Result<KeptAnswer, StoreError> {
    let unreadable = |why: &dyn std::fmt::Display| StoreError::Unreadable(format!("a kept answer: {why}"));
    let AttributeValue::B(blob) = value else { return Err(unreadable(&"it is no binary")) };
    let bytes = decompress_to_vec_zlib_with_limit(blob.as_ref(), LARGEST_ANSWER).map_err(|error| unreadable(&error))?;
    Ok(serde_json::from_slice(&bytes)?)
}
