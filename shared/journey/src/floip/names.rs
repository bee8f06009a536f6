//! Names of other programs as names of cards and variables.

use std::collections::{HashMap, HashSet};

use expression::lexer::is_name_part;

use crate::compiler::is_name;
use crate::statements::choices::snake_case;

/// Longest name that is made; the rest is cut off.
const MAX_NAME: usize = 60;

/// `send the greeting` -> `SendTheGreeting`
pub(crate) fn of_card(text: &str) -> String {
    let mut name = String::new();
    for word in words(text) {
        let mut letters = word.chars();
        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(letters.as_str());
    }
    usable(name, "Card")
}

/// `Patient's Age` -> `patient_s_age`
pub(crate) fn of_variable(text: &str) -> String {
    if is_name(text) && !is_taken(text) {
        return text.to_owned();
    }
    let words: Vec<&str> = words(text).collect();
    usable(snake_case(&words.join("_")), "value")
}

/// The parts of a text that can stand in a name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter| letter == '_' || !is_name_part(letter)).filter(|word| !word.is_empty())
}

/// Whether every journey has something of this name.
fn is_taken(name: &str) -> bool {
    matches!(name.to_lowercase().as_str(), "contact" | "event" | "global")
}

fn usable(name: String, prefix: &str) -> String {
    let name: String = name.chars().take(MAX_NAME).collect();
    if is_name(&name) && !is_taken(&name) {
        return name;
    }
    let name = format!("{prefix}{}{name}", if prefix == "value" && !name.is_empty() { "_" } else { "" });
    if is_name(&name) { name } else { prefix.to_owned() }
}

/// The names that are in use.
#[derive(Debug, Default)]
pub(crate) struct Names {
    used: HashSet<String>,
    /// The number that comes next behind a name, so that many of one name take no longer than many names.
    next: HashMap<String, u32>,
}

impl Names {
    /// The name, with a number behind it when another has it already.
    pub(crate) fn unique(&mut self, name: &str) -> String {
        if self.used.insert(name.to_lowercase()) {
            return name.to_owned();
        }
        let next = self.next.entry(name.to_lowercase()).or_insert(2);
        loop {
            let unique = format!("{name}{next}");
            *next += 1;
            if self.used.insert(unique.to_lowercase()) {
                return unique;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_name() {
        for (text, card, variable) in [
            ("send the greeting", "SendTheGreeting", "send_the_greeting"),
            ("Patient's Age", "PatientSAge", "patient_s_age"),
            ("1", "Card1", "value_1"),
            ("¿?", "Card", "value"),
            ("if", "CardIf", "value_if"),
            ("contact", "CardContact", "value_contact"),
            ("año", "Año", "año"),
        ] {
            assert_eq!((of_card(text).as_str(), of_variable(text).as_str()), (card, variable), "{text}");
            assert!(is_name(&of_card(text)) && is_name(&of_variable(text)));
        }
        let mut names = Names::default();
        assert_eq!(["A", "a", "A"].map(|name| names.unique(name)), ["A", "a2", "A3"]);
    }
}
