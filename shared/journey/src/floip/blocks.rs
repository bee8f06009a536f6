//! The kinds of blocks: one module each, with both directions.
//!
//! To add one: write its module and name it in [`export`] and [`import`].

mod call_to_action;
mod case;
mod catalog;
mod chat_property;
mod contact_property;
mod content;
mod experiment;
mod flows;
mod location;
mod log;
pub(super) mod message;
mod message_property;
mod open_response;
mod output;
mod prompt;
mod select_one;
mod send_flow;
mod statement;
mod template;
mod wait;
mod webhook;

use super::container::Block;
use super::export::CardWriter;
use super::import::CardReader;
use crate::statements::{Action, Media, Statement, Text, Then};

/// What stands next in a card, when some statements become one block.
pub(super) enum Leading<'a> {
    /// Ways to other cards.
    Routes(Vec<&'a Then>),
    /// A medium and the text that is shown with it.
    Pair(&'a Media, &'a Text),
    /// One statement.
    One,
}

/// What the first statements become together.
pub(super) fn leading(statements: &[Statement]) -> Leading<'_> {
    let then = |statement: &&Statement| matches!(statement.action, Action::Then(_));
    let thens = statements.iter().take_while(then).filter_map(|statement| match &statement.action {
        Action::Then(then) => Some(then),
        _ => None,
    });
    let thens: Vec<&Then> = thens.collect();
    match statements {
        _ if !thens.is_empty() => Leading::Routes(thens),
        [media, text, ..] => match (&media.action, &text.action) {
            (Action::Media(media), Action::Text(text)) if message::takes_text(media) => Leading::Pair(media, text),
            _ => Leading::One,
        },
        _ => Leading::One,
    }
}

/// Writes the blocks of a statement.
pub(super) fn export<'a>(statement: &'a Statement, card: &mut CardWriter<'_, 'a>) {
    match &statement.action {
        Action::Text(text) => message::text(&text.body, card),
        Action::Media(media) => message::media(media, card),
        Action::Buttons(buttons) => select_one::buttons(buttons, card),
        Action::List(list) => select_one::list(list, card),
        Action::Ask(ask) => open_response::export(ask, card),
        Action::UpdateContact(update) if !update.fields.is_empty() => contact_property::export(update, card),
        Action::WriteResult(result) => output::export(result, card),
        Action::RunStack(run) => flows::run(run, card),
        Action::ScheduleStack(schedule) => flows::schedule(schedule, card),
        Action::CancelScheduledStacks(cancel) => flows::cancel(cancel, card),
        Action::Log(log) => log::export(log, card),
        Action::AddLabel(label) => message_property::export(label, card),
        Action::AssignChatTo(assign) => chat_property::export(assign, card),
        Action::SendMessageTemplate(template) => template::export(template, card),
        Action::SendContent(content) => content::export(content, card),
        Action::RequestLocation(request) => location::export(request, card),
        Action::WhatsappFlow(flow) => send_flow::export(flow, card),
        Action::CallToAction(call) => call_to_action::export(call, card),
        Action::Catalog(catalog) => catalog::export(catalog, card),
        Action::Http(http) => webhook::export(http, card),
        Action::Wait(wait) => wait::export(wait, card),
        Action::Experiment(experiment) => experiment::export(experiment, card),
        Action::Assign(assign) => case::assign(assign, card),
        Action::Evaluate(evaluate) => case::evaluate(evaluate, card),
        // What no block of the specification or in common use can say.
        Action::UpdateContact(_)
        | Action::Header(_)
        | Action::Footer(_)
        | Action::MarkAsRead(_)
        | Action::ShowTyping(_)
        | Action::HandOver(_)
        | Action::CullData(_)
        | Action::Then(_)
        | Action::Call(_) => statement::export(statement, card),
    }
}

/// What is still to be done with the exits of a block after it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exits {
    /// Those with a test become `then(…)`.
    Open,
    /// Nothing.
    Done,
}

/// Whether the exits of a block stand for what is chosen, with tests or without.
pub(super) fn exits_are_choices(block: &Block) -> bool {
    let choosing = ["MobilePrimitives.SelectOneResponse", "MobilePrimitives.SelectManyResponses", select_one::DYNAMIC];
    choosing.contains(&block.kind.as_str()) || matches!(block.kind.as_str(), experiment::KIND | template::KIND)
}

/// Reads a block as statements; `None` when no statement does what it does.
pub(super) fn import(block: &Block, card: &mut CardReader<'_, '_>) -> Option<Exits> {
    Some(match block.kind.as_str() {
        "Core.Log" => log::import(card),
        "Core.Case" => case::import(block, card),
        "Core.RunFlow" => flows::import_run(card),
        "Core.Output" => output::import(block, card),
        "Core.SetContactProperty" => contact_property::import(card),
        "Core.SetGroupMembership" => message_property::import_groups(card),
        "MobilePrimitives.Message" => message::import(card),
        "MobilePrimitives.SelectOneResponse" => select_one::import(block, card),
        "MobilePrimitives.SelectManyResponses" => select_one::import_many(block, card),
        "MobilePrimitives.OpenResponse" => open_response::import(card),
        "MobilePrimitives.NumericResponse" => open_response::import_number(card),
        "SmartDevices.LocationResponse" | location::KIND => location::import(card),
        "SmartDevices.PhotoResponse" => open_response::import(card),
        select_one::DYNAMIC => select_one::import_dynamic(card),
        flows::SCHEDULE => flows::import_schedule(card),
        content::KIND => content::import(card),
        chat_property::KIND => chat_property::import(card),
        message_property::KIND => message_property::import(card),
        call_to_action::KIND => call_to_action::import(card),
        catalog::KIND => catalog::import(card),
        send_flow::KIND => send_flow::import(card),
        template::KIND => template::import(block, card),
        webhook::KIND | "Core.Webhook" => webhook::import(card),
        wait::KIND => wait::import(card),
        experiment::KIND => experiment::import(block, card),
        statement::KIND => statement::import(card)?,
        _ => return None,
    })
}
