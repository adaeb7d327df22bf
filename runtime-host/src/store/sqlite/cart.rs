use async_trait::async_trait;
use merkato_commerce::{ids::CartId, time::Timestamp};
use sqlx::{Row, sqlite::SqliteRow};

use super::{Column, Error, SqliteTransaction, to_json};
use crate::store::{
    Carts,
    records::{CartOwner, CartRecord, LineRecord},
};

impl SqliteTransaction {
    async fn with_lines(&mut self, row: Option<SqliteRow>) -> Result<Option<CartRecord>, Error> {
        let Some(row) = row else { return Ok(None) };
        let id: CartId = Column("cart", "cart_id").parse(&row)?;
        let delivery: Option<String> = row.try_get("delivery")?;
        let delivery = delivery
            .map(|text| {
                serde_json::from_str(&text).map_err(|_| Column("cart", "delivery").inconsistent(text.clone()))
            })
            .transpose()?;
        let lines =
            sqlx::query("SELECT sku, quantity FROM cart_line WHERE cart_id = $1 ORDER BY added_at, sku")
                .bind(id.to_string())
                .fetch_all(self.connection())
                .await?
                .iter()
                .map(|line| {
                    Ok(LineRecord {
                        sku: Column("cart_line", "sku").parse(line)?,
                        quantity: Column("cart_line", "quantity").number(line)?,
                    })
                })
                .collect::<Result<_, Error>>()?;
        let promotions = Column("cart", "promotions").json(&row)?;
        Ok(Some(CartRecord { id, version: row.try_get("version")?, promotions, delivery, lines }))
    }
}

#[async_trait]
impl Carts for SqliteTransaction {
    async fn cart(&mut self, owner: &CartOwner) -> Result<Option<CartRecord>, Error> {
        let query = match owner {
            CartOwner::Guest { token_hash } => {
                sqlx::query("SELECT * FROM cart WHERE token_hash = $1").bind(token_hash.clone())
            }
            CartOwner::User(user) => {
                sqlx::query("SELECT * FROM cart WHERE user_id = $1").bind(user.to_string())
            }
        };
        let row = query.fetch_optional(self.connection()).await?;
        self.with_lines(row).await
    }

    async fn cart_by_id(&mut self, id: CartId) -> Result<Option<CartRecord>, Error> {
        let row = sqlx::query("SELECT * FROM cart WHERE cart_id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection())
            .await?;
        self.with_lines(row).await
    }

    async fn insert_cart(&mut self, id: CartId, owner: &CartOwner, at: Timestamp) -> Result<(), Error> {
        let (token_hash, user) = match owner {
            CartOwner::Guest { token_hash } => (Some(token_hash.as_str()), None),
            CartOwner::User(user) => (None, Some(user.to_string())),
        };
        sqlx::query(
            "INSERT INTO cart (cart_id, token_hash, user_id, version, updated_at) VALUES ($1, $2, $3, 0, $4)",
        )
        .bind(id.to_string())
        .bind(token_hash)
        .bind(user)
        .bind(at.0)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn update_cart(&mut self, cart: &CartRecord, at: Timestamp) -> Result<(), Error> {
        sqlx::query(
            "UPDATE cart SET version = version + 1, promotions = $2, delivery = $3, updated_at = $4
             WHERE cart_id = $1",
        )
        .bind(cart.id.to_string())
        .bind(to_json(&cart.promotions)?)
        .bind(cart.delivery.as_ref().map(to_json).transpose()?)
        .bind(at.0)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn set_cart_line(&mut self, cart: CartId, line: &LineRecord, at: Timestamp) -> Result<(), Error> {
        if line.quantity == 0 {
            sqlx::query("DELETE FROM cart_line WHERE cart_id = $1 AND sku = $2")
                .bind(cart.to_string())
                .bind(line.sku.as_str())
                .execute(self.connection())
                .await?;
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO cart_line (cart_id, sku, quantity, added_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = excluded.quantity",
        )
        .bind(cart.to_string())
        .bind(line.sku.as_str())
        .bind(line.quantity)
        .bind(at.0)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn clear_cart(&mut self, cart: CartId) -> Result<(), Error> {
        sqlx::query("DELETE FROM cart_line WHERE cart_id = $1")
            .bind(cart.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn delete_cart(&mut self, cart: CartId) -> Result<(), Error> {
        sqlx::query("DELETE FROM cart WHERE cart_id = $1")
            .bind(cart.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
