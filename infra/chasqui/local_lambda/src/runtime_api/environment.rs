//! One execution environment: a process and its Runtime API. It works on one event at a time.

use super::error::{ANSWER, FunctionError};
use super::options::Options;
use super::process::Process;
use super::server::{Answer, Invocation, PAYLOAD_LIMIT, Phase, Server};
use super::usage::Usage;
use crate::template::Function;
use bytes::Bytes;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Reading `/proc` costs tens of microseconds: not after every event.
const BETWEEN_SAMPLES: Duration = Duration::from_millis(200);

pub(super) struct Environment {
    pub(super) process: Process,
    server: Server,
    /// From the start of the process to its first request for an event.
    pub(super) start_to_ready: Duration,
    pub(super) invocations: AtomicU64,
    sampled: Mutex<Instant>,
}

/// Why an environment gave no answer.
pub(super) enum Failure {
    /// The process ended before it took the event: another one may have it.
    NotTaken,
    Failed(FunctionError),
}

impl Environment {
    /// Starts a process and waits until it asks for an event.
    pub(super) async fn start(function: &Function, options: &Options, number: usize) -> Result<Self, FunctionError> {
        let started = Instant::now();
        let server = Server::start().await.map_err(|error| FunctionError::Start {
            function: function.name.clone(),
            binary: function.binary.clone(),
            reason: format!("no loopback address for its Runtime API: {error}"),
        })?;
        let process = Process::start(function, options, number, server.address)?;
        let mut phase = server.phase.clone();
        let reason = tokio::select! {
            biased;
            phase = phase.wait_for(|phase| !matches!(phase, Phase::Starting)) => match phase.as_deref() {
                Ok(Phase::Failed(report)) => Some(format!("{}: {}", report.error_type, report.error_message)),
                _ => None,
            },
            exit = process.ended() => Some(format!("its process ended ({exit})")),
            () = tokio::time::sleep(options.init_timeout) => {
                Some(format!("it did not ask for an event within {:?}", options.init_timeout))
            }
        };
        let Some(reason) = reason else {
            return Ok(Self {
                process,
                server,
                start_to_ready: started.elapsed(),
                invocations: AtomicU64::new(0),
                sampled: Mutex::new(started),
            });
        };
        process.kill();
        process.ended().await;
        Err(FunctionError::Init { function: function.name.clone(), reason, stderr: process.stderr() })
    }

    pub(super) fn is_alive(&self) -> bool {
        self.process.exit().is_none()
    }

    /// Gives the process an event and waits for its answer, at most for the function's timeout.
    pub(super) async fn invoke(&self, function: &Function, payload: Bytes) -> Result<Bytes, Failure> {
        let (taken, was_taken) = oneshot::channel();
        let (answer, mut answered) = oneshot::channel();
        let invocation = Invocation {
            request_id: Uuid::new_v4(),
            payload,
            timeout: function.timeout,
            function_arn: function.arn.clone(),
            taken,
            answer,
        };
        let handed_over = async { self.server.events.send(invocation).await.is_ok() && was_taken.await.is_ok() };
        tokio::select! {
            biased;
            true = handed_over => {}
            _ = self.process.ended() => return Err(Failure::NotTaken),
            // It answered the last event and never came back for the next.
            () = tokio::time::sleep(function.timeout) => {
                self.process.kill();
                self.process.ended().await;
                return Err(Failure::NotTaken);
            }
        }
        self.invocations.fetch_add(1, Ordering::Relaxed);
        let name = || function.name.clone();
        let result = tokio::select! {
            biased;
            answer = &mut answered => match answer {
                Ok(Answer::Response(payload)) => Ok(payload),
                Ok(Answer::Error(report)) => Err(FunctionError::Handler {
                    function: name(),
                    kind: report.error_type,
                    message: report.error_message,
                }),
                Ok(Answer::TooLarge) => Err(FunctionError::TooLarge {
                    function: name(),
                    what: ANSWER,
                    bytes: PAYLOAD_LIMIT + 1,
                    limit: PAYLOAD_LIMIT,
                }),
                // It asked for another event without answering this one, or its connection broke.
                Err(_) => {
                    self.process.kill();
                    let status = self.process.ended().await;
                    Err(FunctionError::Exited { function: name(), status, stderr: self.process.stderr() })
                }
            },
            status = self.process.ended() => {
                Err(FunctionError::Exited { function: name(), status, stderr: self.process.stderr() })
            }
            () = tokio::time::sleep(function.timeout) => {
                self.process.kill();
                self.process.ended().await;
                Err(FunctionError::TimedOut { function: name(), after: function.timeout })
            }
        };
        self.sample();
        result.map_err(Failure::Failed)
    }

    pub(super) fn usage(&self) -> Usage {
        self.process.usage()
    }

    fn sample(&self) {
        let mut sampled = self.sampled.lock().unwrap_or_else(PoisonError::into_inner);
        if sampled.elapsed() >= BETWEEN_SAMPLES {
            *sampled = Instant::now();
            self.process.usage();
        }
    }
}
