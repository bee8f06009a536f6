//! Logs and metrics. A log line is one JSON object on standard output; a metric is a log line in CloudWatch's embedded
//! metric format, which costs no API call.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;

use jiff::Timestamp;
use serde_json::json;
use tracing_subscriber::EnvFilter;

/// The namespace of this service's metrics.
pub const NAMESPACE: &str = "Chasqui";

/// Starts logging: JSON lines, level by `RUST_LOG`, warnings and above where it is unset (each line costs money).
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    // A second start in one process (tests) leaves the first in place.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_current_span(false)
        .with_span_list(false)
        .try_init();
}

/// Counts something worth an alarm.
pub fn count(metric: &str, by: usize) {
    let line = json!({
        "_aws": {
            "Timestamp": Timestamp::now().as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [[]],
                "Metrics": [{"Name": metric, "Unit": "Count"}],
            }],
        },
        metric: by,
    });
    // A metric that cannot be written is not worth failing somebody's message for.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
