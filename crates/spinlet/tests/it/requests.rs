//! What a request and its answer look like from both sides.

use reqwest::StatusCode;

use crate::harness::Setup;

#[tokio::test]
async fn a_component_answers() {
    let running = Setup::guest("").start().await;
    assert_eq!(running.ok("/").await, "");
    assert_eq!(running.ok("/.well-known/spin/health").await, "OK");
}

#[tokio::test]
async fn the_longest_route_answers_and_a_private_one_never() {
    let component =
        |id: &str| format!("[component.{id}]\nsource = \"GUEST\"\nvariables = {{ identity = \"{id}\" }}\n");
    let trigger =
        |route: &str, id: &str| format!("[[trigger.http]]\nroute = {route}\ncomponent = \"{id}\"\n");
    let manifest = [
        trigger("\"/identity\"", "exact"),
        trigger("\"/nested/...\"", "nested"),
        trigger("\"/identity/...\"", "below"),
        trigger("{ private = true }", "hidden"),
        ["exact", "nested", "below", "hidden"].map(component).concat(),
    ]
    .concat();
    let running = Setup::new(&manifest).start().await;
    assert_eq!(running.ok("/identity").await, "exact");
    assert_eq!(running.ok("/identity/").await, "exact");
    assert_eq!(running.ok("/identity/x").await, "below");
    assert_eq!(running.ok("/nested/identity").await, "nested");
    assert_eq!(running.text("/other").await.0, StatusCode::NOT_FOUND);
    assert_eq!(running.text("/hidden").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_guest_is_told_how_it_was_reached() {
    let running = Setup::new(
        "[[trigger.http]]\nroute = \"/nested/...\"\ncomponent = \"guest\"\n[component.guest]\nsource = \"GUEST\"\n",
    )
    .start()
    .await;
    let headers = running.ok("/nested/headers/x?y=z").await;
    let host = running.address;
    for line in [
        &*format!("spin-full-url: http://{host}/nested/headers/x?y=z"),
        "spin-path-info: /headers/x",
        "spin-matched-route: /nested/...",
        "spin-raw-component-route: /nested/...",
        "spin-component-route: /nested",
        "spin-base-path: /",
    ] {
        assert!(headers.lines().any(|header| header == line), "{line} is not in\n{headers}");
    }
    assert!(headers.contains("spin-client-addr: 127.0.0.1:"), "{headers}");
}

#[tokio::test]
async fn a_client_cannot_say_how_a_guest_was_reached() {
    let running = Setup::guest("").start().await;
    let request = running.client.get(running.url("/headers")).header("spin-path-info", "/forged");
    let headers = request.header("host", "guest.spin.internal").send().await.unwrap().text().await.unwrap();
    assert!(headers.contains("spin-path-info: /headers"), "{headers}");
    assert!(headers.contains("spin-full-url: http://localhost/headers"), "{headers}");
}

#[tokio::test]
async fn bodies_flow_both_ways() {
    let running = Setup::guest("").start().await;
    let body = vec![b'x'; 3 << 20];
    let response = running.client.post(running.url("/echo")).body(body.clone()).send().await.unwrap();
    assert_eq!(response.bytes().await.unwrap(), body);
    let response = running.get("/stream?pieces=300&bytes=10000").await;
    assert_eq!(response.bytes().await.unwrap().len(), 3_000_000);
}

#[tokio::test]
async fn the_first_piece_of_a_body_arrives_before_the_last_is_made() {
    let running = Setup::guest("")
        .limits(|limits| limits.request_deadline = std::time::Duration::from_secs(5))
        .start()
        .await;
    let mut response = running.get("/stream?pieces=1&bytes=5&then=loop").await;
    assert_eq!(response.chunk().await.unwrap().unwrap(), "xxxxx");
}

#[tokio::test]
async fn variables_are_filled_in_from_the_application() {
    let setup = Setup::new(
        "[variables]\nname = { default = \"nobody\" }\nkey = { required = true, secret = true }\n\
         [[trigger.http]]\nroute = \"/...\"\ncomponent = \"guest\"\n[component.guest]\nsource = \"GUEST\"\n\
         [component.guest.variables]\ngreeting = \"Hello {{ name }} ({{ key }})\"\nplain = \"x\"\n",
    );
    let running = setup.variable("key", "s3cret").start().await;
    assert_eq!(running.ok("/variable/greeting").await, "Hello nobody (s3cret)");
    assert_eq!(running.ok("/variable/plain").await, "x");
    // An application variable that the component does not list is not its business.
    let (_, text) = running.text("/variable/key").await;
    assert!(text.contains("Undefined"), "{text}");
    let (_, text) = running.text("/variable/KEY").await;
    assert!(text.contains("InvalidName"), "{text}");
}

#[tokio::test]
async fn files_are_there_to_read_and_nothing_else_is() {
    let setup = Setup::guest(
        "files = [\"assets/**/*\", { source = \"notes.txt\", destination = \"/deep/n.txt\" }]\n\
         environment = { MODE = \"test\" }",
    );
    let running =
        setup.file("assets/a.css", "body{}").file("notes.txt", "note").file("secret.txt", "x").start().await;
    assert_eq!(running.ok("/files/assets/a.css").await, "body{}");
    assert_eq!(running.ok("/files/deep/n.txt").await, "note");
    assert_eq!(running.text("/files/secret.txt").await.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(running.text("/write/assets/a.css").await.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(running.ok("/environment/MODE").await, "test");
    assert_eq!(running.text("/environment/PATH").await.0, StatusCode::INTERNAL_SERVER_ERROR);
}
