//! The users service: people with an account, who they are, and what they may do. It alone holds the key that signs
//! access tokens; all other services check them with the public one.
//!
//! [`routes`] is split by noun, and `store` likewise. The rules stand beside them as plain code: `password`, `session`
//! (refresh tokens), `throttle` (how often one may guess), `totp` and `recovery_code` (second factors), `signing` (keys
//! and their rotation), `oidc` (signing in by somebody else's word), `message` (what is sent, and its tokens).
//!
//! An e-mail address belongs to nobody until somebody answers a mail to it. So several accounts may name the same one,
//! and at most one has it verified. Whoever registers with an address gets an account and hears the same, whether the
//! address is known here or not; who owns it learns by mail. Signing in by an address tries two accounts: the one that
//! has verified it and the latest that has not. Both are always tried, if only against a password that nobody has,
//! so that neither the answer nor the time it takes tells which of them exist.

mod client;
mod message;
mod oidc;
mod password;
mod recovery_code;
pub mod routes;
mod sealed;
mod second_factor;
mod session;
mod signing;
mod store;
mod throttle;
mod totp;

/// The way in. The name that it is exported under holds colons, which only wasm's linker takes.
#[cfg(target_family = "wasm")]
mod entry {
    #![expect(unsafe_code, reason = "the glue to the host that the macro writes")]
    #![expect(clippy::same_length_and_capacity, reason = "likewise")]

    use spin_sdk::{
        http::{IncomingRequest, ResponseOutparam},
        http_component,
    };

    use crate::message::Outbox;

    #[http_component]
    async fn users(request: IncomingRequest, response_out: ResponseOutparam) {
        let outbox = Outbox::default();
        merkato_edge::serve_then(
            "users",
            request,
            response_out,
            async |context, request| crate::routes::route(context, request, &outbox).await,
            async |context| outbox.send(context).await,
        )
        .await;
    }
}
