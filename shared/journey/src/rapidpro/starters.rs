//! What starts flows: triggers, and the events of campaigns.

use std::collections::BTreeMap;

use expression::BinaryOperator;
use serde_json::Value;

use super::definition::{Campaign, Event, Reference, Starter};
use super::expressions::{Scope, of};
use super::flow::report_scope;
use super::groups::Groups;
use super::left;
use crate::compiler::is_name;
use crate::floip::formulas::{binary, call, literal};
use crate::floip::{Imported, journey_of};
use crate::model::{Card, ItemKind, Journey, Setting, Trigger, TriggerEvent, Words, is_language};
use crate::problem::{Position, Problem};
use crate::statements::{Action, Text};

const SET_UP: &str = "Set it up anew: a reminder for a schedule, or a trigger of the journey.";

/// The triggers a trigger of RapidPro becomes: one a keyword. As there, a keyword also interrupts a flow that is under way.
pub(super) fn triggers(starter: &Starter, groups: &mut Groups, problems: &mut Vec<Problem>) -> Vec<Trigger> {
    let mut found = match starter.kind.as_str() {
        "K" => keywords(starter),
        "C" => vec![plain(TriggerEvent::CatchAll)],
        "N" => vec![plain(TriggerEvent::FirstVisit)],
        other => {
            report("not-imported", format!("A trigger of the kind `{other}` was left out."), SET_UP, problems);
            return Vec::new();
        }
    };
    if let Some(inside) = groups.condition(&starter.groups, &starter.exclude_groups) {
        for trigger in &mut found {
            let said = trigger.condition.take().map(|said| (*said).clone());
            let both = |said| binary(said, BinaryOperator::And, inside.clone());
            trigger.condition = Some(said.map_or_else(|| inside.clone(), both).into());
        }
    }
    if !starter.channel.is_null() {
        let message = "A trigger was for one channel, and is for every message now.".to_owned();
        report("not-as-it-was", message, "Put the journey where only that number uses it.", problems);
    }
    let left = left::of(&starter.rest, &["uuid", "priority", "name"]);
    if !left.is_empty() {
        let message = format!("A trigger had {}, and nothing here is like that.", left.join(", "));
        report("not-as-it-was", message, "Write a condition behind `when` that says the same.", problems);
    }
    found
}

fn plain(event: TriggerEvent) -> Trigger {
    Trigger { event, global: false, condition: None, position: Position::default() }
}

/// One trigger a keyword, each once. How signs, accents and capitals count is as everywhere here.
fn keywords(starter: &Starter) -> Vec<Trigger> {
    let mut keywords: Vec<String> = Vec::new();
    for keyword in starter.keyword.iter().chain(&starter.keywords).map(|keyword| keyword.trim().to_lowercase()) {
        if !keyword.is_empty() && !keywords.contains(&keyword) {
            keywords.push(keyword);
        }
    }
    let trigger = |keyword: &String| {
        let is_word = keyword.chars().any(char::is_alphanumeric);
        let has_several = keyword.split_whitespace().count() > 1;
        let said = of(&["event", "message", "text", "body"]);
        let (test, said) = match starter.match_type.as_deref() {
            Some("O") if is_word => ("has_only_phrase", said),
            // Emoji are no words.
            Some("O") => ("has_only_text", said),
            _ if is_word && !has_several => ("has_only_phrase", call("first_word", vec![said])),
            _ => ("has_beginning", said),
        };
        let condition = Some(call(test, vec![said, literal(keyword)]).into());
        Trigger { condition, global: true, ..plain(TriggerEvent::MessageReceived) }
    };
    keywords.iter().map(trigger).collect()
}

/// The trigger of an event of a campaign.
pub(super) fn timed(
    campaign: &Campaign,
    event: &Event,
    groups: &mut Groups,
    problems: &mut Vec<Problem>,
) -> Option<Trigger> {
    let field = event.relative_to.as_ref().map(|field| field.key.as_str()).unwrap_or_default();
    let called = format!("The event {} `{field}` of the campaign `{}`", offset(event), campaign.name);
    let unit = unit(event).filter(|_| is_name(field) && i32::try_from(event.offset).is_ok());
    let Some((unit, _)) = unit else {
        let message = format!("{called} was left out: its time is not known.");
        report("not-imported", message, "Write `trigger(interval: …, relative_to: …)`.", problems);
        return None;
    };
    if matches!(field, "created_on" | "last_seen_on") {
        let message = format!("{called} counts from `contact.{field}`, which nothing sets here.");
        report("not-as-it-was", message, "Count from a profile field that a journey sets.", problems);
    }
    if let Some(hour) = event.delivery_hour.filter(|hour| *hour >= 0) {
        let message = format!("{called} came at {hour}:00, and comes at the time of day of the date now.");
        report("not-as-it-was", message, "Keep the date with that time of day in the field.", problems);
    }
    if event.start_mode.as_deref().is_some_and(|mode| mode != "I") {
        let message = format!("{called} did not interrupt a flow that was under way; a trigger by the clock does.");
        report("not-as-it-was", message, "Ask for a profile field behind `when`.", problems);
    }
    let interval = format!("{:+}{unit}", event.offset);
    let group = campaign.group.as_ref().and_then(|group| groups.contains(&group.uuid, &group.name));
    let event = TriggerEvent::Interval { interval, relative_to: format!("contact.{field}") };
    Some(Trigger { condition: group.map(Into::into), ..plain(event) })
}

