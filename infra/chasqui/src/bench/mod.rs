//! `cargo chasqui bench` measures the budgets of the design on this machine, with the functions as they are deployed;
//! `cargo chasqui cost` shows what the same traffic costs on AWS.
//!
//! Processor time comes from the operating system and requests are counted by the local services, so a busy machine
//! disturbs only what is a time by its nature: start, throughput.

mod counts;
mod engine;
mod load;
mod people;
mod prices;
mod report;
mod starts;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use chasqui::binaries::{self, Profile};
use cloud_simulator::Behaviour;

use counts::Counts;
use load::Load;
use prices::{Charge, Traffic};
use report::{Row, short};

use crate::Outcome;

type Failure = Box<dyn std::error::Error>;

/// Connections that post webhooks at once.
const CONNECTIONS: usize = 8;
/// Seconds between two messages of a person in a conversation.
const PAUSE: i64 = 20;
/// Messages of one person in a row in the throughput run; a second apart, they must end before a session does.
const IN_A_ROW: usize = 40;
/// What takes part in answering a message.
const PATH: [&str; 3] = ["webhook", "journeys", "sender"];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Prints a JSON list of results.
    #[arg(long)]
    json: bool,
    /// Measures for seconds rather than minutes; the numbers are rough.
    #[arg(long)]
    quick: bool,
    /// Inbound messages of the throughput run.
    #[arg(long, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    messages: Option<u32>,
    /// Takes the binaries of this folder instead of building them.
    #[arg(long, hide = true)]
    already_built: Option<PathBuf>,
}

impl Arguments {
    fn plan(&self) -> Plan {
        let plan = match self.quick {
            true => Plan { engine: 300, starts: 3, answered: 1_000, people: 12, rounds: 3, messages: 1_000 },
            false => Plan { engine: 2_000, starts: 9, answered: 4_000, people: 40, rounds: 6, messages: 8_000 },
        };
        Plan { messages: self.messages.map_or(plan.messages, |messages| messages as usize), ..plan }
    }
}

/// How much is measured.
struct Plan {
    /// Milliseconds for each measurement of the engine.
    engine: u64,
    /// Starts of each function.
    starts: usize,
    /// Messages whose way is measured without receipts.
    answered: usize,
    /// People of the paced conversation, and how often each writes.
    people: usize,
    rounds: usize,
    /// Messages of the throughput run.
    messages: usize,
}

/// `cargo chasqui bench`.
pub(crate) async fn run(arguments: Arguments) -> Outcome {
    let Some(binaries) = &arguments.already_built else { return optimised("bench", &arguments).await };
    let plan = arguments.plan();
    let mut rows = measure_engine(&plan).await?;
    let answering = measure_answering(binaries, &plan).await?;
    rows.extend(answering.rows);
    let paced = measure_conversation(binaries, &plan).await?;
    let full = measure_throughput(binaries, &plan).await?;
    let receipts = (full.counts.cpu(&["webhook", "receipts"]) / full.messages) - answering.webhook;
    rows.push(Row::new("three receipts of a message: CPU", receipts, "ms"));
    rows.push(Row::new("function, resident memory: largest", full.memory, "MB").at_most(30.0));
    rows.extend(paced.units);
    rows.push(Row::new("AWS list price of a million, paced", prices::total(&paced.bill), "USD").at_most(12.0));
    rows.push(Row::new("AWS list price of a million, at full load", prices::total(&full.bill), "USD").at_most(12.0));
    rows.push(Row::new("throughput, nothing lost, order kept", full.rate, "messages/s").at_least(250.0));
    let functions = full.counts.sum(|work| work.cpu.as_secs_f64() * 1_000.0);
    rows.push(Row::new("  functions: CPU per message", functions / full.messages, "ms"));
    rows.push(Row::new("  load, local AWS and WhatsApp: CPU per message", full.counts.around / full.messages, "ms"));
    if arguments.json {
        println!("{}", report::list(&rows));
    } else {
        print!("{}", report::table(&rows));
    }
    Ok(())
}

