//! `field-type`: a value that the profile field cannot hold.

use super::context::Context;
use super::types::Type;
use super::{Check, FieldKind, Report};
use crate::statements::Action;

pub(super) const CHECK: Check = check!(
    "field-type",
    Fault,
    "The profile field cannot hold this value.",
    "A field has a kind: a number, a date, true or false. Segments, conditions and reminders that use it do not find what \
     they look for in a value of another kind. Write a value of its kind, or use another field.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    for site in context.sites() {
        let Action::UpdateContact(update) = site.action else { continue };
        for (name, value) in &update.fields {
            let Some(field) = context.surroundings.field(name) else { continue };
            let given = context.types.of(value);
            if !holds(field.kind, given) {
                let message = format!("`{name}` holds {}, not {}.", described(field.kind), given.name());
                report.add(site.place, message, "Write a value of that kind.");
            }
        }
    }
}

/// Whether a field of this kind may hold a value of that one. Nothing empties every field.
fn holds(field: FieldKind, given: Type) -> bool {
    use Type as T;
    match (field, given) {
        (_, T::Any | T::Nothing | T::Text) => true,
        (_, T::List | T::Lambda) => false,
        (FieldKind::Text | FieldKind::Choice, kind) => kind != T::Map,
        (FieldKind::Number, kind) => kind == T::Number,
        (FieldKind::Boolean, kind) => kind == T::Bool,
        (FieldKind::Date | FieldKind::DateTime, kind) => matches!(kind, T::Date | T::Moment),
        (FieldKind::Location, kind) => kind == T::Map,
    }
}

fn described(field: FieldKind) -> &'static str {
    match field {
        FieldKind::Text => "a text",
        FieldKind::Choice => "one of several texts",
        FieldKind::Number => "a number",
        FieldKind::Boolean => "true or false",
        FieldKind::Date => "a date",
        FieldKind::DateTime => "a date and time",
        FieldKind::Location => "a place",
    }
}
