//! Prints a code cell: triggers, settings and cards, in their canonical form.

use super::printer::{Printer, inline_call};
use crate::model::{Card, Code, Formula, ItemKind};

/// Prints the code of a cell.
pub(super) fn print(code: &Code, printer: &mut Printer) {
    match &code.wrapper {
        Some(name) => {
            printer.line(&format!("stack {name} do"));
            printer.nested(|printer| print_items(code, printer));
            printer.line("end");
        }
        None => print_items(code, printer),
    }
}

fn print_items(code: &Code, printer: &mut Printer) {
    let mut after_trigger = false;
    for item in &code.items {
        let is_card = matches!(item.kind, ItemKind::Card(_));
        if is_card || !after_trigger {
            printer.gap();
        }
        after_trigger = !is_card;
        printer.comments(&item.comments);
        match &item.kind {
            ItemKind::Trigger(trigger) => {
                let head = inline_call("trigger", trigger.arguments(), item.extra.as_deref());
                match &trigger.condition {
                    Some(condition) => print_trigger(&head, condition, printer),
                    None => printer.line(&head),
                }
            }
            ItemKind::Setting(setting) => {
                let line = inline_call(setting.name(), setting.arguments(), item.extra.as_deref());
                printer.line(&line);
            }
            ItemKind::Card(card) => print_card(card, printer),
        }
    }
    if !code.comments.is_empty() {
        printer.gap();
        printer.comments(&code.comments);
    }
}

fn print_trigger(head: &str, condition: &Formula, printer: &mut Printer) {
    let line = format!("{head} when {condition}");
    if printer.column() + line.chars().count() <= Printer::width() {
        printer.line(&line);
    } else {
        printer.line(head);
        printer.value_line("when ", condition, "");
    }
}

fn print_card(card: &Card, printer: &mut Printer) {
    let mut head = format!("card {}", card.name);
    if let Some(label) = &card.label {
        head.push_str(&format!(", {}", label.text));
        for (language, text) in &label.languages {
            head.push_str(&format!(", {language}: {text}"));
        }
    }
    for (key, value) in &card.metadata {
        head.push_str(&format!(", {key}: {value}"));
    }
    if let Some(seconds) = card.timeout {
        head.push_str(&format!(", timeout: {seconds}"));
    }
    if let Some(card) = &card.on_timeout {
        head.push_str(&format!(", on_timeout: {card}"));
    }
    let guard = card.guard.as_ref().map(|guard| format!("when {guard}"));
    let then = card.then.as_ref().map(|then| format!("then: {then}"));
    let length = head.chars().count()
        + guard.as_ref().map_or(0, |guard| guard.chars().count() + 1)
        + then.as_ref().map_or(0, |then| then.chars().count() + 2);
    let is_long = printer.column() + length + 3 > Printer::width();
    // Under the name of the card: behind `card `.
    let inside = if is_long { format!("\n{}", " ".repeat(printer.column() + 5)) } else { " ".to_owned() };
    if let Some(guard) = card.guard.as_ref().filter(|_| is_long) {
        head.push_str(&format!(
            "{inside}when {}",
            printer.wrapped(guard, 5, "when ", if then.is_some() { "," } else { " do" })
        ));
    } else if let Some(guard) = guard {
        head.push_str(&format!(" {guard}"));
    }
    if let Some(then) = then {
        head.push_str(&format!(",{inside}{then}"));
    }
    head.push_str(" do");
    printer.line(&head);
    printer.statements(&card.statements, &card.comments);
    printer.line("end");
}
