//! What can go wrong around the till, done to the real thing under load: it is killed, its database crashes, its lines
//! are cut, its disk is full, its payments service is gone, its clock jumps, its shoppers ask twice.
//!
//! Each test lets a crowd of shoppers buy (see [`crowd`]), does its worst, and then holds what the shoppers were told
//! against the books: not one order that was acknowledged is lost, doubled or oversold, and nothing is stuck.

#[macro_use]
mod engines;

mod clock;
mod connections;
mod crowd;
mod database;
mod disk;
mod kill;
mod payments;
mod plug;
mod submits;
