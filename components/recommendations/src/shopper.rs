//! Whose history it is: an account's, or that of a guest with a cart.

use std::fmt;

use http::Method;
use merkato_commerce::ids::UserId;
use merkato_contract::{
    cart::Cart,
    headers::CART_TOKEN,
    problem::{Code, Problem},
};
use merkato_edge::{Caller, Context, Request};
use sha2::{Digest, Sha256};

use crate::store::Store;

/// The name that a shopper has in the tables. A guest's holds a digest of the cart's token: whoever reads the tables
/// cannot use the cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shopper(String);

impl Shopper {
    /// The owner of an account.
    pub fn user(id: UserId) -> Self {
        Self(format!("user:{id}"))
    }

    fn guest(cart_token: &str) -> Self {
        Self(format!("cart:{}", hex::encode(Sha256::digest(cart_token))))
    }

    /// Who is asking, as they say; none for a guest without a cart. The account goes before the cart, as it does
    /// wherever a caller brings both.
    pub fn of(context: &Context, request: &Request) -> Result<Option<Self>, Problem> {
        Ok(match context.caller(request)? {
            Caller::User { user_id, .. } => Some(Self::user(user_id)),
            Caller::Guest => request.header(CART_TOKEN).filter(|token| !token.is_empty()).map(Self::guest),
        })
    }

    /// Who is asking. Of a guest who is not known yet the till is asked for the cart: a token that somebody made up
    /// names nobody, or anybody could fill the tables with shoppers.
    pub async fn proven(context: &Context, store: &Store<'_>, request: &Request) -> Result<Self, Problem> {
        let shopper = Self::of(context, request)?.ok_or_else(nobody)?;
        let caller = context.caller(request)?;
        if caller.user_id().is_none() && !store.remembers(&shopper)? {
            let call = context.coordinator(Method::GET, "/v1/cart")?.on_behalf_of(&caller, request);
            // The till shows an empty cart of no version to whoever has none.
            if context.call_json::<Cart>(call).await?.version == 0 {
                return Err(nobody());
            }
        }
        Ok(shopper)
    }
}

impl fmt::Display for Shopper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn nobody() -> Problem {
    Problem::new(Code::Unauthenticated, "Only an account or a cart can be remembered. Please sign in.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guests_name_does_not_hold_the_token_and_no_guest_is_called_like_an_account() {
        let id: UserId = "0192c7d8-0000-7000-8000-000000000007".parse().expect("an id");
        let guest = Shopper::guest(&id.to_string());
        assert!(!guest.to_string().contains(&id.to_string()));
        assert_eq!(guest, Shopper::guest(&id.to_string()));
        assert_ne!(guest, Shopper::guest("other"));
        assert_ne!(guest, Shopper::user(id));
    }
}
