//! What the till keeps for somebody with an account, and forgets with it.

use merkato_commerce::ids::UserId;

use super::{App, Error};
use crate::store::{Wanted, records::CartOwner};

impl App {
    /// Forgets what is kept for `user` beside the books: their cart with what is put aside, and their wishes. Orders
    /// stay.
    pub async fn forget_user(&self, user: UserId) -> Result<(), Error> {
        let owner = CartOwner::User(user);
        let wanted = Wanted { priced_carts: vec![owner.clone()], ..Wanted::default() };
        self.store
            .write_wanting(wanted, move |transaction| {
                let owner = owner.clone();
                Box::pin(async move {
                    if let Some(cart) = transaction.cart(&owner).await? {
                        transaction.delete_cart(cart.id).await?;
                    }
                    transaction.forget_wishes(user).await?;
                    Ok(())
                })
            })
            .await
    }
}
