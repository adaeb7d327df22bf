//! The front of the shop.

use std::path::Path;

use futures::join;
use merkato_contract::problem::Problem;
use merkato_edge::Response;

use crate::{
    assets,
    views::home::{HERO_PICTURE, Home, home, tile},
    visit::{Visit, page},
};

/// Products on the front page: two rows of four, or four of two.
const PRODUCTS: u32 = 8;

/// Shows the front of the shop. What is on it is asked for at once, and no more of it than is shown.
pub async fn show(visit: &Visit<'_>) -> Result<Response, Problem> {
    let recommended = visit.shop.recommended_to(visit.session.cart(), PRODUCTS);
    let (frame, recommended) = join!(visit.frame(), recommended);
    // A shop that has just opened, or whose recommendations are down, shows what it has.
    let products = match recommended.as_slice() {
        [] => visit.shop.products(None, None, PRODUCTS).await?.items,
        _ => Vec::new(),
    };
    let has_picture = |path: &str| assets::exists(Path::new(assets::ROOT), path);
    let top_level = frame.categories.iter().filter(|category| category.parent.is_none());
    let front = Home {
        hero: has_picture(HERO_PICTURE).then(|| HERO_PICTURE.to_owned()),
        tiles: top_level.map(|category| tile(category, has_picture)).collect(),
        recommended: &recommended,
        products: &products,
    };
    Ok(page(200, home(&frame, &front)))
}
