//! Why a card was declined, in words for the shopper.

/// The reason for Stripe's `decline_code`, or for its `code` where there is none
/// (<https://docs.stripe.com/declines/codes>). Lost, stolen and suspicious cards are told as any other refusal: Stripe
/// asks for that, because whoever holds them may not be their owner.
pub fn reason(code: Option<&str>, decline_code: Option<&str>) -> &'static str {
    let known = |code: Option<&str>| code.and_then(words);
    known(decline_code).or_else(|| known(code)).unwrap_or("the bank declined the card")
}

fn words(code: &str) -> Option<&'static str> {
    Some(match code {
        "insufficient_funds" => "the account has not enough money",
        "card_velocity_exceeded" | "withdrawal_count_limit_exceeded" => "the card's limit is reached",
        "expired_card" => "the card has expired",
        "incorrect_cvc" | "invalid_cvc" => "the card's security code is wrong",
        "incorrect_number" | "invalid_number" => "the card's number is wrong",
        "invalid_expiry_month" | "invalid_expiry_year" => "the card's expiry date is wrong",
        "incorrect_address" | "incorrect_zip" => "the billing address does not match the card's",
        "currency_not_supported" => "the card cannot pay in this currency",
        "card_not_supported" | "not_permitted" | "transaction_not_allowed" => {
            "the card cannot be used for this purchase"
        }
        "issuer_not_available" | "processing_error" | "reenter_transaction" | "try_again_later" => {
            "the bank could not process the payment; please try again"
        }
        "authentication_required" | "payment_intent_authentication_failure" => {
            "the payment was not confirmed"
        }
        "live_mode_test_card" | "testmode_decline" => "test cards and real ones do not go together here",
        "amount_too_small" => "the amount is too small to be paid in this way",
        "amount_too_large" => "the amount is too large to be paid in this way",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_exact_code_is_told_and_an_unknown_one_is_not() {
        assert_eq!(
            reason(Some("card_declined"), Some("insufficient_funds")),
            "the account has not enough money"
        );
        assert_eq!(reason(Some("expired_card"), None), "the card has expired");
        assert_eq!(
            reason(Some("incorrect_cvc"), Some("brand_new_code")),
            "the card's security code is wrong"
        );
        assert_eq!(reason(None, None), "the bank declined the card");
    }

    #[test]
    fn nobody_learns_from_the_shop_that_a_card_is_reported_stolen() {
        for code in ["lost_card", "stolen_card", "pickup_card", "fraudulent", "merchant_blacklist"] {
            assert_eq!(reason(Some("card_declined"), Some(code)), "the bank declined the card", "{code}");
        }
    }
}
