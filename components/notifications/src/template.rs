//! Which messages there are, and what holds for each.

use merkato_contract::message;

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// The order has come in.
    OrderPlaced,
    /// The order is paid for.
    OrderPaid,
    /// The payment was declined.
    PaymentDeclined,
    /// The parcel is on its way.
    OrderShipped,
    /// The parcel has arrived.
    OrderDelivered,
    /// The order was called off, or nobody paid for it in time.
    OrderCancelled,
    /// The money is on its way back.
    OrderRefunded,
    /// Confirm that this address is yours.
    VerifyEmail,
    /// Choose a new password.
    ResetPassword,
    /// The password is another one now.
    PasswordChanged,
    /// Somebody wanted to register with this address, which has an account.
    EmailInUse,
    /// What was sold out can be bought again.
    BackInStock,
    /// There is still something in the cart.
    AbandonedCart,
    /// What the shop wants to sell.
    Promotion,
}

impl Template {
    /// Every template.
    pub const ALL: [Self; 14] = [
        Self::OrderPlaced,
        Self::OrderPaid,
        Self::PaymentDeclined,
        Self::OrderShipped,
        Self::OrderDelivered,
        Self::OrderCancelled,
        Self::OrderRefunded,
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::PasswordChanged,
        Self::EmailInUse,
        Self::BackInStock,
        Self::AbandonedCart,
        Self::Promotion,
    ];

    /// The name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrderPlaced => "order_placed",
            Self::OrderPaid => "order_paid",
            Self::PaymentDeclined => "payment_declined",
            Self::OrderShipped => "order_shipped",
            Self::OrderDelivered => "order_delivered",
            Self::OrderCancelled => "order_cancelled",
            Self::OrderRefunded => "order_refunded",
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::PasswordChanged => "password_changed",
            Self::EmailInUse => "email_in_use",
            Self::BackInStock => "back_in_stock",
            Self::AbandonedCart => "abandoned_cart",
            Self::Promotion => "promotion",
        }
    }

    /// The template of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.name() == name)
    }

    /// What the texts of this template may say between braces.
    pub const fn placeholders(self) -> &'static [&'static str] {
        match self {
            Self::OrderPlaced | Self::OrderPaid | Self::PaymentDeclined => &["number", "total", "date"],
            Self::OrderDelivered | Self::OrderCancelled | Self::OrderRefunded => &["number"],
            Self::OrderShipped => &["number", "carrier", "tracking_number"],
            Self::BackInStock => &["product"],
            Self::Promotion => &["title", "text"],
            Self::VerifyEmail
            | Self::ResetPassword
            | Self::PasswordChanged
            | Self::EmailInUse
            | Self::AbandonedCart => &[],
        }
    }

    /// Whether it is sent whatever its reader prefers: what belongs to the contract of sale, to an account's safety, or
    /// was asked for.
    pub const fn is_owed(self) -> bool {
        !matches!(self, Self::OrderPaid | Self::PaymentDeclined | Self::OrderShipped | Self::OrderDelivered)
            && !self.is_marketing()
    }

    /// Whether it is sent only to those who said that they want to hear of offers, with a way to end that.
    pub const fn is_marketing(self) -> bool {
        matches!(self, Self::AbandonedCart | Self::Promotion)
    }

    /// Whether it holds a key to an account, which nobody but its reader may see.
    pub const fn holds_key(self) -> bool {
        matches!(self, Self::VerifyEmail | Self::ResetPassword)
    }

    /// Whether it goes to a telephone too, for those who want that: news that somebody waits for.
    pub const fn suits_sms(self) -> bool {
        matches!(self, Self::PaymentDeclined | Self::OrderShipped | Self::OrderDelivered)
    }
}

impl From<message::Template> for Template {
    fn from(template: message::Template) -> Self {
        match template {
            message::Template::VerifyEmail => Self::VerifyEmail,
            message::Template::ResetPassword => Self::ResetPassword,
            message::Template::PasswordChanged => Self::PasswordChanged,
            message::Template::EmailInUse => Self::EmailInUse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_known_by_its_name() {
        for template in Template::ALL {
            assert_eq!(Template::from_name(template.name()), Some(template));
        }
        assert_eq!(Template::from_name("order"), None);
    }

    #[test]
    fn no_offer_is_owed_to_anybody() {
        assert!(Template::ALL.into_iter().all(|template| !(template.is_owed() && template.is_marketing())));
        assert!(Template::OrderPlaced.is_owed() && Template::ResetPassword.is_owed());
        assert!(!Template::OrderShipped.is_owed());
    }
}
