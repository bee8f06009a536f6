//! Traffic: the whole machine, people who write signed webhooks to it, and the proof that all of it arrived.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chasqui::api::Api;
use chasqui::binaries;
use chasqui::http::Http;
use chasqui::journey::set;
use chasqui::machine::{Machine, Options};
use chasqui::token;
use cloud_simulator::{Behaviour, WindowRule};
use domain::delivery::DeliveryState;
use domain::id::{ContactId, LineId};
use domain::message::Direction;
use domain::person::{Alias, AliasKind};
use futures_util::future::try_join_all;
use serde_json::json;
use store::TokenRole;
use whatsapp::signature;

use super::counts::Snapshot;
use super::people::{Person, replies};

type Failure = Box<dyn std::error::Error>;

/// The longest that what was written may take to be answered.
const LIMIT: Duration = Duration::from_secs(300);
/// How long all queues must be empty before it is looked whether all is done.
const QUIET: Duration = Duration::from_millis(250);
/// How often the queues are looked at.
const LOOK: Duration = Duration::from_millis(20);
/// A POST that is not answered 200 is repeated so many times.
const REPETITIONS: usize = 100;
/// CloudWatch bills so much for each line beside its text.
const LINE_ENVELOPE: u64 = 26;

/// A machine under load.
pub(super) struct Load {
    pub(super) machine: Machine,
    http: Http,
    people: Vec<Person>,
    contacts: Vec<ContactId>,
    receipts: bool,
    log_bytes: Arc<AtomicU64>,
}

impl Load {
    /// Starts a machine in memory with as many people, whose chats are open; nobody has written yet.
    pub(super) async fn start(binaries: &Path, people: usize, behaviour: Behaviour) -> Result<Self, Failure> {
        let log_bytes = Arc::new(AtomicU64::new(0));
        let counter = log_bytes.clone();
        let receipts = behaviour.automatic_statuses;
        // People write past the simulator too, which therefore does not know that their windows are open.
        let behaviour = Behaviour { window_rule: WindowRule::Off, ..behaviour };
        let machine = Machine::start(Options {
            behaviour,
            log: Arc::new(move |line| {
                counter.fetch_add(line.text.len() as u64 + LINE_ENVELOPE, Ordering::Relaxed);
            }),
            ..Options::new(binaries.to_owned())
        })
        .await?;
        let journey = binaries::workspace().join("infra/chasqui/src/bench/conversation.md");
        let now = machine.aws().clock().now();
        let token = token::create(machine.store(), "bench", TokenRole::Builder, now).await?;
        set::publish(&Api::new(&machine.api_url(), &token), &set::read(&journey)?, None).await?;
        let people: Vec<Person> = (1..=people).map(Person::new).collect();
        let http = Http::default();
        for person in &people {
            let created = http.post(&format!("{}/_sim/people", machine.phone_url()), &person.introduction()).await?;
            let url = format!("{}/_sim/people/{}", machine.phone_url(), person.phone);
            let opened = http.post(&url, &json!({"chat_open": true})).await?;
            if !created.is_success() || !opened.is_success() {
                return Err(format!("no phone for {}: {} {}", person.phone, created.json(), opened.json()).into());
            }
        }
        Ok(Self { machine, http, people, contacts: Vec::new(), receipts, log_bytes })
    }

    /// How many people there are.
    pub(super) fn people(&self) -> usize {
        self.people.len()
    }

