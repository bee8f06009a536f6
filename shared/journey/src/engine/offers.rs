//! What is offered to choose from, brought within the limits of WhatsApp.

use std::collections::HashSet;

use expression::Value;

use super::effect::Choice;
use super::input::write_choice;
use super::limits::{LASTING, ROW_DESCRIPTION, shorten};
use super::size::stored_size;
use super::{Answer, Header, How, Next, Run, TraceEvent, Wait};
use crate::statements::choices::Menu;

/// Something to choose.
#[derive(Debug, PartialEq)]
pub(crate) struct Offer {
    pub(crate) title: String,
    /// What choosing it gives; null when it is the title, or known to the program.
    pub(crate) value: Value,
    pub(crate) description: Option<String>,
}

impl Offer {
    /// The offers of a computed list: texts, `[id, title]`, `[id, title, description]`, or maps with these keys.
    pub(crate) fn of(items: &Value) -> Vec<Self> {
        let Value::List(items) = items.acting() else {
            return Vec::new();
        };
        items.iter().map(Self::item).collect()
    }

    fn item(item: &Value) -> Self {
        let parts = match item.acting() {
            Value::List(parts) => [parts.first(), parts.get(1), parts.get(2)].map(|part| part.cloned()),
            Value::Map(_) => ["id", "title", "description"].map(|key| item.field(key).cloned()),
            other => [Some(other.clone()), None, None],
        };
        let [id, title, description] = parts;
        let id = id.unwrap_or_default();
        let title = title.unwrap_or_else(|| id.clone()).text();
        let description = description.map(|text| text.text()).filter(|text| !text.trim().is_empty());
        // A text id that is the title need not be stored with the session.
        let value = if matches!(&id, Value::Text(text) if **text == *title) { Value::Null } else { id };
        Self { title, value, description }
    }
}

impl Run<'_> {
    /// Opens a wait for a choice: at most `count` offers with titles of at most `length` characters, all different.
    pub(crate) fn offer(
        &mut self,
        mut offers: Vec<Offer>,
        count: usize,
        length: usize,
    ) -> (Wait, Vec<(Choice, Option<String>)>) {
        if offers.is_empty() {
            self.mistake("There is nothing to choose from; only the text was sent.".to_owned());
        }
        if offers.len() > count {
            self.mistake(format!("There are {} choices; WhatsApp shows the first {count}.", offers.len()));
            offers.truncate(count);
        }
        let mut seen = HashSet::new();
        for (index, offer) in offers.iter_mut().enumerate() {
            let written = offer.title.trim().to_owned();
            let mut title = shorten(&written, length, self);
            if title.is_empty() {
                self.mistake(format!("Choice {} has no title.", index + 1));
                title = (index + 1).to_string();
            }
            if !seen.insert(title.to_lowercase()) {
                // WhatsApp refuses equal titles.
                self.mistake(format!("Two choices are called `{title}`."));
                let end = format!(" {}", index + 1);
                title = title.chars().take(length.saturating_sub(end.len())).collect::<String>() + &end;
                seen.insert(title.to_lowercase());
            }
            if title != offer.title && offer.value == Value::Null && written != title {
                offer.value = Value::from(std::mem::take(&mut offer.title));
            }
            offer.title = title;
        }
        // What cannot be stored while the journey waits, by itself or with the others, is told by its title.
        let mut left = LASTING;
        let mut kept = |offer: &Offer| {
            left -= stored_size(&offer.value, left)?;
            Some(offer.value.clone())
        };
        let values: Vec<Value> = offers.iter().map(|offer| kept(offer).unwrap_or_default()).collect();
        let values = if values.iter().any(|value| *value != Value::Null) { values } else { Vec::new() };
        let titles = offers.iter().map(|offer| offer.title.clone()).collect();
        let wait = self.open_wait(titles, values);
        let id = wait.id();
        let choices = offers
            .into_iter()
            .enumerate()
            .map(|(index, offer)| {
                let description = offer.description.map(|text| shorten(&text, ROW_DESCRIPTION, self));
                (Choice { id: write_choice(id, index), title: offer.title }, description)
            })
            .collect();
        (wait, choices)
    }

    /// Keeps what was chosen, or written instead, and goes where that leads.
    pub(crate) fn choose(&mut self, variable: Option<&str>, menu: &Menu, answer: &Answer<'_>) -> Next {
        match answer {
            Answer::Chosen(chosen) => {
                let value = menu.value(chosen);
                self.remember(&chosen.title, &value);
                self.keep(variable, value);
                menu.follow(chosen)
            }
            other => {
                let value = other.value(None, self.locale());
                self.remember(&value.text(), &Value::Null);
                self.keep(variable, value);
                Next::NotUnderstood { by_card: menu.leads_to_cards() }
            }
        }
    }

    /// The text of a header where only a text can be; a file goes out before.
    pub(crate) fn text_header(&mut self, header: Header) -> Option<String> {
        match header {
            Header::Text { text } => Some(text),
            Header::Media { kind, url, filename } => {
                self.send(super::Message::Media { kind, url, caption: None, filename });
                None
            }
            Header::Location { .. } => None,
        }
    }

    /// Notes in the trace how the contact answered.
    pub(crate) fn note_answer(&mut self, answer: &Answer<'_>, is_stale: bool) {
        let card = self.card_name();
        if is_stale {
            self.trace(TraceEvent::StaleChoice { card: card.clone() });
        }
        let how = match answer {
            Answer::Chosen(chosen) if chosen.tapped => How::Tapped { choice: chosen.index },
            Answer::Chosen(chosen) => How::Wrote { choice: chosen.index },
            Answer::Text(_) => How::Text,
            Answer::Kind(kind) | Answer::File(kind, _) => How::Other { kind: (*kind).to_owned() },
            Answer::Place(_) => How::Other { kind: "location".to_owned() },
            Answer::Form(_) => How::Other { kind: "form".to_owned() },
        };
        self.trace(TraceEvent::Answered { card, how });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_computed_lists() {
        let json = serde_json::json!(["Yes", ["n", "No"], ["x", "x"], [7, "Seven", "the number"], {"id": "m", "title": "M"}, [], null]);
        let offers = Offer::of(&Value::from(json));
        let offer = |title: &str, value: Value, description: Option<&str>| Offer {
            title: title.into(),
            value,
            description: description.map(str::to_owned),
        };
        assert_eq!(
            offers,
            [
                offer("Yes", Value::Null, None),
                offer("No", "n".into(), None),
                offer("x", Value::Null, None),
                offer("Seven", Value::Int(7), Some("the number")),
                offer("M", "m".into(), None),
                offer("", Value::Null, None),
                offer("", Value::Null, None),
            ]
        );
        assert_eq!(Offer::of(&Value::Null), []);
        assert_eq!(Offer::of(&"text".into()), []);
    }
}
