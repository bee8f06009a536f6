//! What deserves a look in a script though it does not fail: journeys that are named and not there, and entries of the
//! script that are of no use.

use std::collections::BTreeSet;

use journey::{Effect, TraceEvent, nearest};

use super::Script;
use crate::event::Event;
use crate::http::Mock;
use crate::shelf::Shelf;

/// What deserves a look. What was not used is worth a word only when the script came to its end.
pub(super) fn remarks(script: &Script, shelf: &Shelf, events: &[Event], passed: bool) -> Vec<String> {
    let mut remarks = not_run(shelf, events);
    if passed {
        remarks.extend(unused_children(script, shelf, events));
        remarks.extend(unused_answers(&script.options.http, events));
    }
    remarks
}

/// Journeys that were called and are not there.
fn not_run(shelf: &Shelf, events: &[Event]) -> Vec<String> {
    let missing: BTreeSet<&str> = events.iter().filter_map(Event::journey_not_run).collect();
    let known: Vec<&str> = shelf.books().iter().flat_map(|book| [book.id.as_str(), book.name.as_str()]).collect();
    let remark = |reference: &str| {
        let what = match nearest(reference, &known) {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!("Add `children: {{{reference}: …}}`, with its file or `return`."),
        };
        format!("The journey `{reference}` is none of `children`, so it was not run. {what}")
    };
    missing.into_iter().map(remark).collect()
}

/// Children that were not called or scheduled; one with triggers is of use without that.
fn unused_children(script: &Script, shelf: &Shelf, events: &[Event]) -> Vec<String> {
    let used: BTreeSet<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Noted { note: TraceEvent::Started { journey, .. }, .. }
            | Event::Did {
                effect: Effect::ScheduleJourney { journey, .. } | Effect::CancelScheduled { journey },
                ..
            } => Some(journey.as_str()),
            _ => None,
        })
        .collect();
    let has_triggers = |id: &str| shelf.book(id).is_some_and(|book| !book.program.triggers().is_empty());
    let is_itself = |id: &str| shelf.books().first().is_some_and(|first| first.id.as_str() == id);
    let children = script.children.iter().map(|(id, _)| id.as_str());
    let unused = children.filter(|id| !used.contains(id) && !has_triggers(id) && !is_itself(id));
    unused.map(|id| format!("The entry `{id}` of `children` was not used.")).collect()
}

/// Answers to web services that nothing asked for.
fn unused_answers(http: &[Mock], events: &[Event]) -> Vec<String> {
    let answers = |event: &Event| match event {
        Event::Called { call, .. } => {
            http.iter().position(|mock| mock.matches(call.method.name(), &call.url, call.body.as_deref()))
        }
        _ => None,
    };
    let used: BTreeSet<usize> = events.iter().filter_map(answers).collect();
    let unused = http.iter().enumerate().filter(|(index, _)| !used.contains(index));
    unused
        .map(|(index, mock)| {
            let url = mock.url.as_str();
            format!("Entry {} of `http`, for {url}, answered nothing.", index + 1)
        })
        .collect()
}
