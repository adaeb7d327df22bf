//! The test cards.

/// What the sandbox answers.
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
        "tok_challenge" => Answer::Challenged,
        "tok_late" => Answer::Pending,
        _ => Answer::Declined("unknown test card"),
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
    fn the_card_that_times_out_answers_only_the_retry() {
        assert_eq!(
            [1, 2, 3].map(|attempt| answer("tok_timeout", attempt)),
            [Answer::None, Answer::Approved, Answer::Approved]
        );
    }
}
