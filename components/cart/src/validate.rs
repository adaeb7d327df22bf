//! What can be wrong with a wish, found before the coordinator is asked.

use merkato_commerce::{Invalid, quantity::Quantity};
use merkato_contract::cart::{Delivery, MergeCart, SetLine};

/// Longest code of a shipping method or token of a cart, in characters: ours are much shorter.
const NAME_CHARACTERS_MAX: usize = 200;

/// What is wrong with a line. Zero pieces are fine: that takes the line out.
pub fn set_line(set_line: &SetLine) -> Vec<Invalid> {
    if (0..=i64::from(Quantity::MAX)).contains(&set_line.quantity) {
        return Vec::new();
    }
    vec![Invalid::new("quantity", format!("must be between 0 and {}", Quantity::MAX))]
}

/// What is wrong with a delivery.
pub fn delivery(delivery: &Delivery) -> Vec<Invalid> {
    let address = delivery.address.problems().into_iter().map(|problem| problem.within("address"));
    address.chain(name("shipping_method", &delivery.shipping_method)).collect()
}

/// What is wrong with the name of a guest's cart.
pub fn merge_cart(merge_cart: &MergeCart) -> Vec<Invalid> {
    name("cart_token", &merge_cart.cart_token).into_iter().collect()
}

fn name(field: &str, text: &str) -> Option<Invalid> {
    let fine = !text.trim().is_empty() && text.chars().count() <= NAME_CHARACTERS_MAX;
    (!fine).then(|| Invalid::new(field, format!("must be 1 to {NAME_CHARACTERS_MAX} characters")))
}

#[cfg(test)]
mod tests {
    use merkato_commerce::address::Address;

    use super::*;

    #[test]
    fn no_pieces_are_fine_and_fewer_are_not() {
        let wrong = |quantity| !set_line(&SetLine { quantity }).is_empty();
        assert_eq!([-1, 0, 999, 1_000, i64::MAX].map(wrong), [true, false, false, true, true]);
    }

    #[test]
    fn every_wrong_field_of_a_delivery_is_named() {
        let address = Address {
            name: "Hanna".to_owned(),
            line1: "Bole Road 1".to_owned(),
            line2: None,
            city: String::new(),
            region: None,
            postal_code: "1000".to_owned(),
            country: "Ethiopia".to_owned(),
        };
        let problems = delivery(&Delivery { address, shipping_method: " ".to_owned() });
        let fields = problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>();
        assert_eq!(fields, ["address.city", "address.country", "shipping_method"]);
    }
}
