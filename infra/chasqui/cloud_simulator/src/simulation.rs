//! The running simulation: the world behind its lock, and everything that happens on its own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc, watch};

use crate::delivery::Post;
use crate::message::{Author, Message, State};
use crate::options::{Line, Options};
use crate::people::Person;
use crate::webhook::{Update, UpdateKind};
use crate::world::World;

/// Result of the GET handshake with the webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handshake {
    /// Not finished yet.
    Pending,
    /// The webhook returned the challenge.
    Verified,
    /// It did not, and why.
    Failed(String),
}

/// Shared by the Graph API, the control endpoints and the background tasks.
pub(crate) struct Simulation {
    pub(crate) options: Options,
    pub(crate) address: OnceLock<SocketAddr>,
    pub(crate) webhook_url: Mutex<Option<String>>,
    pub(crate) handshake: watch::Sender<Handshake>,
    pub(crate) stopped: watch::Sender<bool>,
    world: Mutex<World>,
    lanes: Vec<mpsc::UnboundedSender<Post>>,
    events: broadcast::Sender<Value>,
}

impl Simulation {
    pub(crate) fn new(options: Options, world: World, lanes: Vec<mpsc::UnboundedSender<Post>>) -> Self {
        let webhook_url = Mutex::new(options.webhook_url.clone());
        Self {
            options,
            address: OnceLock::new(),
            webhook_url,
            handshake: watch::Sender::new(Handshake::Pending),
            stopped: watch::Sender::new(false),
            world: Mutex::new(world),
            lanes,
            events: broadcast::Sender::new(1_024),
        }
    }

    /// The world; a panic elsewhere while holding it does not end the simulation.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.options.clock.now_ms()
    }

    pub(crate) fn line(&self) -> &Line {
        &self.options.line
    }

    pub(crate) fn events(&self) -> broadcast::Receiver<Value> {
        self.events.subscribe()
    }

    /// Tells open pages and waiting tests that something changed.
    pub(crate) fn notify(&self, kind: &str, person: Option<&str>) {
        // Nobody listening is fine.
        let _ = self.events.send(json!({"kind": kind, "person": person}));
    }

    /// Hands an update to the webhooks, through whatever control is set.
    pub(crate) fn tell(self: &Arc<Self>, world: &mut World, update: Update) {
        for updates in world.webhooks.admit(update) {
            self.dispatch(world, updates);
        }
    }

    /// Posts updates, or lets them wait for the batch window.
    pub(crate) fn dispatch(self: &Arc<Self>, world: &mut World, updates: Vec<Update>) {
        let window = world.behaviour.batch_window_ms;
        if window == 0 || updates.len() > 1 {
            self.post(world, updates);
            return;
        }
        world.webhooks.batch.extend(updates);
        if !std::mem::replace(&mut world.webhooks.batch_running, true) {
            let simulation = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(window)).await;
                let mut world = simulation.world();
                world.webhooks.batch_running = false;
                let batch = std::mem::take(&mut world.webhooks.batch);
                simulation.post(&mut world, batch);
            });
        }
    }

    fn post(self: &Arc<Self>, world: &mut World, updates: Vec<Update>) {
        for post in Post::prepare(self, world, &updates) {
            self.enqueue(post);
        }
    }

    pub(crate) fn enqueue(&self, post: Post) {
        if let Some(lane) = self.lanes.get(post.lane(self.lanes.len())) {
            // A closed lane means the simulator was stopped.
            let _ = lane.send(post);
        }
    }

    /// Starts what becomes of a message on its own, in the background.
    pub(crate) fn follow(self: &Arc<Self>, message: String) {
        let simulation = Arc::clone(self);
        tokio::spawn(async move {
            while let Some((wait_ms, from, to)) = simulation.next_state(&message) {
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
                let mut world = simulation.world();
                // The phone may have been switched off, or the state told by hand, while this task slept.
                if plan(&world, &message).is_none_or(|(_, now_from, now_to)| (now_from, now_to) != (from, to)) {
                    continue;
                }
                let now_ms = simulation.now_ms();
                simulation.reach(&mut world, &message, to, now_ms, None);
            }
        });
    }

    fn next_state(&self, message: &str) -> Option<(u64, State, State)> {
        if *self.stopped.borrow() {
            return None;
        }
        plan(&self.world(), message)
    }

    /// Starts again what the phone's new state makes possible.
    pub(crate) fn follow_person(self: &Arc<Self>, world: &mut World, person: &str) {
        let online = world.kept.people.get(person).is_some_and(|person| person.online);
        let waiting: Vec<String> = world
            .thread(person)
            .filter(|message| message.author == Author::Business && message.state < State::Read)
            .map(|message| message.id.clone())
            .collect();
        for id in waiting {
            if online
                && let Some(message) = world.kept.messages.get_mut(&id)
                && message.doomed.is_none()
            {
                message.on_phone = true;
            }
            self.follow(id);
        }
    }

    /// Moves a message to a state and tells the status. A forced one may go back: only the telling does, not the message.
    pub(crate) fn reach(
        self: &Arc<Self>,
        world: &mut World,
        message_id: &str,
        state: State,
        at_ms: i64,
        error: Option<Value>,
    ) {
        let Some(message) = world.kept.messages.get_mut(message_id) else { return };
        let before = message.state;
        message.state = message.state.max(state);
        if state == State::Failed {
            message.error = error.or_else(|| message.doomed.clone());
            // A message that failed after all is not on the phone.
            message.on_phone = message.on_phone && before >= State::Delivered;
        }
        let message = message.clone();
        world.dirty = true;
        if let Some(person) = world.kept.people.get(&message.person)
            && let Some(update) = status_update(&message, person, before, state, at_ms)
        {
            self.tell(world, update);
        }
        self.notify("messages", Some(&message.person));
    }
}