/// `cargo chasqui cost`.
pub(crate) async fn cost(arguments: Arguments) -> Outcome {
    let Some(binaries) = &arguments.already_built else { return optimised("cost", &arguments).await };
    let plan = arguments.plan();
    let paced = measure_conversation(binaries, &plan).await?;
    let full = measure_throughput(binaries, &plan).await?;
    let bills = [("paced", &paced.bill), ("at full load", &full.bill)];
    if arguments.json {
        let charges = bills.iter().flat_map(|(traffic, bill)| {
            bill.iter().map(move |charge| {
                serde_json::json!({"traffic": traffic, "service": charge.service, "what": charge.what,
                    "per_message": charge.quantity, "usd_per_million": charge.dollars})
            })
        });
        println!("{}", serde_json::Value::from(charges.collect::<Vec<_>>()));
        return Ok(());
    }
    println!("A million inbound messages, each with one reply and three receipts; list prices, us-east-1, arm64, USD.");
    for (traffic, bill) in bills {
        println!("\n{traffic}:");
        for Charge { service, what, quantity, dollars } in bill {
            println!("  {service:10} {what:40} {:>10} a message {dollars:>8.2}", short(*quantity));
        }
        println!("  {:10} {:40} {:>10}           {:>8.2}", "total", "", "", prices::total(bill));
    }
    Ok(())
}

/// Builds everything as it is deployed and goes on in the optimised build of this program.
async fn optimised(command: &str, arguments: &Arguments) -> Outcome {
    eprintln!("Building everything optimised. The first time takes some minutes.");
    let folder = binaries::build(Profile::Release).await?;
    let mut child = tokio::process::Command::new(folder.join("chasqui"));
    child.arg(command).arg("--already-built").arg(&folder).stdin(Stdio::null());
    if arguments.json {
        child.arg("--json");
    }
    if arguments.quick {
        child.arg("--quick");
    }
    if let Some(messages) = arguments.messages {
        child.arg("--messages").arg(messages.to_string());
    }
    match child.status().await?.success() {
        true => Ok(()),
        false => Err("the measurement did not end well; see above".into()),
    }
}

async fn measure_engine(plan: &Plan) -> Result<Vec<Row>, Failure> {
    eprintln!("Engine…");
    let time = Duration::from_millis(plan.engine);
    match tokio::task::spawn_blocking(move || engine::measure(time)).await? {
        Ok(rows) => Ok(rows),
        Err(error) => Err(error.to_string().into()),
    }
}

struct Answering {
    rows: Vec<Row>,
    /// Milliseconds of processor time of a POST.
    webhook: f64,
}

/// Starts, and the way of messages to their replies without any receipts.
async fn measure_answering(binaries: &Path, plan: &Plan) -> Result<Answering, Failure> {
    let silent = Behaviour { automatic_statuses: false, ..Behaviour::default() };
    let mut load = Load::start(binaries, 50, silent).await?;
    eprintln!("Starts…");
    let mut starts = starts::measure(&load.machine, plan.starts).await?;
    eprintln!("The way of {} messages…", plan.answered);
    load.write(3, 1, CONNECTIONS, Duration::ZERO).await?;
    load.settle().await?;
    let before = load.snapshot();
    let each = plan.answered.div_ceil(load.people());
    load.write(each, 1, CONNECTIONS, Duration::ZERO).await?;
    load.settle().await?;
    let counts = load.snapshot().since(&before, &load.machine);
    let messages = (each * load.people()) as f64;
    tell_batches(&counts, messages);
    load.stop().await;
    let webhook = counts.cpu(&["webhook"]) / messages;
    let mut rows = vec![
        Row::new("webhook: CPU per POST with one message", webhook, "ms").at_most(0.3),
        Row::new("webhook + journeys + sender: CPU per message", counts.cpu(&PATH) / messages, "ms").at_most(1.5),
        Row::new("  journeys", counts.cpu(&["journeys"]) / messages, "ms"),
        Row::new("  sender", counts.cpu(&["sender"]) / messages, "ms"),
    ];
    rows.append(&mut starts);
    Ok(Answering { rows, webhook })
}

struct Conversation {
    units: Vec<Row>,
    bill: Vec<Charge>,
}

