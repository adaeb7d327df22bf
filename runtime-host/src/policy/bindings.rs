//! What the macro makes of the WIT of the pricing policy. Nothing is written by hand below this line.

wasmtime::component::bindgen!({
    path: ["../wit/merkato-commerce@0.1.0", "../wit/merkato-pricing@0.1.0"],
    world: "merkato:pricing/pricing-policy",
});
