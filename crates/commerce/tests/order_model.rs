//! Any sequence of commands, in any order and with any repetition, keeps money and pieces right.
//!
//! The world around an order is modelled by what its effects do: a shelf, and a gateway that may approve any try at
//! any time. After each command the order must agree with both.

use std::collections::BTreeSet;

use merkato_commerce::{
    money::{Currency, Money},
    order::{self, Announcement, Command, Effect, Order, PaymentState, State, StockState},
};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

const TOTAL: i64 = 1_000;

fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::USD)
}

#[derive(Debug, Clone)]
struct Input {
    command: Command,
    /// Whether the pieces are still there when late money asks for them, or a retry does.
    in_stock: bool,
}

/// Which commands may come next does not depend on the order: that is the point.
struct AnyCommands;

impl ReferenceStateMachine for AnyCommands {
    type State = ();
    type Transition = Input;

    fn init_state() -> BoxedStrategy<()> {
        Just(()).boxed()
    }

    fn transitions((): &()) -> BoxedStrategy<Input> {
        let attempt = 1_u32..4;
        let command = prop_oneof![
            4 => attempt.clone().prop_map(|attempt| Command::PaymentApproved { attempt }),
            3 => attempt.clone().prop_map(|attempt| Command::PaymentDeclined { attempt }),
            2 => attempt.prop_map(|attempt| Command::PaymentChallenged { attempt }),
            2 => Just(Command::RetryPayment),
            2 => Just(Command::ReservationExpired),
            1 => Just(Command::Cancel),
            2 => Just(Command::Ship),
            2 => Just(Command::Deliver),
            1 => Just(Command::Return),
            2 => (-5..TOTAL + 5).prop_map(|amount| Command::Refund { amount: usd(amount) }),
            1 => any::<bool>().prop_map(|reserved| Command::LateMoneyMatched { reserved }),
        ];
        (command, any::<bool>()).prop_map(|(command, in_stock)| Input { command, in_stock }).boxed()
    }

    fn apply((): (), _: &Input) {}
}

/// An order and the world that its effects made.
struct World {
    order: Order,
    stock: StockState,
    /// Tries that the gateway was asked for.
    asked: BTreeSet<u32>,
    /// Tries that it approved.
    approved: BTreeSet<u32>,
    /// Tries whose money was let go.
    voided: BTreeSet<u32>,
    captured: i64,
    refunded: i64,
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
                Effect::Restock => self.move_stock(StockState::Sold, StockState::Released),
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
                    self.voided.insert(attempt);
                }
                Effect::Capture => {
                    assert_eq!(self.captured, 0, "captured twice");
                    self.captured = TOTAL;
                }
                Effect::Refund { amount } => self.refunded += amount.amount,
                Effect::Announce(Announcement::Confirmed) => self.confirmations += 1,
                Effect::RestoreCart | Effect::TakeCart | Effect::Announce(_) => {}
            }
        }
    }

    fn move_stock(&mut self, from: StockState, to: StockState) {
        assert_eq!(self.stock, from, "pieces cannot go to {to:?}");
        self.stock = to;
    }

    fn command(&mut self, command: Command, in_stock: bool) {
        if let Ok((order, effects)) = order::apply(self.order, command) {
            self.order = order;
            self.carry_out(effects, in_stock);
        }
    }
}

struct OrderKeepsItsBooks;

impl StateMachineTest for OrderKeepsItsBooks {
    type SystemUnderTest = World;
    type Reference = AnyCommands;

    fn init_test((): &()) -> World {
        let (order, effects) = order::place(usd(TOTAL));
        let mut world = World {
            order,
            stock: StockState::Reserved,
            asked: BTreeSet::new(),
            approved: BTreeSet::new(),
            voided: BTreeSet::new(),
            captured: 0,
            refunded: 0,
            confirmations: 0,
        };
        world.carry_out(effects, true);
        world
    }

    fn apply(mut world: World, (): &(), input: Input) -> World {
        match input.command {
            // A gateway approves or refuses only what it was asked for, and never both.
            Command::PaymentApproved { attempt } => {
                if !world.asked.contains(&attempt) {
                    return world;
                }
                world.approved.insert(attempt);
            }
            Command::PaymentDeclined { attempt } if world.approved.contains(&attempt) => return world,
            // A retry that finds nothing in stock is undone as a whole.
            Command::RetryPayment if !input.in_stock => return world,
            _ => {}
        }
        world.command(input.command, input.in_stock);
        world
    }

    fn check_invariants(world: &World, (): &()) {
        let World { order, approved, voided, captured, refunded, .. } = world;
        assert_eq!(order.stock, world.stock, "the order knows where its pieces are");
        let kept = approved.difference(voided).count();
        let goods_promised = matches!(
            order.state,
            State::Confirmed | State::Shipped | State::Delivered | State::Returned | State::Refunded
        );
        assert!(kept <= 1, "money of {kept} tries is kept");
        if goods_promised {
            assert_eq!(kept, 1, "a {:?} order is paid exactly once", order.state);
        } else {
            assert_eq!(kept, 0, "a {:?} order keeps no money", order.state);
        }
        assert!(world.confirmations <= 1, "an order is confirmed once");
        assert!(*refunded <= *captured && *captured <= TOTAL, "at most what was taken goes back");
        assert_eq!(order.refunded.amount, *refunded, "the order knows what went back");
        if world.captured > 0 {
            assert!(
                matches!(
                    order.payment,
                    PaymentState::Captured | PaymentState::PartiallyRefunded | PaymentState::Refunded
                ),
                "the order knows that it was captured"
            );
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 4_096, ..ProptestConfig::default() })]

    #[test]
    fn money_and_pieces_agree_whatever_happens(sequential 1..40 => OrderKeepsItsBooks);
}

#[test]
fn an_order_of_nothing_is_confirmed_without_a_payment() {
    let (order, effects) = order::place(usd(0));
    assert_eq!((order.state, order.payment), (State::Confirmed, PaymentState::NotNeeded));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Authorize { .. })));
}

#[test]
fn an_approval_that_comes_twice_changes_nothing() {
    let (order, _) = order::place(usd(TOTAL));
    let approve = Command::PaymentApproved { attempt: 1 };
    let (confirmed, _) = order::apply(order, approve).expect("an order");
    assert_eq!(order::apply(confirmed, approve), Ok((confirmed, Vec::new())));
}

#[test]
fn late_money_for_an_expired_order_asks_for_the_pieces_again() {
    let (order, _) = order::place(usd(TOTAL));
    let (expired, _) = order::apply(order, Command::ReservationExpired).expect("an order");
    let (_, effects) = order::apply(expired, Command::PaymentApproved { attempt: 1 }).expect("an order");
    assert_eq!(effects, [Effect::ReserveOrRefund]);
}

#[test]
fn a_shipped_order_cannot_be_cancelled() {
    let (order, _) = order::place(usd(TOTAL));
    let (order, _) = order::apply(order, Command::PaymentApproved { attempt: 1 }).expect("an order");
    let (order, _) = order::apply(order, Command::Ship).expect("an order");
    let rejection = order::apply(order, Command::Cancel).expect_err("a rejection");
    assert_eq!(rejection.to_string(), "an order that is shipped cannot be cancelled");
}
