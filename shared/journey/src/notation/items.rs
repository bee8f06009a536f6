//! What triggers and settings say in their arguments.

use expression::ExprKind;

use super::call::Call;
use crate::model::{Formula, Setting, TriggerEvent, is_language};
use crate::problem::Problem;

/// `on: "…"`, `interval: "…", relative_to: "…"`, `at: "…"` or `every: "…", at: "…"`. Nothing of the arguments is taken
/// when it is not clear which of these is meant.
pub(super) fn trigger_event(call: &mut Call) -> TriggerEvent {
    let as_written = call.clone();
    read_event(call).unwrap_or_else(|| {
        *call = as_written;
        TriggerEvent::Unclear
    })
}

fn read_event(call: &mut Call) -> Option<TriggerEvent> {
    // The field is written as a text; the reference itself, with or without its `@`, is understood as well.
    let relative_to = match call.named("relative_to") {
        Some(field) if field.is_reference() => Some(field.to_string()),
        Some(field) => match &field.kind {
            ExprKind::Interpolated(template) => Some(template.source().trim_start_matches('@').to_owned()),
            _ => Some(constant(&field)?),
        },
        None => None,
    };
    let [on, interval, every, at] = ["on", "interval", "every", "at"].map(|name| text(call, name));
    // A time zone means something only where there is a clock.
    let zone = |call: &mut Call| {
        // Another common spelling; a second one is not known.
        let name = ["time_zone", "timezone"].into_iter().find(|name| call.has(name));
        name.map_or(Some(None), |name| text(call, name))
    };
    Some(match (on?, interval?, relative_to, every?, at?) {
        (Some(on), None, None, None, None) => TriggerEvent::on(on),
        (None, Some(interval), Some(relative_to), None, None) => TriggerEvent::Interval { interval, relative_to },
        (None, None, None, None, Some(at)) => TriggerEvent::At { at, time_zone: zone(call)? },
        (None, None, None, Some(every), Some(at)) => TriggerEvent::Every { every, at, time_zone: zone(call)? },
        _ => return None,
    })
}

/// A constant text, if the argument is there at all; nothing when it is something else.
fn text(call: &mut Call, name: &'static str) -> Option<Option<String>> {
    call.named(name).map_or(Some(None), |value| constant(&value).map(Some))
}

fn constant(value: &Formula) -> Option<String> {
    match &value.kind {
        ExprKind::Text(text) => Some(text.to_string()),
        ExprKind::Interpolated(template) if template.is_plain() => Some(template.source().replace("@@", "@")),
        _ => None,
    }
}

/// A setting. One that is not understood is kept as it was written, with what is wrong with it.
pub(super) fn setting(call: &mut Call) -> (Setting, Option<Problem>) {
    let as_written = call.clone();
    let name = call.name.clone();
    let problem = match known_setting(call) {
        Ok(setting) => return (setting, None),
        Err(problem) => problem,
    };
    *call = as_written;
    (Setting::Other { name }, Some(problem))
}

/// Any of [`Setting::NAMES`].
fn known_setting(call: &mut Call) -> Result<Setting, Problem> {
    match call.name.as_str() {
        "interaction_timeout" => {
            let value = call.required("a number of seconds")?;
            Ok(Setting::InteractionTimeout { seconds: seconds(call, &value)?, then: call.named_card("then")? })
        }
        "claim_timeout" => {
            let value = call.required("a number of seconds")?;
            seconds(call, &value).map(Setting::ClaimTimeout)
        }
        "invalid_input" => match call.named_card("then")? {
            Some(then) => Ok(Setting::InvalidInput { then }),
            None => Err(bad(call, "`invalid_input` leads nowhere.".to_owned(), "`then: Card`")),
        },
        "language" => {
            let value = call.required("the code of a language")?;
            match value.as_text().filter(|code| is_language(code)) {
                Some(code) => Ok(Setting::Language(code.to_owned())),
                None => {
                    let expected = "an ISO 639 code in quotes, such as \"es\", \"quz\" or \"pt_BR\"";
                    Err(bad(call, format!("`{value}` is not the code of a language."), expected))
                }
            }
        }
        "ai_auto_memory" => {
            let value = call.required("true or false")?;
            match value.kind {
                ExprKind::Bool(on) => Ok(Setting::AiAutoMemory(on)),
                _ => Err(bad(call, format!("`{value}` is neither true nor false."), "true or false")),
            }
        }
        name => {
            let problem = Problem::warning("unknown-setting", call.position, format!("There is no setting `{name}`."));
            Err(problem.hint("It is kept as it is written, and means nothing when the journey runs."))
        }
    }
}

fn seconds(call: &Call, value: &Formula) -> Result<u32, Problem> {
    match &value.kind {
        ExprKind::Int(number) => u32::try_from(*number).ok().filter(|seconds| *seconds > 0),
        ExprKind::Text(text) => text.trim().parse().ok().filter(|seconds| *seconds > 0),
        _ => None,
    }
    .ok_or_else(|| bad(call, format!("`{value}` is not a number of seconds."), "a whole number of seconds, 1 or more"))
}

fn bad(call: &Call, message: String, expected: &'static str) -> Problem {
    Problem::fault("bad-argument", call.position, message).expected(expected)
}
