//! What a card can do: one module a kind of statement, with its reading, printing, compiling and running in one place.
//!
//! To add a statement: write its module, name it in `kinds!` below, and add `tests/statements/<kind>.md`; a kind
//! without a fixture fails the tests. What its module says of itself is its documentation, in `STATEMENTS.md`, which
//! `UPDATE=1 tests/run -p journey the_page` writes anew.

pub(crate) mod choices;
pub(crate) mod content;

use expression::Expr;
use serde::{Deserialize, Serialize};

use crate::compiler::Compiler;
use crate::engine::Step;
use crate::model::Formula;
use crate::notation::call::Call as Written;
use crate::notation::printer::Printer;
use crate::problem::{Position, Problem};

pub use choices::Choices;
pub use schedule_stack::Moment;
pub use send_message_template::Fills;

/// A statement of a card, with the comments above it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The text of each comment line, after the `#`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    /// Where it stands.
    #[serde(skip)]
    pub position: Position,
    /// What was written with it that it does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Box<Extra>>,
    /// What it does.
    #[serde(flatten)]
    pub action: Action,
}

impl From<Action> for Statement {
    fn from(action: Action) -> Self {
        Self { comments: Vec::new(), position: Position::default(), extra: None, action }
    }
}

/// What a statement, trigger or setting was written with that it does not know. It is kept as it was written, for other
/// programs, and means nothing when the journey runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Extra {
    /// The variable before it, of a statement that gives no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// Arguments without names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Formula>,
    /// Arguments with names, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<(String, Formula)>,
    /// What stands between `do` and `end`, of a statement that has no content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Statement>,
}

/// What every kind of statement can do. Reading is an associated function of each kind, because it makes one.
pub(crate) trait Kind {
    /// Writes it as code.
    fn print(&self, printer: &mut Printer);
    /// Checks it and makes what runs. Reports what is wrong; then the step is never run.
    fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step>;
    /// The names of the cards it may lead to, in source order.
    fn leads_to(&self) -> Vec<&str> {
        Vec::new()
    }
}

