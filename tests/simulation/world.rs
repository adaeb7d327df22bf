//! The world of one seed: coordinators on one database, shoppers, staff, a gateway, subscribers, and time.

mod mishaps;
mod quiet;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use merkato::{
    app::{
        App, Error, Settings,
        handover::{self, HandedOver},
    },
    outbox::{Dispatcher, Sink, Subscriber, Surroundings},
    store::{self, Step, Store},
    worker::Worker,
};
use merkato_commerce::{ids::Ids, money::Currency, order::Capture};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use self::quiet::{Changes, Looking};
use crate::{
    books::Books,
    chance::{Chance, Swarm},
    database::Database,
    gateway::{Desk, Gateway},
    invariants::{self, Done},
    leases::Leases,
    requests::Requests,
    shop::{CountedEntropy, CountedIds, MachineClock, PlainPricing, Time},
    shoppers::{self, Shopper},
    staff::{self, Staff},
    subscribers::{self, Subscribers, Wire},
    turns::{AWAY, ActorId, Fate, Stage, Stop, Turns},
};

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(pub String);

/// Says that a rule does not hold.
pub fn broken<T>(rule: impl Into<String>) -> Result<T, Violation> {
    Err(Violation(rule.into()))
}

/// What an error means: the caller's doing, the database that we kept away, or a fault.
pub fn excuse(error: &Error) -> Result<String, Violation> {
    match error {
        Error::Rejected(rejection) => Ok(rejection.to_string()),
        Error::Store(store::Error::Unusable(reason)) if reason == AWAY => Ok(reason.clone()),
        fault => broken(format!("nobody is answered with a fault of the shop's own: {fault}")),
    }
}

/// What an actor came to: what the world learns from it, and what the trace says.
pub type Ending = Box<dyn FnOnce(&mut World) -> Result<String, Violation>>;

/// What an actor is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A request of a shopper; `line` if it sets a line of the cart, by the number of the sku.
    Shopper {
        shopper: usize,
        line: Option<(usize, i64)>,
    },
    Staff,
    /// A worker that looks for tasks.
    LookForTasks,
    /// A dispatcher that looks for deliveries.
    LookForDeliveries,
    Task,
    Delivery,
    Webhook(usize),
}

/// An actor under way.
#[derive(Debug, Clone)]
struct Part {
    name: String,
    coordinator: usize,
    about: About,
}

pub struct Coordinator {
    pub app: Arc<App>,
    pub worker: Worker,
    /// Tasks that need not wait for the worker to look; none if it has to.
    pub handed_over: Option<UnboundedReceiver<HandedOver>>,
    pub dispatcher: Arc<Dispatcher>,
    /// The same database, past the gate: for what is no part of the simulation.
    pub store: Store,
    /// What is under way has to be given back.
    pub abandon: CancellationToken,
    /// Its worker and its dispatcher.
    pub tasks: Looking,
    pub deliveries: Looking,
}

pub struct World {
    pub chance: Chance,
    pub swarm: Swarm,
    pub time: Arc<Time>,
    pub gateway: Arc<Gateway>,
    pub subscribers: Arc<Subscribers>,
    pub subscriptions: Arc<[Subscriber]>,
    /// What was a dead letter once, by subscriber and event.
    pub given_up: BTreeSet<(String, String)>,
    pub coordinators: Vec<Coordinator>,
    pub shoppers: Vec<Shopper>,
    pub staff: Staff,
    /// What was asked of orders.
    pub requests: Requests,
    /// The till as it stood after the last write.
    pub books: Books,
    pub database: Box<dyn Database>,
    /// What has happened so far, a line each.
    pub trace: Vec<String>,
    ids: Arc<dyn Ids>,
    turns: Arc<Turns>,
    stage: Stage<Ending>,
    parts: BTreeMap<ActorId, Part>,
    /// Who is at what.
    pub leases: Leases,
    /// For those who look for work.
    pub changes: Changes,
    /// Nothing fails any more.
    calm: bool,
}

