//! The payments service and the gateway behind it, as one. It keeps what the real service promises (the same payment
//! id is the same payment, the same refund key the same refund, the first answer stands) and none of what it does not:
//! questions get lost, answers get lost after the work was done, webhooks come twice, late, and before the answer,
//! money is taken unasked, lapses, or is refused.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use merkato::payments::{NoAnswer, Payments};
use merkato_commerce::{
    ids::{OrderId, PaymentId},
    money::Money,
};
use merkato_contract::payment::{Authorize, Outcome, PaymentOutcome, RefundPayment};

use crate::{
    chance::{Chance, Temper},
    turns::{Stop, Turns},
};

/// What shoppers may pay with; see [`Payment::first_answer`].
pub const TOKENS: [&str; 8] = [
    "tok_approve",
    "tok_decline",
    "tok_challenge",
    "tok_pending",
    "tok_silent",
    "tok_take_at_once",
    CAPTURE_REFUSED_ONCE,
    REFUND_REFUSED_ONCE,
];
/// What they pay with that pays at once.
pub const GOOD_TOKENS: [&str; 4] =
    ["tok_approve", "tok_take_at_once", CAPTURE_REFUSED_ONCE, REFUND_REFUSED_ONCE];
/// The gateway refuses to hand this money over when it is asked for the first time.
const CAPTURE_REFUSED_ONCE: &str = "tok_capture_refused";
/// The gateway refuses to give this money back when it is asked for the first time.
const REFUND_REFUSED_ONCE: &str = "tok_refund_refused";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Asking,
    Challenged,
    Pending,
    Approved,
    /// The money is being taken; the gateway's answer is out.
    Capturing,
    Declined,
    Captured,
    Voided,
}

/// A refund in the gateway's own books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    pub amount: i64,
    /// Whether the money went back, or was refused.
    pub done: bool,
}

/// A payment in the gateway's own books.
#[derive(Debug, Clone)]
pub struct Payment {
    /// None while it was called off before anybody asked for it.
    pub about: Option<Authorize>,
    pub state: State,
    asks: u32,
    /// How often the till has asked to have the money.
    pub captures_asked: u32,
    /// The money was asked for anew while an earlier question was still on its way, so that the two answers may
    /// come in any order.
    pub captures_crossed: bool,
    /// The till has asked to let it go.
    let_go: bool,
    /// The money that was set aside is gone: it can no longer be taken.
    pub lapsed: bool,
    /// By refund key.
    pub refunds: BTreeMap<String, Refund>,
}

impl Payment {
    const fn new(state: State) -> Self {
        let refunds = BTreeMap::new();
        Self {
            about: None,
            state,
            asks: 0,
            captures_asked: 0,
            captures_crossed: false,
            let_go: false,
            lapsed: false,
            refunds,
        }
    }

    /// Whether the shop holds money of it, or may have it.
    pub const fn is_live(&self) -> bool {
        matches!(self.state, State::Approved | State::Capturing | State::Captured)
    }

    pub fn refunded(&self) -> i64 {
        self.refunds.values().filter(|refund| refund.done).map(|refund| refund.amount).sum()
    }

    /// Whether money should have gone back, and the gateway would not.
    pub fn has_refused_refund(&self) -> bool {
        self.refunds.values().any(|refund| !refund.done)
    }

    fn pays_with(&self, token: &str) -> bool {
        self.about.as_ref().is_some_and(|about| about.token == token)
    }

    /// What the gateway says when it is asked, if it says anything.
    fn first_answer(&self, token: &str) -> State {
        match token {
            "tok_decline" => State::Declined,
            "tok_challenge" => State::Challenged,
            "tok_pending" => State::Pending,
            "tok_take_at_once" => State::Captured,
            "tok_silent" if self.asks < 2 => State::Asking,
            "tok_approve" | "tok_silent" | CAPTURE_REFUSED_ONCE | REFUND_REFUSED_ONCE => State::Approved,
            other => unreachable!("nobody pays with {other}"),
        }
    }

