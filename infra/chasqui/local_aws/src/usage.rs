//! What a real account would bill: every request counted per function, service and operation.
//!
//! - SQS bills a request for every started 64 KB of payload (<https://aws.amazon.com/sqs/pricing/>).
//! - DynamoDB bills write units of 1 KB and read units of 4 KB, see [`crate::capacity`].
//!
//! Requests that fail are counted too: AWS bills them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;

use crate::call::Service;

/// Payload, in bytes, that one billed SQS request carries.
const SQS_CHUNK: u64 = 64 * 1024;

/// What one request cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Bytes of the request's body.
    pub request_bytes: u64,
    /// Whether it was refused.
    pub failed: bool,
    /// SQS requests billed.
    pub sqs_units: u64,
    /// DynamoDB read units (on demand: read request units).
    pub read_units: f64,
    /// DynamoDB write units (on demand: write request units).
    pub write_units: f64,
}

/// SQS requests billed for one call that carried `payload` bytes of messages.
pub(crate) fn sqs_units(payload: u64) -> u64 {
    payload.div_ceil(SQS_CHUNK).max(1)
}

/// Totals of one caller, service and operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UsageRow {
    /// Function name, or the access key id of any other caller.
    pub caller: String,
    /// The service called.
    pub service: Service,
    /// The operation called.
    pub operation: String,
    /// Requests, refused ones included.
    pub requests: u64,
    /// Requests that were refused.
    pub failed: u64,
    /// Bytes of request bodies.
    pub request_bytes: u64,
    /// SQS requests billed.
    pub sqs_units: u64,
    /// DynamoDB read units.
    pub read_units: f64,
    /// DynamoDB write units.
    pub write_units: f64,
}

type Key = (String, Service, String);

/// The counters. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    rows: Arc<Mutex<BTreeMap<Key, UsageRow>>>,
}

impl Usage {
    /// Adds one request.
    pub(crate) fn record(&self, caller: &str, service: Service, operation: &str, spent: Spent) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let row = rows.entry((caller.to_owned(), service, operation.to_owned())).or_insert_with(|| UsageRow {
            caller: caller.to_owned(),
            service,
            operation: operation.to_owned(),
            requests: 0,
            failed: 0,
            request_bytes: 0,
            sqs_units: 0,
            read_units: 0.0,
            write_units: 0.0,
        });
        row.requests += 1;
        row.failed += u64::from(spent.failed);
        row.request_bytes += spent.request_bytes;
        row.sqs_units += spent.sqs_units;
        row.read_units += spent.read_units;
        row.write_units += spent.write_units;
    }

    /// Everything counted since the start or the last reset, by caller, service and operation.
    pub fn rows(&self) -> Vec<UsageRow> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.values().cloned().collect()
    }

    /// Starts counting from zero.
    pub fn reset(&self) {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqs_bills_every_started_64_kb() {
        for (payload, units) in [(0, 1), (1, 1), (65_536, 1), (65_537, 2), (1_048_576, 16)] {
            assert_eq!(sqs_units(payload), units, "{payload}");
        }
    }

    #[test]
    fn rows_add_up_per_caller_and_reset() {
        let usage = Usage::default();
        let spent = Spent { request_bytes: 10, write_units: 1.0, ..Spent::default() };
        usage.record("journeys", Service::DynamoDb, "PutItem", spent);
        usage.record("journeys", Service::DynamoDb, "PutItem", Spent { failed: true, ..spent });
        usage.record("sender", Service::DynamoDb, "PutItem", spent);
        let rows = usage.rows();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].requests, rows[0].failed, rows[0].request_bytes), (2, 1, 20));
        assert_eq!(rows[0].write_units, 2.0);
        usage.reset();
        assert!(usage.rows().is_empty());
    }
}
