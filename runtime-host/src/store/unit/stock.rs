//! Pieces on the shelf.

use async_trait::async_trait;
use merkato_commerce::text::Sku;
use merkato_contract::coordinator::StockLevel;

use super::{
    Access, Unit, known,
    load::{Load, remember},
    missing,
};
use crate::store::{
    Error, Stock,
    engine::{Call, Statement, read},
    records::StockMovementRecord,
    rows::{StockMovementRow, StockRow},
};

struct LoadStock(Vec<Sku>);

impl Load for LoadStock {
    fn calls(&self, access: Access) -> Result<Vec<Call>, Error> {
        let statement = match access {
            Access::Look => Statement::Stock,
            Access::Change => Statement::LockedStock,
        };
        Ok(vec![Call::new(statement, &self.0)?])
    }

    fn remember(self: Box<Self>, unit: &mut Unit, rows: &[String]) -> Result<(), Error> {
        let found = read::<StockRow>(Statement::Stock, rows)?.into_iter().map(|row| (row.sku.clone(), row));
        remember(&mut unit.base.rows.stock, self.0, found);
        Ok(())
    }
}

impl Unit {
    pub(super) fn stock_to_load(&self, skus: &[Sku]) -> Option<Box<dyn Load>> {
        let missing = missing(skus, &self.own.rows.stock, &self.base.rows.stock);
        (!missing.is_empty()).then(|| Box::new(LoadStock(missing)) as _)
    }

    async fn load_stock(&mut self, skus: &[Sku]) -> Result<(), Error> {
        self.load_all(self.stock_to_load(skus)).await
    }

    async fn stock_row(&mut self, sku: &Sku) -> Result<Option<StockRow>, Error> {
        self.load_stock(std::slice::from_ref(sku)).await?;
        Ok(known(sku, &self.own.rows.stock, &self.base.rows.stock).cloned())
    }

    fn change_stock(&mut self, row: StockRow, on_hand: i64, reserved: i64) {
        self.own.changes.change_stock(&row.sku, on_hand, reserved);
        let changed = StockRow {
            on_hand: row.on_hand.saturating_add(on_hand),
            reserved: row.reserved.saturating_add(reserved),
            sku: row.sku.clone(),
        };
        self.own.rows.stock.insert(row.sku, Some(changed));
    }
}

#[async_trait]
impl Stock for Unit {
    async fn create_stock(&mut self, sku: &Sku) -> Result<bool, Error> {
        if self.stock_row(sku).await?.is_some() {
            return Ok(false);
        }
        self.own.changes.new_stock.insert(sku.clone());
        let row = StockRow { sku: sku.clone(), on_hand: 0, reserved: 0 };
        self.own.rows.stock.insert(sku.clone(), Some(row));
        Ok(true)
    }

    async fn stock_levels(&mut self, skus: &[Sku]) -> Result<Vec<StockLevel>, Error> {
        self.load_stock(skus).await?;
        let found = skus.iter().filter_map(|sku| known(sku, &self.own.rows.stock, &self.base.rows.stock));
        Ok(found
            .map(|row| StockLevel { sku: row.sku.clone(), available: row.on_hand - row.reserved })
            .collect())
    }

    async fn reserve_stock(&mut self, sku: &Sku, pieces: u32) -> Result<bool, Error> {
        let Some(row) = self.stock_row(sku).await? else { return Ok(false) };
        if row.on_hand - row.reserved < i64::from(pieces) {
            return Ok(false);
        }
        self.change_stock(row, 0, i64::from(pieces));
        Ok(true)
    }

    async fn release_stock(&mut self, sku: &Sku, pieces: u32) -> Result<(), Error> {
        if let Some(row) = self.stock_row(sku).await? {
            self.change_stock(row, 0, -i64::from(pieces));
        }
        Ok(())
    }

    async fn sell_stock(&mut self, sku: &Sku, pieces: u32) -> Result<(), Error> {
        if let Some(row) = self.stock_row(sku).await? {
            self.change_stock(row, -i64::from(pieces), -i64::from(pieces));
        }
        Ok(())
    }

    async fn move_stock(&mut self, sku: &Sku, pieces: i64) -> Result<bool, Error> {
        let Some(row) = self.stock_row(sku).await? else { return Ok(false) };
        if row.on_hand.saturating_add(pieces) < row.reserved {
            return Ok(false);
        }
        self.change_stock(row, pieces, 0);
        Ok(true)
    }

    async fn insert_stock_movement(&mut self, movement: StockMovementRecord) -> Result<(), Error> {
        self.own.changes.stock_movements.push(StockMovementRow::from(movement));
        Ok(())
    }
}
