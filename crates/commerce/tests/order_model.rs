//! Any sequence of commands, in any order and with any repetition, keeps money and pieces right.
//!
//! The world around an order is modelled by what its effects do: a shelf, and a gateway that may approve any try at
//! any time. After each command the order must agree with both.

use std::collections::BTreeSet;

use merkato_commerce::{
    money::{Currency, Money},
    order::{
        self, Announcement, Capture, Command, Effect, Order, PaymentState, Rejection, State, StockState,
    },
};
use proptest::{prelude::*, sample::Index};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

const TOTAL: i64 = 1_000;
/// Pieces of the order.
const PIECES: u32 = 3;

fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::USD)
}

/// Something that happens in the world. What makes no sense there and then does not happen.
#[derive(Debug, Clone)]
enum Event {
    /// The gateway, the clock or a person says so.
    Command(Command),
    /// So many pieces come back.
    Return(u32),
    /// The gateway gives back the money of one of the refunds that it was asked for, or refuses to.
    AnswerRefund { which: Index, done: bool },
    /// The gateway lets the money of a try go, as it was asked to.
    LetGo { attempt: u32 },
}

#[derive(Debug, Clone)]
struct Input {
    event: Event,
    /// Whether the pieces are still there when late money asks for them, or a retry does.
    in_stock: bool,
}

/// Which events may come next does not depend on the order: that is the point.
struct AnyEvents;

impl ReferenceStateMachine for AnyEvents {
    type State = Capture;
    type Transition = Input;

    fn init_state() -> BoxedStrategy<Capture> {
        prop_oneof![Just(Capture::Shipment), Just(Capture::Order)].boxed()
    }

    fn transitions(_: &Capture) -> BoxedStrategy<Input> {
        let attempt = 1_u32..4;
        let of_attempt = |command: fn(u32) -> Command| attempt.clone().prop_map(command);
        let command = prop_oneof![
            5 => of_attempt(|attempt| Command::PaymentApproved { attempt }),
            3 => of_attempt(|attempt| Command::PaymentDeclined { attempt }),
            1 => of_attempt(|attempt| Command::PaymentChallenged { attempt }),
            4 => of_attempt(|attempt| Command::PaymentCaptured { attempt }),
            3 => of_attempt(|attempt| Command::CaptureFailed { attempt }),
            1 => of_attempt(|attempt| Command::RefundFailed { attempt, amount: usd(TOTAL) }),
            3 => Just(Command::RetryPayment),
            2 => Just(Command::RetryCapture),
            1 => Just(Command::ReservationExpired),
            1 => Just(Command::Cancel),
            3 => Just(Command::Ship),
            3 => Just(Command::Deliver),
            3 => (-5..TOTAL + 5).prop_map(|amount| Command::Refund { amount: usd(amount) }),
            1 => Just(Command::Refund { amount: usd(TOTAL) }),
            1 => any::<bool>().prop_map(|reserved| Command::LateMoneyMatched { reserved }),
        ];
        let event = prop_oneof![
            36 => command.prop_map(Event::Command),
            2 => (1..=PIECES).prop_map(Event::Return),
            4 => (any::<Index>(), prop::bool::weighted(0.7))
                .prop_map(|(which, done)| Event::AnswerRefund { which, done }),
            2 => attempt.prop_map(|attempt| Event::LetGo { attempt }),
        ];
        (event, any::<bool>()).prop_map(|(event, in_stock)| Input { event, in_stock }).boxed()
    }

    fn apply(capture: Capture, _: &Input) -> Capture {
        capture
    }
}

/// An order and the world that its effects made.
struct World {
    order: Order,
    stock: StockState,
    /// Pieces that are with the shopper or were meant to be, and came back.
    returned: u32,
    /// Pieces that are coming back just now; all if there is no number.
    returning: Option<u32>,
    /// Tries that the gateway was asked for.
    asked: BTreeSet<u32>,
    /// Tries that it set money aside for.
    approved: BTreeSet<u32>,
    /// Tries whose money it was asked for and has not answered.
    capturing: BTreeSet<u32>,
    /// Tries whose money the shop got.
    captured: BTreeSet<u32>,
    /// Tries whose money it was asked to let go.
    voided: BTreeSet<u32>,
    /// Tries whose money it did let go.
    let_go: BTreeSet<u32>,
    /// Earlier tries whose money it was asked to give back.
    given_back: BTreeSet<u32>,
    /// Refunds of the present try that it has not answered.
    refunding: Vec<i64>,
    refunded: i64,
    /// Whether it ever refused a refund: then money may stay where nobody wants it, and people are told.
    refund_refused: bool,
    /// Whether people were told of that.
    told: bool,
    confirmations: u32,
}

