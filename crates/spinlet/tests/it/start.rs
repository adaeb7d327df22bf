//! What is wrong with an application is said when it starts.

use std::time::Instant;

use spinlet::{Application, Options, Server};
use tokio::net::TcpListener;

use crate::harness::Setup;

#[tokio::test]
async fn a_manifest_that_is_not_there_is_named() {
    let error = Application::load(Options::new("/nowhere/spin.toml", "/tmp")).await.err().unwrap();
    assert!(error.to_string().starts_with("cannot read the manifest /nowhere/spin.toml: "), "{error}");
}

#[tokio::test]
async fn a_wasm_file_that_is_not_there_is_named_with_its_component_and_line() {
    for trigger in ["[[trigger.http]]\nroute = \"/\"\ncomponent = \"cart\"\n", "\n\n\n"] {
        let refusal =
            Setup::new(&format!("{trigger}[component.cart]\nsource = \"missing.wasm\"\n")).refusal().await;
        assert!(refusal.starts_with("spin.toml:8: component `cart`: cannot read "), "{refusal}");
        assert!(refusal.contains("missing.wasm"), "{refusal}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_component_is_named() {
    let setup = Setup::new(
        "[[trigger.http]]\nroute = \"/\"\ncomponent = \"cart\"\n[component.cart]\nsource = \"x.wasm\"\n",
    );
    let refusal = setup.file("x.wasm", "not wasm").refusal().await;
    assert!(refusal.starts_with("spin.toml:8: component `cart`: cannot be compiled: "), "{refusal}");
}

#[tokio::test]
async fn a_trigger_needs_a_component_that_answers_http() {
    let refusal = Setup::new(
        "[[trigger.http]]\nroute = \"/\"\ncomponent = \"greeter\"\n[component.greeter]\nsource = \"GREETER\"\n",
    )
    .refusal()
    .await;
    assert!(refusal.starts_with("spin.toml:8: component `greeter`: has an HTTP trigger but"), "{refusal}");
}

#[tokio::test]
async fn all_missing_variables_are_named_at_once() {
    let refusal = Setup::new(
        "[variables]\nb = { required = true }\na = { required = true, secret = true }\nc = { default = \"\" }\n",
    )
    .refusal()
    .await;
    assert!(refusal.contains("no value for required variable(s) a, b:"), "{refusal}");
}

#[tokio::test]
async fn an_unknown_variable_in_allowed_hosts_is_named() {
    let refusal = Setup::guest("allowed_outbound_hosts = [\"http://{{ peer }}\"]").refusal().await;
    assert_eq!(
        refusal,
        "spin.toml:9: component `guest`: allowed_outbound_hosts: unknown variable `peer` in template \
         `http://{{ peer }}`"
    );
    let refusal = Setup::guest("allowed_outbound_hosts = [\"localhost\"]").refusal().await;
    assert!(refusal.starts_with("spin.toml:9: component `guest`: allowed_outbound_hosts: `localhost`: "));
}

#[tokio::test]
async fn a_file_that_would_leave_its_root_is_named() {
    let refusal =
        Setup::guest("files = [{ source = \"spin.toml\", destination = \"../x\" }]").refusal().await;
    assert_eq!(refusal, "spin.toml:9: component `guest`: files: destination `../x`: must not contain `..`");
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let setup = Setup::guest("");
    let application = Application::load(setup.options).await.unwrap();
    let error = Server::bind(application, address).await.err().unwrap();
    assert!(error.to_string().starts_with(&format!("cannot listen on {address}: ")), "{error}");
}

#[tokio::test]
async fn a_listener_that_is_bound_already_can_be_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let application = Application::load(Setup::guest("").options).await.unwrap();
    assert_eq!(Server::on(listener, application).unwrap().local_address(), address);
}

#[tokio::test]
async fn the_second_start_is_quick_because_compiled_code_is_kept() {
    let setup = Setup::guest("");
    let options = setup.options.clone();
    Application::load(options.clone()).await.unwrap();
    let begun = Instant::now();
    Application::load(options).await.unwrap();
    assert!(begun.elapsed().as_millis() < 1000, "{:?}", begun.elapsed());
}
