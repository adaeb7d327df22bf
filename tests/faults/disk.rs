//! The disk is full: to a database that is a write which fails, and so it is here, by a limit on the size of files that
//! the system puts on the process that writes. It needs no rights, and can be lifted again, as when room was made.

use std::os::unix::fs::MetadataExt as _;

use merkato_tests::{
    bank::Bank,
    coordinator::{Builder, Coordinator},
};
use merkato_tests_postgres::Server;
use reqwest::Method;
use tokio::process::Command;

use crate::crowd::{Crowd, assert_nothing_lost, assert_says_to_come_again};

/// Everybody has heard of it by then.
const REFUSALS: usize = 12;
/// No file may be written beyond its first byte.
const NO_ROOM: &str = "1:";
/// The usual.
const ROOM: &str = "unlimited:";

/// Limits what processes may write to files from now on, in bytes of each.
async fn limit_files(processes: &[u32], bytes: &str) {
    for process in processes {
        // A server's process may have ended since it was found.
        let Ok(owner) = std::fs::metadata(format!("/proc/{process}")) else { continue };
        let mut prlimit = Command::new("prlimit");
        prlimit.args(["--pid", &process.to_string(), &format!("--fsize={bytes}")]);
        if owner.uid() != std::fs::metadata("/proc/self").expect("ourselves").uid() {
            // Even for root the shortest way is to be them.
            prlimit.uid(owner.uid()).gid(owner.gid());
        }
        let output = prlimit.output().await.expect("prlimit runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || said.contains("No such process"), "{said}");
    }
}

async fn open(till: Builder, bank: &Bank) -> (Coordinator, Crowd) {
    let till = till.payments(&bank.url()).flag("--lease-seconds", "15").start().await;
    let mut crowd = Crowd::before(&[&till]).await;
    crowd.buys(20).await;
    (till, crowd)
}

#[tokio::test]
async fn a_till_whose_disk_is_full_can_be_read_and_goes_on_when_there_is_room() {
    let bank = Bank::start().await;
    let (till, mut crowd) = open(Builder::new(), &bank).await;
    limit_files(&[till.process_id()], NO_ROOM).await;
    crowd.is_refused(REFUSALS).await;
    let bought = crowd.bought();
    crowd.is_refused(REFUSALS).await;
    assert_eq!(crowd.bought(), bought, "nothing is acknowledged that cannot be written down");
    let staff = till.anybody();
    let orders =
        staff.send(staff.request(Method::GET, "/v1/orders?limit=100").header("x-staff", "true")).await;
    assert!(orders.expect(200)["items"].as_array().expect("orders").len() >= bought);

    limit_files(&[till.process_id()], ROOM).await;
    crowd.buys(20).await;
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}

#[tokio::test]
async fn a_till_whose_server_has_a_full_disk_goes_on_when_there_is_room() {
    let Some(mut server) = Server::start().await else { return };
    let database = server.database().await;
    let bank = Bank::start().await;
    let (till, mut crowd) = open(Builder::new().database(&database.url), &bank).await;
    // It cannot write its log, and gives up; nor can it mend that as long as there is no room.
    limit_files(&server.processes(), NO_ROOM).await;
    server.wait_until_down().await;
    crowd.is_refused(REFUSALS).await;
    let bought = crowd.bought();
    assert_says_to_come_again(till.anybody().get("/readyz").await);
    crowd.is_refused(REFUSALS).await;
    assert_eq!(crowd.bought(), bought, "nothing is acknowledged that cannot be written down");

    // What is started now has no limit.
    server.restart().await;
    crowd.buys(20).await;
    assert_nothing_lost(&till, &bank, &crowd.leaves().await).await;
}
