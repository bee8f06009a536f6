//! Habits of other languages, and names that are none: what people write who know other languages, and what they write
//! here in its place.

use expression::lexer::{TokenKind, is_name_part, is_name_start};
use expression::{Expr, ExprKind};

use crate::compiler::is_name;
use crate::statements;

/// Whether a word behind the name of a card, with `after` behind it, seems to belong to the name.
pub(super) fn goes_on_name(word: &str, after: &TokenKind) -> bool {
    let ends_name = |word: &str| ["do", "end", "when", "then"].iter().any(|end| word.eq_ignore_ascii_case(end));
    match after {
        TokenKind::Colon | TokenKind::LeftParenthesis | TokenKind::Equals => false,
        // The next card.
        TokenKind::Name(next) if word == "card" && !ends_name(next) => false,
        _ => !ends_name(word),
    }
}

/// What to do in place of `if` with statements.
pub(super) const IF_ADVICE: &str =
    "Give cards a condition with `when`, or lead on with `then(Card when …)`; `if` chooses between values.";

/// Words that begin a block in other languages, and what to do in its place.
pub(super) const FOREIGN: [(&str, &str); 10] = [
    ("if", IF_ADVICE),
    ("unless", "Give cards a condition with `when not …`, or lead on with `then(Card when not …)`."),
    ("case", CASE_ADVICE),
    ("cond", CASE_ADVICE),
    ("switch", CASE_ADVICE),
    ("match", CASE_ADVICE),
    ("for", LOOP_ADVICE),
    ("foreach", LOOP_ADVICE),
    ("while", LOOP_ADVICE),
    ("repeat", LOOP_ADVICE),
];

const CASE_ADVICE: &str = "Write a card of the same name with `when …` for each case, or `then(Card when …)`; `if` and `switch` choose values.";

const LOOP_ADVICE: &str = "Lead back to a card with `then:` to repeat it; `map` makes a list of another.";

/// Whether it is written as a name is.
pub(super) fn is_word(name: &str) -> bool {
    name.starts_with(is_name_start) && name.chars().all(is_name_part)
}

/// The name that may be meant by a text or by several words.
pub(super) fn name_of(text: &str) -> Option<String> {
    let text = text.trim();
    let name: String = text.chars().map(|letter| if is_name_part(letter) { letter } else { '_' }).collect();
    let name = if name.starts_with(is_name_start) { name } else { format!("_{name}") };
    (text.contains(is_name_part) && is_name(&name)).then_some(name)
}

/// Whether a branch of an `if` is what only a card can do.
pub(super) fn has_statement_in_if(expr: &Expr) -> bool {
    let is_only_statement = |name: &str| statements::is_statement(name) && !statements::is_function(name);
    let mut found = false;
    expr.walk(&mut |node| {
        let ExprKind::Call { name, arguments } = &node.kind else { return };
        found |= name.key() == "if"
            && arguments.iter().skip(1).any(|branch| match &branch.value.kind {
                ExprKind::Call { name, .. } => is_only_statement(name.as_str()),
                _ => false,
            });
    });
    found
}
