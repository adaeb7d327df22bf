use super::*;

const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"shop\"\n";

fn parse(rest: &str) -> Result<Manifest, Error> {
    Manifest::parse(Path::new("spin.toml"), &format!("{HEAD}{rest}"))
}

fn refusal(rest: &str) -> String {
    parse(rest).unwrap_err().to_string()
}

#[test]
fn a_whole_manifest_is_read() {
    let manifest = parse(
        r#"
version = "0.1.0"
description = "x"
authors = ["x"]

[variables]
catalog_url = { default = "http://catalog.spin.internal" }
key = { required = true, secret = true }

[[trigger.http]]
id = "t"
route = "/api/..."
component = "cart"
executor = { type = "http" }

[[trigger.http]]
route = { private = true }
component = "inner"

[component.cart]
source = "cart.wasm"
description = "x"
key_value_stores = ["default"]
sqlite_databases = ["default", "other-one", "third_one"]
allowed_outbound_hosts = ["{{ catalog_url }}"]
files = ["assets/**/*", { source = "a", destination = "/b" }]
exclude_files = ["*.map"]
environment = { A = "b" }
dependencies_inherit_configuration = true
[component.cart.variables]
catalog_url = "{{ catalog_url }}"
[component.cart.dependencies]
"merkato:pricing/pricing@0.1.0" = { path = "pricing.wasm", export = "x:y/z" }
"merkato:payments" = { component = "inner" }
[component.cart.build]
command = "cargo build"
workdir = "."
watch = ["src/**/*.rs"]

[component.inner]
source = "inner.wasm"
"#,
    )
    .unwrap();
    assert_eq!(manifest.triggers[0].route.as_deref(), Some("/api/..."));
    assert_eq!(manifest.triggers[1].route, None);
    let cart = &manifest.components["cart"];
    assert_eq!(cart.sqlite_databases, ["default", "other-one", "third_one"]);
    assert_eq!(cart.files.len(), 2);
    assert_eq!(cart.allowed_outbound_hosts[0].line, 28);
    assert_eq!(cart.dependencies.len(), 2);
    assert!(cart.dependencies_inherit_configuration);
    assert!(manifest.variables["key"].default.is_none());
}

#[test]
fn an_unknown_key_names_the_component_and_the_line() {
    let message = refusal("[component.cart]\nsource = \"a.wasm\"\nfoo = 1\n");
    assert!(message.starts_with("spin.toml:6: component `cart`: unknown field `foo`"), "{message}");
    let message = refusal("[component.cart]\nsource = \"a.wasm\"\nai_models = [\"llama\"]\n");
    assert!(message.starts_with("spin.toml:6: component `cart`: unknown field `ai_models`"), "{message}");
    let message =
        refusal("[component.cart]\nsource = \"a\"\n[component.cart.build]\ncommand = \"x\"\nx = 1\n");
    assert!(message.starts_with("spin.toml:8: component `cart`: unknown field `x`"), "{message}");
    let message = refusal("[components.cart]\nsource = \"a.wasm\"\n");
    assert_eq!(message, "spin.toml:4: unknown key `components`");
    let message = refusal("[[trigger.http]]\nroute = \"/\"\ncomponent = \"cart\"\nfoo = 1\n");
    assert!(message.starts_with("spin.toml:7: component `cart`: unknown field `foo`"), "{message}");
    let message = refusal("[variables]\na = { default = \"x\", foo = 1 }\n");
    assert!(message.starts_with("spin.toml:5: unknown field `foo`"), "{message}");
}

#[test]
fn an_unknown_trigger_names_the_component_and_the_line() {
    let message = refusal("[[trigger.redis]]\nchannel = \"x\"\ncomponent = \"cart\"\n");
    assert_eq!(message, "spin.toml:4: component `cart`: trigger `redis` is not supported: only `http` is");
}

#[test]
fn forms_that_fetch_something_are_refused() {
    let message = refusal("[component.cart]\nsource = { url = \"https://x\", digest = \"sha256:x\" }\n");
    assert!(message.starts_with("spin.toml:5: component `cart`: `source` must be the path"), "{message}");
    let message =
        refusal("[component.cart]\nsource = \"a\"\n[component.cart.dependencies]\n\"a:b\" = \"1.0\"\n");
    assert!(message.starts_with("spin.toml:7: component `cart`: "), "{message}");
    let message = refusal(
        "[component.cart]\nsource = \"a\"\n[component.cart.dependencies]\n\"a:b\" = { version = \"1\" }\n",
    );
    assert!(message.starts_with("spin.toml:7: component `cart`: unknown field `version`"), "{message}");
}

#[test]
fn other_executors_and_static_responses_are_refused() {
    let head = "[[trigger.http]]\nroute = \"/\"\ncomponent = \"cart\"\n";
    let message = refusal(&format!("{head}executor = {{ type = \"wasip3-unstable\" }}\n"));
    assert!(message.starts_with("spin.toml:7: component `cart`: executor `wasip3-unstable`"), "{message}");
    let message = refusal(&format!("{head}static_response = {{ status_code = 302 }}\n"));
    assert!(message.starts_with("spin.toml:7: component `cart`: `static_response`"), "{message}");
}

#[test]
fn references_must_lead_somewhere() {
    let message = refusal("[[trigger.http]]\nroute = \"/\"\ncomponent = \"cart\"\n");
    assert_eq!(message, "spin.toml:4: component `cart`: no `[component.cart]` in this manifest");
    let message = refusal(
        "[component.cart]\nsource = \"a\"\n[component.cart.dependencies]\n\"a:b\" = { component = \"x\" }\n",
    );
    assert_eq!(
        message,
        "spin.toml:7: component `cart`: dependency `a:b`: no `[component.x]` in this manifest"
    );
}

#[test]
fn a_label_cannot_be_a_path() {
    for label in ["../x", "a/b", "", ".", "a b"] {
        let message =
            refusal(&format!("[component.cart]\nsource = \"a\"\nsqlite_databases = [\"{label}\"]\n"));
        assert!(message.starts_with("spin.toml:6: component `cart`: label"), "{message}");
    }
}

#[test]
fn a_variable_is_either_required_or_has_a_default() {
    for table in ["{}", "{ required = true, default = \"x\" }"] {
        let message = refusal(&format!("[variables]\na = {table}\n"));
        assert!(message.starts_with("spin.toml:5: variable `a` must be"), "{message}");
    }
}

#[test]
fn other_versions_of_the_manifest_are_refused() {
    let text = "spin_manifest_version = \"1\"\nname = \"x\"\n";
    assert!(Manifest::parse(Path::new("spin.toml"), text).is_err());
    let text = "spin_manifest_version = 3\n[application]\nname = \"x\"\n";
    let message = Manifest::parse(Path::new("spin.toml"), text).unwrap_err().to_string();
    assert_eq!(message, "spin.toml:1: spin_manifest_version 3 is not 2");
}

#[test]
fn what_is_not_toml_names_the_line() {
    let message = refusal("[component.cart\n");
    assert!(message.starts_with("spin.toml:4: "), "{message}");
}
