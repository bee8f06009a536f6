//! What makes a session go on.

use expression::{Locale, Value};

use super::session::Wait;
use super::{CallOutcome, size, written};

/// What makes a session go on.
#[derive(Debug, Clone, PartialEq)]
pub enum Input<'a> {
    /// The contact answered.
    Reply(Reply<'a>),
    /// The timer of a wait went off.
    Timer {
        /// The id of that wait.
        wait: u32,
    },
    /// A request to a web service came to its end.
    Call {
        /// The id of the wait: [`super::Call::id`].
        wait: u32,
        /// What came of it.
        outcome: CallOutcome,
    },
    /// Nothing happened, but the session goes on where it stands: a question is asked again, a request made again, a pause
    /// ends, and the team gives the conversation back.
    Resume,
}

/// A message of the contact.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reply<'a> {
    /// Its text: of a text message, or the title of a tapped button or row. Not the caption of a file.
    pub text: Option<&'a str>,
    /// The id of the tapped button or row, or the payload of a template's button.
    pub choice: Option<&'a str>,
    /// Its type in the Cloud API: `text`, `interactive`, `button`, `image`, `sticker` …
    pub kind: &'a str,
    /// What it brings that is no text.
    pub attachment: Option<Attachment<'a>>,
}

/// What a message brings that is no text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Attachment<'a> {
    /// A file: of an image, video, audio, document or sticker.
    File {
        /// Its id at Meta.
        id: &'a str,
        /// Its media type, such as `image/jpeg`.
        mime_type: Option<&'a str>,
        /// The text under it.
        caption: Option<&'a str>,
        /// The name of a document.
        filename: Option<&'a str>,
    },
    /// A place.
    Place {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Its name.
        name: Option<&'a str>,
        /// Its address.
        address: Option<&'a str>,
    },
    /// A WhatsApp Flow that was filled in.
    Form {
        /// The `response_json` of the `nfm_reply`.
        response: &'a str,
    },
}

impl<'a> Reply<'a> {
    /// A text message.
    #[must_use]
    pub fn text(text: &'a str) -> Self {
        Self { text: Some(text), kind: "text", ..Self::default() }
    }

    /// A tap on a button or row.
    #[must_use]
    pub fn tap(id: &'a str, title: &'a str) -> Self {
        Self { text: Some(title), choice: Some(id), kind: "interactive", ..Self::default() }
    }

    /// A message without a text, such as an image or a sticker.
    #[must_use]
    pub fn of_kind(kind: &'a str) -> Self {
        Self { kind, ..Self::default() }
    }

    /// A message that brings something.
    #[must_use]
    pub fn with(kind: &'a str, attachment: Attachment<'a>) -> Self {
        Self { kind, attachment: Some(attachment), ..Self::default() }
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
    /// A file, with its kind: a map that acts as the kind.
    File(&'a str, Value),
    /// A place: a map.
    Place(Value),
    /// A form that was filled in: a map.
    Form(Value),
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
        let (id, titles, values, takes_foreign) = match wait {
            Wait::Reply { id, titles, values, foreign, .. } => (id, titles.as_slice(), values.as_slice(), *foreign),
            Wait::Call { id } | Wait::Timer { id, .. } | Wait::HandBack { id } => {
                (id, [].as_slice(), [].as_slice(), true)
            }
        };
        let chosen = |index: usize, tapped| {
            let title = titles.get(index)?.clone();
            let value = values.get(index).filter(|value| **value != Value::Null).cloned();
            Some(Self::Chosen(Chosen { index, title, value, tapped }))
        };
        let by_id = reply.choice.and_then(|choice| read_choice(choice, *id)).and_then(|index| chosen(index, true));
        let (attached, token) = reply.attachment.map_or((None, None), |attachment| attachment.read(reply.kind));
        // Buttons and forms of this engine that are not of this wait: a title must not choose one of the present buttons.
        let is_old = |token: &String| is_choice(token) && read_choice(token, *id).is_none();
        let is_stale = by_id.is_none() && (reply.choice.is_some_and(is_choice) || token.as_ref().is_some_and(is_old));
        let by_title = || chosen(written::choice(titles, reply.text.filter(|_| !is_stale)?)?, false);
        let made = by_id.or_else(by_title);
        // Nor are buttons that somebody else has sent, a reminder for example, unless they may be of this question.
        let is_stale = is_stale || (made.is_none() && reply.choice.is_some() && !takes_foreign);
        let attached = attached.filter(|_| !is_stale);
        let answer = made.or(attached).unwrap_or(match reply.kind {
            "text" | "interactive" | "button" | "" => Self::Text(reply.text.unwrap_or_default()),
            kind => Self::Kind(kind),
        });
        (answer, is_stale)
    }

    /// Whether a person can hardly have meant this as an answer: no text, or an empty one.
    pub(crate) fn says_nothing(&self) -> bool {
        match self {
            Self::Chosen(_) => false,
            Self::Text(text) => text.trim().is_empty(),
            Self::Kind(_) | Self::File(..) | Self::Place(_) | Self::Form(_) => true,
        }
    }

    /// Whether nobody can have meant this as an answer to a question without choices, which may ask for a picture or a place.
    pub(crate) fn is_no_answer(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Kind(kind) | Self::File(kind, _) => matches!(*kind, "sticker" | "reaction" | "unsupported"),
            Self::Chosen(_) | Self::Place(_) | Self::Form(_) => false,
        }
    }

