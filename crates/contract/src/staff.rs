//! What services ask the coordinator in the name of staff.
//!
//! Every call carries `Authorization: Bearer <service token>`, [`crate::headers::STAFF`]`: true` and, so that it is
//! known who acted, [`crate::headers::USER_ID`] and [`crate::headers::SERVICE`]. Without `STAFF` the answer is
//! `forbidden`. Lists take `after` and `limit` and answer [`crate::List`]: `next` of one page is `after` of the next one,
//! and null on the last. Whatever comes in between moves nothing: an entry is never shown twice or passed over.
//!
//! Dead letters have their shapes in [`crate::event`]; shipping, refunds and the like are those of [`crate::order`].

pub mod action;
pub mod dashboard;
pub mod orders;
pub mod outbox;
pub mod promotion;
pub mod stock;
