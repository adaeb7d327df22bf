//! A picture that a phone can scan, drawn as SVG: nothing of it leaves the page.

use std::fmt::Write as _;

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

/// Light border that scanners need, in modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// The picture of `text`; none if it is too long for one.
pub fn picture(text: &str, label: &str) -> Option<Markup> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (place, colour) in code.to_colors().into_iter().enumerate() {
        if colour == Color::Dark {
            // Writing to a string cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", place % width + QUIET, place / width + QUIET);
        }
    }
    let side = width + 2 * QUIET;
    Some(html! {
        svg.qr viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label) shape-rendering="crispEdges" {
            // White on any page: scanners want dark on light.
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_an_authenticator_has_a_picture_and_a_novel_has_none() {
        let url = "otpauth://totp/Merkato:staff@merkato.example?secret=JBSWY3DPEHPK3PXP&issuer=Merkato";
        let html = picture(url, "a label").expect("a picture").into_string();
        // The corner of the first finder pattern.
        assert!(html.contains("M4 4h1v1h-1z") && html.contains("aria-label=\"a label\""), "{html}");
        assert!(!html.contains("style="));
        assert!(picture(&"x".repeat(5_000), "").is_none());
    }
}
