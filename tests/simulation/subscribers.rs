//! Those who hear of events: they refuse, want to be left in peace, hang up, and lose their acknowledgements.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use merkato::outbox::{Advice, Failure, Limits, Sink, Subscriber};
use merkato_contract::event::Event;

use crate::{
    chance::{Chance, Swarm, Temper},
    turns::{Stop, Turns},
};

/// Who has subscribed, and to what.
const SUBSCRIPTIONS: [(&str, &str); 2] = [("search", "order.*"), ("notifications", "*")];

/// Everybody who has subscribed in a run.
pub fn all(swarm: &Swarm) -> Vec<Subscriber> {
    let subscriber = |(name, events): (&str, &str)| Subscriber {
        events: vec![events.parse().expect("a pattern")],
        limits: Limits {
            tries_max: swarm.delivery_tries_max,
            parallel_max: swarm.parallel_deliveries,
            // Nobody waits for time that passes outside of the simulation.
            timeout: Duration::from_hours(24),
            ..Limits::default()
        },
        ..Subscriber::service(name, "http://subscriber.example").expect("a subscriber")
    };
    SUBSCRIPTIONS.map(subscriber).to_vec()
}

/// What was heard, and how well it is listened to.
#[derive(Debug)]
pub struct Ears {
    chance: Chance,
    pub temper: Temper,
    /// Events in the order in which they were first heard, by subscriber and subject.
    pub heard: BTreeMap<(String, String), Vec<String>>,
    known: BTreeSet<(String, String)>,
    /// Deliveries of coordinators that crashed, still on the wire.
    strays: Vec<(String, Event)>,
}

pub struct Subscribers {
    turns: Arc<Turns>,
    ears: Mutex<Ears>,
}

/// The way to one of them.
pub struct Wire {
    pub name: String,
    pub subscribers: Arc<Subscribers>,
}

/// A delivery on the wire; if its sender crashes, it may yet arrive.
struct UnderWay<'a>(&'a Wire, Option<Event>);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(event) = self.1.take() {
            self.0.subscribers.ears().strays.push((self.0.name.clone(), event));
        }
    }
}

impl Subscribers {
    pub fn new(turns: Arc<Turns>, chance: Chance, temper: Temper) -> Self {
        let (heard, known, strays) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        Self { turns, ears: Mutex::new(Ears { chance, temper, heard, known, strays }) }
    }

    pub fn ears(&self) -> MutexGuard<'_, Ears> {
        self.ears.lock().expect("nobody panics with it")
    }
}

impl Ears {
    fn hear(&mut self, name: &str, event: &Event) {
        let id = event.id.to_string();
        // A subscriber knows a repeated event by its id.
        if self.known.insert((name.to_owned(), id.clone())) {
            self.heard.entry((name.to_owned(), event.subject.clone())).or_default().push(id);
        }
    }

    /// A delivery of a coordinator that crashed arrives; nobody hears the answer.
    pub fn take_stray(&mut self) -> Option<String> {
        let place = if self.strays.is_empty() { return None } else { self.chance.below(self.strays.len()) };
        let (name, event) = self.strays.swap_remove(place);
        self.hear(&name, &event);
        Some(format!("{name} hears {} of a crashed coordinator", event.kind))
    }

    /// What becomes of a delivery that arrives, and whether the answer does.
    fn answer(&mut self, name: &str, event: &Event) -> (Result<(), Failure>, bool) {
        let Temper { refused, question_lost, answer_lost, .. } = self.temper;
        if self.chance.percent(refused) {
            let peace = Duration::from_secs(self.chance.next() % 120);
            let advice = [
                Advice::TryAgain,
                Advice::GiveRest { at_least: None },
                Advice::GiveRest { at_least: Some(peace) },
            ];
            let advice = *self.chance.pick(&advice);
            return (Err(Failure { reason: "does not want it now".to_owned(), advice }), false);
        }
        if self.chance.percent(question_lost) {
            return (Err(Failure::away("hung up")), true);
        }
        self.hear(name, event);
        (Ok(()), self.chance.percent(answer_lost))
    }
}

#[async_trait]
impl Sink for Wire {
    async fn deliver(&self, event: &Event) -> Result<(), Failure> {
        let mut wire = UnderWay(self, Some(event.clone()));
        self.subscribers.turns.stop(Stop::Outside).await;
        drop(wire.1.take());
        let (answer, lost) = self.subscribers.ears().answer(&self.name, event);
        self.subscribers.turns.stop(Stop::Outside).await;
        if lost { Err(Failure::away("the acknowledgement was lost")) } else { answer }
    }
}
