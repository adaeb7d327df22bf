//! English.

use super::{Text, Words};
use crate::template::Template;

pub(super) const WORDS: Words = Words {
    greeting: "Hello,",
    greeting_by_name: "Hello {first_name},",
    closing: "Your Merkato",
    subtotal: "Subtotal",
    discount: "Discount",
    shipping: "Shipping",
    tax: "Tax",
    total: "Total",
    consent: "You get this because you asked to hear of our offers.",
    unsubscribe: "Unsubscribe",
    unsubscribe_question: "Do you want no more offers from us?",
    unsubscribed: "You will get no more offers from us.",
};

pub(super) const fn text(template: Template) -> Text {
    match template {
        Template::OrderPlaced => Text {
            subject: "Your order {number}",
            paragraphs: &["Thank you for your order of {date}. We write again as soon as it is paid for."],
            action: "See your order",
        },
        Template::OrderPaid => Text {
            subject: "Your order {number} is paid for",
            paragraphs: &["Your payment for order {number} was accepted. We are packing it now."],
            action: "See your order",
        },
        Template::PaymentDeclined => Text {
            subject: "The payment for your order {number} was declined",
            paragraphs: &[
                "Your payment of {total} for order {number} did not go through, and no money was taken.",
                "You can try again with the same or another card.",
            ],
            action: "Pay for your order",
        },
        Template::OrderShipped => Text {
            subject: "Your order {number} is on its way",
            paragraphs: &[
                "{carrier} brings your order {number}. The parcel has the number {tracking_number}.",
            ],
            action: "See your order",
        },
        Template::OrderDelivered => Text {
            subject: "Your order {number} has arrived",
            paragraphs: &["Your order {number} was delivered. We hope that you like it."],
            action: "See your order",
        },
        Template::OrderCancelled => Text {
            subject: "Your order {number} was cancelled",
            paragraphs: &[
                "Your order {number} was cancelled. If you have paid for it, you get your money back.",
            ],
            action: "See your order",
        },
        Template::OrderRefunded => Text {
            subject: "Your money for order {number} is on its way back",
            paragraphs: &[
                "We have sent back money for your order {number}. Your bank may take a few days to show it.",
            ],
            action: "See your order",
        },
        Template::VerifyEmail => Text {
            subject: "Please confirm your address",
            paragraphs: &[
                "Please confirm that this address is yours. If you do not know what this is about, you need do nothing.",
            ],
            action: "Confirm your address",
        },
        Template::ResetPassword => Text {
            subject: "Choose a new password",
            paragraphs: &[
                "You asked for a new password. If that was not you, you need do nothing: your password stays as it is.",
            ],
            action: "Choose a new password",
        },
        Template::PasswordChanged => Text {
            subject: "Your password was changed",
            paragraphs: &[
                "The password of your account was changed. If that was not you, choose a new one at once.",
            ],
            action: "Choose a new password",
        },
        Template::EmailInUse => Text {
            subject: "You have an account with us already",
            paragraphs: &[
                "Somebody wanted to open an account with this address, which has one. If that was you, please sign in instead.",
            ],
            action: "Sign in",
        },
        Template::BackInStock => Text {
            subject: "Back in stock: {product}",
            paragraphs: &[
                "You wanted to know when {product} can be bought again. Now it can, while it lasts.",
            ],
            action: "See it in the shop",
        },
        Template::AbandonedCart => Text {
            subject: "Your cart is waiting",
            paragraphs: &["There is still something in your cart."],
            action: "Go to your cart",
        },
        Template::Promotion => Text { subject: "{title}", paragraphs: &["{text}"], action: "Go to the shop" },
    }
}