impl World {
    /// Does what the order asks for; panics where that makes no sense in the world.
    fn carry_out(&mut self, effects: Vec<Effect>, in_stock: bool) {
        for effect in effects {
            match effect {
                Effect::SellStock => self.move_stock(StockState::Reserved, StockState::Sold),
                Effect::ReleaseStock => self.move_stock(StockState::Reserved, StockState::Released),
                Effect::ReserveStock => self.move_stock(StockState::Released, StockState::Reserved),
                Effect::Restock => self.restock(),
                Effect::ReserveOrRefund => {
                    if in_stock {
                        self.move_stock(StockState::Released, StockState::Reserved);
                    }
                    self.command(Command::LateMoneyMatched { reserved: in_stock }, in_stock);
                }
                Effect::Authorize { attempt } => {
                    assert!(self.asked.insert(attempt), "try {attempt} was asked for twice");
                }
                Effect::Void { attempt } => {
                    assert!(!self.capturing.contains(&attempt), "taken and let go at a time");
                    self.voided.insert(attempt);
                }
                Effect::Capture { attempt } => {
                    assert!(self.approved.contains(&attempt), "nothing is set aside for try {attempt}");
                    assert!(!self.voided.contains(&attempt), "try {attempt} was let go");
                    assert!(!self.captured.contains(&attempt), "captured twice");
                    assert!(self.capturing.insert(attempt), "asked for twice at a time");
                }
                Effect::Refund { amount } => {
                    assert!(amount.amount > 0, "a refund of nothing");
                    self.refunding.push(amount.amount);
                }
                Effect::RefundAttempt { attempt } => {
                    assert!(attempt < self.order.attempt, "the present try has books of its own");
                    self.given_back.insert(attempt);
                }
                Effect::Announce(Announcement::Confirmed) => self.confirmations += 1,
                Effect::Announce(Announcement::RefundFailed) => self.told = true,
                Effect::RestoreCart | Effect::TakeCart | Effect::Announce(_) => {}
            }
        }
    }

    fn move_stock(&mut self, from: StockState, to: StockState) {
        assert_eq!(self.stock, from, "pieces cannot go to {to:?}");
        self.stock = to;
    }

    fn restock(&mut self) {
        assert_eq!(self.stock, StockState::Sold, "only sold pieces come back");
        let pieces = self.returning.unwrap_or(PIECES - self.returned);
        self.returned += pieces;
        assert!(pieces > 0 && self.returned <= PIECES, "a piece came back twice");
        if self.returned == PIECES {
            self.stock = StockState::Released;
        }
    }

    fn command(&mut self, command: Command, in_stock: bool) {
        let before = self.order;
        match order::apply(before, command) {
            Ok((order, effects)) => {
                self.order = order;
                self.carry_out(effects, in_stock);
            }
            Err(Rejection::RefundTooLarge { refundable }) => {
                assert_eq!(refundable, before.refundable(), "the shopper reads what is left");
            }
            Err(_) => {}
        }
    }

    fn take_back(&mut self, pieces: u32, in_stock: bool) {
        let left = PIECES - self.returned;
        if pieces > left {
            return;
        }
        self.returning = Some(pieces);
        self.command(Command::Return { complete: pieces == left }, in_stock);
        self.returning = None;
    }

    fn answer_refund(&mut self, which: Index, done: bool, in_stock: bool) {
        if self.refunding.is_empty() {
            return;
        }
        let amount = self.refunding.remove(which.index(self.refunding.len()));
        let (attempt, money) = (self.order.attempt, usd(amount));
        if done {
            self.refunded += amount;
            self.command(Command::RefundDone { attempt, amount: money }, in_stock);
        } else {
            self.refund_refused = true;
            self.command(Command::RefundFailed { attempt, amount: money }, in_stock);
        }
    }