/// How far the clocks of two machines may lie apart.
pub const CLOCKS_APART_MAX_MS: i64 = 900;
/// Most that come for a crowd, beside those who are there.
const CROWD_MAX: usize = 5;
/// Steps in which most are about to write: they enter and look first.
const STEPS_TO_WRITE: usize = 2;
/// What may happen next.
#[derive(Debug, Clone, Copy)]
enum Happening {
    GoOn,
    Together,
    Shopper,
    Staff,
    Look,
    Webhook,
    Decide,
    ChangeMind,
    TakeUnasked,
    Lapse,
    Stray,
    TimePasses,
    Oversleep,
    Crash,
    StopCoordinator,
    HangUp,
}

impl World {
    /// An open shop with goods on its shelves.
    pub async fn open(seed: u64, database: Box<dyn Database>) -> Result<Self, Violation> {
        let mut chance = Chance::new(seed);
        let swarm = Swarm::draw(&mut chance);
        let (time, turns) = (Time::new(), Arc::new(Turns::default()));
        let apart = |chance: &mut Chance| Chance::new(chance.next());
        let gateway = Gateway::new(Arc::clone(&turns), apart(&mut chance), swarm.temper);
        let subscribers = Subscribers::new(Arc::clone(&turns), apart(&mut chance), swarm.temper);
        let mut world = Self {
            gateway: Arc::new(gateway),
            subscribers: Arc::new(subscribers),
            subscriptions: subscribers::all(&swarm).into(),
            given_up: BTreeSet::new(),
            coordinators: Vec::new(),
            shoppers: (0..swarm.shoppers).map(Shopper::new).collect(),
            staff: Staff::default(),
            requests: Requests::default(),
            books: Books::default(),
            trace: vec![format!("seed {seed}: {swarm:?}")],
            ids: Arc::new(CountedIds { time: Arc::clone(&time), given: AtomicU64::new(1) }),
            stage: Stage::new(Arc::clone(&turns)),
            parts: BTreeMap::new(),
            leases: Leases::default(),
            changes: Changes { tasks: 1, deliveries: 1 },
            calm: false,
            chance,
            swarm,
            time,
            database,
            turns,
        };
        for _ in 0..world.swarm.coordinators {
            let coordinator = world.start_coordinator().await;
            world.coordinators.push(coordinator);
        }
        world.be_calm(true);
        staff::fill_shelves(&mut world);
        world.let_all_end_together().await?;
        world.have_a_past().await?;
        world.be_calm(false);
        Ok(world)
    }

    async fn start_coordinator(&mut self) -> Coordinator {
        let ahead_ms = self.chance.between(0, CLOCKS_APART_MAX_MS);
        let store = self.database.open().await;
        if self.swarm.coordinators == 1 && store.others().is_none() {
            let released =
                store.write(|transaction| Box::pin(async move { transaction.release_leases().await }));
            released.await.expect("a database");
        }
        let at_once = self.chance.percent(self.swarm.captures_at_once);
        let app = App::new(
            store.clone().behind(Arc::clone(&self.turns) as _),
            Arc::new(PlainPricing),
            Arc::new(MachineClock { time: Arc::clone(&self.time), ahead_ms }),
            Arc::clone(&self.ids),
            Arc::new(CountedEntropy::default()),
            Settings {
                currency: Currency::USD,
                reservation: merkato::app::RESERVATION,
                lease: handover::LEASE,
                remind_after: None,
                seller: merkato_contract::order::Seller::default(),
                // Waiting is for those who have time; here the order is looked at again.
                answer_wait: Duration::ZERO,
                capture: if at_once { Capture::Order } else { Capture::Shipment },
                subscribers: Arc::clone(&self.subscriptions),
                public_url: "https://shop.example".to_owned(),
            },
        );
        let surroundings = Surroundings {
            store: app.store.clone(),
            clock: Arc::clone(&app.clock),
            entropy: Arc::clone(&app.entropy),
            wake: Arc::clone(&app.wake),
        };
        let sink = |subscriber: &Subscriber| -> (Subscriber, Box<dyn Sink>) {
            let (name, subscribers) = (subscriber.name.clone(), Arc::clone(&self.subscribers));
            (subscriber.clone(), Box::new(Wire { name, subscribers }))
        };
        let sinks = self.subscriptions.iter().map(sink).collect();
        let dispatcher = Dispatcher::through(surroundings, app.settings.public_url.clone(), sinks);
        let (app, abandon) = (Arc::new(app), CancellationToken::new());
        let worker = Worker::new(Arc::clone(&app), Arc::clone(&self.gateway) as _, abandon.clone());
        Coordinator {
            handed_over: self.chance.percent(self.swarm.hands_over).then(|| app.handover.open()),
            app,
            worker,
            dispatcher: Arc::new(dispatcher),
            store,
            abandon,
            tasks: Looking::default(),
            deliveries: Looking::default(),
        }
    }

