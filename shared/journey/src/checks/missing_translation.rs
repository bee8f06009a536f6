//! `missing-translation`: a text that is not there in all languages of the journey.

use std::collections::HashSet;

use super::context::Context;
use super::{Check, Report, reads};
use crate::model::{Setting, Words, base_language};
use crate::statements::Choices;

pub(super) const CHECK: Check = check!(
    "missing-translation",
    Warning,
    "This text is not there in all languages of the journey.",
    "People read it in the first language, in the middle of a conversation in their own. Add the language: \
     `text(\"Hola\", en: \"Hello\")`.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    // The canvas gives every card a label; people read those of cards that a choice leads to.
    let chosen: HashSet<&str> = context
        .sites()
        .filter_map(|site| match site.choices()? {
            Choices::Cards(cards) => Some(cards.iter().map(String::as_str)),
            _ => None,
        })
        .flatten()
        .collect();
    let offered = context.cards.iter().filter(|node| chosen.contains(node.card.name.as_str()));
    let labels = offered.filter_map(|node| Some((node.place(), node.card.label.as_ref()?)));
    let sites = context.sites().flat_map(|site| site.parts.words.iter().map(|(_, words)| (site.place, *words)));
    let all: Vec<_> = labels.chain(sites).collect();
    let mut languages: Vec<&str> = Vec::new();
    for (code, _) in all.iter().flat_map(|(_, words)| &words.languages) {
        add(&mut languages, code);
    }
    if languages.is_empty() {
        return;
    }
    let own = context.settings().find_map(|(_, setting)| match setting {
        Setting::Language(code) => Some(code.as_str()),
        _ => None,
    });
    let used = languages.len();
    for code in context.surroundings.languages.unwrap_or_default() {
        add(&mut languages, code);
    }
    // Without `language("…")` nobody says which language the first text is in; it may be any of the organisation's.
    let unsaid = usize::from(own.is_none());
    for (place, words) in all {
        let has = |code: &str| words.languages.iter().map(|(has, _)| has.as_str()).chain(own).any(|has| is_same(has, code));
        let is_alone = words.languages.is_empty();
        let (wanted, tolerated) = if is_alone { (&languages[..used], 0) } else { (&languages[..], unsaid) };
        let missing: Vec<&str> = wanted.iter().copied().filter(|code| !has(code)).collect();
        if missing.len() > tolerated && is_prose(words) {
            let codes = missing.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
            let shown = words.text.to_string();
            let message = format!("{} is not there in {codes}.", crate::compiler::shorten(&shown));
            let hint = format!("Add `{}: \"…\"`.", missing.first().copied().unwrap_or_default());
            report.add(place, message, hint);
        }
    }
}

fn add<'l>(languages: &mut Vec<&'l str>, code: &'l str) {
    if base_language(code).is_some() && !languages.iter().any(|other| is_same(other, code)) {
        languages.push(code);
    }
}

/// Whether two codes name one language, whatever the country.
fn is_same(one: &str, other: &str) -> bool {
    base_language(one) == base_language(other)
}

/// Whether there are words in a text, not only references, numbers and signs, and it does not choose its language itself:
/// `if(contact.language == "en", "Hello", "Hola")`.
fn is_prose(words: &Words) -> bool {
    let mut prose = false;
    reads::texts(&words.text, &mut |text| prose |= text.chars().filter(|c| c.is_alphabetic()).count() > 1);
    let mut chooses = false;
    reads::fields(&words.text, &mut |base, field, _| chooses |= base == "contact" && field == "language");
    prose && !chooses
}