    /// Whether the gateway could say this; remembers what follows from it.
    fn is_said(&mut self, command: Command) -> bool {
        match command {
            // A gateway answers only what it was asked.
            Command::PaymentApproved { attempt } => {
                let sound = self.asked.contains(&attempt) && !self.let_go.contains(&attempt);
                if sound {
                    self.approved.insert(attempt);
                }
                sound
            }
            // It never refuses what it approved.
            Command::PaymentDeclined { attempt } => !self.approved.contains(&attempt),
            // It may take money unasked, and even when it was told to let it go, but not after it did.
            Command::PaymentCaptured { attempt } => {
                if !self.asked.contains(&attempt) || self.let_go.contains(&attempt) {
                    return false;
                }
                self.approved.insert(attempt);
                self.captured.insert(attempt);
                self.capturing.remove(&attempt);
                true
            }
            Command::CaptureFailed { attempt } => self.capturing.remove(&attempt),
            Command::RefundFailed { attempt, .. } => {
                let refused = self.given_back.contains(&attempt);
                self.refund_refused |= refused;
                refused
            }
            _ => true,
        }
    }

    /// Tries whose money the shop has or has set aside, and has not asked the gateway to take away again.
    fn kept(&self) -> usize {
        let taken_back = |attempt: u32| {
            if !self.captured.contains(&attempt) {
                return self.voided.contains(&attempt);
            }
            let going = self.refunded + self.refunding.iter().sum::<i64>();
            self.given_back.contains(&attempt) || (attempt == self.order.attempt && going == TOTAL)
        };
        self.approved.iter().filter(|attempt| !taken_back(**attempt)).count()
    }
}

struct OrderKeepsItsBooks;

impl StateMachineTest for OrderKeepsItsBooks {
    type SystemUnderTest = World;
    type Reference = AnyEvents;

    fn init_test(capture: &Capture) -> World {
        let (order, effects) = order::place(usd(TOTAL), *capture);
        let mut world = World {
            order,
            stock: StockState::Reserved,
            returned: 0,
            returning: None,
            asked: BTreeSet::new(),
            approved: BTreeSet::new(),
            capturing: BTreeSet::new(),
            captured: BTreeSet::new(),
            voided: BTreeSet::new(),
            let_go: BTreeSet::new(),
            given_back: BTreeSet::new(),
            refunding: Vec::new(),
            refunded: 0,
            refund_refused: false,
            told: false,
            confirmations: 0,
        };
        world.carry_out(effects, true);
        world
    }

    fn apply(mut world: World, _: &Capture, Input { event, in_stock }: Input) -> World {
        match event {
            // A retry that finds nothing in stock is undone as a whole.
            Event::Command(Command::RetryPayment) if !in_stock => {}
            Event::Command(command) => {
                if world.is_said(command) {
                    world.command(command, in_stock);
                }
            }
            Event::Return(pieces) => world.take_back(pieces, in_stock),
            Event::AnswerRefund { which, done } => world.answer_refund(which, done, in_stock),
            Event::LetGo { attempt } => {
                if world.voided.contains(&attempt) && !world.captured.contains(&attempt) {
                    world.let_go.insert(attempt);
                }
            }
        }
        world
    }

    fn check_invariants(world: &World, _: &Capture) {
        let order = &world.order;
        let (state, payment) = (order.state, order.payment);
        assert_eq!(order.stock, world.stock, "the order knows where its pieces are");
        assert!(world.confirmations <= 1, "an order is confirmed once");
        check_refunds(world);

        let captured = world.captured.contains(&order.attempt);
        let says_captured = matches!(
            payment,
            PaymentState::Captured
                | PaymentState::Refunding
                | PaymentState::PartiallyRefunded
                | PaymentState::Refunded
        );
        assert_eq!(says_captured, captured, "a {payment:?} payment says whether the shop has the money");
        let capturing = world.capturing.contains(&order.attempt);
        assert_eq!(
            payment == PaymentState::Capturing,
            capturing,
            "the order knows that it waits for its money"
        );

        let promised = matches!(state, State::Confirmed | State::Shipped | State::Delivered);
        if promised {
            assert!(
                world.approved.contains(&order.attempt) && !world.voided.contains(&order.attempt),
                "a {state:?} order is paid by its present try"
            );
            assert!(world.kept() <= 1, "a {state:?} order is paid once");
        } else if !matches!(state, State::Returned | State::Refunded) && !world.refund_refused {
            assert_eq!(world.kept(), usize::from(capturing), "a {state:?} order leaves no money hanging");
        }
        if matches!(state, State::Shipped | State::Delivered | State::Returned | State::Refunded) {
            assert_ne!(payment, PaymentState::Authorized, "the money of a {state:?} order was asked for");
        }
        assert!(world.told || !world.refund_refused, "a refund that was refused is told of");
    }
}

