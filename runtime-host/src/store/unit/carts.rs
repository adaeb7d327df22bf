//! Carts and their lines.

use async_trait::async_trait;
use merkato_commerce::{ids::CartId, time::Timestamp};
use serde_json::json;

use super::{Access, Unit, known, load::Load, missing};
use crate::store::{
    Carts, Error,
    engine::{Call, Statement, read},
    records::{CartOwner, CartRecord, LineRecord},
    rows::{CartRow, OwnedCart},
};

/// Carts by owner and by id.
struct LoadCarts {
    owners: Vec<CartOwner>,
    ids: Vec<CartId>,
}

impl Load for LoadCarts {
    fn calls(&self, access: Access) -> Result<Vec<Call>, Error> {
        let guests = self.owners.iter().filter_map(|owner| match owner {
            CartOwner::Guest { token_hash } => Some(token_hash),
            CartOwner::User(_) => None,
        });
        let users = self.owners.iter().filter_map(|owner| match owner {
            CartOwner::User(user) => Some(user),
            CartOwner::Guest { .. } => None,
        });
        let (guests, users) = (guests.collect::<Vec<_>>(), users.collect::<Vec<_>>());
        let keys = json!({ "guests": guests, "users": users, "ids": self.ids });
        // Held first and read after: what is read must be what the holder before has left.
        let statements: &[_] = match access {
            Access::Look => &[Statement::Carts],
            Access::Change => &[Statement::LockCarts, Statement::Carts],
        };
        statements.iter().map(|statement| Call::new(*statement, &keys)).collect()
    }

    fn remember(self: Box<Self>, unit: &mut Unit, rows: &[String]) -> Result<(), Error> {
        let known = &mut unit.base.rows;
        for owner in self.owners {
            known.cart_of.entry(owner).or_insert(None);
        }
        for id in self.ids {
            known.carts.entry(id).or_insert(None);
        }
        for row in read::<CartRow>(Statement::Carts, rows)? {
            let cart = OwnedCart::try_from(row).map_err(|id| Error::Inconsistent {
                statement: Statement::Carts,
                reason: format!("cart {id} has not exactly one owner"),
            })?;
            // A cart that work has changed already is newer than its row.
            if unit.own.rows.carts.contains_key(&cart.cart.id) {
                continue;
            }
            known.cart_of.insert(cart.owner.clone(), Some(cart.cart.id));
            let entry = known.carts.entry(cart.cart.id).or_insert(None);
            if entry.is_none() {
                *entry = Some(cart);
            }
        }
        Ok(())
    }
}

impl Unit {
    pub(super) fn carts_to_load(&self, owners: &[CartOwner], ids: &[CartId]) -> Option<Box<dyn Load>> {
        let owners = missing(owners, &self.own.rows.cart_of, &self.base.rows.cart_of);
        let ids = missing(ids, &self.own.rows.carts, &self.base.rows.carts);
        (!owners.is_empty() || !ids.is_empty()).then(|| Box::new(LoadCarts { owners, ids }) as _)
    }

    async fn load_carts(&mut self, owners: &[CartOwner], ids: &[CartId]) -> Result<(), Error> {
        self.load_all(self.carts_to_load(owners, ids)).await
    }

    pub(super) fn known_cart(&self, id: CartId) -> Option<&OwnedCart> {
        known(&id, &self.own.rows.carts, &self.base.rows.carts)
    }

    fn put_cart(&mut self, cart: OwnedCart) {
        self.own.rows.cart_of.insert(cart.owner.clone(), Some(cart.cart.id));
        self.own.rows.carts.insert(cart.cart.id, Some(cart));
    }

    async fn owned_cart(&mut self, id: CartId) -> Result<Option<OwnedCart>, Error> {
        self.load_carts(&[], &[id]).await?;
        Ok(self.known_cart(id).cloned())
    }
}

#[async_trait]
impl Carts for Unit {
    async fn cart(&mut self, owner: &CartOwner) -> Result<Option<CartRecord>, Error> {
        self.load_carts(std::slice::from_ref(owner), &[]).await?;
        let id = known(owner, &self.own.rows.cart_of, &self.base.rows.cart_of).copied();
        Ok(id.and_then(|id| self.known_cart(id)).map(|owned| owned.cart.clone()))
    }

    async fn cart_by_id(&mut self, id: CartId) -> Result<Option<CartRecord>, Error> {
        Ok(self.owned_cart(id).await?.map(|owned| owned.cart))
    }

    async fn insert_cart(&mut self, id: CartId, owner: &CartOwner, at: Timestamp) -> Result<(), Error> {
        let cart = CartRecord::empty(id);
        let owned = OwnedCart { owner: owner.clone(), cart };
        self.own.changes.carts.insert(id, CartRow::of(&owned, at));
        self.put_cart(owned);
        Ok(())
    }

    async fn update_cart(&mut self, cart: &CartRecord, at: Timestamp) -> Result<(), Error> {
        let Some(mut owned) = self.owned_cart(cart.id).await? else { return Ok(()) };
        owned.cart.version += 1;
        owned.cart.promotions.clone_from(&cart.promotions);
        owned.cart.delivery.clone_from(&cart.delivery);
        owned.cart.saved.clone_from(&cart.saved);
        self.own.changes.carts.insert(cart.id, CartRow::of(&owned, at));
        self.put_cart(owned);
        Ok(())
    }

    async fn set_cart_line(&mut self, cart: CartId, line: &LineRecord, at: Timestamp) -> Result<(), Error> {
        let Some(mut owned) = self.owned_cart(cart).await? else { return Ok(()) };
        let lines = &mut owned.cart.lines;
        match lines.iter_mut().find(|held| held.sku == line.sku) {
            _ if line.quantity == 0 => lines.retain(|held| held.sku != line.sku),
            Some(held) => held.quantity = line.quantity,
            None => lines.push(line.clone()),
        }
        self.own.changes.cart_lines.insert((cart, line.sku.clone()), (line.quantity, at));
        self.put_cart(owned);
        Ok(())
    }

    async fn clear_cart(&mut self, cart: CartId) -> Result<(), Error> {
        let Some(mut owned) = self.owned_cart(cart).await? else { return Ok(()) };
        for line in owned.cart.lines.drain(..) {
            self.own.changes.cart_lines.insert((cart, line.sku), (0, Timestamp(0)));
        }
        self.put_cart(owned);
        Ok(())
    }

    async fn delete_cart(&mut self, cart: CartId) -> Result<(), Error> {
        let Some(owned) = self.owned_cart(cart).await? else { return Ok(()) };
        self.own.rows.cart_of.insert(owned.owner, None);
        self.own.rows.carts.insert(cart, None);
        self.own.changes.deleted_carts.insert(cart);
        Ok(())
    }
}
