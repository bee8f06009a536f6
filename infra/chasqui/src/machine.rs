//! The whole service on one machine: what `infra/template.yaml` describes, as processes and loopback ports.
//!
//! Only endpoints differ from AWS. The functions are the binaries that SAM deploys; they find DynamoDB, SQS, Scheduler
//! and Secrets Manager at `AWS_ENDPOINT_URL`, the Cloud API at `GRAPH_URL`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cloud_simulator::{Behaviour, CloudSimulator, Line};
use futures_util::future::BoxFuture;
use local_aws::{InvokeError, LocalAws, SimulatedClock};
use local_lambda::event_sources::{EventSources, MessageAttribute, QueueError, QueueMessage, Queues};
use local_lambda::gateway::{Gateway, Limits};
use local_lambda::runtime_api::{FunctionStats, Lambda, LogSink};
use local_lambda::template::{Stack, Table};
use platform::Settings;
use serde_json::json;
use store::Store;

use crate::binaries;
use crate::http::{Http, HttpError};

/// How long a stop waits for what is under way.
const GRACE: Duration = Duration::from_secs(10);
/// What the simulated operator has filled into the secrets.
const APP_SECRET: &str = "local-app-secret";
const VERIFY_TOKEN: &str = "local-verify-token";
const ACCESS_TOKEN: &str = "local-access-token";

/// How to start the machine.
pub struct Options {
    /// Keeps everything across restarts; in memory without it.
    pub data: Option<PathBuf>,
    /// The folder of the function binaries.
    pub binaries: PathBuf,
    /// The port of the phone page and simulated Cloud API; 0 for any.
    pub phone_port: u16,
    /// The port of the HTTP API; 0 for any.
    pub api_port: u16,
    /// The most processes of one function for each queue it reads.
    pub processes: usize,
    /// How the simulated Cloud API behaves.
    pub behaviour: Behaviour,
    /// Variables of functions that differ from the template's.
    pub environment: BTreeMap<String, String>,
    /// Gets every line the functions write.
    pub log: LogSink,
}

impl Options {
    /// In memory, on free ports, lines thrown away.
    pub fn new(binaries: PathBuf) -> Self {
        Self {
            data: None,
            binaries,
            phone_port: 0,
            api_port: 0,
            processes: 2,
            behaviour: Behaviour::default(),
            environment: BTreeMap::new(),
            log: Arc::new(|_| {}),
        }
    }
}

