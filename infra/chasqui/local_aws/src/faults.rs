//! Faults on demand: the tests that prove the promises break one chosen request of one chosen function.
//!
//! `POST /_local/faults` with a [`Fault`] as JSON adds one, `GET` lists those still armed, `DELETE` clears them:
//!
//! ```json
//! { "service": "sqs", "operation": "SendMessageBatch", "matches": "wamid.42", "caller": "journeys",
//!   "when": "after", "do": "kill_caller", "times": 1 }
//! ```
//!
//! `when` is `before` (the request has no effect) or `after` (it took effect, only the answer is lost). `do` is one of
//! `kill_caller`, `drop_connection`, `error:<Name>:<status>`, `delay:<milliseconds>` and, for `SendMessageBatch` and
//! `DeleteMessageBatch`, `partial`: the entries that contain `matches` fail, the others take effect. `skip` lets so many
//! of these requests pass first: with 0, 1, 2, … a test breaks each of a function's requests in turn.

use std::{
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::call::{Call, Service};

/// When a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Before the request has any effect.
    #[default]
    Before,
    /// After the request took effect, before it is answered.
    After,
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Action {
    /// Kills the process that called, and answers nothing.
    KillCaller,
    /// Closes the connection without an answer.
    DropConnection,
    /// Answers with this error.
    Error {
        /// Name of the error, for example `ThrottlingException`.
        name: String,
        /// HTTP status.
        status: u16,
    },
    /// Waits, then goes on.
    Delay(Duration),
    /// Fails the entries of a batch that contain the fault's `matches`.
    Partial,
}

/// A fault's `do` that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no fault: use kill_caller, drop_connection, error:<Name>:<status 400-599>, delay:<milliseconds> or partial"
)]
pub struct UnknownAction(String);

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(':').collect();
        let action = match parts.as_slice() {
            ["kill_caller"] => Some(Self::KillCaller),
            ["drop_connection"] => Some(Self::DropConnection),
            ["partial"] => Some(Self::Partial),
            ["delay", milliseconds] => milliseconds.parse().ok().map(|ms| Self::Delay(Duration::from_millis(ms))),
            ["error", name, status] if !name.is_empty() => status
                .parse()
                .ok()
                .filter(|status| (400..600).contains(status))
                .map(|status| Self::Error { name: (*name).to_owned(), status }),
            _ => None,
        };
        action.ok_or_else(|| UnknownAction(text.to_owned()))
    }
}

impl TryFrom<String> for Action {
    type Error = UnknownAction;

    fn try_from(text: String) -> Result<Self, UnknownAction> {
        text.parse()
    }
}

impl From<Action> for String {
    fn from(action: Action) -> Self {
        match action {
            Action::KillCaller => "kill_caller".to_owned(),
            Action::DropConnection => "drop_connection".to_owned(),
            Action::Partial => "partial".to_owned(),
            Action::Delay(delay) => format!("delay:{}", delay.as_millis()),
            Action::Error { name, status } => format!("error:{name}:{status}"),
        }
    }
}

/// One armed fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The service it strikes.
    pub service: Service,
    /// The operation it strikes; any if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Only requests whose body contains this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<String>,
    /// Only requests of this function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Before or after the effect.
    #[serde(default)]
    pub when: When,
    /// What happens.
    #[serde(rename = "do")]
    pub action: Action,
    /// How many requests it strikes.
    #[serde(default = "once")]
    pub times: u32,
    /// How many of them pass before the first it strikes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: u32,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn once() -> u32 {
    1
}

impl Fault {
    /// Why this fault could never strike, if so.
    fn problem(&self) -> Option<&'static str> {
        let batch = matches!(self.operation.as_deref(), Some("SendMessageBatch" | "DeleteMessageBatch"));
        if self.times == 0 {
            return Some("times must be 1 or more");
        }
        if self.action == Action::Partial && !(self.service == Service::Sqs && batch && self.matches.is_some()) {
            return Some("partial needs service sqs, operation SendMessageBatch or DeleteMessageBatch, and matches");
        }
        None
    }

    fn strikes(&self, call: &Call) -> bool {
        let contains =
            |text: &str| text.is_empty() || call.body.windows(text.len()).any(|window| window == text.as_bytes());
        self.service == call.service
            && self.operation.as_ref().is_none_or(|operation| *operation == call.operation)
            && self.caller.as_ref().is_none_or(|caller| caller == call.caller())
            && self.matches.as_deref().is_none_or(contains)
    }
}

