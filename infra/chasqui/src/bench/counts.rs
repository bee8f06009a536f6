//! What a stretch of work has cost: requests to AWS services, and what the functions spent on it.

use std::collections::BTreeMap;
use std::time::Duration;

use chasqui::machine::Machine;
use local_aws::Service;
use local_aws::usage::UsageRow;
use local_lambda::runtime_api::{FunctionStats, Usage};

/// The counters at one moment.
pub(super) struct Snapshot {
    usage: Vec<UsageRow>,
    functions: Vec<FunctionStats>,
    log_bytes: u64,
    around: Option<Usage>,
}

/// What one function did.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    pub(super) invocations: f64,
    /// All its invocations together.
    pub(super) duration: Duration,
    pub(super) cpu: Duration,
    /// Memory it is given, in GB.
    pub(super) memory: f64,
    /// Requests to DynamoDB and to SQS.
    pub(super) dynamodb: f64,
    pub(super) sqs: f64,
    /// Requests SQS bills.
    pub(super) sqs_units: f64,
    pub(super) reads: f64,
    pub(super) writes: f64,
    pub(super) scheduler: f64,
}

/// The difference of two snapshots, by function.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    functions: BTreeMap<String, Work>,
    /// Bytes that functions wrote to their logs.
    pub(super) log_bytes: f64,
    /// Milliseconds of processor time of this program: the load, and all that stands for AWS and WhatsApp.
    pub(super) around: f64,
}

impl Snapshot {
    pub(super) fn take(machine: &Machine, log_bytes: u64) -> Self {
        let around = Usage::of(std::process::id());
        Self { usage: machine.aws().usage().rows(), functions: machine.lambda().stats(), log_bytes, around }
    }

    /// What has happened from `before` to `self`.
    pub(super) fn since(&self, before: &Self, machine: &Machine) -> Counts {
        let mut functions: BTreeMap<String, Work> = BTreeMap::new();
        for after in &self.functions {
            let Some(before) = before.functions.iter().find(|stats| stats.name == after.name) else { continue };
            let memory = machine.stack().function(&after.name).map_or(0, |function| function.memory_mb);
            let work = Work {
                invocations: (after.invocations - before.invocations) as f64,
                duration: after.duration.saturating_sub(before.duration),
                cpu: after.cpu.saturating_sub(before.cpu),
                memory: f64::from(memory) / 1024.0,
                ..Work::default()
            };
            functions.insert(after.name.clone(), work);
        }
        for (rows, sign) in [(&self.usage, 1.0), (&before.usage, -1.0)] {
            // Other callers are the pollers, which `prices` counts as AWS runs them, and this program itself.
            for row in rows {
                let Some(work) = functions.get_mut(&row.caller) else { continue };
                let requests = sign * row.requests as f64;
                match row.service {
                    Service::DynamoDb => work.dynamodb += requests,
                    Service::Sqs => work.sqs += requests,
                    Service::Scheduler => work.scheduler += requests,
                    Service::SecretsManager => {}
                }
                work.sqs_units += sign * row.sqs_units as f64;
                work.reads += sign * row.read_units;
                work.writes += sign * row.write_units;
            }
        }
        let around = match (self.around, before.around) {
            (Some(after), Some(before)) => after.cpu.saturating_sub(before.cpu).as_secs_f64() * 1_000.0,
            _ => f64::NAN,
        };
        Counts { functions, log_bytes: (self.log_bytes - before.log_bytes) as f64, around }
    }

    /// The most memory that a process has held, in MB.
    pub(super) fn largest_memory(&self) -> f64 {
        let bytes = self.functions.iter().map(|stats| stats.peak_memory).max().unwrap_or(0);
        if bytes == 0 { f64::NAN } else { bytes as f64 / 1e6 }
    }
}

impl Counts {
    /// What a function did; nothing if it is unknown.
    pub(super) fn of(&self, function: &str) -> Work {
        self.functions.get(function).cloned().unwrap_or_default()
    }

    /// Every function.
    pub(super) fn all(&self) -> impl Iterator<Item = &Work> {
        self.functions.values()
    }

    /// A sum over all functions.
    pub(super) fn sum(&self, of: impl Fn(&Work) -> f64) -> f64 {
        self.all().map(of).sum()
    }

    /// Milliseconds of processor time of these functions.
    pub(super) fn cpu(&self, functions: &[&str]) -> f64 {
        functions.iter().map(|name| self.of(name).cpu.as_secs_f64() * 1_000.0).sum()
    }
}