    /// Writes a line of the trace.
    pub fn note(&mut self, line: impl AsRef<str>) {
        let milliseconds = self.time.since_beginning_ms();
        self.trace.push(format!(
            "{:>10.3} {}",
            Duration::from_millis(milliseconds.unsigned_abs()).as_secs_f64(),
            line.as_ref()
        ));
    }

    /// Any of the coordinators.
    pub fn any_coordinator(&mut self) -> (usize, Arc<App>) {
        let place = self.chance.below(self.coordinators.len());
        (place, Arc::clone(&self.coordinators[place].app))
    }

    /// Adds an actor, which stands before its first step.
    pub fn enter(
        &mut self,
        coordinator: usize,
        about: About,
        name: String,
        actor: impl Future<Output = Ending> + 'static,
    ) -> ActorId {
        if let About::Shopper { shopper, .. } = about {
            self.shoppers[shopper].busy += 1;
        }
        let id = self.stage.enter(actor);
        self.note(format!("{id} at {coordinator}: {name}"));
        self.parts.insert(id, Part { name, coordinator, about });
        id
    }

    /// One thing happens.
    pub async fn step(&mut self) -> Result<(), Violation> {
        match self.choose() {
            Happening::GoOn => {
                let actors = self.parts.keys().copied().collect::<Vec<_>>();
                let actor = *self.chance.pick(&actors);
                self.let_go_on(actor).await?;
            }
            Happening::Together => self.come_together().await?,
            Happening::Shopper => shoppers::act(self),
            Happening::Staff => staff::act(self),
            Happening::Look => {
                let place = self.chance.below(self.coordinators.len());
                if self.chance.percent(50) {
                    self.look_for_tasks(place);
                } else {
                    self.look_for_deliveries(place);
                }
            }
            Happening::Webhook => self.deliver_webhook(),
            Happening::Decide => self.gateway_does(Desk::decide),
            Happening::ChangeMind => self.gateway_does(Desk::change_mind),
            Happening::TakeUnasked => self.gateway_does(Desk::take_unasked),
            Happening::Lapse => self.gateway_does(Desk::lapse),
            Happening::Stray => {
                self.gateway_does(Desk::take_stray);
                let heard = self.subscribers.ears().take_stray();
                if let Some(line) = heard {
                    self.note(line);
                }
            }
            Happening::TimePasses => self.let_time_pass(),
            Happening::Oversleep => self.oversleep().await?,
            Happening::Crash => self.crash().await,
            Happening::StopCoordinator => self.stop_coordinator().await?,
            Happening::HangUp => self.hang_up().await?,
        }
        self.check_gateway()
    }

    fn choose(&mut self) -> Happening {
        let swarm = &self.swarm;
        let actors = u32::try_from(self.parts.len()).expect("few actors");
        let chances = [
            (swarm.go_on * actors.min(3), Happening::GoOn),
            (swarm.together, Happening::Together),
            (swarm.shopper, Happening::Shopper),
            (swarm.staff, Happening::Staff),
            (swarm.look, Happening::Look),
            (swarm.webhook, Happening::Webhook),
            (swarm.decide, Happening::Decide),
            (swarm.change_mind, Happening::ChangeMind),
            (swarm.take_unasked, Happening::TakeUnasked),
            (swarm.lapse, Happening::Lapse),
            (swarm.stray, Happening::Stray),
            (swarm.time_passes, Happening::TimePasses),
            (swarm.oversleep * u32::from(self.leases.under_way().next().is_some()), Happening::Oversleep),
            (swarm.crash, Happening::Crash),
            (swarm.stop, Happening::StopCoordinator),
            (swarm.hang_up * u32::from(actors > 0), Happening::HangUp),
        ];
        self.chance.weighed(&chances).expect("shoppers always come")
    }

