//! `contact: {age: 34}`: the profile fields are like this.

use journey::Problem;
use serde_json::Value as Json;

use super::{Kind, StepKind, Takes};
use crate::script::expect::{Expected, shown};
use crate::script::play::{Failure, Play};
use crate::script::yaml::Node;

pub(super) const KIND: StepKind = StepKind {
    name: "contact",
    summary: "Profile fields as they are now; the others may be anything, and null means unset. Numbers compare by value, \
              booleans also as text, an empty text is like an unset field.",
    takes: Takes::Value,
    example: (
        "card Ask do\n  age = ask(\"¿Edad?\")\n  update_contact(age: \"@age\", opted_in: true)\nend",
        "  - start\n  - bot: {}\n  - contact: {age: null, name: Ana}\n  - user: \"34\"\n\
         \x20 - contact: {age: 34, opted_in: \"true\", name: {starts: A}, topic: \"\"}",
    ),
    fails: &[
        (
            "  - start\n  - bot: {}\n  - user: \"34\"\n  - contact: {age: 35}",
            "what: \"age\", expected: \"35\", actual: \"34\"",
        ),
        ("  - start\n  - bot: {}\n  - user: \"34\"\n  - contact: {age: null}", "expected: \"(unset)\", actual: \"34\""),
        ("  - start\n  - bot: {}\n  - contact: {agee: 3}", "actual: \"(unset)\""),
    ],
    read: |node| Ok(Box::new(Contact(values(node)?))),
};

#[derive(Debug)]
struct Contact(Vec<(String, Expected)>);

/// Names and what their values must be.
pub(super) fn values(node: &Node) -> Result<Vec<(String, Expected)>, Problem> {
    node.fields()?; // the names are texts
    node.entries()?.iter().map(|(key, value)| Ok((key.key(), Expected::read(value)?))).collect()
}

/// What differs between values and what they must be.
pub(super) fn compare<'v>(
    message: &str,
    wanted: &[(String, Expected)],
    actual: impl Fn(&str) -> Option<&'v Json>,
) -> Result<(), Box<Failure>> {
    let mut failure = Failure::new(message);
    for (name, wanted) in wanted {
        let actual = actual(name).unwrap_or(&Json::Null);
        if !wanted.matches(actual) {
            failure = failure.differs(name, wanted.to_string(), shown(actual));
        }
    }
    if failure.differences.is_empty() { Ok(()) } else { Err(failure) }
}

impl Kind for Contact {
    fn play(&self, play: &mut Play) -> Result<(), Box<Failure>> {
        let fields = play.rehearsal.contact();
        // Names of fields are case-insensitive, as in expressions.
        let field =
            |name: &str| fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        compare("The contact is not as expected.", &self.0, field).map_err(|failure| play.stands_otherwise(failure))
    }
}
