//! The test cards.
//!
//! | token | when asked to set money aside | afterwards |
//! |---|---|---|
//! | `tok_approve` | approved | all goes well |
//! | `tok_decline` | declined by the bank | |
//! | `tok_insufficient_funds` | declined for want of money | |
//! | `tok_timeout` | answers only to the second question | all goes well |
//! | `tok_challenge` | waits for the challenge page or a webhook | all goes well |
//! | `tok_late` | waits for a webhook | all goes well |
//! | `tok_capture_refused` | approved | the money is never handed over: its authorization has expired |
//! | `tok_capture_slow` | approved | taking the money has no answer until a webhook says `captured` |
//! | `tok_captured_early` | approved | the bank takes the money unasked: it cannot be let go, only given back |
//! | `tok_refund_refused` | approved | the money is taken and never given back: the account is closed |
//!
//! The sandbox has no memory. What a card does afterwards is therefore written into the name that it gives the payment.

/// What the sandbox answers when it is asked to set money aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The money is set aside.
    Approved,
    /// It is not; why, in words for the shopper.
    Declined(&'static str),
    /// The shopper has to confirm first.
    Challenged,
    /// A webhook will say.
    Pending,
    /// Nothing at all.
    None,
}

/// What the card behind `token` answers when it is asked for the `attempt`th time, from 1.
pub fn answer(token: &str, attempt: u32) -> Answer {
    match token {
        "tok_decline" => Answer::Declined("the bank declined the card"),
        "tok_insufficient_funds" => Answer::Declined("the account has not enough money"),
        // The first answer gets lost on the way.
        "tok_timeout" if attempt <= 1 => Answer::None,
        "tok_approve" | "tok_timeout" => Answer::Approved,
        _ if Manner::of_token(token) != Manner::Ordinary => Answer::Approved,
        "tok_challenge" => Answer::Challenged,
        "tok_late" => Answer::Pending,
        _ => Answer::Declined("unknown test card"),
    }
}

/// What a card does once its money is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// What it is asked to.
    Ordinary,
    /// It does not hand the money over.
    CaptureRefused,
    /// It does not say whether it handed the money over.
    CaptureSlow,
    /// It hands the money over unasked.
    CapturedEarly,
    /// It does not take money back.
    RefundRefused,
}

impl Manner {
    const UNUSUAL: [(Self, &str, &str); 4] = [
        (Self::CaptureRefused, "tok_capture_refused", "-capture-refused"),
        (Self::CaptureSlow, "tok_capture_slow", "-capture-slow"),
        (Self::CapturedEarly, "tok_captured_early", "-captured-early"),
        (Self::RefundRefused, "tok_refund_refused", "-refund-refused"),
    ];

    /// How the card behind `token` behaves.
    pub fn of_token(token: &str) -> Self {
        Self::UNUSUAL.iter().find(|(_, of, _)| *of == token).map_or(Self::Ordinary, |(manner, ..)| *manner)
    }

    /// The end of the payment's name by which it is known again.
    pub fn suffix(self) -> &'static str {
        Self::UNUSUAL.iter().find(|(manner, ..)| *manner == self).map_or("", |(.., suffix)| *suffix)
    }

    /// How the card behind a payment behaves, by the end of the payment's name; none if that is no end of ours.
    pub fn of_suffix(suffix: &str) -> Option<Self> {
        let mut unusual = Self::UNUSUAL.iter();
        match suffix {
            "" => Some(Self::Ordinary),
            _ => unusual.find(|(.., of)| *of == suffix).map(|(manner, ..)| *manner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_card_answers_as_it_is_documented() {
        assert_eq!(answer("tok_approve", 1), Answer::Approved);
        assert!(matches!(answer("tok_decline", 1), Answer::Declined(_)));
        assert!(matches!(answer("tok_insufficient_funds", 1), Answer::Declined(_)));
        assert_eq!(answer("tok_challenge", 1), Answer::Challenged);
        assert_eq!(answer("tok_late", 1), Answer::Pending);
        assert_eq!(answer("4111111111111111", 1), Answer::Declined("unknown test card"));
    }

    #[test]
    fn every_unusual_card_is_approved_and_known_again_by_its_payments_name() {
        for (manner, token, suffix) in Manner::UNUSUAL {
            assert_eq!(answer(token, 1), Answer::Approved, "{token}");
            assert_eq!((Manner::of_token(token), Manner::of_suffix(suffix)), (manner, Some(manner)));
        }
        assert_eq!(Manner::of_token("tok_approve"), Manner::of_suffix("").expect("ordinary"));
        assert_eq!(Manner::of_suffix("-unheard-of"), None);
    }

    #[test]
    fn the_card_that_times_out_answers_only_the_retry() {
        assert_eq!(
            [1, 2, 3].map(|attempt| answer("tok_timeout", attempt)),
            [Answer::None, Answer::Approved, Answer::Approved]
        );
    }
}
