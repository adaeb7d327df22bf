//! Pages as pure functions: contract types in, HTML out. Nothing here calls anybody or knows of a request.
//!
//! `maud` escapes every value that is put between elements or into an attribute, so text of products and shoppers
//! can never become markup.

pub mod about;
pub mod account;
pub mod cart;
pub mod category;
pub mod checkout;
pub mod consent_banner;
pub mod field;
pub mod home;
pub mod invoice;
pub mod layout;
pub mod message;
pub mod offline;
pub mod order;
pub mod order_choices;
pub mod payment;
pub mod privacy;
pub mod problem;
pub mod product;
pub mod product_card;
pub mod recommendation;
pub mod review;
pub mod search;
pub mod sitemap;
pub mod stars;
pub mod structured_data;
pub mod write_review;

#[cfg(test)]
mod tests {
    use merkato_contract::catalog::Product;
    use serde_json::{from_value, json};

    use super::{
        home::{Home, home},
        layout::Frame,
        product::{ProductPage, product},
    };

    /// A product whose every text tries to be markup.
    fn hostile() -> Product {
        let text = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
        from_value(json!({
            "id": uuid::Uuid::nil(), "slug": "x", "title": text, "description": text, "category": "y",
            "images": [{"url": format!("/images/{text}"), "alt": text}, {"url": "/images/x.svg", "alt": text}],
            "variants": [
                {"sku": "A", "title": text, "options": {text: text}, "price": {"amount": 100, "currency": "USD"},
                 "compare_at_price": {"amount": 200, "currency": "USD"}, "available": 1},
                {"sku": "B", "title": text, "options": {text: text}, "price": {"amount": 300, "currency": "USD"},
                 "compare_at_price": null, "available": null},
            ],
            "rating": {"average": 4.5, "count": 2},
        }))
        .expect("a product")
    }

    #[test]
    fn a_product_whose_title_is_markup_stays_text_on_every_page() {
        let hostile = [hostile()];
        let front = Home { hero: None, tiles: Vec::new(), recommended: &[], products: &hostile };
        let pages =
            [product(&Frame::default(), &ProductPage::new(&hostile[0])), home(&Frame::default(), &front)];
        for page in pages {
            assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
            for forbidden in ["<script>", "<img src=x", " style="] {
                assert!(!page.contains(forbidden), "{forbidden} in {page}");
            }
        }
    }
}