    fn outcome(&self, id: PaymentId) -> Option<PaymentOutcome> {
        let (outcome, reason) = match self.state {
            State::Approved | State::Capturing => (Outcome::Approved, None),
            State::Captured => (Outcome::Captured, None),
            State::Declined => (Outcome::Declined, Some("the card was refused")),
            State::Voided => (Outcome::Declined, Some("the payment was called off")),
            State::Challenged => (Outcome::Challenged, None),
            State::Pending => (Outcome::Pending, None),
            State::Asking => return None,
        };
        let about = self.about.as_ref()?;
        Some(PaymentOutcome { reason: reason.map(str::to_owned), ..saying(outcome, id, about) })
    }
}

fn saying(outcome: Outcome, id: PaymentId, about: &Authorize) -> PaymentOutcome {
    let Authorize { order_id, attempt, .. } = *about;
    PaymentOutcome { payment_id: id, order_id, attempt, outcome, redirect_url: None, reason: None }
}

fn refused(id: PaymentId, about: &Authorize) -> PaymentOutcome {
    PaymentOutcome { reason: Some("the bank says no".to_owned()), ..saying(Outcome::Refused, id, about) }
}

/// What is asked of the service.
#[derive(Debug, Clone)]
enum Question {
    Authorize(Authorize),
    Capture(PaymentId),
    Void(PaymentId),
    Refund(PaymentId, RefundPayment),
}

/// Something that the gateway tells of its own accord, until it is believed.
#[derive(Debug, Clone, Copy)]
pub struct Webhook {
    pub payment: PaymentId,
    pub believed: bool,
    pub under_way: bool,
}

/// The gateway's books and moods.
#[derive(Debug)]
pub struct Desk {
    chance: Chance,
    pub temper: Temper,
    pub payments: BTreeMap<PaymentId, Payment>,
    pub webhooks: Vec<Webhook>,
    /// Questions of coordinators that crashed, still on the wire.
    strays: Vec<Question>,
    /// What must not be asked was asked.
    pub broken: Option<String>,
}

pub struct Gateway {
    turns: Arc<Turns>,
    desk: Mutex<Desk>,
}

/// A question on the wire; if its sender crashes, it may yet arrive.
struct OnTheWire<'a>(&'a Gateway, Option<Question>);

impl Drop for OnTheWire<'_> {
    fn drop(&mut self) {
        if let Some(question) = self.1.take() {
            self.0.desk().strays.push(question);
        }
    }
}

impl Gateway {
    pub fn new(turns: Arc<Turns>, chance: Chance, temper: Temper) -> Self {
        let desk = Desk {
            chance,
            temper,
            payments: BTreeMap::new(),
            webhooks: Vec::new(),
            strays: Vec::new(),
            broken: None,
        };
        Self { turns, desk: Mutex::new(desk) }
    }

    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().expect("nobody panics with it")
    }

    async fn ask(&self, question: Question) -> Result<PaymentOutcome, NoAnswer> {
        let mut wire = OnTheWire(self, Some(question.clone()));
        self.turns.stop(Stop::Outside).await;
        // It arrives, or is lost for good.
        drop(wire.1.take());
        let (answer, answer_lost) = {
            let mut desk = self.desk();
            let temper = desk.temper;
            if desk.chance.percent(temper.question_lost) {
                return Err(NoAnswer("the question was lost".to_owned()));
            }
            (desk.answer(&question), desk.chance.percent(temper.answer_lost))
        };
        self.turns.stop(Stop::Outside).await;
        if answer_lost { Err(NoAnswer("the answer was lost".to_owned())) } else { answer }
    }
}

impl Desk {
    fn answer(&mut self, question: &Question) -> Result<PaymentOutcome, NoAnswer> {
        match question {
            Question::Authorize(request) => self.authorize(request),
            Question::Capture(id) => self.capture(*id),
            Question::Void(id) => self.void(*id),
            Question::Refund(id, refund) => self.refund(*id, refund),
        }
    }

