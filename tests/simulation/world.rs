//! The world of one seed: coordinators on one database, shoppers, staff, a gateway, subscribers, and time.

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

use crate::{
    books::{self, Books},
    chance::{Chance, Swarm, Temper},
    database::Database,
    gateway::{Desk, Gateway},
    invariants::{self, Done},
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
    /// A request of a shopper; `cart` if it may change the shopper's cart.
    Shopper {
        shopper: usize,
        cart: bool,
    },
    Staff,
    /// A worker that looks for tasks.
    LookForTasks,
    /// A dispatcher that looks for deliveries.
    LookForDeliveries,
    /// A task or a delivery.
    Work,
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

/// Somebody who looks for work, one time after the other.
#[derive(Debug, Clone, Copy, Default)]
pub struct Looking {
    pub now: bool,
    /// How long it would sleep now.
    pub wait: Duration,
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
    /// The till as it stood after the last write.
    pub books: Books,
    pub database: Box<dyn Database>,
    /// What has happened so far, a line each.
    pub trace: Vec<String>,
    ids: Arc<dyn Ids>,
    turns: Arc<Turns>,
    stage: Stage<Ending>,
    parts: BTreeMap<ActorId, Part>,
    /// Who is at what, and until when at least nobody else may be.
    pub leases: BTreeMap<String, (ActorId, i64)>,
    /// What each worker is at.
    pub work: BTreeMap<ActorId, String>,
    /// Nothing fails any more.
    calm: bool,
    /// Tasks and deliveries that workers have found.
    pub found: usize,
}

/// How far the clocks of two machines may lie apart.
pub const CLOCKS_APART_MAX_MS: i64 = 900;
/// Most that come for a crowd, beside those who are there.
const CROWD_MAX: usize = 5;
/// Steps in which most are about to write: they enter and look first.
const STEPS_TO_WRITE: usize = 2;
/// Longest time to calm down, in rounds of all workers: every task is done in one, and its effects take a few more.
const ROUNDS_MAX: usize = 200;
/// A worker that would sleep that long knows of nothing to come.
const FOR_EVER: Duration = Duration::from_hours(24);

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
            books: Books::default(),
            trace: vec![format!("seed {seed}: {swarm:?}")],
            ids: Arc::new(CountedIds { time: Arc::clone(&time), given: AtomicU64::new(1) }),
            stage: Stage::new(Arc::clone(&turns)),
            parts: BTreeMap::new(),
            leases: BTreeMap::new(),
            work: BTreeMap::new(),
            calm: false,
            found: 0,
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
        staff::fill_shelves(&mut world);
        world.let_all_end().await?;
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
            Happening::Crash => self.crash().await,
            Happening::StopCoordinator => self.stop_coordinator().await?,
            Happening::HangUp => self.hang_up().await?,
        }
        self.check_gateway()
    }

    /// Lets all that is under way end, in any order.
    pub async fn let_all_end(&mut self) -> Result<(), Violation> {
        while !self.parts.is_empty() {
            let actors = self.parts.keys().copied().collect::<Vec<_>>();
            let actor = *self.chance.pick(&actors);
            self.go_on(&[actor], &[]).await?;
            self.check_gateway()?;
        }
        Ok(())
    }

    /// Nobody comes any more and nothing fails. Workers sleep as long as they said, until all would sleep for ever;
    /// then nothing may be left over.
    pub async fn calm_down(&mut self) -> Result<(), Violation> {
        self.note("everything calms down");
        self.calm = true;
        self.gateway.desk().temper = Temper::default();
        self.subscribers.ears().temper = Temper::default();
        for _ in 0..ROUNDS_MAX {
            self.let_all_end().await?;
            let strays = (self.gateway.desk().take_stray(), self.subscribers.ears().take_stray());
            let webhooks = self.gateway.desk().webhooks.iter().any(|webhook| !webhook.believed);
            if webhooks || strays != (None, None) {
                self.deliver_webhook();
                continue;
            }
            let (found, books) = (self.found, self.books.clone());
            for place in 0..self.coordinators.len() {
                self.look_for_tasks(place);
                self.look_for_deliveries(place);
                self.let_all_end().await?;
            }
            let looking = self.coordinators.iter().flat_map(|one| [one.tasks, one.deliveries]);
            let wait = looking.map(|looking| looking.wait).min().expect("there is a coordinator");
            if self.found != found || self.books != books {
                continue;
            }
            if wait >= FOR_EVER {
                let events = books::events(&mut *self.database).await;
                invariants::at_the_end(self, &events)?;
                return invariants::of_the_audit(self).await;
            }
            self.time.pass_ms(i64::try_from(wait.as_millis()).expect("a day at most").max(1));
        }
        broken(format!("nothing is stuck for ever: {:?}, {:?}", self.books.tasks, self.books.deliveries))
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
            self.note(format!("what becomes of transactions: {fates:?}"));
        }
        // Of several that write at once, who goes on first after that must not depend on who is quicker.
        let stops_after_writes = actors.len() > 1 || self.chance.percent(self.swarm.unheard);
        self.turns.destine(fates, stops_after_writes && !self.calm);
        let ended = self.stage.go_on(first, later).await;
        for writer in &writers {
            self.give_up_lease(*writer);
        }
        if !writers.is_empty() {
            let done = self.done_by(&writers);
            self.look_at_books(done).await?;
        }
        for (id, ending) in ended {
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
        let alone = [Fate::NeverBegins, Fate::FailsAtCommit, Fate::LosesItsAnswer];
        // Costs a wait of real time where there is nobody to be parted from.
        let together = [Fate::NeverBegins, Fate::FailsAtCommit, Fate::LosesItsAnswer, Fate::Conflicts];
        let bad = if writers > 1 { &together[..] } else { &alone[..] };
        let mut draw = || {
            let fails = self.chance.percent(self.swarm.database_away);
            if fails { *self.chance.pick(bad) } else { Fate::Commits }
        };
        (0..=writers).map(|_| draw()).collect()
    }

    fn done_by(&self, writers: &[ActorId]) -> Done {
        let abouts = writers.iter().filter_map(|id| self.parts.get(id)).map(|part| part.about);
        let carts = abouts.filter_map(|about| match about {
            About::Shopper { shopper, cart: true } => Some(self.shoppers[shopper].cart_owner()),
            _ => None,
        });
        Done { writes: writers.len(), carts: carts.collect() }
    }

    /// Reads the books, if anybody has written, and holds what changed against the rules.
    async fn look_at_books(&mut self, done: Done) -> Result<(), Violation> {
        if !self.database.has_changed().await {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.books, Books::read(&mut *self.database).await);
        let given_up = self.books.deliveries.iter().filter(|(_, dead)| **dead).map(|(key, _)| key.clone());
        self.given_up.extend(given_up);
        invariants::after_a_step(&before, &self.books, &done)?;
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
            About::Work => {
                self.give_up_lease(id);
                self.work.remove(&id);
            }
            About::Webhook(place) => self.gateway.desk().webhooks[place].under_way = false,
            About::Staff => {}
        }
        part
    }

    /// Whoever has written what came of its work no longer holds it, whether it has heard of that or not.
    fn give_up_lease(&mut self, id: ActorId) {
        // What another took since, because the lease had run out, stays that one's.
        if let Some(work) = self.work.get(&id)
            && self.leases.get(work).is_some_and(|(holder, _)| *holder == id)
        {
            self.leases.remove(work);
        }
    }

    fn gateway_does(&mut self, does: impl FnOnce(&mut Desk) -> Option<String>) {
        let line = does(&mut self.gateway.desk());
        if let Some(line) = line {
            self.note(format!("at the gateway: {line}"));
        }
    }

    fn let_time_pass(&mut self) {
        let lease_ms = i64::try_from(handover::LEASE.as_millis()).expect("a minute");
        let spans_ms = [(6, 1_000), (5, 10_000), (4, lease_ms + 5_000), (2, 16 * 60_000)];
        let most = self.chance.weighed(&spans_ms).expect("one of them");
        let milliseconds = self.chance.between(most / 10, most);
        self.time.pass_ms(milliseconds);
        self.note("time has passed");
    }

    async fn crash(&mut self) {
        let place = self.chance.below(self.coordinators.len());
        let its = self.parts.iter().filter(|(_, part)| part.coordinator == place).map(|(id, _)| *id);
        for id in its.collect::<Vec<_>>() {
            self.stage.leave(id);
            self.forget(id);
        }
        self.note(format!("coordinator {place} crashes, and starts again"));
        self.coordinators[place] = self.start_coordinator().await;
    }

    /// A coordinator stops as it should: what is under way is given back or ends. Then it starts again.
    async fn stop_coordinator(&mut self) -> Result<(), Violation> {
        let place = self.chance.below(self.coordinators.len());
        self.note(format!("coordinator {place} is told to stop"));
        // What is written at that very moment is written.
        let writing = self.parts.iter().filter(|(id, part)| {
            part.coordinator == place && part.about == About::Work && self.turns.is_about_to_write(**id)
        });
        for id in writing.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.go_on(&[id], &[]).await?;
        }
        if let Some(handed_over) = &mut self.coordinators[place].handed_over {
            handed_over.close();
        }
        self.coordinators[place].abandon.cancel();
        loop {
            let its = self.parts.iter().filter(|(_, part)| part.coordinator == place).map(|(id, _)| *id);
            let its = its.collect::<Vec<_>>();
            if its.is_empty() {
                break;
            }
            let actor = *self.chance.pick(&its);
            self.go_on(&[actor], &[]).await?;
        }
        self.note(format!("coordinator {place} has stopped, and starts again"));
        self.coordinators[place] = self.start_coordinator().await;
        Ok(())
    }

    /// Somebody hangs up, before the shop has done anything more for them or after.
    async fn hang_up(&mut self) -> Result<(), Violation> {
        let callers = self
            .parts
            .iter()
            .filter(|(_, part)| matches!(part.about, About::Shopper { .. } | About::Webhook(_)))
            .map(|(id, _)| *id)
            .collect::<Vec<_>>();
        if callers.is_empty() {
            return Ok(());
        }
        let id = *self.chance.pick(&callers);
        let done = self.done_by(&[id]);
        self.note(format!("{id} is hung up on"));
        if self.chance.percent(50) {
            self.note(format!("{id} was under way: what it was about goes on to its next stop"));
            // Nobody hears what it came to.
            self.turns.destine([], true);
            drop(self.stage.go_on(&[id], &[]).await);
        }
        self.stage.leave(id);
        self.forget(id);
        self.look_at_books(done).await
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