    /// Lets an actor go on, and perhaps on and on.
    async fn let_go_on(&mut self, actor: ActorId) -> Result<(), Violation> {
        loop {
            self.go_on(&[actor], &[]).await?;
            if !self.parts.contains_key(&actor) || !self.chance.percent(self.swarm.patience) {
                return Ok(());
            }
        }
    }

    /// A crowd: some more come, all of one coordinator are let up to the same step at its store, and take it together.
    async fn come_together(&mut self) -> Result<(), Violation> {
        for _ in 0..self.chance.below(CROWD_MAX) {
            if self.chance.percent(70) { shoppers::act(self) } else { staff::act(self) }
        }
        let place = self.chance.below(self.coordinators.len());
        let step = if self.chance.percent(25) { Step::Read } else { Step::Write };
        let its = self.parts.iter().filter(|(_, part)| part.coordinator == place).map(|(id, _)| *id);
        let mut crowd = Vec::new();
        for id in its.collect::<Vec<_>>() {
            for _ in 0..STEPS_TO_WRITE {
                if self.turns.stop_of(id) == Some(Stop::Store(step)) || !self.parts.contains_key(&id) {
                    break;
                }
                self.go_on(&[id], &[]).await?;
            }
            if self.turns.stop_of(id) == Some(Stop::Store(step)) {
                crowd.push(id);
            }
        }
        for last in (1..crowd.len()).rev() {
            crowd.swap(last, self.chance.below(last + 1));
        }
        let first = if step == Step::Write { self.chance.between(0, 2) } else { 0 };
        // Mostly all at once; now and then one or two are quicker.
        let later = crowd.split_off(usize::try_from(first).expect("a few").min(crowd.len()));
        if crowd.is_empty() { self.go_on(&later, &[]).await } else { self.go_on(&crowd, &later).await }
    }

    /// Lets actors take their next step at the same time, those of `later` while the first ones' transaction commits,
    /// then looks at the books and at what came of it.
    async fn go_on(&mut self, first: &[ActorId], later: &[ActorId]) -> Result<(), Violation> {
        let actors = [first, later].concat();
        let writers = actors.iter().copied().filter(|id| self.turns.is_about_to_write(*id));
        let writers = writers.collect::<Vec<_>>();
        let fates = self.draw_fates(writers.len());
        if actors.len() > 1 {
            self.note(format!("{first:?} come together, then {later:?}"));
        }
        if fates.iter().any(|fate| *fate != Fate::Commits) {
            self.leases.fail(&writers);
            self.note(format!("what becomes of transactions: {fates:?}"));
        }
        // Of several that write at once, who goes on first after that must not depend on who is quicker.
        let stops_after_writes = actors.len() > 1 || self.chance.percent(self.swarm.unheard);
        self.turns.destine(fates, stops_after_writes && !self.calm);
        let ended = self.stage.go_on(first, later).await;
        if !writers.is_empty() {
            let done = self.done_by(&writers);
            self.look_at_books(done).await?;
        }
        for id in actors {
            let Some(part) = self.parts.get(&id) else { continue };
            let clock = self.coordinators[part.coordinator].app.clock.now();
            self.leases.took_a_step(id, clock.0, ended.iter().any(|(one, _)| *one == id))?;
        }
        for (id, ending) in ended {
            self.leases.end(id, &self.books, self.time.now_ms())?;
            let part = self.forget(id);
            let line = ending(self)?;
            self.note(format!("{id} ends: {} -> {line}", part.name));
        }
        (0..self.coordinators.len()).try_for_each(|place| self.begin_handed_over(place))
    }

    /// What becomes of the transactions of `writers`, who may have to do without each other.
    fn draw_fates(&mut self, writers: usize) -> Vec<Fate> {
        if self.calm || writers == 0 || self.swarm.database_away == 0 {
            return Vec::new();
        }
        // The last costs a wait of real time where there is nobody to be parted from.
        let bad = [
            Fate::LosesItsAnswer,
            Fate::LosesItsAnswer,
            Fate::NeverBegins,
            Fate::FailsAtCommit,
            Fate::Conflicts,
        ];
        let bad = if writers > 1 { &bad[..] } else { &bad[..4] };
        let mut draw = || {
            let fails = self.chance.percent(self.swarm.database_away);
            if fails { *self.chance.pick(bad) } else { Fate::Commits }
        };
        (0..=writers).map(|_| draw()).collect()
    }

