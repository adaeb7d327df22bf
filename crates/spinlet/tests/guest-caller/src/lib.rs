//! The service of the composition tests: answers with what its dependency says.

use spin_sdk::http::{Request, Response};
use spin_sdk::http_component;

// Generated from `tests/wit`.
mod bindings {
    wit_bindgen::generate!({ path: "../wit", world: "caller" });
}

#[http_component]
fn handle(request: Request) -> Response {
    let name = request.path().trim_start_matches('/');
    Response::new(200, bindings::spinlet_test::greeter::greeting::greet(name))
}
