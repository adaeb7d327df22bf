//! Lists of addresses for search engines, in the format of sitemaps.org: an index, and the parts that it names.

use std::fmt::Write as _;

use merkato_commerce::ids::ProductId;
use merkato_contract::{
    catalog::{Category, SitemapEntry},
    time::Rfc3339,
};

use super::product_card::address;

/// The pages that are there whatever is sold.
const FIXED_PAGES: [&str; 3] = ["/", "/about", "/privacy"];

/// The index: the list of pages, and each part of the list of products.
pub fn index(origin: &str, cursors: &[ProductId]) -> String {
    let first = ["/sitemap/pages.xml".to_owned(), "/sitemap/products.xml".to_owned()];
    let others = cursors.iter().map(|after| format!("/sitemap/products.xml?after={after}"));
    let entries = first.into_iter().chain(others).fold(String::new(), |mut text, path| {
        // Writing to a string cannot fail.
        let _ = write!(text, "<sitemap><loc>{}</loc></sitemap>", escaped(&format!("{origin}{path}")));
        text
    });
    document("sitemapindex", &entries)
}

/// The pages that are no products.
pub fn pages(origin: &str, categories: &[Category]) -> String {
    let categories = categories.iter().map(|category| format!("/categories/{}", category.slug));
    let paths = FIXED_PAGES.map(str::to_owned).into_iter().chain(categories);
    document("urlset", &paths.map(|path| url(origin, &path, None)).collect::<String>())
}

/// A part of the products.
pub fn products(origin: &str, entries: &[SitemapEntry]) -> String {
    let urls = entries.iter().map(|entry| url(origin, &address(&entry.slug), Some(entry.updated_at)));
    document("urlset", &urls.collect::<String>())
}

fn url(origin: &str, path: &str, changed: Option<Rfc3339>) -> String {
    let changed = changed.map(|at| format!("<lastmod>{at}</lastmod>")).unwrap_or_default();
    format!("<url><loc>{}</loc>{changed}</url>", escaped(&format!("{origin}{path}")))
}

fn document(root: &str, entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <{root} xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{entries}</{root}>\n"
    )
}

/// Slugs and ids need no escape; the shop's own address is a setting.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_names_the_first_part_and_one_for_each_cursor() {
        let cursors = [ProductId(uuid::Uuid::nil())];
        let xml = index("https://shop.example", &cursors);
        assert_eq!(xml.matches("<sitemap>").count(), 3);
        let last =
            "<loc>https://shop.example/sitemap/products.xml?after=00000000-0000-0000-0000-000000000000</loc>";
        assert!(xml.contains(last), "{xml}");
        assert!(
            index("https://a.example/?b&<c>", &[]).contains("https://a.example/?b&amp;&lt;c&gt;/sitemap")
        );
    }
}
