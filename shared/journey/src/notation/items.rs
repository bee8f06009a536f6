//! What triggers and settings say in their arguments.

use expression::ExprKind;

use super::call::Call;
use crate::model::{Formula, Setting, TriggerEvent, is_language};
use crate::problem::Problem;

/// `on: "…"`, `interval: "…", relative_to: "…"`, `at: "…"` or `every: "…", at: "…"`.
pub(super) fn trigger_event(call: &mut Call) -> Result<TriggerEvent, Problem> {
    // The field is written as a text; the reference itself, with or without its `@`, is understood as well.
    let relative_to = match call.named("relative_to") {
        Some(field) if field.is_reference() => Ok(Some(field.to_string())),
        Some(field) => match &field.kind {
            ExprKind::Interpolated(template) => Ok(Some(template.source().trim_start_matches('@').to_owned())),
            _ => constant(call, "relative_to", &field).map(Some),
        },
        None => Ok(None),
    };
    let names = ["on", "interval", "every", "at", "time_zone"];
    let [on, interval, every, at, time_zone] = names.map(|name| text(call, name));
    // Another common spelling; a second one is reported as unknown.
    let time_zone = match time_zone? {
        None => text(call, "timezone")?,
        zone => zone,
    };
    let event = match (on?, interval?, relative_to?, every?, at?, time_zone) {
        (Some(on), None, None, None, None, None) => TriggerEvent::on(on),
        (None, Some(interval), Some(relative_to), None, None, None) => TriggerEvent::Interval { interval, relative_to },
        (None, None, None, None, Some(at), time_zone) => TriggerEvent::At { at, time_zone },
        (None, None, None, Some(every), Some(at), time_zone) => TriggerEvent::Every { every, at, time_zone },
        _ => {
            let message = "It is not clear what starts the journey.";
            let expected =
                "`on: \"…\"`, `interval: \"…\", relative_to: \"…\"`, `at: \"…\"` or `every: \"…\", at: \"…\"`";
            return Err(Problem::error("bad-trigger", call.position, message).expected(expected));
        }
    };
    Ok(event)
}

/// A constant text.
fn text(call: &mut Call, name: &'static str) -> Result<Option<String>, Problem> {
    call.named(name).map(|value| constant(call, name, &value)).transpose()
}

fn constant(call: &Call, name: &str, value: &Formula) -> Result<String, Problem> {
    match &value.kind {
        ExprKind::Text(text) => Ok(text.to_string()),
        ExprKind::Interpolated(template) if template.is_plain() => Ok(template.source().replace("@@", "@")),
        _ => {
            let message = format!("`{name}:` is `{value}`, not a constant text.");
            Err(Problem::error("bad-trigger", call.position, message).expected("a text in quotes"))
        }
    }
}

/// Any of [`Setting::NAMES`].
pub(super) fn setting(call: &mut Call) -> Result<Setting, Problem> {
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
        _ => {
            let value = call.required("true or false")?;
            match value.kind {
                ExprKind::Bool(on) => Ok(Setting::AiAutoMemory(on)),
                _ => Err(bad(call, format!("`{value}` is neither true nor false."), "true or false")),
            }
        }
    }
}

fn seconds(call: &Call, value: &Formula) -> Result<u32, Problem> {
    match value.kind {
        ExprKind::Int(number) => u32::try_from(number).ok().filter(|seconds| *seconds > 0),
        _ => None,
    }
    .ok_or_else(|| bad(call, format!("`{value}` is not a number of seconds."), "a whole number of seconds, 1 or more"))
}

fn bad(call: &Call, message: String, expected: &'static str) -> Problem {
    Problem::error("bad-argument", call.position, message).expected(expected)
}
