//! What a template says, with nothing left to resolve: plain data for the parts of the local machine.

use indexmap::IndexMap;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything one machine needs to know to run a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// The Lambda functions, in the order of the template.
    pub functions: Vec<Function>,
    /// The queues. A dead-letter queue comes before the queues that name it, so they can be created in this order.
    pub queues: Vec<Queue>,
    /// The DynamoDB tables.
    pub tables: Vec<Table>,
    /// Groups of EventBridge Scheduler.
    pub schedule_groups: Vec<Named>,
    /// Secrets of Secrets Manager.
    pub secrets: Vec<Secret>,
    /// Buckets of S3.
    pub buckets: Vec<Named>,
    /// The HTTP API: its routes and their throttles.
    pub http: HttpApi,
}

impl Stack {
    /// The function with this name, logical id or ARN.
    pub fn function(&self, id: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.answers_to(id))
    }

    /// The queue with this logical id, name, URL or ARN.
    pub fn queue(&self, id: &str) -> Option<&Queue> {
        self.queues
            .iter()
            .find(|queue| [&queue.logical_id, &queue.name, &queue.url, &queue.arn].into_iter().any(|known| known == id))
    }

    /// Whether any function is invoked by the stream of a table.
    pub fn reads_streams(&self) -> bool {
        let mut sources = self.functions.iter().flat_map(|function| &function.sources);
        sources.any(|source| matches!(source, Source::Stream { .. }))
    }
}

/// One Lambda function.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Name in the template: `JourneysFunction`.
    pub logical_id: String,
    /// Name in Lambda: `FunctionName`, else the binary's, else (two functions of one binary) the logical id.
    pub name: String,
    /// File name of the executable: `BuildProperties.Binary`, else the last part of `CodeUri`.
    pub binary: String,
    /// `arn:aws:lambda:region:account:function:name`.
    pub arn: String,
    /// A process that works longer on one event is killed.
    pub timeout: Duration,
    /// Only reported to the function: nothing limits memory on this machine.
    pub memory_mb: u32,
    /// `ReservedConcurrentExecutions`: never more processes than this.
    pub reserved_concurrency: Option<usize>,
    /// The variables of the template.
    pub environment: BTreeMap<String, String>,
    /// How the function logs.
    pub logging: Logging,
    /// What invokes the function.
    pub sources: Vec<Source>,
    /// Further attempts after a failed asynchronous invocation (Scheduler invokes so); 0 to 2.
    pub retry_attempts: u32,
    /// ARN of the queue or topic that gets an asynchronous event whose attempts all failed.
    pub on_failure: Option<String>,
}

impl Function {
    /// Whether `id` is this function's name, logical id or ARN (with or without a version).
    pub fn answers_to(&self, id: &str) -> bool {
        id == self.name
            || id == self.logical_id
            || id.strip_prefix(self.arn.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }

    /// The queues it reads.
    pub fn queue_sources(&self) -> impl Iterator<Item = &QueueSource> {
        self.sources.iter().filter_map(|source| match source {
            Source::Queue(queue) => Some(queue),
            _ => None,
        })
    }
}

/// `LoggingConfig` of a function; reaches it as `AWS_LAMBDA_LOG_*`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Logging {
    /// `JSON` or `Text`.
    pub format: Option<String>,
    /// `ApplicationLogLevel`.
    pub level: Option<String>,
    /// Name of the log group.
    pub group: Option<String>,
}

/// What invokes a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// An SQS queue, polled by Lambda.
    Queue(QueueSource),
    /// A route of the HTTP API; throttles are in [`HttpApi::routes`].
    Http {
        /// Upper case, or `ANY`.
        method: String,
        /// `/v1/{proxy+}`, or `$default`.
        path: String,
    },
    /// A DynamoDB stream.
    Stream {
        /// The stream's ARN as this template sees it.
        arn: String,
        /// Most records of one event.
        batch_size: usize,
    },
    /// A schedule written in the template.
    Schedule {
        /// `rate(…)`, `cron(…)` or `at(…)`.
        expression: String,
        /// IANA name; UTC when absent.
        time_zone: Option<String>,
        /// The event; EventBridge's own when absent.
        input: Option<String>,
    },
}