/// The next step of a message: how long to wait, from where, to where.
fn plan(world: &World, message: &str) -> Option<(u64, State, State)> {
    let behaviour = &world.behaviour;
    let message = world.kept.messages.get(message)?;
    let person = world.kept.people.get(&message.person)?;
    if !behaviour.automatic_statuses || message.author != Author::Business {
        return None;
    }
    let open = person.online && person.chat_open;
    let (wait_ms, next) = match message.state {
        State::Accepted if message.doomed.is_some() => (behaviour.sent_after_ms, State::Failed),
        State::Accepted => (behaviour.sent_after_ms, State::Sent),
        // WhatsApp tells no more than `sent` about a reaction.
        _ if message.kind == "reaction" => return None,
        State::Sent if open && behaviour.skip_delivered_when_open => {
            (behaviour.delivered_after_ms + behaviour.read_after_ms, State::Read)
        }
        State::Sent if person.online => (behaviour.delivered_after_ms, State::Delivered),
        State::Delivered if open => (behaviour.read_after_ms, State::Read),
        _ => return None,
    };
    Some((wait_ms, message.state, next))
}

/// The status webhook of a message that reaches `state` from `before`.
fn status_update(message: &Message, person: &Person, before: State, state: State, at_ms: i64) -> Option<Update> {
    let mut item = json!({"id": message.id, "status": state.word()?, "timestamp": (at_ms / 1_000).to_string()});
    // A message addressed by number keeps telling that number, even of a person who hides it.
    let phone = if message.by_user_id { person.visible_phone() } else { person.phone.as_deref() };
    if let Some(phone) = phone {
        item["recipient_id"] = phone.into();
    }
    let failed = state == State::Failed;
    if let Some(user_id) = person.user_id.as_deref().filter(|_| !failed || message.by_user_id) {
        item["recipient_user_id"] = user_id.into();
        if let Some(parent) = &person.parent_user_id {
            item["recipient_parent_user_id"] = parent.as_str().into();
        }
    }
    if let Some(data) = &message.callback_data {
        item["biz_opaque_callback_data"] = data.as_str().into();
    }
    if failed {
        item["errors"] = json!([message.error]);
    }
    // The price comes with `sent`, and once more with whichever of delivered and read is told first.
    let priced = matches!(state, State::Sent | State::Delivered) || (state == State::Read && before < State::Delivered);
    if let Some(pricing) = message.pricing.as_ref().filter(|_| priced) {
        item["pricing"] = pricing.clone();
    }
    Some(Update {
        kind: UpdateKind::Status,
        field: "messages".into(),
        person: Some(message.person.clone()),
        message_id: Some(message.id.clone()),
        contact: (!failed).then(|| person.contact_block()),
        item,
    })
}
