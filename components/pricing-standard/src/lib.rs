//! The policy `pricing-standard`: a component that prices carts, and does nothing else.
//!
//! Read [`price`] for the way of a cart, [`tax`] and [`shipping`] for the merchant's numbers, and `translate` for the
//! way in and out of WIT.

pub mod price;
pub mod shipping;
pub mod tax;
mod translate;

mod bindings {
    #![cfg_attr(
        target_family = "wasm",
        expect(unsafe_code, reason = "the glue to the host that the macro writes")
    )]
    #![expect(clippy::same_length_and_capacity, reason = "the glue to the host that the macro writes")]

    wit_bindgen::generate!({
        path: ["../../wit/merkato-commerce@0.1.0", "../../wit/merkato-pricing@0.1.0"],
        world: "merkato:pricing/pricing-policy",
        generate_all,
    });

    // The exported names hold colons, which only wasm's linker takes.
    #[cfg(target_family = "wasm")]
    export!(Policy with_types_in self);
    #[cfg(target_family = "wasm")]
    use crate::Policy;
}

use bindings::exports::merkato::pricing::pricing::{Error, Guest, Priced, Request, ShippingOption};

/// The policy.
pub struct Policy;

impl Guest for Policy {
    fn price(request: Request) -> Result<Priced, Error> {
        let cart = translate::cart(request)?;
        Ok(translate::priced(&cart, &price::price(&cart)?))
    }

    fn shipping_methods(request: Request) -> Result<Vec<ShippingOption>, Error> {
        let cart = translate::cart(request)?;
        Ok(price::choices(&cart)?.iter().map(ShippingOption::from).collect())
    }
}
