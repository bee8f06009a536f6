//! Bodies that give one of several members: what the types that read them do not say.

use utoipa::Modify;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

/// A way to fill in a body: the member that is given, its type, and those that are then not given.
type Way = (&'static str, Type, &'static [&'static str]);

/// Bodies, and the ways of which each takes exactly one.
const CHOICES: &[(&str, &[Way])] = &[
    ("Reply", &[("text", Type::String, &["message"]), ("message", Type::Object, &["text"])]),
    ("NewReminder", &[("at", Type::String, &["cron"]), ("cron", Type::String, &["at"])]),
    ("NewReminder", &[("message", Type::Object, &["journey"]), ("journey", Type::String, &["message", "fallback"])]),
];

/// Describes them.
pub(super) struct Choices;

impl Modify for Choices {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let Some(components) = &mut openapi.components else { return };
        for (body, ways) in CHOICES {
            if let Some(RefOr::T(described)) = components.schemas.get_mut(*body) {
                let choice = ways.iter().fold(OneOfBuilder::new(), |choice, way| choice.item(schema(way)));
                *described = Schema::AllOf(AllOfBuilder::new().item(described.clone()).item(choice).build());
            }
        }
    }
}

/// One way. A member that is null is not given.
fn schema((given, kind, absent): &Way) -> ObjectBuilder {
    let of_type = |kind: &Type| ObjectBuilder::new().schema_type(SchemaType::Type(kind.clone()));
    let way = ObjectBuilder::new().required(*given).property(*given, of_type(kind));
    absent.iter().fold(way, |way, name| way.property(*name, of_type(&Type::Null)))
}
