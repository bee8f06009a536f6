//! What makes a session go on.

use expression::Value;

use super::session::Wait;

/// What makes a session go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// The contact answered.
    Reply(Reply<'a>),
    /// The timer of a wait went off.
    Timer {
        /// The id of that wait.
        wait: u32,
    },
    /// Nothing happened, but the session may go on.
    Resume,
}

/// A message of the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reply<'a> {
    /// Its text: of a text message, or the title of a tapped button or row. Not the caption of a file.
    pub text: Option<&'a str>,
    /// The id of the tapped button or row, or the payload of a template's button.
    pub choice: Option<&'a str>,
    /// Its type in the Cloud API: `text`, `interactive`, `button`, `image`, `sticker` …
    pub kind: &'a str,
}

impl<'a> Reply<'a> {
    /// A text message.
    #[must_use]
    pub fn text(text: &'a str) -> Self {
        Self { text: Some(text), choice: None, kind: "text" }
    }

    /// A tap on a button or row.
    #[must_use]
    pub fn tap(id: &'a str, title: &'a str) -> Self {
        Self { text: Some(title), choice: Some(id), kind: "interactive" }
    }

    /// A message without a text, such as an image or a sticker.
    #[must_use]
    pub fn of_kind(kind: &'a str) -> Self {
        Self { text: None, choice: None, kind }
    }
}

/// What a reply means to the wait it answers.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer<'a> {
    /// One of the choices.
    Chosen(Chosen),
    /// A text that is none of them.
    Text(&'a str),
    /// A message that is no text.
    Kind(&'a str),
}

/// The choice that was made.
#[derive(Debug, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) index: usize,
    pub(crate) title: String,
    /// Only of choices computed when they were shown, when it is not the title.
    pub(crate) value: Option<Value>,
    /// By its id; otherwise by writing its title.
    pub(crate) tapped: bool,
}

impl<'a> Answer<'a> {
    /// What the reply means; and whether it is a tap on something that is no longer asked.
    pub(crate) fn of(reply: &Reply<'a>, wait: &Wait) -> (Self, bool) {
        let Wait::Reply { id, titles, values, .. } = wait;
        let chosen = |index: usize, tapped| {
            let title = titles.get(index)?.clone();
            let value = values.get(index).filter(|value| **value != Value::Null).cloned();
            Some(Self::Chosen(Chosen { index, title, value, tapped }))
        };
        let by_id = reply.choice.and_then(|choice| read_choice(choice, *id)).and_then(|index| chosen(index, true));
        // Buttons of this engine that are not of this wait: their title must not choose one of the present buttons.
        let is_stale = by_id.is_none() && reply.choice.is_some_and(is_choice);
        let by_title = || {
            let text = reply.text.filter(|_| !is_stale)?.trim().to_lowercase();
            let index = titles.iter().position(|title| title.trim().to_lowercase() == text)?;
            chosen(index, false)
        };
        let answer = by_id.or_else(by_title).unwrap_or(match reply.kind {
            "text" | "interactive" | "button" | "" => Self::Text(reply.text.unwrap_or_default()),
            kind => Self::Kind(kind),
        });
        (answer, is_stale)
    }

    /// The value of a free answer: a number, date or boolean when the text spells one, otherwise the text; the kind of a
    /// message that is no text. At most `limit` characters.
    pub(crate) fn value(&self, limit: Option<usize>) -> Value {
        let cut = |text: &str| match limit {
            Some(limit) => Value::coerced(&text.chars().take(limit).collect::<String>()),
            None => Value::coerced(text),
        };
        match self {
            Self::Chosen(chosen) => chosen.value.clone().unwrap_or_else(|| Value::from(chosen.title.as_str())),
            Self::Text(text) => cut(text),
            Self::Kind(kind) => Value::from(*kind),
        }
    }
}

/// The id of a choice: the wait in hexadecimal, a dot, its number.
pub(crate) fn write_choice(wait: u32, index: usize) -> String {
    format!("{wait:08x}.{index}")
}

/// The number of a choice of this wait.
fn read_choice(id: &str, wait: u32) -> Option<usize> {
    let (written, index) = id.split_once('.')?;
    (is_choice(id) && u32::from_str_radix(written, 16) == Ok(wait)).then_some(())?;
    index.parse().ok()
}

/// Whether the id has the form of [`write_choice`].
fn is_choice(id: &str) -> bool {
    id.split_once('.').is_some_and(|(wait, index)| {
        wait.len() == 8
            && wait.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !index.is_empty()
            && index.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait() -> Wait {
        Wait::Reply {
            id: 0x9f3a_21c4,
            titles: vec!["Sí ".into(), "No".into(), "34".into()],
            values: vec![Value::Null, "n".into()],
            deadline: None,
            wakes: false,
        }
    }

    #[test]
    fn bad_ids_choose_nothing() {
        for id in ["", ".", "9f3a21c4", "9f3a21c4.", "9f3a21c4.-1", "9f3a21c4.9", "+f3a21c4.0", "9f3a21c40.0", "é.0"] {
            let (answer, _) = Answer::of(&Reply { text: None, choice: Some(id), kind: "interactive" }, &wait());
            assert_eq!(answer, Answer::Text(""), "{id}");
        }
    }

    #[test]
    fn an_old_button_with_the_same_title_chooses_nothing() {
        let (answer, stale) = Answer::of(&Reply::tap("00000001.1", "No"), &wait());
        assert_eq!((answer, stale), (Answer::Text("No"), true));
    }

    #[test]
    fn choices_by_id_and_by_title() {
        let id = write_choice(0x9f3a_21c4, 1);
        let chosen = |index, title: &str, value: Option<&str>, tapped| {
            let (title, value) = (title.to_owned(), value.map(Value::from));
            (Answer::Chosen(Chosen { index, title, value, tapped }), false)
        };
        assert_eq!(Answer::of(&Reply::tap(&id, "whatever"), &wait()), chosen(1, "No", Some("n"), true));
        assert_eq!(Answer::of(&Reply::text(" SÍ\n"), &wait()), chosen(0, "Sí ", None, false));
        assert_eq!(Answer::of(&Reply::text("34"), &wait()), chosen(2, "34", None, false));
        // The payload of a template's button may be anything; its title still chooses.
        assert_eq!(Answer::of(&Reply::tap("payload", "no"), &wait()), chosen(1, "No", Some("n"), false));
    }

    #[test]
    fn values_of_free_answers() {
        for (reply, value) in [
            (Reply::text("maybe"), Value::from("maybe")),
            (Reply::text(" 035 "), Value::from(" 035 ")),
            (Reply::text("35"), Value::Int(35)),
            (Reply::text(""), Value::from("")),
            (Reply::of_kind("text"), Value::from("")),
            (Reply::of_kind("sticker"), Value::from("sticker")),
            (Reply::of_kind("image"), Value::from("image")),
            (Reply { text: Some("a caption"), choice: None, kind: "video" }, Value::from("video")),
        ] {
            assert_eq!(Answer::of(&reply, &wait()).0.value(None), value, "{reply:?}");
        }
        assert_eq!(Answer::Text("añb").value(Some(2)), Value::from("añ"));
    }
}