/// The armed faults. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    armed: Arc<Mutex<Vec<Fault>>>,
}

impl Faults {
    /// Arms a fault.
    ///
    /// # Errors
    /// Why it could never strike.
    pub fn add(&self, fault: Fault) -> Result<(), String> {
        if let Some(problem) = fault.problem() {
            return Err(problem.to_owned());
        }
        self.armed.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
        Ok(())
    }

    /// Faults that have not struck as often as asked.
    pub fn armed(&self) -> Vec<Fault> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Disarms all.
    pub fn clear(&self) {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The first armed fault that strikes this request, counted as used.
    pub(crate) fn take(&self, call: &Call) -> Option<Fault> {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        let at = armed.iter().position(|fault| fault.strikes(call))?;
        if armed[at].skip > 0 {
            armed[at].skip -= 1;
            return None;
        }
        armed[at].times -= 1;
        let fault = armed[at].clone();
        if fault.times == 0 {
            armed.remove(at);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::json;

    fn call(operation: &str, body: &'static str, key: &str) -> Call {
        Call {
            service: Service::Sqs,
            operation: operation.to_owned(),
            access_key_id: key.to_owned(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for action in ["", "explode", "error:Name", "error::500", "error:Name:200", "delay:soon", "delay"] {
            assert!(action.parse::<Action>().is_err(), "{action}");
        }
        for fault in [
            json!({"service": "s3", "do": "kill_caller"}),
            json!({"service": "sqs", "do": "kill_caller", "typo": 1}),
            json!({"service": "sqs"}),
        ] {
            assert!(serde_json::from_value::<Fault>(fault.clone()).is_err(), "{fault}");
        }
        for fault in [
            json!({"service": "sqs", "do": "kill_caller", "times": 0}),
            json!({"service": "sqs", "do": "partial", "operation": "SendMessage", "matches": "x"}),
            json!({"service": "sqs", "do": "partial", "operation": "SendMessageBatch"}),
        ] {
            assert!(Faults::default().add(serde_json::from_value(fault.clone()).unwrap()).is_err(), "{fault}");
        }
    }

    #[test]
    fn a_fault_strikes_what_it_names_as_often_as_asked() {
        let faults = Faults::default();
        let fault = json!({"service": "sqs", "operation": "SendMessage", "matches": "wamid.42", "caller": "journeys",
            "when": "after", "do": "error:ThrottlingException:503", "times": 2});
        faults.add(serde_json::from_value(fault.clone()).unwrap()).unwrap();
        assert_eq!(serde_json::to_value(faults.armed()).unwrap(), json!([fault]));
        for other in [
            call("SendMessageBatch", "wamid.42", "local-journeys-1"),
            call("SendMessage", "wamid.4", "local-journeys-1"),
            call("SendMessage", "wamid.42", "local-sender-1"),
        ] {
            assert!(faults.take(&other).is_none(), "{other:?}");
        }
        let struck = call("SendMessage", "{wamid.42}", "local-journeys-7");
        assert!(faults.take(&struck).is_some());
        assert!(faults.take(&struck).is_some());
        assert!(faults.take(&struck).is_none());
        assert!(faults.armed().is_empty());
    }

    #[test]
    fn a_fault_lets_pass_as_many_as_asked() {
        let faults = Faults::default();
        let fault = json!({"service": "sqs", "do": "drop_connection", "skip": 2});
        faults.add(serde_json::from_value(fault).unwrap()).unwrap();
        let call = call("SendMessage", "", "local-journeys-1");
        let struck: Vec<bool> = (0..4).map(|_| faults.take(&call).is_some()).collect();
        assert_eq!(struck, [false, false, true, false]);
    }
}
