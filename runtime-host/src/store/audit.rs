//! What must hold of the till's books, and what a look at them shows. Knows no engine.

use merkato_commerce::{order::State, time::Timestamp};

macro_rules! invariants {
    ($($(#[$doc:meta])* $case:ident = $name:literal, $rule:literal;)*) => {
        /// What must hold of the books after every commit, whatever has failed before.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Invariant {
            $($(#[$doc])* $case,)*
        }

        impl Invariant {
            /// Every invariant.
            pub const ALL: &[Self] = &[$(Self::$case),*];

            /// The name in metrics.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$case => $name),* }
            }

            /// The rule, as a sentence for people.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$case => $rule),* }
            }
        }
    };
}

invariants! {
    /// Keys are skus.
    PromisedIsOnHand = "promised_is_on_hand", "no more is promised than is on the shelf";
    /// Keys are skus.
    PromisedIsHeld = "promised_is_held", "what is promised is what unpaid orders hold";
    /// Keys are skus.
    OnHandIsWhatMoved = "on_hand_is_what_moved", "the ledger adds up to the shelf";
    /// Keys are orders.
    HeldStockIsReserved = "held_stock_is_reserved", "an order holds stock just while its reservation stands";
    /// Keys are orders.
    TotalsAddUp = "totals_add_up", "lines, discount, shipping and tax add up to the total";
    /// Keys are orders.
    RefundsAreWithinTotal = "refunds_are_within_total", "no more goes back than was paid";
    /// Keys are orders. Without a reservation nothing ends it, past its deadline nobody does, and without a task
    /// nobody asks the gateway.
    NoOrderIsStuck = "no_order_is_stuck", "every unpaid order has something that moves it on";
    /// Keys are orders.
    ConfirmedIsPaid = "confirmed_is_paid", "a confirmed order has an approved payment, or costs nothing";
    /// Keys are orders.
    ConfirmedIsSold = "confirmed_is_sold", "a confirmed order has its pieces";
    /// Keys are currencies.
    SalesAreCounted = "sales_are_counted", "every order that was ever confirmed is counted among the sales once";
    /// Keys are subscribers with the place of the event in the outbox.
    DeliveriesEnd = "deliveries_end", "a delivery that was tried often enough is dead";
}

/// What invariants are held against beside the books themselves.
#[derive(Debug, Clone, Copy)]
pub struct AuditTerms {
    /// The present moment.
    pub now: Timestamp,
    /// Reservations that ran out before this moment should have been ended by now.
    pub overdue_before: Timestamp,
    /// Tries after which a delivery is dead.
    pub delivery_tries_max: u32,
}

/// What breaks an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Breaches {
    /// How many there are.
    pub count: u64,
    /// The first of their keys.
    pub keys: Vec<String>,
}

/// How much stands in the books and how much is still to be done. Nothing of it names anybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Orders by state; a state without any is left out.
    pub orders: Vec<(State, u64)>,
    /// Reservations that stand.
    pub reservations: u64,
    /// Of these, reservations whose time is over.
    pub reservations_overdue: u64,
    /// When the oldest reservation whose time is not over runs out.
    pub next_expiry: Option<Timestamp>,
    /// Tasks that are not done, by kind.
    pub tasks: Vec<(String, u64)>,
    /// Since when the task that has waited longest has been due.
    pub oldest_task_due: Option<Timestamp>,
    /// Events on their way, by subscriber.
    pub deliveries: Vec<DeliveryBacklog>,
}

/// What a subscriber has yet to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryBacklog {
    /// Who.
    pub subscriber: String,
    /// Events that it has not confirmed and may still.
    pub waiting: u64,
    /// When the oldest of these happened.
    pub oldest: Option<Timestamp>,
    /// Events that were given up.
    pub dead: u64,
}
