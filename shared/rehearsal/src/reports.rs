//! What can be wrong with files, besides what is wrong with every journey.

/// The codes of the problems that are found in files of flows and in scripts, all of them errors, and what each means.
pub const REPORTS: &[(&str, &str)] = &[
    ("bad-flow", "The file cannot be read as one of flows; the message says why."),
    ("bad-script", "The script has a step, name or value that scripts do not have; the message says what is expected."),
    (
        "unreadable",
        "The file is not there, is not a text in UTF-8, or is not of a kind that is read; the message says which.",
    ),
];
