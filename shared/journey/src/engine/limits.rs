//! The limits of the Cloud API for messages
//! (<https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>,
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>). Lengths are in characters.

use super::{Message, Run};
use crate::model::Formula;

/// A text message.
pub(crate) const TEXT: usize = 4096;
/// The body of buttons and lists.
pub(crate) const BODY: usize = 1024;
/// A text above a body.
pub(crate) const HEADER: usize = 60;
/// A text below a body.
pub(crate) const FOOTER: usize = 60;
/// The text under a file.
pub(crate) const CAPTION: usize = 1024;
/// Buttons of a message.
pub(crate) const BUTTONS: usize = 3;
/// The title of a button.
pub(crate) const BUTTON_TITLE: usize = 20;
/// The button that opens a list.
pub(crate) const LIST_BUTTON: usize = 20;
/// The button that opens a form.
pub(crate) const FLOW_BUTTON: usize = 30;
/// Rows of a list.
pub(crate) const ROWS: usize = 10;
/// The title of a row.
pub(crate) const ROW_TITLE: usize = 24;
/// The text under the title of a row.
pub(crate) const ROW_DESCRIPTION: usize = 72;
/// Quick replies of a template.
pub(crate) const TEMPLATE_BUTTONS: usize = 10;
/// The title of a quick reply of a template.
pub(crate) const TEMPLATE_BUTTON_TITLE: usize = 25;

/// Bytes of JSON of a profile field, a result, or all values of the choices of a question.
pub(crate) const LASTING: usize = 32 * 1024;
/// Bytes of JSON of all variables of a session that are kept while it waits: it is stored in one item with the
/// conversation, which may have 400 KB. Larger ones can be worked with until then.
pub(crate) const VARIABLES: usize = 128 * 1024;

/// Bytes of a text in a trace: a formula, or the text of a contact in it, may be long.
const NOTE: usize = 1000;

/// Cuts the middle out of a text for the trace that is too long: it begins with the place and ends with what is wrong.
pub(crate) fn abridge(text: String) -> String {
    if text.len() <= NOTE {
        return text;
    }
    let head = text.floor_char_boundary(NOTE / 2 - '…'.len_utf8());
    let tail = text.ceil_char_boundary(text.len() - NOTE / 2);
    format!("{}…{}", &text[..head], &text[tail..])
}

/// Whether a constant text is longer than WhatsApp shows.
pub(crate) fn is_longer(text: &Formula, limit: usize) -> bool {
    text.as_text().is_some_and(|text| text.chars().count() > limit)
}

/// Cuts a text that is too long, and says so in the trace.
pub(crate) fn shorten(text: &str, limit: usize, run: &mut Run<'_>) -> String {
    let text = text.trim();
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    run.mistake(format!("`{text}` was cut to the {limit} characters WhatsApp shows."));
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Sends all of a long body but its last part, which is given back: nothing is lost.
pub(crate) fn send_all_but_last(body: &str, limit: usize, run: &mut Run<'_>) -> String {
    let mut parts = split(body.trim(), limit);
    let last = parts.pop().unwrap_or_default().to_owned();
    for part in parts {
        run.send(Message::Text { body: part.to_owned() });
    }
    last
}

/// Cuts a text into parts of at most `limit` characters, between lines or words where that is possible.
pub(crate) fn split(mut text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    while let Some((end, _)) = text.char_indices().nth(limit) {
        let head = &text[..end];
        let at = head.rfind('\n').or_else(|| head.rfind(' ')).filter(|at| *at > 0).unwrap_or(end);
        parts.push(text[..at].trim_end());
        text = text[at..].trim_start();
    }
    parts.push(text);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_note_keeps_its_beginning_and_its_end() {
        assert_eq!(abridge("x".repeat(NOTE)), "x".repeat(NOTE));
        let short = abridge(format!("`{}` is missing.", "ñ".repeat(NOTE)));
        assert!(short.len() <= NOTE && short.starts_with("`ñ") && short.contains("ñ…ñ"), "{short}");
        assert!(short.ends_with("` is missing."), "{short}");
    }

    #[test]
    fn long_texts_are_cut_between_words() {
        assert_eq!(split("", 3), [""]);
        assert_eq!(split("abc", 3), ["abc"]);
        assert_eq!(split("abcdef", 3), ["abc", "def"]);
        assert_eq!(split("uno dos tres", 8), ["uno dos", "tres"]);
        assert_eq!(split("uno\ndos tres", 8), ["uno", "dos tres"]);
        assert_eq!(split("ñññññ", 2), ["ññ", "ññ", "ñ"]);
    }
}
