use async_trait::async_trait;
use merkato_commerce::{
    ids::{OrderId, PaymentId, TaskId, UserId},
    money::{Currency, Money},
    order::{Capture, Order, PaymentState, State, StockState},
    pieces::Line,
    time::Timestamp,
    totals::Totals,
};
use sqlx::{Row, sqlite::SqliteRow};

use super::{Column, Error, SqliteTransaction, to_json};
use crate::store::{
    Orders,
    records::{IdempotencyRecord, NewOrder, OrderFacts, OrderLineRecord, OrderRecord, RefundRecord},
};

#[async_trait]
impl Orders for SqliteTransaction {
    async fn insert_order(&mut self, new: &NewOrder) -> Result<i64, Error> {
        let NewOrder { facts, order, payment_method } = new;
        // One writer at a time, so the next number is the largest and one.
        let number: i64 = sqlx::query_scalar(
            "INSERT INTO order_ (order_id, number, cart_id, user_id, access_token_hash, email, state,
                 payment_state, stock_state, attempt, currency, subtotal, discount, shipping, tax, total,
                 refunded, promotions, shipping_address, billing_address, shipping_method, payment_method,
                 placed_at, refunding, capture)
             VALUES ($1, (SELECT coalesce(max(number), 1000) + 1 FROM order_), $2, $3, $4, $5, $6, $7, $8, $9,
                 $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
             RETURNING number",
        )
        .bind(facts.id.to_string())
        .bind(facts.cart.to_string())
        .bind(facts.user.map(|user| user.to_string()))
        .bind(&facts.access_token_hash)
        .bind(&facts.email)
        .bind(order.state.name())
        .bind(order.payment.name())
        .bind(order.stock.name())
        .bind(order.attempt)
        .bind(order.total.currency.code())
        .bind(facts.totals.subtotal.amount)
        .bind(facts.totals.discount.amount)
        .bind(facts.totals.shipping.amount)
        .bind(facts.totals.tax.amount)
        .bind(facts.totals.total.amount)
        .bind(order.refunded.amount)
        .bind(to_json(&facts.promotions)?)
        .bind(to_json(&facts.shipping_address)?)
        .bind(to_json(&facts.billing_address)?)
        .bind(&facts.shipping_method)
        .bind(payment_method)
        .bind(facts.placed_at.0)
        .bind(order.refunding.amount)
        .bind(order.capture.name())
        .fetch_one(self.connection())
        .await?;
        for (position, line) in (0_i64..).zip(&facts.lines) {
            sqlx::query(
                "INSERT INTO order_line (order_id, position, sku, title, unit_price, quantity)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(facts.id.to_string())
            .bind(position)
            .bind(line.sku.as_str())
            .bind(&line.title)
            .bind(line.unit_price.amount)
            .bind(line.quantity)
            .execute(self.connection())
            .await?;
        }
        Ok(number)
    }

    async fn order(&mut self, id: OrderId) -> Result<Option<OrderRecord>, Error> {
        let Some(row) = sqlx::query("SELECT * FROM order_ WHERE order_id = $1")
            .bind(id.to_string())
            .fetch_optional(self.connection())
            .await?
        else {
            return Ok(None);
        };
        let currency: Currency = Column("order_", "currency").parse(&row)?;
        let (sold, lines) = self.order_lines(id, currency).await?.into_iter().unzip();
        let payments =
            sqlx::query("SELECT payment_id FROM order_payment WHERE order_id = $1 ORDER BY attempt")
                .bind(id.to_string())
                .fetch_all(self.connection())
                .await?
                .iter()
                .map(|row| Column("order_payment", "payment_id").parse(row))
                .collect::<Result<_, Error>>()?;
        let history =
            sqlx::query("SELECT state, note, at FROM order_event WHERE order_id = $1 ORDER BY position")
                .bind(id.to_string())
                .fetch_all(self.connection())
                .await?
                .iter()
                .map(|row| Ok((row.try_get("state")?, row.try_get("note")?, Timestamp(row.try_get("at")?))))
                .collect::<Result<_, Error>>()?;
        Ok(Some(OrderRecord {
            facts: facts(&row, id, currency, sold)?,
            number: row.try_get("number")?,
            order: state(&row, currency)?,
            payment_method: row.try_get("payment_method")?,
            redirect_url: row.try_get("redirect_url")?,
            decline_reason: row.try_get("decline_reason")?,
            shipments: Column("order_", "shipments").json(&row)?,
            payments,
            history,
            lines,
        }))
    }

    async fn order_ids(
        &mut self,
        user: Option<UserId>,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<OrderId>, Error> {
        // UUIDv7 sorts by time, so the id is the order of placing and the cursor at once.
        let query = match user {
            Some(user) => sqlx::query(
                "SELECT order_id FROM order_ WHERE user_id = $3 AND ($1 IS NULL OR order_id < $1)
                 ORDER BY order_id DESC LIMIT $2",
            )
            .bind(after.map(|after| after.to_string()))
            .bind(limit)
            .bind(user.to_string()),
            None => sqlx::query(
                "SELECT order_id FROM order_ WHERE $1 IS NULL OR order_id < $1 ORDER BY order_id DESC LIMIT $2",
            )
            .bind(after.map(|after| after.to_string()))
            .bind(limit),
        };
        let rows = query.fetch_all(self.connection()).await?;
        rows.iter().map(|row| Column("order_", "order_id").parse(row)).collect()
    }

    async fn update_order(&mut self, record: &OrderRecord) -> Result<(), Error> {
        sqlx::query(
            "UPDATE order_ SET state = $2, payment_state = $3, stock_state = $4, attempt = $5, refunded = $6,
                 payment_method = $7, redirect_url = $8, decline_reason = $9, shipments = $10, refunding = $11
             WHERE order_id = $1",
        )
        .bind(record.facts.id.to_string())
        .bind(record.order.state.name())
        .bind(record.order.payment.name())
        .bind(record.order.stock.name())
        .bind(record.order.attempt)
        .bind(record.order.refunded.amount)
        .bind(&record.payment_method)
        .bind(&record.redirect_url)
        .bind(&record.decline_reason)
        .bind(to_json(&record.shipments)?)
        .bind(record.order.refunding.amount)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn insert_order_event(
        &mut self,
        order: OrderId,
        state: &str,
        note: &str,
        at: Timestamp,
    ) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO order_event (order_id, position, state, note, at)
             SELECT $1, coalesce(max(position), 0) + 1, $2, $3, $4 FROM order_event WHERE order_id = $1",
        )
        .bind(order.to_string())
        .bind(state)
        .bind(note)
        .bind(at.0)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn insert_order_payment(
        &mut self,
        order: OrderId,
        attempt: u32,
        payment: PaymentId,
    ) -> Result<(), Error> {
        sqlx::query("INSERT INTO order_payment (order_id, attempt, payment_id) VALUES ($1, $2, $3)")
            .bind(order.to_string())
            .bind(attempt)
            .bind(payment.to_string())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn update_order_lines(&mut self, record: &OrderRecord) -> Result<(), Error> {
        for line in &record.lines {
            sqlx::query(
                "UPDATE order_line SET returned = $3, refunded = $4
                 WHERE order_id = $1 AND sku = $2 AND (returned <> $3 OR refunded <> $4)",
            )
            .bind(record.facts.id.to_string())
            .bind(line.sku.as_str())
            .bind(line.returned)
            .bind(line.refunded)
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    async fn insert_order_refund(&mut self, refund: &RefundRecord, at: Timestamp) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO order_refund (refund_id, order_id, attempt, amount, pieces, state, asked_at)
             VALUES ($1, $2, $3, $4, $5, 'asked', $6)",
        )
        .bind(refund.id.to_string())
        .bind(refund.order.to_string())
        .bind(refund.attempt)
        .bind(refund.amount.amount)
        .bind(to_json(&refund.pieces)?)
        .bind(at.0)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn close_order_refund(&mut self, id: TaskId, done: bool) -> Result<Option<RefundRecord>, Error> {
        let row = sqlx::query(
            "UPDATE order_refund SET state = $2 WHERE refund_id = $1 AND state = 'asked'
             RETURNING order_id, attempt, amount, pieces,
                 (SELECT currency FROM order_ WHERE order_.order_id = order_refund.order_id) AS currency",
        )
        .bind(id.to_string())
        .bind(if done { "done" } else { "refused" })
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            let currency = Column("order_", "currency").parse(&row)?;
            Ok(RefundRecord {
                id,
                order: Column("order_refund", "order_id").parse(&row)?,
                attempt: Column("order_refund", "attempt").number(&row)?,
                amount: Money::new(row.try_get("amount")?, currency),
                pieces: Column("order_refund", "pieces").json(&row)?,
            })
        })
        .transpose()
    }

    async fn idempotency(&mut self, owner: &str, key: &str) -> Result<Option<IdempotencyRecord>, Error> {
        let row = sqlx::query("SELECT * FROM idempotency WHERE owner = $1 AND key = $2")
            .bind(owner)
            .bind(key)
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| {
            Ok(IdempotencyRecord {
                owner: row.try_get("owner")?,
                key: row.try_get("key")?,
                request_hash: row.try_get("request_hash")?,
                order: Column("idempotency", "order_id").parse(&row)?,
                access_token: row.try_get("access_token")?,
            })
        })
        .transpose()
    }

    async fn insert_idempotency(&mut self, record: &IdempotencyRecord, at: Timestamp) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO idempotency (owner, key, request_hash, order_id, access_token, at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&record.owner)
        .bind(&record.key)
        .bind(&record.request_hash)
        .bind(record.order.to_string())
        .bind(&record.access_token)
        .bind(at.0)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

impl SqliteTransaction {
    /// The lines as they were sold, each with how much of it has gone back.
    async fn order_lines(
        &mut self,
        id: OrderId,
        currency: Currency,
    ) -> Result<Vec<(OrderLineRecord, Line)>, Error> {
        sqlx::query("SELECT * FROM order_line WHERE order_id = $1 ORDER BY position")
            .bind(id.to_string())
            .fetch_all(self.connection())
            .await?
            .iter()
            .map(|row| {
                let sold = OrderLineRecord {
                    sku: Column("order_line", "sku").parse(row)?,
                    title: row.try_get("title")?,
                    unit_price: Money::new(row.try_get("unit_price")?, currency),
                    quantity: Column("order_line", "quantity").number(row)?,
                };
                let line = Line {
                    returned: Column("order_line", "returned").number(row)?,
                    refunded: Column("order_line", "refunded").number(row)?,
                    ..sold.untouched()
                };
                Ok((sold, line))
            })
            .collect()
    }
}

fn facts(
    row: &SqliteRow,
    id: OrderId,
    currency: Currency,
    lines: Vec<OrderLineRecord>,
) -> Result<OrderFacts, Error> {
    let money = |column: &str| Ok::<_, Error>(Money::new(row.try_get(column)?, currency));
    Ok(OrderFacts {
        id,
        cart: Column("order_", "cart_id").parse(row)?,
        user: Column("order_", "user_id").parse_optional(row)?,
        access_token_hash: row.try_get("access_token_hash")?,
        email: row.try_get("email")?,
        totals: Totals {
            subtotal: money("subtotal")?,
            discount: money("discount")?,
            shipping: money("shipping")?,
            tax: money("tax")?,
            total: money("total")?,
        },
        promotions: Column("order_", "promotions").json(row)?,
        shipping_address: Column("order_", "shipping_address").json(row)?,
        billing_address: Column("order_", "billing_address").json(row)?,
        shipping_method: row.try_get("shipping_method")?,
        placed_at: Timestamp(row.try_get("placed_at")?),
        lines,
    })
}

fn state(row: &SqliteRow, currency: Currency) -> Result<Order, Error> {
    fn named<T>(row: &SqliteRow, column: Column, from: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
        let name: String = row.try_get(column.1)?;
        from(&name).ok_or_else(|| column.inconsistent(name))
    }
    Ok(Order {
        state: named(row, Column("order_", "state"), State::from_name)?,
        payment: named(row, Column("order_", "payment_state"), PaymentState::from_name)?,
        stock: named(row, Column("order_", "stock_state"), StockState::from_name)?,
        attempt: Column("order_", "attempt").number(row)?,
        total: Money::new(row.try_get("total")?, currency),
        refunded: Money::new(row.try_get("refunded")?, currency),
        refunding: Money::new(row.try_get("refunding")?, currency),
        capture: named(row, Column("order_", "capture"), Capture::from_name)?,
    })
}
