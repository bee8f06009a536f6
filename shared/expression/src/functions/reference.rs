//! The reference of all functions, as a Markdown text for people.

use std::fmt::{self, Write as _};

use super::{Family, Function, families};

const INTRODUCTION: &str = "\
# Functions of journeys

Names of functions may be written in any case. An argument in brackets may be left out; one that ends in `…` may be
repeated. The examples are expressions of a journey's code, evaluated on Sunday 22 November 2026 at 10:00 in UTC,
for a person of whom no language is known.

## How numbers, dates and times are read

People write `37,8`, `१२` and `23 de junio de 1977`. A text becomes a number, a date or a time by the same rules wherever
one is needed: in `has_number…`, `has_date…`, `has_time`, `isnumber` and the like, in comparisons and in calculations. What
could be two different ones is none. What the writing does not decide, the language decides: that of the contact
(`contact.language`: `es`, `spa`, `es_MX`), otherwise the `language` of the journey.

**Numbers**

- The sign before decimals is `.` or `,`, that between thousands the other one, a blank or an apostrophe: `1.234,50`,
  `1,234.50`, `1 234,5`, `1'234.5`, and `12,34,567` as in India.
- The shape is read whatever the language. A sign that repeats stands between thousands (`1.234.567`); of two different
  ones the last stands before decimals; one sign that is not followed by exactly three digits, or that follows a zero or more than three
  digits, stands before decimals (`37,8`, `0,500`).
- `1,234` and `1.234` are left: the language says which sign stands before decimals (a comma in Spanish, Portuguese and
  French, a point in English, Hindi, Swahili and in the Spanish of Mexico, Peru and most of Central America). Without a
  known language it is no number.
- Digits of every script, `٫` and `٬`; a minus sign that touches the number and joins it to no word; in a text the first number,
  with what stands around it: `38.5°C`, `tengo 38.`
- Decimals in words, in Spanish, English, Portuguese and French: `37 coma 8`, `2 y medio`, `38 and a half`. `37 con 8` could be
  two numbers and is none.
- No number: dates and times (`has_number` goes on behind them), phone numbers, fractions (`1/2`, `½`), ranges (`3-5`).
- A text that a program wrote with exactly three decimals behind a point, such as a coordinate out of a web service, is read
  by the language too. Numbers in JSON are numbers.

**Dates**

- Day, month and year with `/`, `-`, `.` or a blank between them; a year of four digits may come first. The month may be a name
  or an abbreviation in Spanish, English, Portuguese or French: `23 de junio de 1977`, `June 3rd, 2026`, `1er mai 2026`.
- Where day and month could be either, the day comes first; the month where the language says `en_US` or `en_PH`; in Chinese,
  Japanese, Korean and Hungarian the year.
- A year of two digits is one between 80 years ago and 19 years from now.
- No date: one without a year, and one that the calendar does not have (`31/02/2026`).

**Times**

- `17:30`, `17h30`, `5h`, `a las 5`, `at 5`, `5 y media`, `mediodía`, `midnight`.
- `pm`, `p. m.`, `de la tarde`, `du soir`, `at night` and the like are read beside the time and elsewhere in the text.
  What such a mark cannot mean (`17:30 am`) is no time. Without a mark it is the hour of a clock with 24 hours.

**Words.** Tests of texts overlook case, accents, the way in which a letter is encoded, and what stands around words: blanks,
punctuation, `*bold*`, emoji. `*STOP.*` is *stop*. `A+` is not `A-`, and 👍 is not 👎.
";

/// The whole reference: a chapter a family, a section a function, with its signature, arguments and examples.
#[must_use]
pub fn documentation() -> String {
    let mut out = INTRODUCTION.to_owned();
    for family in families() {
        // Writing to a String does not fail.
        let _ = write_family(&mut out, family);
    }
    out
}

fn write_family(out: &mut String, family: &Family) -> fmt::Result {
    write!(out, "\n## {}\n\n{}\n", family.title, family.summary)?;
    family.functions.iter().try_for_each(|function| write_function(out, function))
}

fn write_function(out: &mut String, function: &Function) -> fmt::Result {
    let documentation = &function.documentation;
    write!(out, "\n### {}\n\n`{}`\n\n{}\n", function.name, function.signature(), documentation.summary)?;
    if !documentation.arguments.is_empty() {
        out.push_str("\n| argument | |\n|---|---|\n");
        for (name, meaning) in documentation.arguments {
            let (name, note) = match name.strip_suffix('?') {
                Some(name) => (name, " (may be left out)"),
                None if name.ends_with('…') => (*name, " (may be left out or repeated)"),
                None => (*name, ""),
            };
            writeln!(out, "| `{name}` | {}{note} |", cell(meaning))?;
        }
    }
    write!(out, "\n- Result: {}.\n- Errors: {}.\n", documentation.result, documentation.errors)?;
    out.push_str("\n| expression | value |\n|---|---|\n");
    documentation
        .examples
        .iter()
        .try_for_each(|(expression, value)| writeln!(out, "| `{}` | `{}` |", cell(expression), cell(value)))
}

impl Function {
    /// `left(text, count)`; what may be left out stands in brackets.
    #[must_use]
    pub fn signature(&self) -> String {
        let argument = |(name, _): &(&str, &str)| match name.strip_suffix('?') {
            Some(name) => format!("[{name}]"),
            None => (*name).to_owned(),
        };
        let arguments: Vec<String> = self.documentation.arguments.iter().map(argument).collect();
        format!("{}({})", self.name, arguments.join(", "))
    }
}

/// A text for a cell of a table, where a bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
