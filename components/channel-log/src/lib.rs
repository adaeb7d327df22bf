//! The policy `channel-log`: takes every message and sends none.
//!
//! The notifications service keeps what it is asked to send, and staff read it there: `GET /api/notifications`. That is
//! enough to try a shop, and nobody outside of it is ever written to by mistake.

mod bindings {
    #![cfg_attr(
        target_family = "wasm",
        expect(unsafe_code, reason = "the glue to the host that the macro writes")
    )]
    #![expect(clippy::same_length_and_capacity, reason = "the glue to the host that the macro writes")]

    wit_bindgen::generate!({
        path: "../../wit/merkato-notifications@0.1.0",
        world: "channel",
        generate_all,
    });

    // The exported names hold colons, which only wasm's linker takes.
    #[cfg(target_family = "wasm")]
    export!(Channel with_types_in self);
    #[cfg(target_family = "wasm")]
    use crate::Channel;
}

use bindings::exports::merkato::notifications::{
    email::{self, Mail},
    sms::{self, TextMessage},
};

const NAME: &str = "log";

/// The way to nobody.
pub struct Channel;

impl email::Guest for Channel {
    fn name() -> String {
        NAME.to_owned()
    }

    fn send(_mail: Mail) -> Result<email::Receipt, email::Error> {
        Ok(email::Receipt::Kept)
    }
}

impl sms::Guest for Channel {
    fn name() -> String {
        NAME.to_owned()
    }

    fn send(_message: TextMessage) -> Result<sms::Receipt, sms::Error> {
        Ok(sms::Receipt::Kept)
    }
}
