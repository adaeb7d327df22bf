//! `merkato audit`: silent on a shop that is well, and never on one that is not.

use std::path::Path;

use merkato_tests::{
    api::Caller,
    shop::{Builder, Shop, merkato},
    till,
};
use serde_json::json;
use tokio::{process::Command, task::JoinSet};

/// Each rule, and a way to break it and no other.
const BREACHES: [(&str, &str); 11] = [
    (
        "no more is promised than is on the shelf",
        "UPDATE stock SET on_hand = 0 WHERE sku = 'GABI';
         UPDATE stock_movement SET pieces = 0 WHERE sku = 'GABI'",
    ),
    ("what is promised is what unpaid orders hold", "UPDATE stock SET reserved = 1 WHERE sku = 'SINI-W'"),
    ("the ledger adds up to the shelf", "UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'SINI-W'"),
    (
        "an order holds stock just while its reservation stands",
        "INSERT INTO reservation (order_id, expires_at)
             SELECT order_id, 9999999999999 FROM order_ WHERE state = 'confirmed' LIMIT 1",
    ),
    (
        "lines, discount, shipping and tax add up to the total",
        "UPDATE order_ SET total = total + 1 WHERE state = 'confirmed'",
    ),
    ("no more goes back than was paid", "UPDATE order_ SET refunded = total + 1 WHERE state = 'confirmed'"),
    (
        "every unpaid order has something that moves it on",
        "UPDATE order_ SET payment_state = 'authorizing' WHERE state = 'pending_payment'",
    ),
    (
        "a confirmed order has an approved payment, or costs nothing",
        "DELETE FROM order_payment WHERE order_id IN (SELECT order_id FROM order_ WHERE state = 'confirmed')",
    ),
    (
        "a confirmed order has its pieces",
        "UPDATE order_ SET stock_state = 'released' WHERE state = 'confirmed'",
    ),
    (
        "every order that was ever confirmed is counted among the sales once",
        "UPDATE sales_day SET orders = orders + 1 WHERE orders > 0",
    ),
    (
        "a delivery that was tried often enough is dead",
        "UPDATE delivery SET tries = 10001, leased_until = 0, run_at = 0",
    ),
];

/// What the audit of a folder says, and whether it is content.
async fn audit(data_dir: &Path) -> (String, bool) {
    let output = Command::new(merkato()).arg("audit").arg("--data-dir").arg(data_dir).output().await;
    let output = output.expect("merkato runs");
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("text")).concat();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    (said, output.status.success())
}

#[tokio::test]
async fn a_fresh_and_a_busy_shop_are_well() {
    let shop = Builder::new().flag("--reservation-seconds", "1").start().await;
    let (said, content) = audit(&shop.data_dir()).await;
    assert!(content && said.lines().filter(|line| line.starts_with("ok ")).count() == 11, "{said}");
    let mut buying = JoinSet::new();
    for token in ["tok_approve", "tok_decline", "tok_timeout", "tok_challenge", "tok_late", "tok_approve"] {
        let mut guest = Caller::guest(&shop);
        buying.spawn(async move {
            for _ in 0..3 {
                guest.set_line("SINI-W", 2).await.expect(200);
                guest.place_order(token).await;
            }
        });
    }
    while !buying.is_empty() {
        let (said, content) = audit(&shop.data_dir()).await;
        assert!(content, "{said}");
        while let Some(bought) = buying.try_join_next() {
            bought.expect("a shopper");
        }
    }
    let (said, content) = audit(&shop.data_dir()).await;
    assert!(content, "{said}");
}

#[tokio::test]
async fn every_rule_that_is_broken_is_found_with_what_breaks_it_and_no_other_is() {
    let shop = Builder::new().flag("--subscriber", "mail=http://127.0.0.1:9/").start().await;
    let mut guest = Caller::guest(&shop);
    guest.set_line("SINI-W", 2).await.expect(200);
    guest.place_order("tok_approve").await.expect(201);
    guest.set_line("GABI", 1).await.expect(200);
    let pending = guest.place_order("tok_challenge").await.expect(201);
    assert_eq!(pending["state"], json!("pending_payment"));
    let sold = shop.stop().await;
    let (said, content) = audit(&sold.data_dir()).await;
    assert!(content, "{said}");

    for (rule, breach) in BREACHES {
        let folder = tempfile::tempdir().expect("a folder");
        for file in ["merkato-data.json", "secrets.json", "till.db", "till.db-wal"] {
            let original = sold.data_dir().join(file);
            // A database that was closed in peace has no log of its own left.
            if original.exists() {
                std::fs::copy(original, folder.path().join(file)).expect("a copy");
            }
        }
        let mut database = till::open_for_writing(folder.path()).await;
        // The database itself refuses most of this; the audit must not rely on that.
        for statement in std::iter::once("PRAGMA ignore_check_constraints = ON").chain(breach.split(';')) {
            sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut database).await.expect("a breach");
        }
        let (said, content) = audit(folder.path()).await;
        assert!(!content, "{rule}: {said}");
        let broken = said.lines().filter(|line| line.starts_with("BROKEN")).collect::<Vec<_>>();
        assert_eq!(broken.len(), 1, "{rule}: {said}");
        assert!(broken[0].contains(rule), "{rule}: {said}");
        assert!(said.contains("1 of 11 rules are broken"), "{said}");
    }
}

#[tokio::test]
async fn a_folder_without_a_shop_is_named_and_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let nowhere = folder.path().join("nowhere");
    let (said, content) = audit(&nowhere).await;
    assert!(!content && said.contains("nowhere") && !nowhere.exists(), "{said}");
}

#[tokio::test]
async fn an_open_shop_can_be_audited_and_a_broken_rule_shows_in_its_metrics() {
    let shop = Shop::start().await;
    let mut database = till::open_for_writing(&shop.data_dir()).await;
    sqlx::query("UPDATE stock SET on_hand = on_hand + 1 WHERE sku = 'GABI'")
        .execute(&mut database)
        .await
        .expect("a breach");
    let (said, content) = audit(&shop.data_dir()).await;
    assert!(!content && said.contains("BROKEN  the ledger adds up to the shelf: 1 (GABI)"), "{said}");
    let name = "merkato_invariant_breaches{invariant=\"on_hand_is_what_moved\"}";
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(200));
    while merkato_tests::metrics::Metrics::of(&shop).await.count(name) != 1 {
        tick.tick().await;
    }
}
