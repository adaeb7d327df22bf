//! Starting where something is in the way: each time a plain sentence, and no start.

use std::process::Stdio;

use merkato_tests::shop::{Shop, merkato, root};
use tokio::process::Command;

/// Runs `merkato up` with `flags` and gives what it said before it gave up.
pub async fn refused(flags: &[&str]) -> String {
    refused_at("127.0.0.1:0", flags).await
}

async fn refused_at(address: &str, flags: &[&str]) -> String {
    let output = Command::new(merkato())
        .current_dir(root())
        .args(["up", "--listen", address, "--coordinator-listen", "127.0.0.1:0"])
        .args(flags)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("merkato runs");
    assert!(!output.status.success(), "it must not start");
    String::from_utf8(output.stderr).expect("text")
}

fn text(path: &std::path::Path) -> &str {
    path.to_str().expect("a path of text")
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_the_flag_that_changes_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let said = refused_at(&address, &["--data-dir", text(&data)]).await;
    assert!(said.contains(&address) && said.contains("--listen"), "{said}");
}

#[tokio::test]
async fn a_folder_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("holiday.jpg"), "a picture").expect("a file");
    let said = refused(&["--data-dir", text(folder.path())]).await;
    assert!(said.contains("not a data folder") && said.contains("--data-dir"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let said = refused(&["--data-dir", "/proc/merkato"]).await;
    assert!(said.contains("/proc/merkato") && said.contains("--data-dir"), "{said}");
}

#[tokio::test]
async fn a_folder_in_use_is_not_used_twice() {
    let shop = Shop::start().await;
    let said = refused(&["--data-dir", text(&shop.data_dir())]).await;
    assert!(said.contains("in use"), "{said}");
}

#[tokio::test]
async fn a_manifest_with_an_unknown_variable_or_a_missing_component_is_refused_at_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = folder.path().join("spin.toml");
    let data = folder.path().join("data");
    let write = |body: &str| {
        let head = "spin_manifest_version = 2\n[application]\nname = \"broken\"\nversion = \"0.1.0\"\n";
        std::fs::write(&manifest, format!("{head}{body}")).expect("a manifest");
    };
    let trigger = "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"shop\"\n";
    write(&format!("{trigger}[component.shop]\nsource = \"nowhere.wasm\"\n"));
    let flags = ["--data-dir", text(&data), "--manifest", text(&manifest)];
    let said = refused(&flags).await;
    assert!(said.contains("nowhere.wasm") && said.contains("shop"), "{said}");

    let component = root().join("target/wasm32-wasip2/wasm/merkato_cart.wasm");
    let component = std::path::absolute(component).expect("a path");
    write(&format!(
        "{trigger}[component.shop]\nsource = {:?}\n[component.shop.variables]\nurl = \"{{{{ no_such_variable }}}}\"\n",
        text(&component)
    ));
    let said = refused(&flags).await;
    assert!(said.contains("no_such_variable"), "{said}");
}
