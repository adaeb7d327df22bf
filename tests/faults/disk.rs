//! The disk is full: to the database it is a write that fails, and so it is here, by a limit on the size of files that
//! the system puts on the process that writes. It needs no rights, and it can be lifted again, as when room was made.

use merkato_tests::{
    bank::Bank,
    coordinator::{Builder, Coordinator},
};
use merkato_tests_postgres::Server;
use tokio::process::Command;

use crate::crowd::{Crowd, assert_nothing_lost, place_order};

/// Everybody has heard of it by then.
const REFUSALS: usize = 12;
/// No file may grow at all, nor be written where it is longer than this, in bytes.
const NO_ROOM: &str = "1";
/// What a process may write without a limit.
const ROOM: &str = "unlimited";

/// Limits what processes may write to files from now on.
async fn give(processes: &[u32], room: &str) {
    for process in processes {
        let limit = ["--pid", &process.to_string(), "--fsize", &format!("{room}:")];
        // One that has ended since needs no limit.
        let _ = Command::new("prlimit").args(limit).status().await.expect("prlimit runs");
    }
}
