//! How long a function takes from its start to its first request for an event, one process at a time.

use std::time::Duration;

use chasqui::machine::Machine;
use local_lambda::runtime_api::{FunctionError, Lambda};

use super::report::Row;

/// Starts every function `times` times.
pub(super) async fn measure(machine: &Machine, times: usize) -> Result<Vec<Row>, FunctionError> {
    let mut starts: Vec<Duration> = Vec::new();
    for function in &machine.stack().functions {
        for _ in 0..times {
            let lambda = Lambda::new([function.clone()], machine.lambda().options().clone());
            lambda.warm_up().await?;
            let ready = lambda.stats().iter().map(|stats| stats.slowest_start).max();
            lambda.stop(Duration::from_secs(1)).await;
            starts.extend(ready);
        }
    }
    starts.sort_unstable();
    let milliseconds = |start: Option<&Duration>| start.map_or(f64::NAN, |start| start.as_secs_f64() * 1_000.0);
    Ok(vec![
        Row::new("function, start to ready: worst of all", milliseconds(starts.last()), "ms").at_most(25.0),
        Row::new("function, start to ready: median", milliseconds(starts.get(starts.len() / 2)), "ms"),
    ])
}