    fn done_by(&self, writers: &[ActorId]) -> Done {
        let abouts = writers.iter().filter_map(|id| self.parts.get(id)).map(|part| part.about);
        let lines_set = abouts.filter_map(|about| match about {
            About::Shopper { shopper, line: Some((sku, pieces)) } => {
                Some((self.shoppers[shopper].cart_owner(), self.staff.skus[sku].to_string(), pieces))
            }
            _ => None,
        });
        Done { writers: writers.to_vec(), lines_set: lines_set.collect() }
    }

    /// Reads the books, if anybody has written, and holds what changed against the rules.
    async fn look_at_books(&mut self, done: Done) -> Result<(), Violation> {
        if !self.database.has_changed().await {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.books, Books::read(&mut *self.database).await);
        let now = &self.books;
        let tasks = before.tasks != now.tasks || before.reservations != now.reservations;
        self.changes.tasks += u64::from(tasks);
        self.changes.deliveries += u64::from(before.deliveries != now.deliveries);
        self.given_up.extend(self.books.dead_letters().cloned());
        invariants::after_a_step(&before, &self.books, &done)?;
        self.leases.after_a_step(&before, &self.books, &done.writers, self.time.now_ms())?;
        self.requests.check(&self.books)?;
        invariants::of_money_under_way(&self.books, &self.gateway.desk())?;
        self.staff.check_counts(&self.books)
    }

    fn check_gateway(&self) -> Result<(), Violation> {
        match &self.gateway.desk().broken {
            Some(what) => broken(format!("the gateway is asked for nothing impossible: {what}")),
            None => Ok(()),
        }
    }

    /// An actor is gone: it ended, crashed, or was hung up on.
    fn forget(&mut self, id: ActorId) -> Part {
        let part = self.parts.remove(&id).expect("a known actor");
        match part.about {
            About::Shopper { shopper, .. } => self.shoppers[shopper].busy -= 1,
            About::LookForTasks => self.coordinators[part.coordinator].tasks.now = false,
            About::LookForDeliveries => self.coordinators[part.coordinator].deliveries.now = false,
            About::Task => self.leases.forget(id),
            About::Delivery => {
                self.leases.forget(id);
                // There is room for another, so the dispatcher looks again.
                self.coordinators[part.coordinator].deliveries.rouse();
            }
            About::Webhook(place) => self.gateway.desk().webhooks[place].under_way = false,
            About::Staff => {}
        }
        part
    }

    fn gateway_does(&mut self, does: impl FnOnce(&mut Desk) -> Option<String>) {
        let line = does(&mut self.gateway.desk());
        if let Some(line) = line {
            self.note(format!("at the gateway: {line}"));
        }
    }

    fn deliver_webhook(&mut self) {
        let open = {
            let desk = self.gateway.desk();
            let open = |place: &usize| {
                let webhook = &desk.webhooks[*place];
                let done_with = self.calm && webhook.believed;
                !webhook.under_way && !done_with
            };
            let all = (0..desk.webhooks.len()).filter(open).collect::<Vec<_>>();
            // Those that are believed come again now and then.
            let fresh =
                all.iter().copied().filter(|place| !desk.webhooks[*place].believed).collect::<Vec<_>>();
            if fresh.is_empty() { all } else { fresh }
        };
        if open.is_empty() {
            return;
        }
        let webhook = *self.chance.pick(&open);
        let Some(outcome) = self.gateway.desk().said_by(webhook) else { return };
        let (coordinator, app) = self.any_coordinator();
        let name = format!(
            "a webhook says {:?} of try {} of {}",
            outcome.outcome, outcome.attempt, outcome.order_id
        );
        self.gateway.desk().webhooks[webhook].under_way = true;
        let answer_lost = !self.calm && self.chance.percent(self.swarm.temper.answer_lost);
        self.enter(coordinator, About::Webhook(webhook), name, async move {
            let settled = app.settle_payment(outcome).await;
            let ending: Ending = Box::new(move |world| match settled {
                Ok(()) if answer_lost => Ok("believed, but the answer was lost".to_owned()),
                Ok(()) => {
                    world.gateway.desk().webhooks[webhook].believed = true;
                    Ok("believed".to_owned())
                }
                Err(error) => excuse(&error),
            });
            ending
        });
    }
}
