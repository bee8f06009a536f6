//! `loose-at`: an @ in a text that refers to nothing.

use super::context::Context;
use super::{Check, Report, unknown_name};

pub(super) const CHECK: Check = check!(
    "loose-at",
    Hint,
    "People read this `@name` as it stands.",
    "Nothing in the journey has this name, so it is not replaced. If it is the name of an account, write `@@name`: a \
     variable of that name that somebody adds later does not change the text then.",
    run
);

fn run(context: &Context<'_>, report: &mut Report<'_>) {
    unknown_name::each(context, &mut |unknown| {
        if unknown.is_loose() {
            let name = unknown.read.name;
            let message = format!("Nothing sets `{name}`; people read `@{name}`.");
            report.add(unknown.place, message, format!("Write `@@{name}` if that is what they should read."));
        }
    });
}
