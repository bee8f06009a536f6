//! The expression language of journeys: lexer, parser, values, functions.
//!
//! Pure: no async, no network, no clock and no randomness of its own. The moment, the time zone, the seed of
//! `rand_between` and the work an evaluation may spend all come in through [`Environment`], and the data through
//! [`Scope`], so the same input always gives the same output.
//!
//! * [`parse_template`] reads text with references (`Hello @contact.name`), and never fails;
//! * [`parse_expression`] reads one expression, of a template (`@(…)`) or of a journey's code ([`Dialect`]);
//! * [`lexer`] and [`parser`] are public because the statements of a journey's code are read with the same tokens;
//! * [`functions`] is the registry: every function with its documentation and an example that is run as a test.
//!
//! Parse once, evaluate often: an [`Expr`] or a [`Template`] is immutable, cheap to clone and shareable across threads.

mod ast;
mod context;
mod date_time;
mod display;
mod environment;
mod error;
mod evaluate;
pub mod functions;
pub mod lexer;
mod operators;
pub mod parser;
mod scope;
mod template;
mod value;

pub use ast::{Arg, BinaryOperator, DateTimeLiteral, Expr, ExprKind, MAX_DEPTH, MAX_NESTING, Name};
pub use date_time::DateTime;
pub use environment::{DEFAULT_BUDGET, DEFAULT_MAX_OUTPUT, Environment};
pub use error::{EvaluationError, Span, SyntaxError};
pub use parser::{Dialect, parse_expression};
pub use scope::Scope;
pub use template::{Template, TemplatePiece, parse_template};
pub use value::{Lambda, RangeValue, Value};
