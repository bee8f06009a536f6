//! `Io.Turn.WhatsAppTemplateMessage`: an approved template.

use expression::{Expr, ExprKind, Span};
use serde_json::{Value, json};

use super::super::container::Block;
use super::super::export::{CardWriter, Draft};
use super::super::formulas::{expression, from_expression, from_template};
use super::super::import::{CardReader, by_choice};
use super::Exits;
use crate::engine::MediaKind;
use crate::model::{Formula, Words};
use crate::statements::{Action, Choices, Fills, SendMessageTemplate};

pub(super) const KIND: &str = "Io.Turn.WhatsAppTemplateMessage";

/// Computed parameters, and computed buttons.
const COMPUTED: &str = "expression";

pub(super) fn export(send: &SendMessageTemplate, card: &mut CardWriter<'_, '_>) {
    let mut components = Vec::new();
    let component = |kind: &str, parameters: Vec<Value>| json!({ "type": kind, "sub_type": null, "index": null, "parameters": parameters });
    if let Some((kind, url)) = &send.header {
        let kind = kind.name();
        components.push(component("header", vec![json!({ "type": kind, kind: { "link": expression(url) } })]));
    }
    match send.parameters.as_ref().map(|parameters| (&parameters.kind, parameters)) {
        None => {}
        Some((ExprKind::List(items), _)) => {
            let parameter = |item: &Expr| json!({ "type": "text", "text": expression(item) });
            components.push(component("body", items.iter().map(parameter).collect()));
        }
        Some((_, parameters)) => components.push(json!({ "type": "body", COMPUTED: expression(parameters) })),
    }
    let (ways, computed) = match &send.buttons {
        None => (Vec::new(), None),
        Some(Choices::Cards(cards)) => (cards.iter().map(|to| (Some(to.as_str()), card.label(to))).collect(), None),
        Some(Choices::Labelled(labels)) => {
            (labels.iter().map(|(to, label)| (Some(to.as_str()), label.clone())).collect(), None)
        }
        Some(Choices::Values(values)) => (values.iter().map(|value| (None, value.clone())).collect(), None),
        Some(Choices::Dynamic { items, .. }) => (Vec::new(), Some(expression(items))),
    };
    let mut draft = Draft::new(KIND, "whatsapp_template_message");
    draft.name = send.variable.clone().or_else(|| Some(card.name("whatsapp_template_message")));
    for (index, (to, label)) in ways.into_iter().enumerate() {
        let payload = json!({ "type": "payload", "payload": card.show_words(&label) });
        let button = json!({ "type": "button", "sub_type": "quick_reply", "index": index, "parameters": [payload] });
        components.push(button);
        if let Some(to) = to {
            let destination = card.destination(to);
            draft =
                draft.exit(button_name(index), format!("block.value == \"{}\"", button_name(index)), None, destination);
        }
    }
    if let Some(computed) = computed {
        components.push(json!({ "type": "button", "sub_type": "quick_reply", COMPUTED: computed }));
    }
    let template = json!({
        "name": expression(&send.name),
        "language": { "code": expression(&send.language) },
        "components": components,
        "tracking": null,
    });
    card.push(draft.with("template", template));
}

fn button_name(index: usize) -> String {
    format!("template-btn-idx-{index}")
}

pub(super) fn import(block: &Block, card: &mut CardReader<'_, '_>) -> Exits {
    let Some(template) = card.config("template") else {
        card.not_imported();
        return Exits::Open;
    };
    let name = read(template.get("name"), card);
    let language = read(template.get("language").and_then(|language| language.get("code")), card);
    let components = template.get("components").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (mut parameters, mut header, mut labels, mut computed) = (None, None, Vec::new(), None);
    for component in components {
        let given = component.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let source = component.get(COMPUTED);
        match component.get("type").and_then(Value::as_str) {
            Some("header") => header = header.or_else(|| given.iter().find_map(|given| read_header(given, card))),
            Some("body") if source.is_some() => parameters = Some(read(source, card)),
            Some("body") => {
                let items = given.iter().map(|given| (*read(given.get("text"), card)).clone()).collect();
                parameters = Some(Formula::from(Expr::new(ExprKind::List(items), Span::default())));
            }
            Some("button") if source.is_some() => computed = Some(read(source, card)),
            Some("button") => {
                let payload = given.iter().find_map(|given| given.get("payload")?.as_str()).unwrap_or_default();
                labels.push(card.shown_at(payload).text().unwrap_or_else(|| Formula::text(payload).into()));
            }
            _ => {}
        }
    }
    let variable = card.variable();
    let buttons = computed.map(|items| Choices::Dynamic { card: None, items });
    let buttons = buttons.or_else(|| read_buttons(block, labels, card));
    card.push(Action::SendMessageTemplate(SendMessageTemplate {
        variable,
        name,
        language,
        parameters,
        header,
        fills: Fills::default(),
        buttons,
    }));
    card.follow_others();
    Exits::Done
}

fn read_buttons(block: &Block, labels: Vec<Words>, card: &mut CardReader<'_, '_>) -> Option<Choices> {
    let ways = by_choice(block);
    if ways.is_empty() {
        return (!labels.is_empty()).then_some(Choices::Values(labels));
    }
    let cards = (0..ways.len().max(labels.len())).map(|index| {
        let exit = ways.get(&button_name(index)).copied();
        let label = labels.get(index).cloned().unwrap_or_else(|| Formula::text(&button_name(index)).into());
        let name = super::super::names::of_card(label.text.as_text().unwrap_or("Button"));
        card.labelled_way(&name, exit, label)
    });
    Some(Choices::Cards(cards.collect()))
}

fn read(value: Option<&Value>, card: &mut CardReader<'_, '_>) -> Formula {
    let source = value.and_then(Value::as_str).unwrap_or_default();
    let formula = from_expression(source).unwrap_or_else(|_| from_template(source));
    card.rewritten(formula)
}

fn read_header(parameter: &Value, card: &mut CardReader<'_, '_>) -> Option<(MediaKind, Formula)> {
    let kind = [MediaKind::Image, MediaKind::Video, MediaKind::Document];
    let kind = kind.into_iter().find(|kind| parameter.get("type").and_then(Value::as_str) == Some(kind.name()))?;
    Some((kind, read(parameter.get(kind.name())?.get("link"), card)))
}
