//! Names of headers, in the lower case that HTTP/2 demands.

/// Names a guest's cart.
pub const CART_TOKEN: &str = "x-cart-token";
/// Says who the signed-in shopper is. Believed only beside the service token.
pub const USER_ID: &str = "x-user-id";
/// Says that the caller is staff. Believed only beside the service token.
pub const STAFF: &str = "x-staff";
/// Says which service asks: what staff do is logged with the service that they did it through. Believed only beside the
/// service token.
pub const SERVICE: &str = "x-service";
/// Says which address the shopper is at, when a service asks for them. Believed only beside the service token.
pub const CLIENT_ADDRESS: &str = "x-client-address";
/// Names a guest's order; given once when it is placed.
pub const ORDER_TOKEN: &str = "x-order-token";
/// Makes a repeated request known as one.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The signature of a gateway's webhook: `t=<epoch seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`.
pub const SANDBOX_SIGNATURE: &str = "sandbox-signature";
/// W3C trace context.
pub const TRACEPARENT: &str = "traceparent";
/// Media type of problems, RFC 9457.
pub const PROBLEM_JSON: &str = "application/problem+json";
/// The event's id, the same however often it is sent (Standard Webhooks 1.0).
pub const WEBHOOK_ID: &str = "webhook-id";
/// When this try was made, in epoch seconds (Standard Webhooks 1.0).
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
/// One or more of `v1,<base64 HMAC-SHA256 of "<id>.<timestamp>.<body>">`, by spaces (Standard Webhooks 1.0).
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";
