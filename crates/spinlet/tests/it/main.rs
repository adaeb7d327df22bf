//! Runs real components, built from `tests/guest*`, behind a real socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so best where it stands")]

mod composition;
mod drain;
mod harness;
mod limits;
mod outbound;
mod requests;
mod start;
mod storage;
