//! Stars: for those who see them, and in words for those who do not.

use maud::{Markup, html};
use merkato_contract::{catalog::Rating, review::STARS_MAX};

use crate::price::counted;

/// Stars for `average`, filled to the nearest half. The style sheet has a class for each half.
pub fn stars(average: f64) -> Markup {
    html! {
        span class={ "stars halves-" (halves(average)) } role="img"
            aria-label={ (format!("{average:.1}")) " of " (STARS_MAX) " stars" } {}
    }
}

/// Stars and how many gave them; nothing while nobody has.
pub fn rating(rating: Rating) -> Markup {
    html! {
        @if rating.count > 0 {
            p.rating {
                (stars(rating.average))
                span.number aria-hidden="true" { (rating.count) }
                span.unseen { " from " (counted(rating.count, "review", "reviews")) }
            }
        }
    }
}

/// Half stars, from 0 to 10. Whatever a service says, there is a class for it.
fn halves(average: f64) -> u8 {
    let most = 2 * STARS_MAX;
    (0..=most).rev().find(|halves| average * 2.0 + 0.5 >= f64::from(*halves)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_filled_to_the_nearest_half_and_never_beyond_the_last() {
        for (average, expected) in [
            (0.0, 0),
            (0.2, 0),
            (0.3, 1),
            (4.2, 8),
            (4.3, 9),
            (4.74, 9),
            (4.75, 10),
            (5.0, 10),
            (9.0, 10),
            (-1.0, 0),
        ] {
            assert_eq!(halves(average), expected, "{average}");
        }
        assert_eq!(halves(f64::NAN), 0);
    }
}
