//! What [`crate::compile`] finds: a journey that is understood and cannot be run, or not as it is written.

use super::{Check, found_elsewhere};

pub(super) const CHECKS: &[Check] = &[
    check!(
        "async-mode",
        Warning,
        Compiling,
        "The journey waits for the web service all the same.",
        "Leave `mode:` out; the next statements always see the answer.",
        found_elsewhere
    ),
    check!(
        "audio-caption",
        Warning,
        Compiling,
        "WhatsApp shows no caption under audio.",
        "Send a text before or after it.",
        found_elsewhere
    ),
    check!(
        "bad-address",
        Error,
        Compiling,
        "The address is not one of a web page or service.",
        "It begins with `https://`, or with a reference that stands for the whole address.",
        found_elsewhere
    ),
    check!(
        "bad-content",
        Error,
        Compiling,
        "This cannot stand inside of a question.",
        "Between `do` and `end` are only `text`, `image`, `audio`, `video`, `document`, `header` and `footer`; move other \
         statements above the question.",
        found_elsewhere
    ),
    check!(
        "bad-expression",
        Error,
        Compiling,
        "The expression calls a function that does not exist, or gives it a wrong number of arguments.",
        "The message says which; the reference of functions lists what each takes.",
        found_elsewhere
    ),
    check!(
        "bad-interval",
        Error,
        Compiling,
        "The interval of the trigger is no span of time, or is not relative to a profile field.",
        "Write a sign, a number and a unit (`m`, `h`, `d`, `w` or `M`), relative to `contact.field`.",
        found_elsewhere
    ),
    check!(
        "bad-language",
        Error,
        Compiling,
        "There is no language of this code.",
        "Only the canvas can send one. Use an ISO 639 code such as `es`, `quz` or `pt_BR`.",
        found_elsewhere
    ),
    check!(
        "bad-name",
        Error,
        Compiling,
        "Cards and variables cannot have this name.",
        "Use letters, digits and `_`, with a letter first, and no word such as `end`, `if` or `true`.",
        found_elsewhere
    ),
    check!(
        "bad-parameters",
        Error,
        Compiling,
        "The parameters of a template are a list.",
        "Write them in brackets, one for each placeholder: `[\"@contact.name\"]`.",
        found_elsewhere
    ),
    check!(
        "bad-time",
        Error,
        Compiling,
        "This is no date, time of day or day of the week.",
        "Write \"2026-03-01 09:00\" for a moment, \"09:00\" for a time, and `day`, `weekday`, days of the week in English \
         or days of the month for `every:`.",
        found_elsewhere
    ),
    check!(
        "bad-time-zone",
        Error,
        Compiling,
        "There is no such time zone.",
        "Write the name of a place of the IANA database, such as \"America/Bogota\".",
        found_elsewhere
    ),
    check!(
        "bad-weight",
        Error,
        Compiling,
        "The weight of a way of an experiment is not a whole number.",
        "Write 50 and 50, or 1 and 2: what counts is the part of the sum.",
        found_elsewhere
    ),
    check!(
        "choice-count",
        Error,
        Compiling,
        "There are no choices, or more than WhatsApp shows.",
        "Three buttons, ten rows of a list and ten buttons of a template are the most.",
        found_elsewhere
    ),
    check!(
        "dynamic-label",
        Error,
        Compiling,
        "The label of a result is not a constant text.",
        "Results are grouped by their label, so it must be the same each time.",
        found_elsewhere
    ),
    check!(
        "dynamic-name",
        Error,
        Compiling,
        "The name of an experiment is not a constant text.",
        "Results are grouped by it, and by it each contact goes the same way each time.",
        found_elsewhere
    ),
    check!(
        "empty-text",
        Warning,
        Compiling,
        "The text is empty; nothing is sent.",
        "Write the text, or delete the statement.",
        found_elsewhere
    ),
    check!(
        "empty-title",
        Error,
        Compiling,
        "A button or row has no title.",
        "WhatsApp refuses the message. Give every choice a title.",
        found_elsewhere
    ),
    check!(
        "equal-titles",
        Warning,
        Compiling,
        "Two choices have the same title.",
        "WhatsApp refuses messages with two equal titles, so a number is added to the second. Call it something else.",
        found_elsewhere
    ),
    check!(
        "insecure-address",
        Warning,
        Compiling,
        "The address of a web page or service begins with `http://`.",
        "What is sent there can be read and changed on its way. Use `https://`.",
        found_elsewhere
    ),
    check!(
        "long-footer",
        Error,
        Compiling,
        "The footer is longer than WhatsApp shows.",
        "It has 60 characters at most, in every language.",
        found_elsewhere
    ),
    check!(
        "long-header",
        Error,
        Compiling,
        "The header is longer than WhatsApp shows.",
        "It has 60 characters at most, in every language.",
        found_elsewhere
    ),
    check!(
        "long-title",
        Error,
        Compiling,
        "The title of a button or row is longer than WhatsApp shows.",
        "A button has 20 characters, a row 24, in every language.",
        found_elsewhere
    ),
    check!(
        "lost-footer",
        Warning,
        Compiling,
        "No footer is shown here.",
        "WhatsApp shows footers with buttons, lists and the like only. Make it part of the text.",
        found_elsewhere
    ),
    check!(
        "lost-header",
        Warning,
        Compiling,
        "No header is shown here.",
        "WhatsApp shows headers with buttons, lists and the like only. Make it a text before.",
        found_elsewhere
    ),
    check!(
        "no-answer",
        Warning,
        Compiling,
        "Nothing is waited for, so the variable stays empty.",
        "Write `send_content(…, true)` to wait for an answer, or leave out the variable.",
        found_elsewhere
    ),
    check!(
        "no-body",
        Error,
        Compiling,
        "A question with buttons or the like has no text.",
        "WhatsApp needs one: add `do`, `text(\"…\")` and `end`.",
        found_elsewhere
    ),
    check!(
        "no-card",
        Error,
        Compiling,
        "The journey has no card.",
        "Write `card Start do … end` in a code cell; the first card is where the journey begins.",
        found_elsewhere
    ),
    check!(
        "no-question",
        Warning,
        Compiling,
        "Nothing is asked here, but an answer is waited for.",
        "Write the question: `ask(\"…\")`.",
        found_elsewhere
    ),
    check!(
        "not-supported",
        Error,
        Compiling,
        "This statement of the language is not run here yet.",
        "The notebook keeps it; take it out of the card to publish the journey.",
        found_elsewhere
    ),
    check!(
        "one-way",
        Error,
        Compiling,
        "The experiment has less than two ways.",
        "Name two cards or more with a weight above 0: `CardA: 50, CardB: 50`.",
        found_elsewhere
    ),
    check!(
        "reserved-name",
        Error,
        Compiling,
        "Every journey has something of this name already.",
        "A variable cannot be called `contact`, `event` or `global`; choose another name.",
        found_elsewhere
    ),
    check!(
        "same-language",
        Warning,
        Compiling,
        "The text is there twice in one language.",
        "Only the first one is used; remove the other.",
        found_elsewhere
    ),
    check!(
        "set-twice",
        Warning,
        Compiling,
        "The journey has this setting already.",
        "The last one counts; remove the others.",
        found_elsewhere
    ),
    check!(
        "stray-footer",
        Error,
        Compiling,
        "A footer stands outside of a question.",
        "Put it between `do` and `end` of `buttons` or `list`.",
        found_elsewhere
    ),
    check!(
        "stray-header",
        Error,
        Compiling,
        "A header stands outside of a question.",
        "Put it between `do` and `end` of `buttons` or `list`.",
        found_elsewhere
    ),
    check!(
        "unknown-card",
        Error,
        Compiling,
        "There is no card of this name.",
        "Names are case-sensitive: `then: Final` leads to `card Final`. Correct the name, or add the card.",
        found_elsewhere
    ),
    check!(
        "unknown-statement",
        Error,
        Compiling,
        "There is no statement or function of this name.",
        "Correct the name; statements are written in lower case.",
        found_elsewhere
    ),
    check!(
        "unknown-trigger",
        Error,
        Compiling,
        "Journeys do not start on this.",
        "Use \"MESSAGE RECEIVED\", \"FIRST VISIT\" or \"CATCH ALL\".",
        found_elsewhere
    ),
    check!(
        "unused-value",
        Warning,
        Compiling,
        "The value of this expression is not used.",
        "Keep it in a variable: `name = …`.",
        found_elsewhere
    ),
];
