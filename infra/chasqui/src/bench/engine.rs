//! The engine and the compiler, measured inside this process, in processor time of one thread.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use expression::Value;
use jiff::Timestamp;
use journey::{Env, Input, Reply, Session, advance, compile, parse, start};
use serde_json::json;

use super::report::Row;
use material::{FIVE_CARDS, One, REPLIES, large_notebook};

#[path = "../../../../shared/journey/benches/material/mod.rs"]
#[allow(unreachable_pub)] // a crate of its own shares it
mod material;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures both budgets, each for about `time`. Blocks.
pub(super) fn measure(time: Duration) -> Result<Vec<Row>, Failure> {
    Ok(vec![
        Row::new("engine, session decoded and encoded each time", sprints(time)?, "sprints/s").at_least(60_000.0),
        Row::new("notebook of 100 KB: parse + compile", notebook(time)?, "ms").at_most(5.0),
    ])
}

fn sprints(time: Duration) -> Result<f64, Failure> {
    let parsed = parse(FIVE_CARDS);
    let library = One(Arc::new(compile(&parsed.journey).map_err(|problems| format!("{problems:?}"))?));
    let contact = Value::from(json!({"name": "Ana", "language": "es", "opted_in": true, "city": "Quito"}));
    let globals = Value::from(json!({}));
    let event = Value::from(json!({"message": {"id": "wamid.1", "type": "text", "text": {"body": "Sí"}}}));
    let env = Env { seed: 7, contact: &contact, globals: &globals, event: &event, ..Env::at(Timestamp::now()) };
    let first = start(&library, "main", &env).map_err(|error| error.to_string())?.session.ok_or("it does not wait")?;
    let stored = serde_json::to_vec(&first)?;
    let each = median(time, || {
        let mut stored = stored.clone();
        for reply in REPLIES {
            let session: Session = serde_json::from_slice(&stored)?;
            let input = Input::Reply(Reply::text(reply));
            let sprint = advance(&library, session, input, &env).map_err(|error| error.to_string())?;
            black_box(&sprint.effects);
            stored = serde_json::to_vec(&sprint.session.ok_or("it does not wait")?)?;
        }
        black_box(stored);
        Ok(())
    })?;
    Ok(REPLIES.len() as f64 / each.as_secs_f64())
}

fn notebook(time: Duration) -> Result<f64, Failure> {
    let source = large_notebook();
    let each = median(time, || {
        let parsed = parse(black_box(&source));
        black_box(compile(&parsed.journey).map_err(|problems| format!("{problems:?}"))?);
        Ok(())
    })?;
    Ok(each.as_secs_f64() * 1_000.0)
}

/// The median over several runs of how long one piece of work takes.
fn median(time: Duration, mut work: impl FnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    const RUNS: u32 = 7;
    work()?;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let (wall, processor) = (Instant::now(), thread_time());
        let mut times = 0;
        while wall.elapsed() < time / RUNS {
            work()?;
            times += 1;
        }
        let wall = wall.elapsed();
        let spent = match (processor, thread_time()) {
            (Some(before), Some(after)) => after.saturating_sub(before).min(wall),
            _ => wall,
        };
        runs.push(spent / times.max(1));
    }
    runs.sort_unstable();
    Ok(runs[runs.len() / 2])
}

/// Processor time of this thread, which other programs do not stretch. Linux only.
fn thread_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_fails_is_no_measurement() {
        assert!(median(Duration::from_millis(7), || Err("broken".into())).is_err());
    }

    #[test]
    fn both_are_measured() {
        let rows = measure(Duration::from_millis(70)).unwrap();
        assert_eq!(rows.len(), 2);
        assert!(sprints(Duration::from_millis(70)).unwrap() > 100.0);
    }
}
