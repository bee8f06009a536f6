//! What flows cannot hold: the whole journey is kept beside them, with a fingerprint of the flows it belongs to. When
//! another program has changed the flows since, the fingerprint tells.

use serde_json::{Value, json};
use uuid::Uuid;

use super::container::Container;
use crate::model::Journey;
use crate::notation::{parse, print};
use crate::problem::Problem;

/// Where our own metadata stands.
const VENDOR: [&str; 2] = ["org", "chasqui"];

/// The metadata of a container that holds the journey.
pub(super) fn metadata(journey: &Journey, container: &Container) -> Value {
    let journey = serde_json::to_value(journey).unwrap_or_default();
    json!({ "org": { "chasqui": { "fingerprint": fingerprint(container), "journey": journey } } })
}

/// A journey that was kept, and whether the flows beside it are still those it was exported with.
pub(super) fn read(container: &Container) -> Option<(Journey, bool)> {
    let kept = VENDOR.into_iter().try_fold(&container.vendor_metadata, |value, key| value.get(key))?;
    let journey = serde_json::from_value(kept.get("journey")?.clone()).ok().filter(is_writable)?;
    let same = kept.get("fingerprint").and_then(Value::as_str) == Some(&fingerprint(container));
    Some((journey, same))
}

/// The same for flows and resources that say the same, however their members are ordered.
fn fingerprint(container: &Container) -> String {
    let mut value = json!([&container.flows, &container.resources]);
    value.sort_all_objects();
    Uuid::new_v5(&Uuid::NAMESPACE_OID, value.to_string().as_bytes()).to_string()
}

/// Whether the notation can write a journey: one from a file may hold anything in the place of a name.
pub(crate) fn is_writable(journey: &Journey) -> bool {
    let parsed = parse(&print(journey));
    !parsed.problems.iter().any(Problem::is_error) && parsed.journey == *journey
}
