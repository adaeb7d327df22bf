//! States as quiet badges: a word, and a colour that only repeats it.

use maud::{Markup, html};
use merkato_commerce::order::{PaymentState, State};
use merkato_contract::{
    catalog::ProductState, notification::NotificationState, review::ReviewState, token::Role,
};

/// What a state means for whoever looks through a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Under way.
    Waiting,
    /// Somebody should look.
    Bad,
    /// Over and done with.
    Over,
}

/// A badge that says `text`.
pub fn badge(tone: Tone, text: &str) -> Markup {
    let class = match tone {
        Tone::Good => "badge badge-good",
        Tone::Waiting => "badge badge-waiting",
        Tone::Bad => "badge badge-bad",
        Tone::Over => "badge",
    };
    html! { span class=(class) { (text) } }
}

/// Where an order stands, in words.
pub const fn state_words(state: State) -> &'static str {
    match state {
        State::PendingPayment => "Waiting for payment",
        State::PaymentFailed => "Payment declined",
        State::Expired => "Expired",
        State::Confirmed => "To be shipped",
        State::Shipped => "Shipped",
        State::Delivered => "Delivered",
        State::Cancelled => "Cancelled",
        State::Returned => "Returned",
        State::Refunded => "Refunded",
    }
}

/// Where an order stands.
pub fn order(state: State) -> Markup {
    let tone = match state {
        State::PendingPayment => Tone::Waiting,
        State::Confirmed => Tone::Good,
        State::PaymentFailed => Tone::Bad,
        State::Shipped
        | State::Delivered
        | State::Expired
        | State::Cancelled
        | State::Returned
        | State::Refunded => Tone::Over,
    };
    badge(tone, state_words(state))
}

/// Where the money stands, in words.
pub const fn payment_words(state: PaymentState) -> &'static str {
    match state {
        PaymentState::NotNeeded => "Nothing to pay",
        PaymentState::Authorizing => "Asking the gateway",
        PaymentState::Challenged => "Waiting for the shopper",
        PaymentState::Declined => "Declined",
        PaymentState::Authorized => "Set aside",
        PaymentState::Capturing => "Being captured",
        PaymentState::CaptureFailed => "Capture failed",
        PaymentState::Captured => "Captured",
        PaymentState::Voided => "Let go",
        PaymentState::Refunding => "Being refunded",
        PaymentState::PartiallyRefunded => "Partly refunded",
        PaymentState::Refunded => "Refunded",
    }
}

/// Where the money stands.
pub fn payment(state: PaymentState) -> Markup {
    let tone = match state {
        PaymentState::Authorized | PaymentState::Captured => Tone::Good,
        PaymentState::Authorizing
        | PaymentState::Challenged
        | PaymentState::Capturing
        | PaymentState::Refunding => Tone::Waiting,
        PaymentState::Declined | PaymentState::CaptureFailed => Tone::Bad,
        PaymentState::NotNeeded
        | PaymentState::Voided
        | PaymentState::PartiallyRefunded
        | PaymentState::Refunded => Tone::Over,
    };
    badge(tone, payment_words(state))
}

/// Where a product is on its way through the shop.
pub fn product(state: ProductState) -> Markup {
    match state {
        ProductState::Draft => badge(Tone::Waiting, "Draft"),
        ProductState::Scheduled => badge(Tone::Waiting, "Scheduled"),
        ProductState::Published => badge(Tone::Good, "Published"),
        ProductState::Archived => badge(Tone::Over, "Archived"),
    }
}

/// Whether a review is shown.
pub fn review(state: ReviewState) -> Markup {
    match state {
        ReviewState::Pending => badge(Tone::Waiting, "To be read"),
        ReviewState::Approved => badge(Tone::Good, "Shown"),
        ReviewState::Rejected => badge(Tone::Over, "Not shown"),
    }
}

/// Where a message stands.
pub fn notification(state: NotificationState) -> Markup {
    match state {
        NotificationState::Queued => badge(Tone::Waiting, "Queued"),
        NotificationState::Sent => badge(Tone::Good, "Sent"),
        NotificationState::Failed => badge(Tone::Bad, "Failed"),
    }
}

/// What somebody may do.
pub fn role(role: Role) -> Markup {
    match role {
        Role::Customer => badge(Tone::Over, "Customer"),
        Role::Staff => badge(Tone::Good, "Staff"),
        Role::Admin => badge(Tone::Waiting, "Admin"),
    }
}