    /// The value of a free answer of a contact of this locale: a number, date or boolean when the text spells one, otherwise the text; the kind of a
    /// message that is no text, and of a file its `id`, `mime_type`, `caption` and `filename` as well; the parts of a
    /// place or a form. At most `limit` characters of a text.
    pub(crate) fn value(&self, limit: Option<usize>, locale: Locale) -> Value {
        let cut = |text: &str| match limit {
            Some(limit) => Value::answered(&text.chars().take(limit).collect::<String>(), locale),
            None => Value::answered(text, locale),
        };
        match self {
            Self::Chosen(chosen) => chosen.value.clone().unwrap_or_else(|| Value::from(chosen.title.as_str())),
            Self::Text(text) => cut(text),
            Self::Kind(kind) => Value::from(*kind),
            Self::File(_, value) | Self::Place(value) | Self::Form(value) => value.clone(),
        }
    }
}

impl<'a> Attachment<'a> {
    /// What it means as an answer, and the token that came back with a form. A form that cannot be read is no answer.
    fn read(self, kind: &'a str) -> (Option<Answer<'a>>, Option<String>) {
        let given = |pairs: Vec<(&'static str, Option<Value>)>| {
            Value::map(pairs.into_iter().filter_map(|(key, value)| Some((key, value?))))
        };
        let text = |text: Option<&str>| text.map(Value::from);
        match self {
            Self::File { id, mime_type, caption, filename } => {
                let value = given(vec![
                    ("__value__", text(Some(kind))),
                    ("kind", text(Some(kind))),
                    ("id", text(Some(id))),
                    ("mime_type", text(mime_type)),
                    ("caption", text(caption)),
                    ("filename", text(filename)),
                ]);
                (Some(Answer::File(kind, value)), None)
            }
            Self::Place { latitude, longitude, name, address } => {
                let degrees = |degrees: f64| Some(degrees).filter(|degrees| degrees.is_finite()).map(Value::Float);
                let value = given(vec![
                    ("latitude", degrees(latitude)),
                    ("longitude", degrees(longitude)),
                    ("name", Some(name.into())),
                    ("address", Some(address.into())),
                ]);
                (Some(Answer::Place(value)), None)
            }
            Self::Form { response } => {
                let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_str(response) else {
                    return (Some(Answer::Kind("form")), None);
                };
                let token = fields.shift_remove("flow_token");
                let value = Value::from(serde_json::Value::Object(fields));
                let answer = if size::is_shallow(&value) { Answer::Form(value) } else { Answer::Kind("form") };
                (Some(answer), token.and_then(|token| token.as_str().map(str::to_owned)))
            }
        }
    }
}

/// The id of a choice: the wait in hexadecimal, a dot, its number.
pub(crate) fn write_choice(wait: u32, index: usize) -> String {
    format!("{wait:08x}.{index}")
}

/// The number of a choice of this wait.
pub(super) fn read_choice(id: &str, wait: u32) -> Option<usize> {
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
            claim: None,
            foreign: false,
        }
    }

    #[test]
    fn bad_ids_choose_nothing() {
        for id in ["", ".", "9f3a21c4", "9f3a21c4.", "9f3a21c4.-1", "9f3a21c4.9", "+f3a21c4.0", "9f3a21c40.0", "é.0"] {
            let (answer, _) = Answer::of(&Reply { choice: Some(id), kind: "interactive", ..Reply::default() }, &wait());
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
        assert_eq!(Answer::of(&Reply::text("si!"), &wait()), chosen(0, "Sí ", None, false));
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
            (Reply { text: Some("a caption"), ..Reply::of_kind("video") }, Value::from("video")),
        ] {
            assert_eq!(Answer::of(&reply, &wait()).0.value(None, Locale::UNKNOWN), value, "{reply:?}");
        }
        assert_eq!(Answer::Text("añb").value(Some(2), Locale::UNKNOWN), Value::from("añ"));
    }

    fn attached(kind: &str, attachment: Attachment<'_>) -> (Value, bool) {
        let (answer, is_stale) = Answer::of(&Reply::with(kind, attachment), &wait());
        (answer.value(None, Locale::UNKNOWN), is_stale)
    }

    #[test]
    fn forms_that_cannot_be_read_say_nothing() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
        for response in ["", "[]", "12", "{", "null", &deep] {
            assert_eq!(
                attached("interactive", Attachment::Form { response }),
                (Value::from("form"), false),
                "{response}"
            );
        }
    }

    #[test]
    fn forms_belong_to_their_wait() {
        let form = |token: &str| {
            let response = format!("{{\"name\":\"Ana\",\"age\":34,\"flow_token\":{token}}}");
            attached("interactive", Attachment::Form { response: &response })
        };
        let value: Value = serde_json::json!({"name": "Ana", "age": 34}).into();
        assert_eq!(form("\"9f3a21c4.0\""), (value.clone(), false));
        assert_eq!(form("\"unused\""), (value.clone(), false), "what was sent by hand has another token");
        assert_eq!(form("null"), (value, false));
        assert_eq!(form("\"00000001.0\""), (Value::from(""), true));
    }

    #[test]
    fn files_act_as_their_kind_and_places_are_maps() {
        let file = Attachment::File { id: "77", mime_type: Some("audio/ogg"), caption: None, filename: None };
        let (value, _) = attached("audio", file);
        assert_eq!(value.acting(), &Value::from("audio"));
        assert_eq!((value.field("id"), value.field("kind")), (Some(&"77".into()), Some(&"audio".into())));
        assert_eq!(value.field("caption"), None);

        let place = |latitude| Attachment::Place { latitude, longitude: -78.5, name: None, address: Some("Av. 6") };
        let expected = serde_json::json!({"latitude": -0.2, "longitude": -78.5, "name": null, "address": "Av. 6"});
        assert_eq!(attached("location", place(-0.2)), (expected.into(), false));
        assert_eq!(attached("location", place(f64::NAN)).0.field("latitude"), None);
    }
}
