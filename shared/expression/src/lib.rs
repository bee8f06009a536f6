//! The expression language of journeys: lexer, parser, values, functions.
//!
//! Pure: no async, no network, no clock and no randomness of its own. The moment, the time zone, the locale, the seed of
//! `rand_between` and the work an evaluation may spend all come in through [`Environment`], and the data through
//! [`Scope`], so the same input always gives the same output.
//!
//! * [`parse_template`] reads text with references (`Hello @contact.name`), and never fails;
//! * [`parse_expression`] reads one expression, of a template (`@(…)`) or of a journey's code ([`Dialect`]);
//! * [`lexer`] and [`parser`] are public because the statements of a journey's code are read with the same tokens;
//! * [`functions`] is the registry: every function with its documentation and examples that are run as tests, and
//!   [`functions::reference::documentation`], the reference made from it;
//! * [`Mode`] says how data from outside is read before an expression sees it.
//!
//! # Decisions
//!
//! The language is that of existing journeys, which run unchanged; its surprises are pinned in `tests/quirks.rs`, and a
//! thousand cases in `tests/vectors` say what everything gives. Where sources differ:
//!
//! * operators have one level for sums and comparisons in a text's `@(…)`, as existing engines read them, and the usual
//!   levels in code, as its writers mean them ([`Dialect`]);
//! * `or`, written between values or as a function, gives the first value that holds; `and` gives true or false;
//! * a name that stands for nothing stops an operator that calculates or compares, and is `nil` for functions, `and`,
//!   `or` and `not`; in a text it stays as typed;
//! * words are runs of letters, digits, `_` and `'`, as FLOIP has them; tests of texts follow RapidPro;
//! * `==` of texts counts case, unlike FLOIP's;
//! * numbers, dates and times are read as people write them, everywhere by the same rules (`reading`), and what could be
//!   two different ones is none.
//!
//! # Limits
//!
//! The source is written by people who may be mistaken, the data by anybody. Sources that nest too deeply are refused
//! by the parser ([`MAX_NESTING`], [`MAX_DEPTH`]). An evaluation pays for every node, list item and byte it touches
//! from the budget of its [`Environment`], makes no text beyond [`Environment::max_output`], nests no value beyond
//! [`Value::MAX_DEPTH`], and then ends in an [`EvaluationError`] of its own kind that `is_error` does not catch.
//!
//! Parse once, evaluate often: an [`Expr`] or a [`Template`] is immutable, cheap to clone and shareable across threads.

mod ast;
mod context;
mod date_time;
mod display;
mod environment;
mod error;
mod evaluate;
mod fold;
pub mod functions;
mod layout;
pub mod lexer;
mod locale;
mod mode;
mod nearest;
mod operators;
pub mod parser;
mod reading;
mod scope;
mod template;
mod value;

pub use ast::{Arg, BinaryOperator, DateTimeLiteral, Expr, ExprKind, MAX_DEPTH, MAX_NESTING, Name};
pub use date_time::DateTime;
pub use environment::{DEFAULT_BUDGET, DEFAULT_MAX_OUTPUT, Environment};
pub use error::{EvaluationError, Span, SyntaxError};
pub use fold::{folded, plain};
pub use layout::Room;
pub use locale::Locale;
pub use mode::Mode;
pub use nearest::nearest;
pub use parser::{Dialect, parse_expression};
pub use scope::Scope;
pub use template::{Template, TemplatePiece, parse_template};
pub use value::{Lambda, RangeValue, Value};
