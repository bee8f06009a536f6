//! `contacts` messages: business cards.

use serde_json::Value;

use super::Fields;
use crate::graph_error::GraphError;

const NAME_PARTS: &[&str] = &["first_name", "last_name", "middle_name", "suffix", "prefix"];

/// At most 257 cards, each with a formatted name and at least one more part of it.
pub(super) fn check(content: &Value) -> Result<(), GraphError> {
    let Value::Array(cards) = content else {
        return Err(GraphError::parameter("Param contacts must be an array."));
    };
    if cards.is_empty() || cards.len() > 257 {
        return Err(GraphError::invalid(format!("contacts must have 1 to 257 items, got {}.", cards.len())));
    }
    for (index, card) in cards.iter().enumerate() {
        let card = Fields::of(card, format!("contacts[{index}]"))?;
        card.only(&["name", "phones", "emails", "addresses", "urls", "org", "birthday"])?;
        let name = card.object("name")?;
        name.only(&[&["formatted_name"], NAME_PARTS].concat())?;
        name.text("formatted_name", 512)?;
        let mut parts = 0;
        for part in NAME_PARTS {
            parts += usize::from(name.optional_text(part, 512)?.is_some());
        }
        if parts == 0 {
            return Err(GraphError::missing(format!(
                "{} needs formatted_name and at least one of {}.",
                card.path_of("name"),
                NAME_PARTS.join(", ")
            )));
        }
        for (key, known) in [
            ("phones", &["phone", "type", "wa_id"][..]),
            ("emails", &["email", "type"]),
            ("urls", &["url", "type"]),
            ("addresses", &["street", "city", "state", "zip", "country", "country_code", "type"]),
        ] {
            for item in card.optional_objects(key)? {
                item.only(known)?;
                for word in known {
                    item.optional_text(word, 1_000)?;
                }
            }
        }
        if let Some(organisation) = card.optional_object("org")? {
            organisation.only(&["company", "department", "title"])?;
        }
        if let Some(birthday) = card.optional_text("birthday", 10)?
            && birthday.parse::<jiff::civil::Date>().is_err()
        {
            return Err(GraphError::invalid(format!(
                "{} must be YYYY-MM-DD, got \"{birthday}\".",
                card.path_of("birthday")
            )));
        }
    }
    Ok(())
}
