//! Names of other programs as names of cards and variables.

use std::collections::HashSet;

use crate::compiler::is_name;
use crate::statements::choices::snake_case;

/// Longest name that is made; the rest is cut off.
const MAX_NAME: usize = 60;

/// `send the greeting` -> `SendTheGreeting`
pub(crate) fn of_card(text: &str) -> String {
    let mut name = String::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
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
    let words: Vec<&str> =
        text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    usable(snake_case(&words.join("_")), "value")
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
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// The name, with a number behind it when another has it already.
    pub(crate) fn unique(&mut self, name: &str) -> String {
        let mut unique = name.to_owned();
        let mut number = 2;
        while !self.0.insert(unique.to_lowercase()) {
            unique = format!("{name}{number}");
            number += 1;
        }
        unique
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