    fn authorize(&mut self, request: &Authorize) -> Result<PaymentOutcome, NoAnswer> {
        let id = request.payment_id;
        let payment = self.payments.entry(id).or_insert_with(|| Payment::new(State::Asking));
        payment.asks += 1;
        let about = payment.about.get_or_insert_with(|| request.clone());
        if about != request {
            self.broken = Some(format!("payment {id} was asked for with another content"));
        }
        if payment.state == State::Asking {
            payment.state = payment.first_answer(&request.token);
            let besides = self.temper.webhook_besides;
            if payment.is_live() && self.chance.percent(besides) {
                self.webhooks.push(Webhook { payment: id, believed: false, under_way: false });
            }
        }
        let outcome = self.payments.get(&id).and_then(|payment| payment.outcome(id));
        outcome.ok_or_else(|| NoAnswer("the gateway has no answer yet".to_owned()))
    }

    fn capture(&mut self, id: PaymentId) -> Result<PaymentOutcome, NoAnswer> {
        let out_for_now = self.chance.percent(self.temper.question_lost / 2);
        let (payment, about) = self.known(id)?;
        payment.captures_asked += 1;
        match payment.state {
            State::Captured => return Ok(saying(Outcome::Captured, id, &about)),
            State::Declined | State::Voided => return Ok(refused(id, &about)),
            State::Approved | State::Capturing => {}
            state => return Err(impossible(state, "captured")),
        }
        if out_for_now {
            // Whether the money moved is not known.
            payment.state = State::Capturing;
            return Err(NoAnswer("the gateway is out for the moment".to_owned()));
        }
        if payment.lapsed || (payment.captures_asked == 1 && payment.pays_with(CAPTURE_REFUSED_ONCE)) {
            payment.state = State::Approved;
            return Ok(refused(id, &about));
        }
        payment.state = State::Captured;
        Ok(saying(Outcome::Captured, id, &about))
    }

    fn void(&mut self, id: PaymentId) -> Result<PaymentOutcome, NoAnswer> {
        // What is called off before it was asked for is refused when it is.
        self.payments.entry(id).or_insert_with(|| Payment::new(State::Voided));
        let (payment, about) = self.known(id)?;
        payment.let_go = true;
        match payment.state {
            State::Captured => return Ok(saying(Outcome::Captured, id, &about)),
            State::Capturing => return Err(impossible(payment.state, "voided")),
            State::Declined => {}
            _ => payment.state = State::Voided,
        }
        Ok(saying(Outcome::Done, id, &about))
    }

    fn refund(&mut self, id: PaymentId, refund: &RefundPayment) -> Result<PaymentOutcome, NoAnswer> {
        let (payment, about) = self.known(id)?;
        if payment.state != State::Captured {
            return Err(impossible(payment.state, "refunded"));
        }
        let done = !(payment.refunds.is_empty() && payment.pays_with(REFUND_REFUSED_ONCE));
        let first = Refund { amount: refund.amount.amount, done };
        let known = *payment.refunds.entry(refund.refund_key.clone()).or_insert(first);
        let (refunded, paid) = (payment.refunded(), about.amount.amount);
        if known.amount != refund.amount.amount {
            self.broken = Some(format!("refund {} was asked for with another amount", refund.refund_key));
        }
        if refunded > paid {
            self.broken = Some(format!("of payment {id} of {paid} {refunded} were to be given back"));
        }
        Ok(if known.done { saying(Outcome::Done, id, &about) } else { refused(id, &about) })
    }

    fn known(&mut self, id: PaymentId) -> Result<(&mut Payment, Authorize), NoAnswer> {
        let payment = self.payments.get_mut(&id).ok_or_else(|| NoAnswer("no such payment".to_owned()))?;
        let about = payment.about.clone();
        let about = about.ok_or_else(|| NoAnswer("nobody has asked for this payment yet".to_owned()))?;
        Ok((payment, about))
    }

    /// The shopper answers the bank, or the bank makes up its mind: one of the payments that wait is decided.
    pub fn decide(&mut self) -> Option<String> {
        self.turn(|payment| matches!(payment.state, State::Challenged | State::Pending), None)
    }

    /// A careless gateway: a payment that it refused is approved after all. The service would let that money go, but
    /// the till must not depend on it, unless it has asked the service for just that.
    pub fn change_mind(&mut self) -> Option<String> {
        self.turn(|payment| payment.state == State::Declined && !payment.let_go, Some(State::Approved))
    }

