//! A product: pictures, words, and the form that puts a piece of it into the basket.

use maud::{Markup, html};
use merkato_commerce::quantity::Quantity;
use merkato_contract::{
    catalog::{Category, Image, Product, Rating, Variant},
    recommendation::Recommendation,
    review::ProductReviews,
};

use super::{
    field,
    layout::{Frame, Head, Page, Style, document_with},
    message::{self, Message},
    product_card::{Stock, address, picture, price_before, price_of},
    recommendation, review,
    stars::stars,
    structured_data,
};
use crate::price::{counted, price};

/// More variants than this are a long walk down a list of radio buttons; they become a drop-down.
const RADIO_VARIANTS_MAX: usize = 10;
/// What a search engine shows of a description.
const SUMMARY_CHARACTERS_MAX: usize = 160;

/// What a product's page shows.
pub struct ProductPage<'a> {
    /// The product.
    pub product: &'a Product,
    /// Where it lies.
    pub category: Option<&'a Category>,
    /// What goes with it.
    pub recommended: &'a [Recommendation],
    /// What shoppers say; none if that cannot be read.
    pub reviews: Option<&'a ProductReviews>,
    /// Whether these are the newest reviews.
    pub is_first_of_reviews: bool,
    /// Sku of the variant that is chosen already.
    pub chosen: Option<&'a str>,
    /// How many the shopper asked for.
    pub quantity: u32,
    /// What just happened.
    pub message: Option<&'a Message>,
}

impl<'a> ProductPage<'a> {
    /// The page as a shopper first sees it.
    pub const fn new(product: &'a Product) -> Self {
        Self {
            product,
            category: None,
            recommended: &[],
            reviews: None,
            is_first_of_reviews: true,
            chosen: None,
            quantity: 1,
            message: None,
        }
    }

    /// What shoppers say, in numbers. The reviews know it first, and the catalog is told.
    fn rating(&self) -> Rating {
        self.reviews.map_or(self.product.rating, |reviews| Rating {
            average: reviews.rating.average,
            count: reviews.rating.count,
        })
    }

    /// The variant that is chosen: the one asked for, else the first that can be bought, else the first.
    fn chosen_variant(&self) -> Option<&'a Variant> {
        let variants = &self.product.variants;
        let asked = self.chosen.and_then(|sku| variants.iter().find(|variant| variant.sku.as_str() == sku));
        asked.or_else(|| variants.iter().find(|variant| can_be_bought(variant))).or_else(|| variants.first())
    }
}

/// Pieces that may be asked for at once: unknown stock is left to the till to decide.
fn most(variant: &Variant) -> i64 {
    variant
        .available
        .map_or(i64::from(Quantity::MAX), |available| available.clamp(1, i64::from(Quantity::MAX)))
}

fn can_be_bought(variant: &Variant) -> bool {
    Stock::of(variant.available) != Stock::SoldOut
}

/// The page of a product.
pub fn product(frame: &Frame, page: &ProductPage) -> String {
    let product = page.product;
    let main = html! {
        div.wrap {
            (crumbs(page))
            div.product {
                (gallery(&product.images))
                div.product-words {
                    (message::live(page.message))
                    (title(page))
                    (buy(frame, page))
                    (wait(frame, page))
                    @if !product.description.is_empty() {
                        div.details.prose { (paragraphs(&product.description)) }
                    }
                    @if !product.attributes.is_empty() { (attributes(product)) }
                }
            }
        }
        @if let Some(reviews) = page.reviews {
            (review::section(&product.slug, reviews, page.is_first_of_reviews))
        }
        (recommendation::section("You may also like", page.recommended, &frame.categories))
    };
    let summary = product.description.chars().take(SUMMARY_CHARACTERS_MAX).collect::<String>();
    let summary = summary.split_whitespace().collect::<Vec<_>>().join(" ");
    let canonical = address(&product.slug);
    let crumbs = structured_data::breadcrumbs(&frame.origin, page.category.as_slice(), &product.title);
    let head = Head {
        canonical: &canonical,
        picture: product.images.first().map(|image| image.url.as_str()),
        is_product: true,
        data: vec![structured_data::product(&frame.origin, product, page.rating()), crumbs],
        ..Head::default()
    };
    let shell = Page {
        title: &product.title,
        description: if summary.is_empty() { &product.title } else { &summary },
        style: Style::Browse,
        category: Some(product.category.as_str()),
        refresh_seconds: None,
        main,
    };
    document_with(frame, &shell, &head)
}

fn crumbs(page: &ProductPage) -> Markup {
    html! {
        nav.crumbs.crumbs-alone aria-label="Where you are" {
            ol {
                li { a href="/" { "Market" } }
                @if let Some(category) = page.category {
                    li { a href={ "/categories/" (category.slug) } { (category.title) } }
                }
                li aria-current="page" { (page.product.title) }
            }
        }
    }
}

fn gallery(images: &[Image]) -> Markup {
    html! {
        div.gallery {
            div.gallery-main { (picture(images.first(), true)) }
            @if images.len() > 1 {
                ul.gallery-more aria-label="More pictures" {
                    @for image in &images[1..] {
                        li { a href=(image.url) { (picture(Some(image), false)) } }
                    }
                }
            }
        }
    }
}

