//! Event source mappings: what Lambda does between an SQS queue and a function.
//!
//! A batch is invoked once; what the function dealt with is deleted; the rest becomes visible again when the queue's
//! visibility timeout ends, and goes to the dead-letter queue when it was received too often. That a FIFO queue gives no
//! message of a group while another one is in flight is the queue's own promise.

mod batch;
mod poller;
mod queues;

pub use queues::{MessageAttribute, QueueError, QueueMessage, Queues};

use crate::runtime_api::Lambda;
use crate::template::Stack;
use poller::Poller;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The running pollers of a stack. Dropping it aborts them.
pub struct EventSources {
    pollers: JoinSet<()>,
    stopping: watch::Sender<bool>,
}

impl EventSources {
    /// Polls every queue that is an event source, with as many pollers as the function has processes for it, and no more
    /// than its `MaximumConcurrency`.
    pub fn start<Q: Queues>(stack: &Stack, lambda: &Lambda, queues: Arc<Q>) -> Self {
        let stopping = watch::Sender::new(false);
        let mut pollers = JoinSet::new();
        for function in &stack.functions {
            for source in function.queue_sources() {
                let processes = lambda.options().processes_per_source.max(1);
                for _ in 0..source.maximum_concurrency.unwrap_or(processes).min(processes) {
                    let poller = Poller {
                        lambda: lambda.clone(),
                        queues: queues.clone(),
                        function: function.name.clone(),
                        source: source.clone(),
                        stopping: stopping.subscribe(),
                    };
                    pollers.spawn(poller.run());
                }
            }
        }
        Self { pollers, stopping }
    }

    /// Receives nothing more and waits, at most for `grace`, until the batches under way are settled.
    pub async fn stop(mut self, grace: Duration) {
        self.stopping.send_replace(true);
        let settled = async { while self.pollers.join_next().await.is_some() {} };
        // What is cut off here comes again: it was not deleted.
        let _ = tokio::time::timeout(grace, settled).await;
    }
}
