//! Components that take an import from another one.

use crate::harness::Setup;

fn composed(dependency: &str, lines: &str) -> Setup {
    Setup::new(&format!(
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"caller\"\n\
         [component.caller]\nsource = \"CALLER\"\nenvironment = {{ GREETING = \"Selam\" }}\n\
         files = [{{ source = \"a.txt\", destination = \"/a.txt\" }}]\n{lines}\n\
         [component.caller.dependencies]\n{dependency}\n"
    ))
    .file("a.txt", "x")
}

#[tokio::test]
async fn a_dependency_is_given_by_interface_or_package_with_or_without_version() {
    for name in [
        "spinlet-test:greeter/greeting@0.1.0",
        "spinlet-test:greeter/greeting",
        "spinlet-test:greeter@0.1.0",
        "spinlet-test:greeter",
    ] {
        let running = composed(&format!("\"{name}\" = {{ path = \"GREETER\" }}"), "").start().await;
        assert_eq!(running.ok("/Abebe").await, "Hello, Abebe! files=0", "{name}");
    }
}

#[tokio::test]
async fn a_dependency_can_name_the_export_and_another_component() {
    let by_export = "\"spinlet-test:greeter/greeting\" = \
        { path = \"GREETER\", export = \"spinlet-test:greeter/greeting@0.1.0\" }";
    assert_eq!(composed(by_export, "").start().await.ok("/A").await, "Hello, A! files=0");
    let by_component =
        "\"spinlet-test:greeter\" = { component = \"greeter\" }\n[component.greeter]\nsource = \"GREETER\"";
    assert_eq!(composed(by_component, "").start().await.ok("/A").await, "Hello, A! files=0");
}

#[tokio::test]
async fn a_dependency_sees_what_its_component_sees_only_when_it_inherits() {
    let dependency = "\"spinlet-test:greeter\" = { path = \"GREETER\" }";
    let running = composed(dependency, "dependencies_inherit_configuration = true").start().await;
    assert_eq!(running.ok("/Abebe").await, "Selam, Abebe! files=1");
    let running = composed(dependency, "").start().await;
    assert_eq!(running.ok("/Abebe").await, "Hello, Abebe! files=0");
}

#[tokio::test]
async fn a_dependency_that_does_not_fit_is_an_error_at_start() {
    for (dependency, message) in [
        ("\"a:b\" = { path = \"GREETER\" }", "`a:b`: the component has no such import"),
        ("\"spinlet-test:greeter\" = { path = \"missing.wasm\" }", "cannot read"),
        (
            "\"spinlet-test:greeter/greeting\" = { path = \"GREETER\", export = \"a:b/c\" }",
            "`spinlet-test:greeter/greeting`: it does not export `a:b/c`",
        ),
        (
            "\"spinlet-test:greeter\" = { path = \"CALLER\" }",
            "`spinlet-test:greeter`: it imports `spinlet-test:greeter/greeting@0.1.0`, which Spin denies it",
        ),
    ] {
        let refusal = composed(dependency, "").refusal().await;
        assert!(refusal.contains(message), "{refusal}");
        assert!(refusal.starts_with("spin.toml:13: component `caller`: "), "{refusal}");
    }
}

#[tokio::test]
async fn an_import_that_nobody_gives_is_an_error_at_start() {
    let refusal = Setup::new(
        "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"caller\"\n[component.caller]\nsource = \"CALLER\"\n",
    )
    .refusal()
    .await;
    assert_eq!(
        refusal,
        "spin.toml:8: component `caller`: imports what nothing here provides: spinlet-test:greeter/greeting@0.1.0"
    );
}