/// A unit as our triggers write it, and as people call it.
fn unit(event: &Event) -> Option<(&'static str, &'static str)> {
    Some(match event.unit.as_str() {
        "M" => ("m", "minutes"),
        "H" => ("h", "hours"),
        "D" => ("d", "days"),
        "W" => ("w", "weeks"),
        _ => return None,
    })
}

/// `2 days after`
fn offset(event: &Event) -> String {
    let count = event.offset.unsigned_abs();
    let unit = unit(event).map_or(event.unit.as_str(), |(_, unit)| unit);
    let unit = if count == 1 { unit.trim_end_matches('s') } else { unit };
    let when = if event.offset < 0 { "before" } else { "after" };
    format!("{count} {unit} {when}")
}

/// Which flow an event starts.
pub(super) fn starts(event: &Event) -> Option<&Reference> {
    event.flow.as_ref().filter(|_| event.kind == "F")
}

/// An event that sends a message as a journey of its own.
pub(super) fn message(campaign: &Campaign, event: &Event, groups: &Groups) -> Imported {
    let mut problems = Vec::new();
    let mut scope = Scope { groups: groups.clone(), ..Scope::default() };
    let field = event.relative_to.as_ref().map(|field| field.key.as_str()).unwrap_or_default();
    let (language, body) = words(event, &mut scope, &mut problems);
    let card =
        Card { statements: vec![Action::Text(Text { body, options: Vec::new() }).into()], ..Card::named("Message") };
    let begins = timed(campaign, event, &mut scope.groups, &mut problems);
    report_scope(&mut scope, &mut problems);
    let mut journey = journey_of(language.into_iter().map(Setting::Language).collect(), vec![card]);
    begin_with(begins.into_iter().collect(), &mut journey);
    let message = "A message of a campaign became a journey of its own.".to_owned();
    let hint = "Begin it with `send_message_template`: other messages reach only who wrote within 24 hours.";
    report("not-as-it-was", message, hint, &mut problems);
    let name = format!("{} {} {field}", campaign.name, offset(event));
    Imported { id: event.uuid.clone(), name: name.trim().to_owned(), journey, problems }
}

/// What an event says, and in which language when it says it in several.
fn words(event: &Event, scope: &mut Scope, problems: &mut Vec<Problem>) -> (Option<String>, Words) {
    let mut texts: BTreeMap<&str, &str> = BTreeMap::new();
    match &event.message {
        Value::Object(members) => {
            let members = members.iter().map(|(language, text)| (language.as_str(), text));
            texts.extend(members.filter_map(|(language, text)| Some((language, text.as_str()?))));
        }
        Value::String(text) => {
            texts.insert("", text.as_str());
        }
        _ => {}
    }
    let base = event.base_language.as_deref().filter(|base| texts.contains_key(base));
    let base = base.or_else(|| texts.keys().next().copied()).unwrap_or_default();
    let text = scope.read(texts.remove(base).unwrap_or_default());
    let mut languages = Vec::new();
    for (language, text) in texts {
        if is_language(language) {
            languages.push((language.to_owned(), scope.read(text)));
        } else {
            let message = format!("The texts in `{language}` were left out: that is no ISO 639 code.");
            report("no-language", message, "Write them anew with the code of their language.", problems);
        }
    }
    let own = Some(base.to_owned()).filter(|base| is_language(base) && !languages.is_empty());
    (own, Words { text, languages })
}

/// Puts triggers before what a journey says.
pub(super) fn begin_with(triggers: Vec<Trigger>, journey: &mut Journey) {
    let code = journey.cells.iter_mut().find_map(|cell| match &mut cell.content {
        crate::model::Content::Code(code) => Some(code),
        _ => None,
    });
    if let Some(code) = code {
        let items = triggers.into_iter().map(|trigger| ItemKind::Trigger(trigger).into());
        code.items.splice(0..0, items);
    }
}

/// A starter whose flow is not in the file.
pub(super) fn without_flow(what: &str, flow: Option<&Reference>, problems: &mut Vec<Problem>) {
    let flow = flow.map(|flow| flow.name.as_str()).unwrap_or_default();
    let message = format!("{what} starts the flow `{flow}`, which is not in this file.");
    report("more-flows", message, "Import that flow as well.", problems);
}

fn report(code: &'static str, message: String, hint: &str, problems: &mut Vec<Problem>) {
    problems.push(Problem::warning(code, Position::default(), message).hint(hint));
}