fn check_refunds(world: &World) {
    let World { order, refunded, .. } = world;
    let refunding: i64 = world.refunding.iter().sum();
    assert_eq!(order.refunded.amount, *refunded, "the order knows what went back");
    assert_eq!(order.refunding.amount, refunding, "the order knows what is on its way back");
    let captured = if world.captured.contains(&order.attempt) { TOTAL } else { 0 };
    assert!(*refunded + refunding <= captured, "at most what was taken goes back");
    if order.state == State::Refunded {
        assert_eq!(*refunded, TOTAL, "a refunded order's money is all back");
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 4_096, ..ProptestConfig::default() })]

    #[test]
    fn money_and_pieces_agree_whatever_happens(sequential 1..40 => OrderKeepsItsBooks);
}

#[test]
fn an_order_of_nothing_is_confirmed_without_a_payment() {
    let (order, effects) = order::place(usd(0), Capture::Order);
    assert_eq!((order.state, order.payment), (State::Confirmed, PaymentState::NotNeeded));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Authorize { .. })));
}

#[test]
fn an_approval_that_comes_twice_changes_nothing() {
    let (order, _) = order::place(usd(TOTAL), Capture::Shipment);
    let approve = Command::PaymentApproved { attempt: 1 };
    let (confirmed, _) = order::apply(order, approve).expect("an order");
    assert_eq!(order::apply(confirmed, approve), Ok((confirmed, Vec::new())));
}

#[test]
fn late_money_for_an_expired_order_asks_for_the_pieces_again() {
    let (order, _) = order::place(usd(TOTAL), Capture::Shipment);
    let (expired, _) = order::apply(order, Command::ReservationExpired).expect("an order");
    let (_, effects) = order::apply(expired, Command::PaymentApproved { attempt: 1 }).expect("an order");
    assert_eq!(effects, [Effect::ReserveOrRefund]);
}

#[test]
fn a_shipped_order_cannot_be_cancelled() {
    let (order, _) = order::place(usd(TOTAL), Capture::Shipment);
    let (order, _) = order::apply(order, Command::PaymentApproved { attempt: 1 }).expect("an order");
    let (order, _) = order::apply(order, Command::Ship).expect("an order");
    let rejection = order::apply(order, Command::Cancel).expect_err("a rejection");
    assert_eq!(rejection.to_string(), "an order that is shipped cannot be cancelled");
}

/// The order after `commands`, each of which must be possible.
fn after(capture: Capture, commands: &[Command]) -> Order {
    let (order, _) = order::place(usd(TOTAL), capture);
    commands.iter().fold(order, |order, command| order::apply(order, *command).expect("an order").0)
}

const APPROVED: Command = Command::PaymentApproved { attempt: 1 };
const CAPTURED: Command = Command::PaymentCaptured { attempt: 1 };

#[test]
fn money_is_captured_when_the_gateway_says_so_and_not_before() {
    let shipped = after(Capture::Shipment, &[APPROVED, Command::Ship]);
    assert_eq!((shipped.state, shipped.payment), (State::Shipped, PaymentState::Capturing));
    assert_eq!(order::apply(shipped, CAPTURED).expect("an order").0.payment, PaymentState::Captured);
}

#[test]
fn a_till_that_takes_money_at_once_asks_for_it_with_the_confirmation() {
    let (order, _) = order::place(usd(TOTAL), Capture::Order);
    let (confirmed, effects) = order::apply(order, APPROVED).expect("an order");
    assert_eq!((confirmed.state, confirmed.payment), (State::Confirmed, PaymentState::Capturing));
    assert!(effects.contains(&Effect::Capture { attempt: 1 }));
}

