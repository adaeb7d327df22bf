//! The headers that protect a browser from what a page might be made to do.

use merkato_edge::Response;

/// What a page may load: its own style sheets and script, and pictures from anywhere safe. Nothing inline, no frames,
/// and no form that goes elsewhere. Blocks of data (`application/ld+json`) are no scripts and need no permission.
const PAGE_POLICY: &str = "default-src 'none'; img-src 'self' https:; style-src 'self'; script-src 'self'; \
                           connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
                           frame-ancestors 'none'";
/// An order's address may hold the token that reads it, so other sites learn nothing of where somebody comes from.
const REFERRER_POLICY: &str = "same-origin";
/// What a shop never asks a browser for.
const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), \
                                  fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
                                  midi=(), payment=(), usb=()";

/// `response`, a page, with all of them.
#[must_use]
pub fn secured(response: Response) -> Response {
    [
        ("content-security-policy", PAGE_POLICY),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", PERMISSIONS_POLICY),
        ("referrer-policy", REFERRER_POLICY),
        ("x-content-type-options", "nosniff"),
        // For browsers that do not know `frame-ancestors`.
        ("x-frame-options", "DENY"),
    ]
    .into_iter()
    .fold(response, |response, (name, value)| response.with_header(name, value))
}
