//! What counted requests cost on AWS: list prices of us-east-1 on arm64, in US dollars, as known in November 2026
//! (most were published in 2024 and have not changed since), without any free tier. Sources: the pricing pages of [Lambda](https://aws.amazon.com/lambda/pricing/),
//! [SQS](https://aws.amazon.com/sqs/pricing/), [DynamoDB](https://aws.amazon.com/dynamodb/pricing/on-demand/),
//! [API Gateway](https://aws.amazon.com/api-gateway/pricing/), [CloudWatch](https://aws.amazon.com/cloudwatch/pricing/)
//! and [X-Ray](https://aws.amazon.com/xray/pricing/).
//!
//! Left out: what does not grow with messages (idle polling, alarms, secrets: some dollars a month), storage, and what
//! Meta charges.

use super::counts::{Counts, Work};

/// A million requests of an HTTP API, up to 512 KB each.
const HTTP_API: f64 = 1.00;
/// A million invocations.
const LAMBDA_REQUEST: f64 = 0.20;
/// A million GB-seconds on arm64.
const LAMBDA_GB_SECOND: f64 = 13.333_4;
/// A million requests of a FIFO queue, up to 64 KB each.
const SQS_FIFO: f64 = 0.50;
/// A million requests of a standard queue.
const SQS_STANDARD: f64 = 0.40;
/// A million write units on demand.
const DYNAMODB_WRITE: f64 = 0.625;
/// A million read units on demand.
const DYNAMODB_READ: f64 = 0.125;
/// A million requests of EventBridge Scheduler's API are free; a million firings cost this. One alarm, one firing.
const SCHEDULER: f64 = 1.00;
/// A million MB of logs taken in.
const LOGS: f64 = 500.0;
/// A million recorded traces.
const XRAY: f64 = 5.00;

/// The part of invocations that X-Ray records by its default rule, where the template has `Tracing: Active`.
const TRACED: f64 = 0.05;
/// What an entry of the HTTP API's access log takes, in MB, its 26 bytes of envelope included.
const ACCESS_LOG_ENTRY: f64 = 75e-6;

/// Seconds that a request takes from Lambda to a service, on top of the local measurement: what this machine has no
/// network for. The Cloud API is by far the slowest.
const AWAY: Away = Away { dynamodb: 0.005, sqs: 0.008, cloud_api: 0.250 };

struct Away {
    dynamodb: f64,
    sqs: f64,
    cloud_api: f64,
}

/// Most messages that a poller receives or deletes with one request.
const POLLED_AT_ONCE: f64 = 10.0;

/// What was done for the messages that are priced.
pub(super) struct Traffic<'a> {
    /// Inbound messages, each with one reply.
    pub(super) messages: f64,
    pub(super) counts: &'a Counts,
    /// Whether the template has functions traced.
    pub(super) traced: bool,
}

/// One line of the bill.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    pub(super) service: &'static str,
    pub(super) what: &'static str,
    /// How many for one message.
    pub(super) quantity: f64,
    /// US dollars for a million messages.
    pub(super) dollars: f64,
}

/// The bill of one million messages.
pub(super) fn bill(traffic: &Traffic<'_>) -> Vec<Charge> {
    let Traffic { messages, counts, traced } = traffic;
    let (webhook, journeys) = (counts.of("webhook"), counts.of("journeys"));
    let (sender, receipts) = (counts.of("sender"), counts.of("receipts"));
    let charge = |service, what, quantity: f64, price: f64| {
        let quantity = quantity / messages;
        Charge { service, what, quantity, dollars: quantity * price }
    };
    let invocations = counts.sum(|work| work.invocations);
    // Each POST carries one update: a message for the FIFO queue, or a delivery state for the standard one.
    let states = webhook.sqs_units - messages;
    let fifo =
        messages + journeys.sqs_units + sender.sqs_units + polls(&journeys, *messages) + polls(&sender, *messages);
    let standard = states + polls(&receipts, states);
    let local: f64 = counts.sum(|work| work.duration.as_secs_f64() * work.memory);
    let away: f64 = counts.sum(|work| (work.dynamodb * AWAY.dynamodb + work.sqs * AWAY.sqs) * work.memory)
        + messages * AWAY.cloud_api * sender.memory;
    // Every invocation is billed to the next millisecond.
    let rounding: f64 = counts.sum(|work| work.invocations * 0.000_5 * work.memory);
    vec![
        charge("HTTP API", "requests", webhook.invocations, HTTP_API),
        charge("HTTP API", "access log, MB", webhook.invocations * ACCESS_LOG_ENTRY, LOGS),
        charge("Lambda", "requests", invocations, LAMBDA_REQUEST),
        charge("Lambda", "GB-s as measured here", local + rounding, LAMBDA_GB_SECOND),
        charge("Lambda", "GB-s waiting for the network (assumed)", away, LAMBDA_GB_SECOND),
        charge("Lambda", "logs, MB", counts.log_bytes / 1e6, LOGS),
        charge("X-Ray", "traces", if *traced { invocations * TRACED } else { 0.0 }, XRAY),
        charge("SQS", "FIFO requests", fifo, SQS_FIFO),
        charge("SQS", "standard requests", standard, SQS_STANDARD),
        charge("DynamoDB", "write units", counts.sum(|work| work.writes), DYNAMODB_WRITE),
        charge("DynamoDB", "read units", counts.sum(|work| work.reads), DYNAMODB_READ),
        charge("Scheduler", "alarms", counts.sum(|work| work.scheduler), SCHEDULER),
    ]
}

/// Receives and deletes of a queue's messages by Lambda's pollers: a batch of up to ten takes one of each, a larger one
/// another for every started ten.
fn polls(function: &Work, messages: f64) -> f64 {
    let tens = if messages > function.invocations * POLLED_AT_ONCE { messages / POLLED_AT_ONCE } else { 0.0 };
    2.0 * (function.invocations + tens)
}

/// The bill's sum.
pub(super) fn total(bill: &[Charge]) -> f64 {
    bill.iter().map(|charge| charge.dollars).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pollers_receive_and_delete_by_the_ten() {
        let function = |invocations: f64| Work { invocations, ..Work::default() };
        assert_eq!(polls(&function(100.0), 100.0), 200.0, "one by one");
        assert_eq!(polls(&function(10.0), 100.0), 20.0, "full batches of a FIFO queue");
        assert_eq!(polls(&function(1.0), 100.0), 22.0, "a batch of a hundred, at most");
    }

    #[test]
    fn nothing_counted_costs_nothing_but_the_assumed_wait() {
        let counts = Counts::default();
        let bill = bill(&Traffic { messages: 1.0, counts: &counts, traced: true });
        let lambda: f64 = bill.iter().filter(|charge| charge.service == "Lambda").map(|charge| charge.dollars).sum();
        assert_eq!(lambda, 0.0, "without a sender nobody waits");
    }
}