#[test]
fn a_refused_capture_is_told_and_can_be_tried_again() {
    let shipped = after(Capture::Shipment, &[APPROVED, Command::Ship]);
    let (failed, effects) = order::apply(shipped, Command::CaptureFailed { attempt: 1 }).expect("an order");
    assert_eq!((failed.state, failed.payment), (State::Shipped, PaymentState::CaptureFailed));
    assert_eq!(effects, [Effect::Announce(Announcement::CaptureFailed)]);
    let (again, effects) = order::apply(failed, Command::RetryCapture).expect("an order");
    assert_eq!((again.payment, effects), (PaymentState::Capturing, vec![Effect::Capture { attempt: 1 }]));
}

#[test]
fn goods_whose_money_could_not_be_taken_do_not_leave() {
    let failed = after(Capture::Order, &[APPROVED, Command::CaptureFailed { attempt: 1 }]);
    let payment = PaymentState::CaptureFailed;
    assert_eq!(order::apply(failed, Command::Ship), Err(Rejection::MoneyMissing { payment }));
}

#[test]
fn money_that_is_taken_while_the_order_is_called_off_goes_back() {
    let cancelled = after(Capture::Order, &[APPROVED, Command::Cancel]);
    assert_eq!((cancelled.state, cancelled.payment), (State::Cancelled, PaymentState::Capturing));
    let (_, effects) = order::apply(cancelled, CAPTURED).expect("an order");
    assert_eq!(effects, [Effect::Refund { amount: usd(TOTAL) }]);
    let (refused, effects) =
        order::apply(cancelled, Command::CaptureFailed { attempt: 1 }).expect("an order");
    assert_eq!((refused.payment, effects), (PaymentState::Voided, vec![Effect::Void { attempt: 1 }]));
}

#[test]
fn money_that_could_not_be_let_go_because_it_was_taken_goes_back() {
    let cancelled = after(Capture::Shipment, &[APPROVED, Command::Cancel]);
    assert_eq!(cancelled.payment, PaymentState::Voided);
    let (order, effects) = order::apply(cancelled, CAPTURED).expect("an order");
    assert_eq!(
        (order.payment, effects),
        (PaymentState::Refunding, vec![Effect::Refund { amount: usd(TOTAL) }])
    );
}

#[test]
fn a_refund_under_way_leaves_only_the_rest_to_others_until_it_is_refused() {
    let refund = |amount| Command::Refund { amount: usd(amount) };
    let order = after(Capture::Order, &[APPROVED, CAPTURED, refund(700)]);
    let too_large = Err(Rejection::RefundTooLarge { refundable: usd(300) });
    assert_eq!(order::apply(order, refund(301)), too_large);
    let refused = Command::RefundFailed { attempt: 1, amount: usd(700) };
    let (order, _) = order::apply(order, refused).expect("an order");
    assert_eq!((order.payment, order.refundable()), (PaymentState::Captured, usd(TOTAL)));
}

#[test]
fn an_unsent_order_whose_money_all_went_back_puts_its_pieces_back() {
    let all = usd(TOTAL);
    let order = after(Capture::Order, &[APPROVED, CAPTURED, Command::Refund { amount: all }]);
    let payment = PaymentState::Refunding;
    assert_eq!(order::apply(order, Command::Ship), Err(Rejection::MoneyMissing { payment }));
    let (order, effects) =
        order::apply(order, Command::RefundDone { attempt: 1, amount: all }).expect("an order");
    assert_eq!((order.state, order.stock), (State::Refunded, StockState::Released));
    assert!(effects.contains(&Effect::Restock));
}

#[test]
fn a_first_try_that_is_approved_after_a_second_began_is_let_go() {
    let order = after(Capture::Shipment, &[Command::PaymentDeclined { attempt: 1 }, Command::RetryPayment]);
    assert_eq!(order::apply(order, APPROVED), Ok((order, vec![Effect::Void { attempt: 1 }])));
    assert_eq!(order::apply(order, CAPTURED), Ok((order, vec![Effect::RefundAttempt { attempt: 1 }])));
}

#[test]
fn an_expired_order_can_be_called_off_so_that_late_money_is_let_go() {
    let order = after(Capture::Shipment, &[Command::ReservationExpired, Command::Cancel]);
    assert_eq!((order.state, order.payment), (State::Cancelled, PaymentState::Voided));
    assert_eq!(order::apply(order, APPROVED), Ok((order, Vec::new())));
}