/// Why the machine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder.
    #[error("the data folder {0} cannot be used: {1}")]
    Data(PathBuf, std::io::Error),
    /// The clock.
    #[error(transparent)]
    Clock(#[from] local_aws::ClockError),
    /// The AWS services.
    #[error(transparent)]
    Aws(#[from] local_aws::StartError),
    /// A queue, table or secret of the template.
    #[error("the local {0}: {1}")]
    Resource(&'static str, String),
    /// The template.
    #[error(transparent)]
    Template(#[from] local_lambda::template::TemplateError),
    /// The simulated Cloud API.
    #[error(transparent)]
    Simulator(#[from] cloud_simulator::SimulatorError),
    /// A function.
    #[error(transparent)]
    Function(#[from] local_lambda::runtime_api::FunctionError),
    /// The HTTP front.
    #[error(transparent)]
    Gateway(#[from] local_lambda::gateway::GatewayError),
    /// Loopback itself.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A setting.
    #[error(transparent)]
    Setting(#[from] platform::SettingError),
}

/// The running machine.
pub struct Machine {
    aws: LocalAws,
    simulator: cloud_simulator::Handle,
    lambda: Lambda,
    sources: EventSources,
    gateway: Gateway,
    stack: Stack,
    store: Store,
    line: Line,
}

impl Machine {
    /// Starts everything, up to Meta's handshake with the webhook.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let clock = match &options.data {
            Some(data) => {
                std::fs::create_dir_all(data).map_err(|error| StartError::Data(data.clone(), error))?;
                SimulatedClock::open(data.join("clock"))?
            }
            None => SimulatedClock::temporary()?,
        };
        let aws = LocalAws::start(local_aws::Options {
            data_dir: options.data.clone(),
            ..local_aws::Options::in_memory(clock.clone())
        })
        .await?;

        let line = line();
        let simulator = CloudSimulator::start(cloud_simulator::Options {
            port: options.phone_port,
            app_secret: APP_SECRET.into(),
            verify_token: VERIFY_TOKEN.into(),
            access_token: ACCESS_TOKEN.into(),
            clock: Arc::new(PhoneClock(clock.clone())),
            data_file: options.data.as_ref().map(|data| data.join("whatsapp.json")),
            behaviour: options.behaviour,
            ..cloud_simulator::Options::new(line.clone(), None)
        })
        .await?;

        let stack = stack(&aws, &simulator, &options.environment)?;
        create_resources(&aws, &stack).await?;

        let lambda = Lambda::new(
            stack.functions.clone(),
            local_lambda::runtime_api::Options {
                clock: Some(clock.path().to_path_buf()),
                processes_per_source: options.processes,
                ..local_lambda::runtime_api::Options::new(options.binaries, aws.endpoint(), options.log)
            },
        );
        let failures = stack.functions.iter().filter_map(|f| Some((f.arn.clone(), f.on_failure.clone()?))).collect();
        let functions = Arc::new(Functions { lambda: lambda.clone(), failures });
        aws.set_invoke(functions.clone());
        aws.set_callers(functions);
        lambda.warm_up().await?;
        let sources = EventSources::start(&stack, &lambda, Arc::new(Sqs(aws.sqs().called_by("event sources"))));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.api_port));
        let gateway = Gateway::start(address, &stack.http, lambda.clone(), Limits::default()).await?;

        let store = store(&aws, &stack)?;
        let machine = Self { aws, simulator, lambda, sources, gateway, stack, store, line };
        machine.connect().await?;
        Ok(machine)
    }

    /// Connects the number as an operator does: Meta is told where the webhook is and asks it for the challenge.
    async fn connect(&self) -> Result<(), StartError> {
        let url = format!("{}/v25.0/{}/subscribed_apps", self.phone_url(), self.line.waba_id);
        let webhook = format!("{}/webhook", self.api_url());
        let body = json!({"override_callback_uri": webhook, "verify_token": VERIFY_TOKEN}).to_string();
        let authorization = format!("Bearer {ACCESS_TOKEN}");
        let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
        let answer = Http::default().send("POST", &url, &headers, body).await?;
        if answer.is_success() {
            return Ok(());
        }
        Err(StartError::Resource("webhook", format!("Meta's handshake failed: {}", answer.json())))
    }

    /// Stops everything: nothing new is taken, what is under way ends, what is queued is kept with the data.
    pub async fn stop(self) {
        let Self { aws, simulator, lambda, sources, gateway, .. } = self;
        let _ = simulator.stop().await;
        gateway.stop(GRACE).await;
        sources.stop(GRACE).await;
        lambda.stop(GRACE).await;
        aws.stop();
    }

    /// The address of the HTTP API.
    pub fn api_url(&self) -> String {
        format!("http://{}", self.gateway.address())
    }

    /// The address of the phone page and the simulated Cloud API.
    pub fn phone_url(&self) -> String {
        self.simulator.url()
    }

    /// The secret that signs webhooks.
    pub fn app_secret(&self) -> &str {
        APP_SECRET
    }

    /// The line.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// The local AWS services: clock, faults, usage, queues.
    pub fn aws(&self) -> &LocalAws {
        &self.aws
    }

    /// The functions: statistics, direct invocation.
    pub fn lambda(&self) -> &Lambda {
        &self.lambda
    }

    /// What the template describes.
    pub fn stack(&self) -> &Stack {
        &self.stack
    }

    /// The table.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Statistics of a function.
    pub fn function(&self, name: &str) -> Option<FunctionStats> {
        self.lambda.stats().into_iter().find(|stats| stats.name == name)
    }

    /// The name of the queue with this name in the template.
    pub fn queue(&self, logical_id: &str) -> Option<&str> {
        self.stack.queue(logical_id).map(|queue| queue.name.as_str())
    }
}

/// The number that is played.
fn line() -> Line {
    Line {
        phone_number_id: "106540352242922".into(),
        waba_id: "102290129340398".into(),
        display_phone_number: "+57 601 555 0100".into(),
    }
}

fn stack(
    aws: &LocalAws,
    simulator: &cloud_simulator::Handle,
    environment: &BTreeMap<String, String>,
) -> Result<Stack, StartError> {
    let mut machine = local_lambda::template::Machine::new(aws.endpoint());
    machine.region = aws.region().to_owned();
    machine.environment.insert("GRAPH_URL".into(), simulator.url());
    // Journeys may ask services that run on this machine.
    machine.environment.insert("PRIVATE_HOSTS".into(), "127.0.0.1,localhost".into());
    machine.environment.extend(environment.clone());
    Ok(Stack::read(binaries::workspace().join("infra/template.yaml"), &machine)?)
}

async fn create_resources(aws: &LocalAws, stack: &Stack) -> Result<(), StartError> {
    for queue in &stack.queues {
        let attributes = queue.attributes.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        aws.sqs()
            .ensure_queue(&queue.name, attributes)
            .map_err(|error| StartError::Resource("queue", error.to_string()))?;
    }
    for table in &stack.tables {
        // The embedded DynamoDB looks through all records of a stream at every write: one that nobody reads is not kept.
        let table = Table { stream: table.stream.clone().filter(|_| stack.reads_streams()), ..table.clone() };
        // Signatures are not verified on loopback, but one must be there.
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", "DynamoDB_20120810.CreateTable"),
            ("x-amz-date", "20260101T000000Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local-chasqui-1/20260101/us-east-1/dynamodb/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=0000",
            ),
        ];
        let body = table.create_request().to_string();
        let answer = Http::default().send("POST", &aws.endpoint(), &headers, body).await?;
        let text = String::from_utf8_lossy(&answer.body);
        if !answer.is_success() && !text.contains("ResourceInUseException") {
            return Err(StartError::Resource("table", text.into_owned()));
        }
    }
    for group in &stack.schedule_groups {
        aws.scheduler()
            .ensure_group(&group.name)
            .map_err(|error| StartError::Resource("schedule group", error.to_string()))?;
    }
    for secret in &stack.secrets {
        let text = match secret.logical_id.as_str() {
            "WebhookSecret" => json!({"app_secrets": [APP_SECRET], "verify_token": VERIFY_TOKEN}),
            "GraphSecret" => json!({"access_token": ACCESS_TOKEN}),
            other => return Err(StartError::Resource("secret", format!("nobody fills in the secret {other}"))),
        };
        aws.secrets()
            .set(&secret.name, &text.to_string())
            .map_err(|error| StartError::Resource("secret", error.to_string()))?;
    }
    Ok(())
}

fn store(aws: &LocalAws, stack: &Stack) -> Result<Store, StartError> {
    let settings: Settings = [
        ("AWS_REGION", aws.region()),
        ("AWS_ENDPOINT_URL", &aws.endpoint()),
        ("AWS_ACCESS_KEY_ID", "local-chasqui-1"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let table = stack.tables.first().ok_or(StartError::Resource("table", "the template has none".into()))?;
    Ok(Store::new(platform::aws::Aws::new(&settings)?.dynamodb(), table.name.clone()))
}

/// The phone moves the clock that everything else follows.
struct PhoneClock(SimulatedClock);

impl cloud_simulator::Clock for PhoneClock {
    fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }

    fn advance(&self, milliseconds: i64) {
        if let Err(error) = self.0.advance(milliseconds) {
            tracing::error!(%error, "the clock could not be moved");
        }
    }
}

/// What schedules invoke and faults kill.
struct Functions {
    lambda: Lambda,
    /// The failure destination of each function that has one, by the function's ARN.
    failures: BTreeMap<String, String>,
}

impl local_aws::Invoke for Functions {
    fn invoke<'a>(&'a self, function_arn: &'a str, payload: Bytes) -> BoxFuture<'a, Result<Bytes, InvokeError>> {
        Box::pin(async move {
            self.lambda.invoke(function_arn, payload).await.map_err(|error| {
                if error.was_delivered() {
                    InvokeError::Failed(error.to_string())
                } else {
                    InvokeError::Unavailable(error.to_string())
                }
            })
        })
    }

    fn on_failure(&self, function_arn: &str) -> Option<String> {
        self.failures.get(function_arn).cloned()
    }
}

impl local_aws::Callers for Functions {
    fn kill(&self, access_key_id: &str) {
        self.lambda.kill(access_key_id);
    }
}

/// The queues as the pollers read them.
struct Sqs(local_aws::Sqs);

fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

fn refused(error: impl std::fmt::Display) -> QueueError {
    QueueError(error.to_string())
}

impl Queues for Sqs {
    async fn receive(&self, arn: &str, max: usize, wait: Duration) -> Result<Vec<QueueMessage>, QueueError> {
        let received = self.0.receive(name(arn), max, wait).await.map_err(refused)?;
        let message = |message: local_aws::sqs::Received| QueueMessage {
            message_id: message.message_id,
            receipt_handle: message.receipt_handle,
            body: message.body,
            md5_of_body: message.md5_of_body,
            attributes: message.attributes,
            md5_of_message_attributes: message.md5_of_attributes,
            message_attributes: BTreeMap::<String, MessageAttribute>::new(),
        };
        Ok(received.into_iter().map(message).collect())
    }

    async fn delete(&self, arn: &str, receipt_handles: &[String]) -> Result<(), QueueError> {
        for handle in receipt_handles {
            self.0.delete(name(arn), handle).map_err(refused)?;
        }
        Ok(())
    }

    async fn change_visibility(&self, arn: &str, receipt: &str, visibility: Duration) -> Result<(), QueueError> {
        let seconds = i64::try_from(visibility.as_secs()).unwrap_or(i64::MAX);
        self.0.change_visibility(name(arn), receipt, seconds).map_err(refused)
    }
}
