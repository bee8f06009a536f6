//! Whether a line may be sent from, without a read for each message: what the table says is remembered for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::delivery::DeliveryState;
use domain::id::LineId;
use domain::message::{Failure, MessageKey};
use domain::pause::Pause;
use domain::queue::Notice;
use jiff::{SignedDuration, Timestamp};
use platform::telemetry;
use store::{Store, StoreError};
use whatsapp::PauseCause;

/// How long it is believed what was read of a line.
const BELIEVED: SignedDuration = SignedDuration::from_secs(30);
/// How soon it is looked again for the receipt of the message that was tried.
const AWAITED: Duration = Duration::from_secs(30);
/// How long after the one message that is tried the others look again whether it passed.
const BEHIND: Duration = Duration::from_secs(10);

/// What a message may do now.
#[derive(Debug, PartialEq)]
pub(crate) enum Turn {
    /// It may be sent.
    Go,
    /// It is the one that is tried.
    Try(Box<Pause>),
    /// It waits so long.
    Wait(Duration),
}

/// The lines, as far as is known.
pub(crate) struct Pauses {
    store: Store,
    known: Mutex<HashMap<LineId, Known>>,
}

#[derive(Clone)]
struct Known {
    read_at: Timestamp,
    pause: Option<Pause>,
}

impl Pauses {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, known: Mutex::default() }
    }

    /// Whether a message may be sent from this line now. The first that finds a pause due for a try is the one tried.
    pub(crate) async fn turn(&self, line: &LineId, now: Timestamp) -> Result<Turn, StoreError> {
        let (Some(pause), fresh) = self.known(line, now).await? else { return Ok(Turn::Go) };
        if let Some(taken) = &pause.taken {
            let state = match fresh {
                true => self.store.message(&taken.message).await?.and_then(|message| message.state),
                false => None,
            };
            if state.is_some_and(Pause::is_over) {
                self.end(&pause, now).await?;
                return Ok(Turn::Go);
            }
            if state != Some(DeliveryState::Failed) && taken.is_recent(now) {
                return Ok(Turn::Wait(AWAITED));
            }
        }
        if now < pause.try_at {
            return Ok(Turn::Wait(until(pause.try_at, now) + BEHIND));
        }
        let mut trying = pause.trying(now);
        match self.store.save_pause(&mut trying).await {
            Ok(()) => {
                self.note(line, now, Some(trying.clone()));
                Ok(Turn::Try(Box::new(trying)))
            }
            // Another sender tries one, or has ended the pause.
            Err(StoreError::Conflict) => {
                self.forget(line);
                Ok(Turn::Wait(BEHIND))
            }
            Err(error) => Err(error),
        }
    }

    /// Everything is refused: the line is paused, if it is not yet. Answers how long its messages wait.
    pub(crate) async fn begin(
        &self,
        line: &LineId,
        cause: PauseCause,
        failure: Failure,
        now: Timestamp,
    ) -> Result<Duration, StoreError> {
        telemetry::count(cause.metric(), 1);
        let mut pause = Pause::begin(line.clone(), cause, failure, false, now);
        match self.store.save_pause(&mut pause).await {
            Ok(()) => {
                tracing::error!(%line, failure = pause.failure.title, "sending is paused");
                self.note(line, now, Some(pause.clone()));
                self.store.add_notice(&Notice::SendingPaused { pause: Box::new(pause.clone()) }, now).await?;
                Ok(until(pause.try_at, now))
            }
            Err(StoreError::Conflict) => {
                self.forget(line);
                let (pause, _) = self.known(line, now).await?;
                Ok(pause.map_or(BEHIND, |pause| until(pause.try_at, now)))
            }
            Err(error) => Err(error),
        }
    }

    /// The message that was tried is refused as well.
    pub(crate) fn refused(&self, pause: &Pause, now: Timestamp) -> Duration {
        telemetry::count(pause.cause.metric(), 1);
        until(pause.try_at, now)
    }

    /// Meta has taken the message that was tried.
    pub(crate) async fn taken(&self, pause: &Pause, key: &MessageKey, now: Timestamp) -> Result<(), StoreError> {
        let Some(mut waiting) = pause.took(key, now) else { return self.end(pause, now).await };
        match self.store.save_pause(&mut waiting).await {
            Ok(()) => {
                self.note(&pause.line, now, Some(waiting));
                Ok(())
            }
            Err(StoreError::Conflict) => {
                self.forget(&pause.line);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn end(&self, pause: &Pause, now: Timestamp) -> Result<(), StoreError> {
        self.forget(&pause.line);
        match self.store.end_pause(pause).await {
            Ok(()) => {
                tracing::warn!(line = %pause.line, "sending goes on");
                self.store.add_notice(&Notice::SendingResumed { pause: Box::new(pause.clone()) }, now).await
            }
            Err(StoreError::Conflict) => Ok(()), // it has moved on by itself
            Err(error) => Err(error),
        }
    }

    /// What is known of a line, and whether it has been read just now.
    async fn known(&self, line: &LineId, now: Timestamp) -> Result<(Option<Pause>, bool), StoreError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(line).cloned();
        if let Some(known) = known
            && now.duration_since(known.read_at) < BELIEVED
            && known.pause.as_ref().is_none_or(|pause| now < pause.try_at)
        {
            return Ok((known.pause, false));
        }
        let pause = self.store.pause(line).await?;
        self.note(line, now, pause.clone());
        Ok((pause, true))
    }

    fn note(&self, line: &LineId, read_at: Timestamp, pause: Option<Pause>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(line.clone(), Known { read_at, pause });
    }

    fn forget(&self, line: &LineId) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(line);
    }
}

/// At least a second, so that nothing is looked at without end.
fn until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or_default().max(Duration::from_secs(1))
}
