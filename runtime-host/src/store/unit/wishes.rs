//! Wishlists.

use async_trait::async_trait;
use merkato_commerce::{
    ids::{UserId, WishId},
    text::Sku,
};
use serde_json::json;
use uuid::Uuid;

use super::Unit;
use crate::store::{
    Error, Wishes,
    engine::Statement,
    records::WishRecord,
    rows::{WishKey, WishRow},
};

#[async_trait]
impl Wishes for Unit {
    async fn wishes(
        &mut self,
        user: UserId,
        after: Option<WishId>,
        limit: u32,
    ) -> Result<Vec<WishRecord>, Error> {
        // UUIDv7 sorts by time, so the id is the order of adding and the cursor at once.
        let before = after.unwrap_or(WishId(Uuid::max()));
        let keys = json!({ "user": user, "before": before, "limit": limit });
        let wishes = self.ask::<WishRow>(Statement::Wishes, &keys).await?;
        Ok(wishes.into_iter().map(WishRecord::from).collect())
    }

    async fn wish(&mut self, user: UserId, sku: &Sku) -> Result<Option<WishRecord>, Error> {
        let wishes = self.ask::<WishRow>(Statement::Wish, &json!({ "user": user, "sku": sku })).await?;
        Ok(wishes.into_iter().next().map(WishRecord::from))
    }

    async fn wish_count(&mut self, user: UserId) -> Result<u32, Error> {
        let count = self.ask(Statement::CountWishes, &json!({ "user": user })).await?;
        Ok(count.first().copied().unwrap_or(0))
    }

    async fn insert_wish(&mut self, wish: &WishRecord) -> Result<(), Error> {
        self.own.changes.wishes.push(WishRow::from(wish));
        Ok(())
    }

    async fn delete_wish(&mut self, user: UserId, sku: &Sku) -> Result<(), Error> {
        self.own.changes.deleted_wishes.push(WishKey { user_id: user, sku: sku.clone() });
        Ok(())
    }

    async fn forget_wishes(&mut self, user: UserId) -> Result<u64, Error> {
        self.count_changed(Statement::ForgetWishes, &json!({ "user": user })).await
    }
}
