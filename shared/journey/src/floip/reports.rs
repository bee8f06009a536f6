//! What an import or an export can report, besides what is wrong with every journey.

/// The codes of the problems an import or an export reports, all of them warnings, and what each means. No check finds
/// them in a journey: they are about the file it came from, or goes to.
pub const REPORTS: &[(&str, &str)] = &[
    ("bad-condition", "The condition of a card could not be read, so the card is never chosen."),
    ("changed-elsewhere", "Another program changed the flow after it was exported; its cards were read from the flow."),
    ("more-flows", "The file holds other flows, or runs one that it does not hold."),
    ("no-counterpart", "A text or value refers to something, or calls a function, that journeys do not have."),
    ("no-destination", "A way leads to a step that is not in the file; the journey ends there."),
    ("no-dictionary", "The journey reads a dictionary that the file does not hold."),
    ("no-language", "Texts in a language without an ISO 639 code were left out."),
    ("no-step", "The flow has no step; a card that does nothing stands in its place."),
    ("not-as-it-was", "A step was imported, and does not do the same in every respect."),
    (
        "not-in-flows",
        "Other programs do not see this in an exported flow; here it comes back when the flow is imported.",
    ),
    ("not-imported", "Nothing does what a step did; a line in the log stands in its place."),
    ("other-version", "The flow is of a later version than the one that is read; what is new there may be missing."),
    ("same-id", "Two steps have the same id; only the last one was read."),
];
