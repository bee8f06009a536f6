//! What [`crate::parse`] finds: a notation that cannot be understood.

use super::Check;

pub(super) const CHECKS: &[Check] = &[
    check!(
        "bad-argument",
        Fault,
        Reading,
        "This argument is not what belongs there.",
        "The message says what was expected: a number of seconds, the name of a card without quotes, true or false. The \
         statement or setting is kept as it is written, and not run."
    ),
    check!(
        "no-value",
        Warning,
        Reading,
        "The statement gives no value that could be kept.",
        "Leave out the variable before it; only questions, web services and expressions give a value. It is kept, and stays \
         empty."
    ),
    check!(
        "open-block",
        Error,
        Reading,
        "What begins with `do` is never ended.",
        "Close it with `end`, on a line of its own."
    ),
    check!(
        "open-card",
        Error,
        Reading,
        "The card is never ended.",
        "Close every card with `end`, on a line of its own, before the next one begins."
    ),
    check!(
        "open-fence",
        Error,
        Reading,
        "The code cell is never closed.",
        "Close it with as many backticks as opened it, on a line of their own."
    ),
    check!(
        "syntax",
        Error,
        Reading,
        "This cannot be understood.",
        "Something is missing or too much here: a comma, a bracket, a quotation mark. The message says what was expected."
    ),
    check!(
        "too-many-arguments",
        Warning,
        Reading,
        "The statement does not take so many arguments.",
        "Remove the last one, or give it a name if the statement has one for it. It is kept as it is written, and ignored."
    ),
    check!(
        "unexpected-content",
        Fault,
        Reading,
        "The statement has no `do … end`.",
        "Only questions and what shows a button have texts between `do` and `end`; write the others as statements of the \
         card. What stands there is kept, and not run."
    ),
    check!(
        "unknown-argument",
        Warning,
        Reading,
        "The statement, trigger or setting has no argument of this name, or has it already.",
        "Correct the name or leave the argument out. It is kept as it is written, for other programs, and ignored."
    ),
    check!(
        "unknown-option",
        Warning,
        Reading,
        "This key of the card looks like another one that is misspelt, or is there twice.",
        "Keys that mean nothing are kept as they are, for other programs; but this one is written almost like one that \
         means something."
    ),
    check!(
        "unknown-setting",
        Warning,
        Reading,
        "There is no setting of this name.",
        "Correct the name. What another platform knows is kept as it is written, and ignored."
    ),
];
