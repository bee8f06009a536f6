//! What [`crate::compile`] finds: a journey that is understood and cannot be run, or not as it is written.

use super::Check;

pub(super) const CHECKS: &[Check] = &[
    check!(
        "async-mode",
        Warning,
        Compiling,
        "The journey waits for the web service all the same.",
        "Leave `mode:` out; the next statements always see the answer."
    ),
    check!(
        "audio-caption",
        Warning,
        Compiling,
        "WhatsApp shows no caption under audio.",
        "Send a text before or after it."
    ),
    check!(
        "bad-address",
        Fault,
        Compiling,
        "The address is not one of a web page or service.",
        "It begins with `https://`, or with a reference that stands for the whole address."
    ),
    check!(
        "bad-content",
        Fault,
        Compiling,
        "This cannot stand inside of a question.",
        "Between `do` and `end` are only `text`, `image`, `audio`, `video`, `document`, `header` and `footer`; move other \
         statements above the question."
    ),
    check!(
        "bad-expression",
        Fault,
        Compiling,
        "The expression calls a function that does not exist, or gives it a wrong number of arguments.",
        "The message says which; the reference of functions lists what each takes."
    ),
    check!(
        "bad-interval",
        Fault,
        Compiling,
        "The interval of the trigger is no span of time, or is not relative to a profile field.",
        "Write a sign, a number and a unit (`m`, `h`, `d`, `w` or `M`), relative to `contact.field`."
    ),
    check!(
        "bad-language",
        Error,
        Compiling,
        "There is no language of this code.",
        "Only the canvas can send one. Use an ISO 639 code such as `es`, `quz` or `pt_BR`."
    ),
    check!(
        "bad-name",
        Error,
        Compiling,
        "Cards and variables cannot have this name.",
        "Use letters, digits and `_`, with a letter first, and no word such as `end`, `if` or `true`."
    ),
    check!(
        "bad-parameters",
        Warning,
        Compiling,
        "The parameters of a template are a list; this is taken for the only one.",
        "Write them in brackets, one for each placeholder: `[\"@contact.name\"]`."
    ),
    check!(
        "bad-time",
        Fault,
        Compiling,
        "This is no date, time of day or day of the week.",
        "Write \"2026-03-01 09:00\" for a moment, \"09:00\" for a time, and `day`, `weekday`, days of the week in English \
         or days of the month for `every:`."
    ),
    check!(
        "bad-time-zone",
        Fault,
        Compiling,
        "There is no such time zone.",
        "Write the name of a place of the IANA database, such as \"America/Bogota\"."
    ),
    check!(
        "bad-trigger",
        Fault,
        Compiling,
        "It is not clear what starts the journey.",
        "A trigger says either `on:`, or `interval:` and `relative_to:`, or `at:`, or `every:` and `at:`, each with a \
         constant text. This one never starts it."
    ),
    check!(
        "bad-weight",
        Error,
        Compiling,
        "The weight of a way of an experiment is not a whole number.",
        "Write 50 and 50, or 1 and 2: what counts is the part of the sum."
    ),
    check!(
        "choice-count",
        Fault,
        Compiling,
        "There are no choices, or more than WhatsApp shows.",
        "Three buttons, ten rows of a list and ten buttons of a template are the most."
    ),
    check!(
        "dynamic-label",
        Hint,
        Compiling,
        "The label of a result is not a constant text.",
        "Results are grouped by what their label says, so each text it becomes is a group of its own. A constant label keeps \
         the answers to one question together."
    ),
    check!(
        "dynamic-name",
        Error,
        Compiling,
        "The name of an experiment is not a constant text.",
        "Results are grouped by it, and by it each contact goes the same way each time."
    ),
    check!(
        "empty-text",
        Warning,
        Compiling,
        "The text is empty; nothing is sent.",
        "Write the text, or delete the statement."
    ),
    check!(
        "empty-title",
        Fault,
        Compiling,
        "A button or row has no title.",
        "WhatsApp refuses the message. Give every choice a title."
    ),
    check!(
        "equal-titles",
        Warning,
        Compiling,
        "Two choices have the same title.",
        "WhatsApp refuses messages with two equal titles, so a number is added to the second. Call it something else."
    ),
    check!(
        "insecure-address",
        Warning,
        Compiling,
        "The address of a web page or service begins with `http://`.",
        "What is sent there can be read and changed on its way. Use `https://`."
    ),
    check!(
        "long-footer",
        Fault,
        Compiling,
        "The footer is longer than WhatsApp shows.",
        "It has 60 characters at most, in every language."
    ),
    check!(
        "long-header",
        Fault,
        Compiling,
        "The header is longer than WhatsApp shows.",
        "It has 60 characters at most, in every language."
    ),
    check!(
        "long-title",
        Fault,
        Compiling,
        "The title of a button or row is longer than WhatsApp shows.",
        "A button has 20 characters, a row 24, in every language."
    ),
    check!(
        "lost-footer",
        Warning,
        Compiling,
        "No footer is shown here.",
        "WhatsApp shows footers with buttons, lists and the like only. Make it part of the text."
    ),
    check!(
        "lost-header",
        Warning,
        Compiling,
        "No header is shown here.",
        "WhatsApp shows headers with buttons, lists and the like only. Make it a text before."
    ),
    check!(
        "missing-argument",
        Fault,
        Compiling,
        "The statement needs an argument that is not there.",
        "The message says which one. The statement is kept as it is written, and not run."
    ),
    check!(
        "no-answer",
        Warning,
        Compiling,
        "Nothing is waited for, so the variable stays empty.",
        "Write `send_content(…, true)` to wait for an answer, or leave out the variable."
    ),
    check!(
        "no-body",
        Fault,
        Compiling,
        "A question with buttons or the like has no text.",
        "WhatsApp needs one: add `do`, `text(\"…\")` and `end`."
    ),
    check!(
        "no-card",
        Error,
        Compiling,
        "The journey has no card.",
        "Write `card Start do … end` in a code cell; the first card is where the journey begins."
    ),
    check!(
        "no-question",
        Warning,
        Compiling,
        "Nothing is asked here, but an answer is waited for.",
        "Write the question: `ask(\"…\")`."
    ),
    check!(
        "not-supported",
        Warning,
        Compiling,
        "This statement of the language does nothing here yet.",
        "The journey goes on without it, and its log says so. What it would have given is an error value: lead elsewhere \
         when `.success` is not true."
    ),
    check!(
        "one-way",
        Error,
        Compiling,
        "The experiment has less than two ways.",
        "Name two cards or more with a weight above 0: `CardA: 50, CardB: 50`."
    ),
    check!(
        "reserved-name",
        Fault,
        Compiling,
        "Every journey has something of this name already.",
        "A variable cannot be called `contact`, `event` or `global`; choose another name."
    ),
    check!(
        "same-language",
        Warning,
        Compiling,
        "The text is there twice in one language.",
        "Only the first one is used; remove the other."
    ),
    check!(
        "set-twice",
        Warning,
        Compiling,
        "The journey has this setting already.",
        "The last one counts; remove the others."
    ),
    check!(
        "stray-footer",
        Fault,
        Compiling,
        "A footer stands outside of a question.",
        "Put it between `do` and `end` of `buttons` or `list`."
    ),
    check!(
        "stray-header",
        Fault,
        Compiling,
        "A header stands outside of a question.",
        "Put it between `do` and `end` of `buttons` or `list`."
    ),
    check!(
        "unknown-card",
        Fault,
        Compiling,
        "There is no card of this name.",
        "Names are case-sensitive: `then: Final` leads to `card Final`. Correct the name, or add the card. Who is led there \
         stands again where they stood before they replied, and the log says why; a journey that nobody replied to ends."
    ),
    check!(
        "unknown-statement",
        Fault,
        Compiling,
        "There is no statement or function of this name.",
        "Correct the name; statements are written in lower case. The journey goes on without it, and its log says so."
    ),
    check!(
        "unknown-trigger",
        Fault,
        Compiling,
        "Journeys do not start on this.",
        "Use \"MESSAGE RECEIVED\", \"FIRST VISIT\" or \"CATCH ALL\". This trigger never starts the journey."
    ),
    check!(
        "unused-value",
        Warning,
        Compiling,
        "The value of this expression is not used.",
        "Keep it in a variable: `name = …`."
    ),
];
