//! Stock: what can be bought, and what staff count.

use std::sync::Arc;

use merkato_commerce::{
    Invalid,
    ids::StockMovementId,
    text::{IdempotencyKey, Sku},
};
use merkato_contract::{
    List,
    catalog::STOCK_MAX,
    coordinator::{MoveStock, STOCK_SKUS_MAX, StockLevel},
    staff::{
        action::actions,
        stock::{StockEntry, StockMovement},
    },
};

use super::{
    Actor, App, Error, Rejection,
    cursor::{of_place, page, place_of},
    staff_log::Deed,
    transition::Transition,
};
use crate::store::{
    Transaction,
    records::StockMovementRecord,
    staff::{LedgerRecord, StockEntryRecord},
};

/// Longest note in the ledger, in characters.
const NOTE_CHARACTERS_MAX: usize = 200;

/// A movement as it is asked for.
struct Moving {
    movement: StockMovementRecord,
    transition: Transition,
    deed: Option<Deed>,
}

impl App {
    /// What can be bought of each of `skus`; unknown skus are left out.
    pub async fn stock_levels(&self, skus: Vec<Sku>) -> Result<Vec<StockLevel>, Error> {
        if skus.len() > STOCK_SKUS_MAX {
            return Err(Invalid::new("skus", format!("must be at most {STOCK_SKUS_MAX}")).into());
        }
        let skus = Arc::new(skus);
        self.store
            .read(move |transaction| {
                let skus = Arc::clone(&skus);
                Box::pin(async move { Ok(transaction.stock_levels(&skus).await?) })
            })
            .await
    }

    /// All stock by sku, or that of which fewer than `below` can be bought.
    pub async fn stock(
        &self,
        below: Option<i64>,
        after: Option<Sku>,
        limit: u32,
    ) -> Result<List<StockEntry>, Error> {
        let after = Arc::new(after);
        let records = self
            .store
            .read(move |transaction| {
                let after = Arc::clone(&after);
                Box::pin(async move {
                    Ok::<_, Error>(transaction.stock_entries(below, (*after).as_ref(), limit + 1).await?)
                })
            })
            .await?;
        Ok(page(records, limit, |record| record.sku.to_string(), shown))
    }

    /// The ledger of a sku, the newest line first.
    pub async fn stock_movements(
        &self,
        sku: Sku,
        after: Option<String>,
        limit: u32,
    ) -> Result<List<StockMovement>, Error> {
        let after = after.map(|cursor| place_of(&cursor)).transpose()?;
        let sku = Arc::new(sku);
        let records = self
            .store
            .read(move |transaction| {
                let sku = Arc::clone(&sku);
                Box::pin(async move {
                    let known = transaction.stock_levels(std::slice::from_ref(&*sku)).await?;
                    known.first().ok_or(Rejection::NotFound("sku"))?;
                    Ok::<_, Error>(transaction.stock_movements(&sku, after, limit + 1).await?)
                })
            })
            .await?;
        Ok(page(records, limit, |record| of_place(record.at, record.id.0), shown_movement))
    }

    /// Adds pieces to the shelf or takes them off. Promised pieces stay. The same under the same key happens once.
    pub async fn move_stock(
        &self,
        actor: &Actor,
        sku: Sku,
        change: MoveStock,
        key: Option<IdempotencyKey>,
    ) -> Result<StockLevel, Error> {
        let MoveStock { pieces, note } = change;
        if pieces == 0 || !(-STOCK_MAX..=STOCK_MAX).contains(&pieces) {
            let message = format!("must be between -{STOCK_MAX} and {STOCK_MAX}, and not 0");
            return Err(Invalid::new("pieces", message).into());
        }
        // PostgreSQL keeps no NUL in a text.
        if note.chars().count() > NOTE_CHARACTERS_MAX || note.contains('\0') {
            let message = format!("must be at most {NOTE_CHARACTERS_MAX} characters, none of them NUL");
            return Err(Invalid::new("note", message).into());
        }
        let deed = self.deed(actor, actions::MOVE_STOCK, format!("sku/{sku}"));
        let movement = StockMovementRecord {
            id: StockMovementId::generate(&*self.ids),
            sku,
            pieces,
            order: None,
            note,
            at: self.clock.now(),
            staff: actor.user.filter(|_| actor.staff),
            key: key.map(|key| key.as_str().to_owned()),
        };
        let moving = Arc::new(Moving { movement, transition: self.transition(), deed });
        let level = self
            .store
            .write(move |transaction| {
                let moving = Arc::clone(&moving);
                Box::pin(async move { moving.carry_out(transaction).await })
            })
            .await?;
        self.wake.ring();
        Ok(level)
    }
}

impl Moving {
    async fn carry_out(&self, transaction: &mut dyn Transaction) -> Result<StockLevel, Error> {
        let StockMovementRecord { sku, pieces, note, key, .. } = &self.movement;
        let one = std::slice::from_ref(sku);
        // Holds the sku until the end, so that of two equal requests one finds what the other has done.
        let level = transaction.stock_levels(one).await?.pop().ok_or(Rejection::NotFound("sku"))?;
        if let Some(key) = key
            && let Some(before) = transaction.keyed_movement(sku, key).await?
        {
            let same = (before.pieces, &before.note) == (*pieces, note);
            return if same { Ok(level) } else { Err(Rejection::IdempotencyKeyReused.into()) };
        }
        if !transaction.move_stock(sku, *pieces).await? {
            return Err(Rejection::StockTooLow { sku: sku.clone(), available: level.available }.into());
        }
        let level = StockLevel { available: level.available + pieces, ..level };
        transaction.insert_stock_movement(self.movement.clone()).await?;
        self.transition.announce_back_in_stock(transaction, sku, *pieces).await?;
        if let Some(deed) = &self.deed {
            let outcome = format!("{} can be bought", level.available);
            deed.log(transaction, &format!("{pieces:+} pieces: {note}"), outcome).await?;
        }
        Ok(level)
    }
}

/// Stock as staff see it.
pub(super) fn shown(record: StockEntryRecord) -> StockEntry {
    let StockEntryRecord { sku, title, active, on_hand, reserved } = record;
    StockEntry { sku, title, active, on_hand, reserved, available: on_hand - reserved }
}

fn shown_movement(record: LedgerRecord) -> StockMovement {
    let LedgerRecord { id, at, pieces, note, order, staff } = record;
    StockMovement { id, at: at.into(), pieces, note, order_id: order, staff_id: staff }
}