    /// Money is taken that nobody has asked for, or that was let go in the same moment.
    pub fn take_unasked(&mut self) -> Option<String> {
        let tempting =
            |payment: &Payment| !matches!(payment.state, State::Captured | State::Capturing | State::Asking);
        self.turn(tempting, Some(State::Captured))
    }

    /// Money that was set aside is gone; nobody is told.
    pub fn lapse(&mut self) -> Option<String> {
        let id = self.any(|payment| payment.state == State::Approved)?;
        self.payments.get_mut(&id)?.lapsed = true;
        Some(format!("payment {id} lapses"))
    }

    fn any(&mut self, wanted: impl Fn(&Payment) -> bool) -> Option<PaymentId> {
        let fits = |payment: &Payment| payment.about.is_some() && wanted(payment);
        let fitting = self.payments.iter().filter(|(_, payment)| fits(payment)).map(|(id, _)| *id);
        let fitting = fitting.collect::<Vec<_>>();
        if fitting.is_empty() { None } else { Some(*self.chance.pick(&fitting)) }
    }

    fn turn(&mut self, from: impl Fn(&Payment) -> bool, to: Option<State>) -> Option<String> {
        let id = self.any(from)?;
        let decided = if self.chance.percent(70) { State::Approved } else { State::Declined };
        let state = to.unwrap_or(decided);
        let payment = self.payments.get_mut(&id)?;
        payment.state = state;
        payment.lapsed &= state != State::Captured;
        self.webhooks.push(Webhook { payment: id, believed: false, under_way: false });
        Some(format!("payment {id} is {state:?}"))
    }

    /// What a webhook says now. Of a payment that was let go meanwhile there is nothing to say.
    pub fn said_by(&mut self, webhook: usize) -> Option<PaymentOutcome> {
        let payment = self.payments.get(&self.webhooks[webhook].payment)?;
        let telling = matches!(payment.state, State::Approved | State::Declined | State::Captured);
        let said = payment.outcome(self.webhooks[webhook].payment).filter(|_| telling);
        if said.is_none() {
            self.webhooks[webhook].believed = true;
        }
        said
    }

    /// A question of a coordinator that crashed arrives; nobody hears the answer.
    pub fn take_stray(&mut self) -> Option<String> {
        let place = if self.strays.is_empty() { return None } else { self.chance.below(self.strays.len()) };
        let question = self.strays.swap_remove(place);
        if let Question::Capture(id) = question
            && let Some(payment) = self.payments.get_mut(&id)
        {
            payment.captures_crossed = true;
        }
        let answer = self.answer(&question);
        Some(format!("{question:?} arrives: {}", answer.map_or_else(|none| none.0, |_| "done".to_owned())))
    }

    /// Two are at work to get the money of an order, because the first overslept.
    pub fn cross_captures(&mut self, order: OrderId) {
        let of_order =
            |payment: &&mut Payment| payment.about.as_ref().is_some_and(|about| about.order_id == order);
        self.payments.values_mut().filter(of_order).for_each(|payment| payment.captures_crossed = true);
    }

    /// What the gateway has of an order: each try's payment.
    pub fn of(&self, order: OrderId) -> impl Iterator<Item = (PaymentId, &Payment, Money)> {
        self.payments.iter().filter_map(move |(id, payment)| {
            let about = payment.about.as_ref().filter(|about| about.order_id == order)?;
            Some((*id, payment, about.amount))
        })
    }
}

fn impossible(state: State, wanted: &str) -> NoAnswer {
    NoAnswer(format!("a payment that is {state:?} cannot be {wanted}"))
}

#[async_trait]
impl Payments for Gateway {
    async fn authorize(&self, request: &Authorize) -> Result<PaymentOutcome, NoAnswer> {
        self.ask(Question::Authorize(request.clone())).await
    }

    async fn capture(&self, payment: PaymentId) -> Result<PaymentOutcome, NoAnswer> {
        self.ask(Question::Capture(payment)).await
    }

    async fn void(&self, payment: PaymentId) -> Result<PaymentOutcome, NoAnswer> {
        self.ask(Question::Void(payment)).await
    }

    async fn refund(&self, payment: PaymentId, refund: &RefundPayment) -> Result<PaymentOutcome, NoAnswer> {
        self.ask(Question::Refund(payment, refund.clone())).await
    }
}
