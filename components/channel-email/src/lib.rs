//! The policy `channel-email`: hands e-mail to a mail server over HTTP, `POST /api/v1/send` as
//! [Mailpit](https://mailpit.axllent.org/docs/api-v1/) takes it.
//!
//! [`letter`] writes what is posted and reads what comes back, without the host; this file posts it.
//!
//! # Switching to it
//!
//! 1. Put the entries of `switch.toml`, beside this crate's manifest, into `spin.toml`.
//! 2. Set `mail_api_url` and `mail_from`, and `mail_api_authorization` if the server wants credentials. The first two
//!    have no default: without them the shop does not start.
//!
//! Short messages go on being kept in the shop's own mailbox: they have a dependency of their own.

pub mod letter;

mod bindings {
    #![cfg_attr(
        target_family = "wasm",
        expect(unsafe_code, reason = "the glue to the host that the macro writes")
    )]
    #![expect(clippy::same_length_and_capacity, reason = "the glue to the host that the macro writes")]

    wit_bindgen::generate!({
        path: "../../wit/merkato-notifications@0.1.0",
        world: "email-channel",
        generate_all,
    });

    // The exported names hold colons, which only wasm's linker takes.
    #[cfg(target_family = "wasm")]
    export!(Channel with_types_in self);
    #[cfg(target_family = "wasm")]
    use crate::Channel;
}

use std::time::Duration;

use bindings::exports::merkato::notifications::email::{Error, Guest, Mail, Receipt};
use merkato_edge::{Call, transport};

use crate::letter::Sender;

/// How long the server may take: the notifications service is itself asked with ten seconds' patience.
const DEADLINE: Duration = Duration::from_secs(6);

/// The way to a mail server.
pub struct Channel;

impl Guest for Channel {
    fn name() -> String {
        "email".to_owned()
    }

    fn send(mail: Mail) -> Result<Receipt, Error> {
        let from = variable("mail_from")?
            .parse::<Sender>()
            .map_err(|invalid| Error::Misconfigured(format!("mail_from {}", invalid.message)))?;
        let authorization = optional_variable("mail_api_authorization")?;
        let mut call = Call::post(variable("mail_api_url")?, "/api/v1/send")
            .header("content-type", "application/json")
            // Servers that know the header send a repeated mail once.
            .header("idempotency-key", &mail.id)
            .header_if("authorization", authorization.as_deref())
            .within(DEADLINE);
        call.body = Some(letter::written(&from, mail).map_err(|error| Error::Other(error.to_string()))?);
        let answer = spin_executor::run(async { transport::send(&call).await });
        let answer = answer.map_err(|error| Error::NoAnswer(error.to_string()))?;
        letter::read(answer.status, &answer.body)
    }
}

fn variable(name: &str) -> Result<String, Error> {
    optional_variable(name)?.ok_or_else(|| Error::Misconfigured(format!("the variable {name} is empty")))
}

fn optional_variable(name: &str) -> Result<Option<String>, Error> {
    match spin_sdk::variables::get(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(error) => Err(Error::Misconfigured(format!("the variable {name} cannot be read: {error}"))),
    }
}
