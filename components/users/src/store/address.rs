//! Addresses that people keep. Whose they are stands in every statement, so nobody reaches another's.

use merkato_commerce::{
    address::Address,
    ids::{AddressId, UserId},
};
use merkato_contract::{problem::Problem, user::SavedAddress};
use merkato_edge::database::{Error, Row};

use super::Store;

/// Most addresses that somebody may keep: a large family's worth.
pub const ADDRESSES_MAX: u32 = 100;

impl Store<'_> {
    /// Up to `limit` addresses of somebody, in the order in which they were added.
    pub fn addresses(
        &self,
        user: UserId,
        after: Option<AddressId>,
        limit: u32,
    ) -> Result<Vec<SavedAddress>, Problem> {
        let statement = "SELECT address_id, address FROM address
             WHERE user_id = $1 AND address_id > $2 ORDER BY address_id LIMIT $3";
        // No id sorts before the empty text.
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.all(statement, &[user.to_string().into(), after.into(), i64::from(limit).into()], saved)
    }

    /// An address of somebody.
    pub fn address(&self, user: UserId, id: AddressId) -> Result<Option<SavedAddress>, Problem> {
        let statement = "SELECT address_id, address FROM address WHERE user_id = $1 AND address_id = $2";
        self.one(statement, &[user.to_string().into(), id.to_string().into()], saved)
    }

    /// Adds an address. False if there are too many, or the account is gone.
    pub fn add_address(&self, user: UserId, id: AddressId, address: &Address) -> Result<bool, Problem> {
        let statement = "INSERT INTO address (address_id, user_id, address, created_at)
             SELECT CAST($1 AS TEXT), user_id, CAST($2 AS TEXT), CAST($3 AS BIGINT) FROM account
             WHERE user_id = $4 AND (SELECT COUNT(*) FROM address WHERE user_id = $4) < $5
             RETURNING address_id";
        let parameters = [
            id.to_string().into(),
            self.json(address)?,
            self.now(),
            user.to_string().into(),
            i64::from(ADDRESSES_MAX).into(),
        ];
        self.changed(statement, &parameters)
    }

    /// Replaces an address of somebody.
    pub fn change_address(&self, user: UserId, id: AddressId, address: &Address) -> Result<bool, Problem> {
        let statement =
            "UPDATE address SET address = $1 WHERE user_id = $2 AND address_id = $3 RETURNING address_id";
        self.changed(statement, &[self.json(address)?, user.to_string().into(), id.to_string().into()])
    }

    /// Removes an address of somebody.
    pub fn delete_address(&self, user: UserId, id: AddressId) -> Result<bool, Problem> {
        let statement = "DELETE FROM address WHERE user_id = $1 AND address_id = $2 RETURNING address_id";
        self.changed(statement, &[user.to_string().into(), id.to_string().into()])
    }
}

fn saved(row: &Row) -> Result<SavedAddress, Error> {
    Ok(SavedAddress::new(row.parsed("address_id")?, row.json("address")?))
}