    /// The counters now.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot::take(&self.machine, self.log_bytes.load(Ordering::Relaxed))
    }

    /// Everybody writes `each` messages, `pause` seconds apart on the simulated clock, over as many connections at
    /// once, each waiting `gap` between two POSTs. Messages of one person are posted in order. The clock moves by all
    /// the pauses at once, so they must not add up to the five minutes after which a session ends.
    pub(super) async fn write(
        &mut self,
        each: usize,
        pause: i64,
        connections: usize,
        gap: Duration,
    ) -> Result<(), Failure> {
        let clock = self.machine.aws().clock();
        let start = clock.now().as_second();
        clock.advance(pause * 1_000 * i64::try_from(each)?)?;
        let share = self.people.len().div_ceil(connections.max(1)).max(1);
        let url = format!("{}/webhook", self.machine.api_url());
        let (this, url) = (&*self, url.as_str());
        let connections = this.people.chunks(share).map(|people| async move {
            let mut at = start;
            for round in 0..each {
                at += pause;
                for person in people {
                    let body = person.webhook(this.machine.line(), person.written + round, at);
                    this.post(url, body).await?;
                    if !gap.is_zero() {
                        tokio::time::sleep(gap).await;
                    }
                }
            }
            Ok::<_, Failure>(())
        });
        try_join_all(connections).await?;
        self.people.iter_mut().for_each(|person| person.written += each);
        Ok(())
    }

    /// Posts one webhook until it is answered 200, as Meta does.
    async fn post(&self, url: &str, body: String) -> Result<(), Failure> {
        let signature = signature::sign(self.machine.app_secret(), body.as_bytes());
        let headers = [("content-type", "application/json"), (signature::HEADER, signature.as_str())];
        let mut last = 0;
        for _ in 0..REPETITIONS {
            last = self.http.send("POST", url, &headers, body.clone()).await?.status;
            match last {
                200 => return Ok(()),
                429 | 500..=599 => tokio::time::sleep(LOOK).await,
                _ => break,
            }
        }
        Err(format!("the webhook answers {last}").into())
    }

    /// Waits until every message is answered and every receipt recorded, and answers when that was so; then proves
    /// that no reply is missing, doubled or out of order on any phone.
    pub(super) async fn settle(&mut self) -> Result<Instant, Failure> {
        let deadline = Instant::now() + LIMIT;
        let mut quiet_since = None;
        let done = loop {
            if Instant::now() > deadline {
                self.check_phones().await?;
                return Err(format!("receipts are missing after {LIMIT:?}").into());
            }
            if self.is_busy()? {
                quiet_since = None;
            } else {
                let since = *quiet_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= QUIET {
                    if self.is_complete().await? {
                        break since;
                    }
                    quiet_since = None;
                }
            }
            tokio::time::sleep(LOOK).await;
        };
        self.check_phones().await?;
        Ok(done)
    }

    fn is_busy(&self) -> Result<bool, Failure> {
        for queue in ["InboundQueue", "OutboundQueue", "StatusesQueue"] {
            let name = self.machine.queue(queue).ok_or_else(|| format!("the template has no {queue}"))?;
            let attributes = self.machine.aws().sqs().attributes(name)?;
            let counts = attributes.iter().filter(|(name, _)| name.starts_with("ApproximateNumberOfMessages"));
            if counts.into_iter().any(|(_, count)| count != "0") {
                return Ok(true);
            }
        }
        Ok(self.machine.lambda().stats().iter().any(|stats| stats.working > 0))
    }

    async fn is_complete(&mut self) -> Result<bool, Failure> {
        let written: usize = self.people.iter().map(|person| person.written).sum();
        // The people's own messages come past the simulator: all that it knows are replies.
        let status = self.http.get(&format!("{}/_sim/status", self.machine.phone_url())).await?.json();
        if status["messages"].as_u64().is_none_or(|messages| messages < written as u64) {
            return Ok(false);
        }
        if self.contacts.is_empty() {
            for person in &self.people {
                let alias = Alias::of(AliasKind::UserId, &person.user_id);
                let contact = self.machine.store().whose(&alias).await?;
                self.contacts.push(contact.ok_or_else(|| format!("{} is no contact", person.phone))?);
            }
        }
        let line = LineId::new(self.machine.line().phone_number_id.clone());
        for (person, contact) in self.people.iter().zip(&self.contacts) {
            let limit = person.written * 2 + 10;
            let page = self.machine.store().messages(std::slice::from_ref(contact), &line, limit, None).await?;
            let count = |wanted: &dyn Fn(&domain::message::Message) -> bool| {
                page.messages.iter().filter(|message| wanted(message)).count()
            };
            let inbound = count(&|message| message.direction == Direction::Inbound);
            let done = count(&|message| {
                message.direction == Direction::Outbound
                    && match self.receipts {
                        true => message.state == Some(DeliveryState::Read),
                        false => message.state == Some(DeliveryState::Accepted),
                    }
            });
            if inbound < person.written || done < person.written {
                return Ok(false);
            }
            if inbound > person.written || done > person.written {
                return Err(
                    format!("{}: {inbound} messages and {done} replies for {}", person.phone, person.written).into()
                );
            }
        }
        Ok(true)
    }

    async fn check_phones(&self) -> Result<(), Failure> {
        let mut wrong = Vec::new();
        for person in &self.people {
            let url = format!("{}/_sim/people/{}/messages", self.machine.phone_url(), person.phone);
            wrong.extend(person.difference(&replies(&self.http.get(&url).await?.json())));
        }
        match wrong.first() {
            None => Ok(()),
            Some(first) => Err(format!("{} of {} phones are wrong; {first}", wrong.len(), self.people.len()).into()),
        }
    }

    /// Stops the machine.
    pub(super) async fn stop(self) {
        self.machine.stop().await;
    }
}
