//! Deeds that come with a key: however often they are asked for, they are done once.

use merkato_commerce::{ids::OrderId, text::IdempotencyKey, time::Timestamp};
use serde::Serialize;

use super::{Error, Rejection, hash_of};
use crate::store::{Transaction, records::IdempotencyRecord};

/// By what a repeated request about an order is known.
#[derive(Debug, Clone)]
pub(super) struct Once {
    owner: String,
    key: String,
    request_hash: String,
    order: OrderId,
}

impl Once {
    /// `request` to do `verb` to `order` under `key`. Each kind of deed to each order has keys of its own.
    pub fn of<T: Serialize>(
        order: OrderId,
        verb: &str,
        key: &IdempotencyKey,
        request: &T,
    ) -> Result<Self, Error> {
        let canonical = serde_json::to_string(request)
            .map_err(|error| Error::Policy(format!("a request has no JSON: {error}")))?;
        let (owner, key) = (format!("{verb}:{order}"), key.as_str().to_owned());
        Ok(Self { owner, key, request_hash: hash_of(&canonical), order })
    }

    /// By what it is remembered.
    pub fn saved_as(&self) -> (String, String) {
        (self.owner.clone(), self.key.clone())
    }

    /// Whether it was done before; an error if the key came with another request.
    pub async fn was_done(&self, transaction: &mut dyn Transaction) -> Result<bool, Error> {
        match transaction.idempotency(&self.owner, &self.key).await? {
            Some(saved) if saved.request_hash != self.request_hash => {
                Err(Rejection::IdempotencyKeyReused.into())
            }
            saved => Ok(saved.is_some()),
        }
    }

    /// Remembers, in the transaction that does it, that it is done.
    pub async fn note(&self, transaction: &mut dyn Transaction, now: Timestamp) -> Result<(), Error> {
        let record = IdempotencyRecord {
            owner: self.owner.clone(),
            key: self.key.clone(),
            request_hash: self.request_hash.clone(),
            order: self.order,
            access_token: None,
        };
        Ok(transaction.insert_idempotency(&record, now).await?)
    }
}