fn title(page: &ProductPage) -> Markup {
    let rating = page.rating();
    html! {
        div.product-title {
            h1 { (page.product.title) }
            @if rating.count > 0 {
                p.rating {
                    (stars(rating.average))
                    @let reviews = counted(rating.count, "review", "reviews");
                    @if page.reviews.is_some() { a href="#reviews" { (reviews) } } @else { span { (reviews) } }
                }
            }
            @if let Some(variant) = page.chosen_variant() {
                p.price.product-price id="price" { (price_of(variant)) }
            }
        }
    }
}

fn buy(frame: &Frame, page: &ProductPage) -> Markup {
    let variants = &page.product.variants;
    let Some(chosen) = page.chosen_variant() else {
        return html! { p.soft { "This product cannot be bought at the moment." } };
    };
    let sold_out = !variants.iter().any(can_be_bought);
    html! {
        form.buy method="post" action=(address(&page.product.slug)) data-variants {
            (field::csrf(&frame.csrf))
            @match variants.as_slice() {
                [only] => {
                    input type="hidden" name="sku" value=(only.sku);
                    p { (Stock::of(only.available).hint()) }
                }
                several if several.len() <= RADIO_VARIANTS_MAX => (radios(several, chosen)),
                many => (drop_down(many, chosen)),
            }
            @if sold_out {
                button.button.button-wide type="submit" disabled { "Sold out" }
            } @else {
                div.buy-row {
                    div.field {
                        label for="quantity" { "Quantity" }
                        input.input.input-count id="quantity" name="quantity" type="number" inputmode="numeric"
                            min="1" max=(most(chosen)) value=(page.quantity) required;
                    }
                    button.button type="submit" { "Put into the basket" }
                    button.wish-button type="submit" formaction={ (address(&page.product.slug)) "/wish" } formnovalidate {
                        span aria-hidden="true" { "♡" }
                        span.unseen { "Put on the wishlist" }
                    }
                }
            }
        }
    }
}

/// The form for those who wait for a variant that is sold out.
fn wait(frame: &Frame, page: &ProductPage) -> Markup {
    let sold_out = page.product.variants.iter().filter(|variant| !can_be_bought(variant)).collect::<Vec<_>>();
    html! {
        @if !sold_out.is_empty() {
            form.wait method="post" action={ (address(&page.product.slug)) "/back-in-stock" } {
                (field::csrf(&frame.csrf))
                @if let [only] = sold_out.as_slice() {
                    input type="hidden" name="sku" value=(only.sku);
                } @else {
                    div.field {
                        label for="wait" { "Sold out, and wanted" }
                        select.input id="wait" name="sku" {
                            @for variant in &sold_out { option value=(variant.sku) { (variant.title) } }
                        }
                    }
                }
                button.link-button type="submit" {
                    "Tell me when "
                    @match sold_out.as_slice() {
                        [only] if page.product.variants.len() > 1 => { (only.title) " is" }
                        _ => "it is",
                    }
                    " back"
                }
            }
        }
    }
}

/// What the choices are called: the options' own name if there is just one, such as `Size`.
fn choice_name(variants: &[Variant]) -> &str {
    let mut names = variants.iter().flat_map(|variant| variant.options.keys());
    match names.next() {
        Some(first) if names.all(|name| name == first) => first,
        _ => "Your choice",
    }
}

fn radios(variants: &[Variant], chosen: &Variant) -> Markup {
    html! {
        fieldset {
            legend { (choice_name(variants)) }
            div.choices {
                @for variant in variants {
                    label.choice data-price=(price(variant.price)) data-before=[price_before(variant)]
                        data-most=(most(variant)) {
                        input type="radio" name="sku" value=(variant.sku) required
                            checked[variant.sku == chosen.sku] disabled[!can_be_bought(variant)];
                        span.choice-words {
                            span { (variant.title) }
                            (Stock::of(variant.available).hint())
                        }
                        span.price { (price_of(variant)) }
                    }
                }
            }
        }
    }
}

fn drop_down(variants: &[Variant], chosen: &Variant) -> Markup {
    html! {
        div.field {
            label for="sku" { (choice_name(variants)) }
            select.input id="sku" name="sku" required {
                @for variant in variants {
                    option value=(variant.sku) selected[variant.sku == chosen.sku] disabled[!can_be_bought(variant)]
                        data-price=(price(variant.price)) data-before=[price_before(variant)]
                        data-most=(most(variant)) {
                        (variant.title) " – " (price(variant.price))
                        @match Stock::of(variant.available) {
                            Stock::SoldOut => " – sold out",
                            Stock::Few(pieces) => { " – only " (pieces) " left" }
                            Stock::Unknown | Stock::Plenty => "",
                        }
                    }
                }
            }
        }
    }
}

fn attributes(product: &Product) -> Markup {
    html! {
        dl.attributes {
            @for (name, value) in &product.attributes { div { dt { (name) } dd { (value) } } }
        }
    }
}

/// Plain text as paragraphs: an empty line parts them.
pub fn paragraphs(text: &str) -> Markup {
    let text = text.replace("\r\n", "\n");
    html! {
        @for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
            p { (paragraph) }
        }
    }
}