/// An SQS queue as an event source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSource {
    /// The queue.
    pub arn: String,
    /// Most messages of one event: at most 10 of a FIFO queue, 10,000 of a standard one.
    pub batch_size: usize,
    /// How long a batch may wait to fill. Zero on FIFO queues.
    pub window: Duration,
    /// Whether the function answers with `batchItemFailures`.
    pub report_failures: bool,
    /// Most invocations at once for this queue.
    pub maximum_concurrency: Option<usize>,
}

/// An SQS queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Name in the template.
    pub logical_id: String,
    /// Name in SQS; ends in `.fifo` when it is one.
    pub name: String,
    /// On this machine.
    pub url: String,
    /// `arn:aws:sqs:region:account:name`.
    pub arn: String,
    /// First in, first out, by group.
    pub fifo: bool,
    /// As `CreateQueue` takes them, `RedrivePolicy` in JSON included.
    pub attributes: IndexMap<String, String>,
}

/// A resource of which only the name matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Name in the template.
    pub logical_id: String,
    /// Name in the service.
    pub name: String,
}

/// A secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Name in the template.
    pub logical_id: String,
    /// Name in Secrets Manager.
    pub name: String,
    /// What functions ask for.
    pub arn: String,
    /// The initial value, when the template writes one.
    pub initial: Option<String>,
}

/// A DynamoDB table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name in the template.
    pub logical_id: String,
    /// Name in DynamoDB.
    pub name: String,
    /// Partition key, then sort key.
    pub keys: Vec<Key>,
    /// Type of each key attribute, by name: `S`, `N` or `B`.
    pub attribute_types: IndexMap<String, String>,
    /// The global secondary indexes.
    pub indexes: Vec<Index>,
    /// The attribute that holds when an item expires, in seconds since 1970.
    pub expiry_attribute: Option<String>,
    /// What the stream carries, when there is one: `NEW_AND_OLD_IMAGES`.
    pub stream: Option<String>,
}

/// One attribute of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The attribute.
    pub attribute: String,
    /// `HASH` or `RANGE`.
    pub kind: String,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Partition key, then sort key.
    pub keys: Vec<Key>,
    /// `KEYS_ONLY`, `INCLUDE` or `ALL`.
    pub projection: String,
    /// The attributes of `INCLUDE`.
    pub included: Vec<String>,
}

impl Table {
    /// The body of DynamoDB's `CreateTable`, on demand. Expiry is a call of its own (`UpdateTimeToLive`).
    pub fn create_request(&self) -> Value {
        let keys = |keys: &[Key]| -> Vec<Value> {
            keys.iter().map(|key| json!({"AttributeName": key.attribute, "KeyType": key.kind})).collect()
        };
        let mut request = json!({
            "TableName": self.name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": keys(&self.keys),
            "AttributeDefinitions": self
                .attribute_types
                .iter()
                .map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind}))
                .collect::<Vec<_>>(),
        });
        if !self.indexes.is_empty() {
            let index = |index: &Index| {
                let mut projection = json!({"ProjectionType": index.projection});
                if !index.included.is_empty() {
                    projection["NonKeyAttributes"] = json!(index.included);
                }
                json!({"IndexName": index.name, "KeySchema": keys(&index.keys), "Projection": projection})
            };
            request["GlobalSecondaryIndexes"] = self.indexes.iter().map(index).collect();
        }
        if let Some(view) = &self.stream {
            request["StreamSpecification"] = json!({"StreamEnabled": true, "StreamViewType": view});
        }
        request
    }
}

/// The HTTP API of the template.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HttpApi {
    /// Every route of every function.
    pub routes: Vec<Route>,
}

/// One route of the HTTP API.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Upper case, or `ANY`.
    pub method: String,
    /// `/v1/{proxy+}`, or `$default`.
    pub path: String,
    /// Name of the function that answers.
    pub function: String,
    /// The route's own throttle, else the API's default one.
    pub throttle: Option<Throttle>,
}

impl Route {
    /// `POST /webhook`, or `$default`.
    pub fn key(&self) -> String {
        match self.path.as_str() {
            "$default" => self.path.clone(),
            path => format!("{} {path}", self.method),
        }
    }
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Requests a second in the long run.
    pub rate: f64,
    /// Requests at once.
    pub burst: f64,
}
