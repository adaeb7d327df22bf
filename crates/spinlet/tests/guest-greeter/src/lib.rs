//! The dependency of the composition tests: answers through WIT and tells what it can see.

// Generated from `tests/wit`.
mod bindings {
    wit_bindgen::generate!({ path: "../wit", world: "greeter" });
}

struct Greeter;

impl bindings::exports::spinlet_test::greeter::greeting::Guest for Greeter {
    fn greet(name: String) -> String {
        let seen = std::env::var("GREETING").unwrap_or_else(|_| "Hello".to_owned());
        let files = std::fs::read_dir("/").map_or(0, Iterator::count);
        format!("{seen}, {name}! files={files}")
    }
}

bindings::export!(Greeter with_types_in bindings);
