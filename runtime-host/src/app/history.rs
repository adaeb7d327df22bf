//! What the history of an order says, in words that a shopper understands.

use merkato_commerce::order::{Command, Order, PaymentState, State};

/// What is said of the step that `command` took from `before` to `after`. `detail` is what only the sender of the
/// command knows: why a gateway refused, or the whole sentence where a person did something.
pub fn note(command: Command, before: &Order, after: &Order, detail: &str) -> String {
    match command {
        Command::PaymentApproved { attempt } => approval(attempt, before, after).to_owned(),
        Command::PaymentDeclined { .. } => format!("Payment declined: {detail}"),
        Command::PaymentCaptured { attempt } => capture(attempt, before, after),
        Command::CaptureFailed { .. } if after.payment == PaymentState::Voided => {
            "Your payment was not charged; it was let go".to_owned()
        }
        Command::CaptureFailed { .. } => format!("Your payment could not be charged: {detail}"),
        Command::LateMoneyMatched { reserved: true } => "Everything was still in stock".to_owned(),
        Command::LateMoneyMatched { reserved: false } => {
            "The goods had sold out meanwhile; the money goes back to you".to_owned()
        }
        Command::RetryPayment => "Payment tried again".to_owned(),
        Command::RetryCapture => "Your payment is being charged once more".to_owned(),
        Command::ReservationExpired => "Nobody paid in time; the goods are free again".to_owned(),
        Command::Deliver => "Delivered".to_owned(),
        Command::RefundDone { amount, .. } => format!("{amount} went back to you"),
        Command::RefundFailed { attempt, amount } if attempt < before.attempt => {
            format!(
                "{amount} of an earlier payment could not be sent back to you: {detail}. We will see to it"
            )
        }
        Command::RefundFailed { amount, .. } => {
            format!("{amount} could not be sent back to you: {detail}. We will see to it")
        }
        Command::PaymentChallenged { .. }
        | Command::Cancel
        | Command::Ship
        | Command::Return { .. }
        | Command::Refund { .. } => detail.to_owned(),
    }
}

const fn approval(attempt: u32, before: &Order, after: &Order) -> &'static str {
    if attempt < before.attempt {
        return "An earlier payment was approved as well; it was let go";
    }
    match after.state {
        State::Confirmed => "Payment approved",
        State::Cancelled => "Your payment came after the order was called off; it was let go",
        _ => "Your payment arrived late",
    }
}

fn capture(attempt: u32, before: &Order, after: &Order) -> String {
    let total = after.total;
    if attempt < before.attempt {
        return format!(
            "An earlier payment of {total} was charged as well; that money is on its way back to you"
        );
    }
    if after.payment == PaymentState::Refunding {
        return format!(
            "{total} were charged although the order was called off; they are on their way back to you"
        );
    }
    match (before.state, after.state) {
        (State::PendingPayment, State::Confirmed) => format!("Payment approved, and {total} charged"),
        (State::Expired | State::PaymentFailed, _) => format!("Your payment of {total} arrived late"),
        _ => format!("{total} charged"),
    }
}

#[cfg(test)]
mod tests {
    use merkato_commerce::{
        money::{Currency, Money},
        order::{self, Capture},
    };

    use super::*;

    /// What is said of the last of `commands`, each of which must be possible.
    fn said(commands: &[Command]) -> String {
        let (mut order, _) = order::place(Money::new(1_299, Currency::USD), Capture::Shipment);
        let mut said = String::new();
        for command in commands {
            let (after, _) = order::apply(order, *command).expect("a step");
            said = note(*command, &order, &after, "the bank said no");
            order = after;
        }
        said
    }

    const APPROVED: Command = Command::PaymentApproved { attempt: 1 };
    const CAPTURED: Command = Command::PaymentCaptured { attempt: 1 };
    const DECLINED: Command = Command::PaymentDeclined { attempt: 1 };

    #[test]
    fn money_is_spoken_of_as_what_became_of_it() {
        assert_eq!(said(&[APPROVED]), "Payment approved");
        assert_eq!(said(&[DECLINED]), "Payment declined: the bank said no");
        assert_eq!(said(&[APPROVED, Command::Ship, CAPTURED]), "12.99 USD charged");
        assert_eq!(said(&[CAPTURED]), "Payment approved, and 12.99 USD charged");
        let failed = Command::CaptureFailed { attempt: 1 };
        assert_eq!(
            said(&[APPROVED, Command::Ship, failed]),
            "Your payment could not be charged: the bank said no"
        );
    }

    #[test]
    fn money_that_nobody_wants_is_said_to_go_back() {
        assert_eq!(
            said(&[DECLINED, Command::RetryPayment, APPROVED]),
            "An earlier payment was approved as well; it was let go"
        );
        assert_eq!(
            said(&[DECLINED, Command::Cancel, APPROVED]),
            "Your payment came after the order was called off; it was let go"
        );
        assert!(said(&[APPROVED, Command::Cancel, CAPTURED]).ends_with("they are on their way back to you"));
        assert_eq!(said(&[Command::ReservationExpired, APPROVED]), "Your payment arrived late");
    }
}