/// People in conversation, a message every 20 s of theirs. Receipts come so far apart that none can be written together
/// with the one before it: the most that they can cost.
async fn measure_conversation(binaries: &Path, plan: &Plan) -> Result<Conversation, Failure> {
    eprintln!("A conversation of {} people…", plan.people);
    let behaviour =
        Behaviour { sent_after_ms: 100, delivered_after_ms: 5_600, read_after_ms: 5_600, ..Behaviour::default() };
    let mut load = Load::start(binaries, plan.people, behaviour).await?;
    let gap = Duration::from_millis(50);
    let start = load.snapshot();
    load.write(1, PAUSE, 1, gap).await?;
    load.settle().await?;
    let met = load.snapshot();
    for _ in 0..plan.rounds {
        load.write(1, PAUSE, 1, gap).await?;
        load.settle().await?;
    }
    let end = load.snapshot();
    let (first, counts) = (met.since(&start, &load.machine), end.since(&met, &load.machine));
    let people = plan.people as f64;
    let messages = people * plan.rounds as f64;
    tell_batches(&counts, messages);
    let bill = prices::bill(&Traffic { messages, counts: &counts, traced: is_traced()? });
    load.stop().await;
    let units = |counts: &Counts| (counts.sum(|work| work.writes), counts.sum(|work| work.reads));
    let ((first_writes, first_reads), (writes, reads)) = (units(&first), units(&counts));
    let each = |name: &str| counts.of(name).writes / messages;
    let units = vec![
        Row::new("DynamoDB per message, reply and receipts", writes / messages, "write units").at_most(9.0),
        Row::new("  journeys", each("journeys"), "write units"),
        Row::new("  sender", each("sender"), "write units"),
        Row::new("  receipts", each("receipts"), "write units"),
        Row::new("DynamoDB per message, reply and receipts", reads / messages, "read units").at_most(3.0),
        Row::new("DynamoDB for somebody's first message", first_writes / people, "write units"),
        Row::new("DynamoDB for somebody's first message", first_reads / people, "read units"),
    ];
    Ok(Conversation { units, bill })
}

struct Throughput {
    messages: f64,
    counts: Counts,
    /// Messages a second.
    rate: f64,
    /// Of the largest process, in MB.
    memory: f64,
    bill: Vec<Charge>,
}

/// As much as the machine can take, all stages and all receipts.
async fn measure_throughput(binaries: &Path, plan: &Plan) -> Result<Throughput, Failure> {
    let mut load = Load::start(binaries, plan.messages.div_ceil(IN_A_ROW), Behaviour::default()).await?;
    load.write(1, 1, CONNECTIONS, Duration::ZERO).await?;
    load.settle().await?;
    let each = plan.messages.div_ceil(load.people());
    let messages = (each * load.people()) as f64;
    eprintln!("Throughput of {messages} messages…");
    let (before, started) = (load.snapshot(), Instant::now());
    load.write(each, 1, CONNECTIONS, Duration::ZERO).await?;
    eprintln!("  posted after {:?}", started.elapsed());
    let done = load.settle().await?;
    let after = load.snapshot();
    let counts = after.since(&before, &load.machine);
    tell_batches(&counts, messages);
    let bill = prices::bill(&Traffic { messages, counts: &counts, traced: is_traced()? });
    load.stop().await;
    let rate = messages / done.saturating_duration_since(started).as_secs_f64();
    Ok(Throughput { messages, counts, rate, memory: after.largest_memory(), bill })
}

/// Whether the template lets X-Ray record functions.
fn is_traced() -> Result<bool, Failure> {
    let template = std::fs::read_to_string(binaries::workspace().join("infra/template.yaml"))?;
    Ok(template.lines().any(|line| line.trim() == "Tracing: Active"))
}

/// How many messages went into an invocation: prices and processor time hang on it.
fn tell_batches(counts: &Counts, messages: f64) {
    let mean = |name: &str| short(messages / counts.of(name).invocations);
    eprintln!(
        "  messages an invocation: journeys {}, sender {}, receipts {}",
        mean("journeys"),
        mean("sender"),
        mean("receipts")
    );
}