macro_rules! kinds {
    (
        calls { $($module:ident $kind:ident = $($name:literal)|+;)+ }
        others { $($other_module:ident $other:ident;)+ }
    ) => {
        $(mod $module;)+
        $(mod $other_module;)+
        $(pub use $module::$kind;)+
        $(pub use $other_module::$other;)+

        /// What a statement does.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        pub enum Action {
            $(#[doc = concat!("`", stringify!($module), "`")] $kind($kind),)+
            $(#[doc = concat!("`", stringify!($other_module), "`")] $other($other),)+
        }

        impl Action {
            fn kind(&self) -> &dyn Kind {
                match self {
                    $(Self::$kind(kind) => kind,)+
                    $(Self::$other(kind) => kind,)+
                }
            }
        }

        /// All kinds of statements, by the names of their modules: what tests and documentation enumerate.
        pub const KINDS: &[&str] = &[$(stringify!($module),)+ $(stringify!($other_module),)+];

        /// The names of the statements that are written as calls.
        const CALLS: &[&str] = &[$($($name,)+)+];

        /// Makes the statement a call stands for.
        fn read_kind(call: &mut Written) -> Option<Result<Action, Problem>> {
            match call.name.as_str() {
                $($($name)|+ => Some($kind::read(call).map(Action::$kind)),)+
                _ => None,
            }
        }
    };
}

kinds! {
    calls {
    text Text = "text";
    media Media = "image" | "audio" | "video" | "document";
    header Header = "header";
    footer Footer = "footer";
    buttons Buttons = "buttons";
    list List = "list";
    ask Ask = "ask";
    update_contact UpdateContact = "update_contact";
    write_result WriteResult = "write_result";
    run_stack RunStack = "run_stack";
    schedule_stack ScheduleStack = "schedule_stack";
    cancel_scheduled_stacks CancelScheduledStacks = "cancel_scheduled_stacks";
    log Log = "log";
    add_label AddLabel = "add_label";
    assign_chat_to AssignChatTo = "assign_chat_to";
    send_message_template SendMessageTemplate = "send_message_template";
    send_content SendContent = "send_content";
    request_location RequestLocation = "request_location";
    whatsapp_flow WhatsappFlow = "whatsapp_flow" | "send_flow" | "send_whatsapp_flow" | "whatsapp_send_flow";
    call_to_action CallToAction = "call_to_action" | "cta_url" | "url_button" | "whatsapp_call_to_action";
    catalog Catalog = "catalog" | "catalogue" | "send_catalog" | "whatsapp_catalog";
    http Http = "get" | "post" | "put" | "patch";
    wait Wait = "wait";
    mark_as_read MarkAsRead = "mark_as_read";
    show_typing ShowTyping = "show_typing" | "typing" | "show_typing_indicator";
    experiment Experiment = "experiment";
    hand_over HandOver = "hand_over" | "handover" | "hand_over_to_human" | "route_to_operator";
    cull_data CullData = "cull_data";
    }
    others {
    then Then;
    assign Assign;
    evaluate Evaluate;
    call Call;
    }
}

impl Action {
    pub(crate) fn print(&self, printer: &mut Printer) {
        self.kind().print(printer);
    }

    pub(crate) fn compile(&self, compiler: &mut Compiler<'_>) -> Box<dyn Step> {
        self.kind().compile(compiler)
    }

    /// The names of the cards it may lead to, in source order.
    #[must_use]
    pub fn leads_to(&self) -> Vec<&str> {
        self.kind().leads_to()
    }
}

/// What a call was read as.
pub(crate) struct Read {
    pub(crate) action: Action,
    pub(crate) extra: Option<Box<Extra>>,
    /// What is to be said of it.
    pub(crate) problems: Vec<Problem>,
}

impl From<Action> for Read {
    fn from(action: Action) -> Self {
        Self { action, extra: None, problems: Vec::new() }
    }
}

/// Makes the statement a call stands for: one of the kinds above, a call of a function of the expression language, or a
/// [`Call`] of something this engine does not know (yet), or not in this form.
pub(crate) fn read(mut call: Written) -> Read {
    // `put` is a statement (HTTP) and a function (of maps, with three arguments).
    let is_of_maps = call.name == "put" && call.positional() > 1;
    if !is_of_maps && is_call(&call.name) {
        let as_written = call.clone();
        return match read_kind(&mut call) {
            Some(Ok(action)) => {
                let (extra, problems) = call.finish();
                Read { action, extra, problems }
            }
            // The compiler says what is wrong with it.
            Some(Err(_)) | None => Action::Call(Call::of(as_written)).into(),
        };
    }
    if call.content.is_none() && (is_of_maps || is_function(&call.name)) {
        let variable = call.take_variable();
        return read_expression(variable, call.into_expr()).into();
    }
    Action::Call(Call::of(call)).into()
}

/// Why a call cannot be read as the statement of its name; nothing when it can, or when there is none.
pub(crate) fn refusal(mut call: Written) -> Option<Problem> {
    read_kind(&mut call)?.err()
}

/// `variable = expression`, or an expression on its own.
pub(crate) fn read_expression(variable: Option<String>, expr: Expr) -> Action {
    let value = Formula::from(expr);
    match variable {
        Some(variable) => Action::Assign(Assign { variable, value }),
        None => Action::Evaluate(Evaluate { expression: value }),
    }
}

/// Whether there is a statement that is written as a call of this name.
pub(crate) fn is_statement(name: &str) -> bool {
    is_call(name) || name == "then"
}

fn is_call(name: &str) -> bool {
    CALLS.contains(&name)
}

/// Whether the expression language has such a function.
pub(crate) fn is_function(name: &str) -> bool {
    expression::functions::find(name).is_some()
}
