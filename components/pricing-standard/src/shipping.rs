//! What the carrier is paid: by method, zone and weight.

use merkato_commerce::money::{Currency, Error, Money};

/// The country that the shop ships from.
pub const HOME: &str = "US";
/// What the price list is in.
pub const CURRENCY: Currency = Currency::USD;

/// A group of countries with one price list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    /// The shop's own country.
    Home,
    NorthAmerica,
    Europe,
    Africa,
    World,
}

/// ISO 3166-1 codes by zone. A code that stands nowhere is no country, or one that no carrier of ours goes to:
/// those are CU, IR, KP and SY, which the shop's own country forbids.
const ZONES: &[(Zone, &str)] = &[
    (Zone::Home, HOME),
    (Zone::NorthAmerica, "BM CA GL MX PM PR VI"),
    (
        Zone::Europe,
        "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD \
         ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA",
    ),
    (
        Zone::Africa,
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ \
         NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    ),
    (
        Zone::World,
        "AE AF AG AI AM AQ AR AS AU AW AZ BB BD BH BL BN BO BQ BR BS BT BV BZ CC CK CL CN CO CR CW CX DM DO EC FJ \
         FK FM GD GE GF GP GS GT GU GY HK HM HN HT ID IL IN IO IQ JM JO JP KG KH KI KN KR KW KY KZ LA LB LC LK MF \
         MH MM MN MO MP MQ MS MV MY NC NF NI NP NR NU NZ OM PA PE PF PG PH PK PN PS PW PY QA SA SB SG SR SV SX TC \
         TF TH TJ TK TL TM TO TR TT TV TW UM UY UZ VC VE VG VN VU WF WS YE",
    ),
];

/// Upper ends of the price list's steps, in grams.
const STEPS_GRAMS: [u64; 5] = [500, 2_000, 5_000, 10_000, 20_000];
/// Beyond the last step, every such weight begun costs [`Fares::beyond`] more, in grams.
const BEYOND_GRAMS: u64 = 10_000;

/// What a parcel costs, in minor units of [`CURRENCY`].
struct Fares {
    zone: Zone,
    by_step: [i64; STEPS_GRAMS.len()],
    beyond: i64,
    /// Fewest and most working days.
    days: [u32; 2],
}

const fn fares(zone: Zone, by_step: [i64; STEPS_GRAMS.len()], beyond: i64, days: [u32; 2]) -> Fares {
    Fares { zone, by_step, beyond, days }
}

/// A way to get a parcel.
pub struct Method {
    /// What the cart calls it.
    pub code: &'static str,
    /// What the shopper reads.
    pub title: &'static str,
    fares: &'static [Fares],
}

/// All ways to get a parcel.
pub const METHODS: &[Method] = &[
    // The shopper comes to the counter, which is in the shop's own country, and finds the parcel ready.
    Method { code: "pickup", title: "Pick up at the shop", fares: &[fares(Zone::Home, [0; 5], 0, [0, 0])] },
    Method {
        code: "standard",
        title: "Standard delivery",
        fares: &[
            fares(Zone::Home, [499, 799, 1_199, 1_699, 2_599], 1_000, [3, 5]),
            fares(Zone::NorthAmerica, [999, 1_499, 2_299, 3_299, 4_999], 2_000, [5, 9]),
            fares(Zone::Europe, [1_299, 1_999, 3_199, 4_799, 7_499], 3_500, [7, 12]),
            fares(Zone::Africa, [1_499, 2_299, 3_699, 5_599, 8_799], 4_000, [8, 16]),
            fares(Zone::World, [1_599, 2_499, 3_999, 5_999, 9_499], 4_500, [8, 18]),
        ],
    },
    Method {
        code: "express",
        title: "Express delivery",
        fares: &[
            fares(Zone::Home, [1_499, 1_999, 2_799, 3_799, 5_499], 2_200, [1, 2]),
            fares(Zone::NorthAmerica, [2_499, 3_299, 4_699, 6_499, 9_799], 4_000, [2, 3]),
            fares(Zone::Europe, [3_299, 4_499, 6_499, 9_299, 14_499], 6_000, [2, 4]),
            fares(Zone::Africa, [3_799, 5_199, 7_499, 10_799, 16_799], 7_000, [3, 6]),
            fares(Zone::World, [3_999, 5_499, 7_999, 11_499, 17_999], 7_500, [3, 6]),
        ],
    },
];

/// What a method offers for one parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// What it costs.
    pub price: Money,
    /// Fewest and most working days that it takes.
    pub days: [u32; 2],
}

impl Method {
    /// The method of that code.
    pub fn named(code: &str) -> Option<&'static Self> {
        METHODS.iter().find(|method| method.code == code)
    }

    /// What it costs to send `grams` to `country`; nothing if the method does not go there.
    pub fn offer(&self, country: &str, grams: u64) -> Result<Option<Offer>, Error> {
        let zone = ZONES.iter().find(|(_, countries)| countries.split(' ').any(|listed| listed == country));
        let fares = zone.and_then(|(zone, _)| self.fares.iter().find(|fares| fares.zone == *zone));
        fares.map(|fares| Ok(Offer { price: fares.price(grams)?, days: fares.days })).transpose()
    }
}

impl Fares {
    fn price(&self, grams: u64) -> Result<Money, Error> {
        let step = STEPS_GRAMS.iter().position(|end| grams <= *end);
        if let Some(amount) = step.and_then(|step| self.by_step.get(step)) {
            return Ok(Money::new(*amount, CURRENCY));
        }
        let [.., heaviest_grams] = STEPS_GRAMS;
        let [.., heaviest] = self.by_step;
        let begun =
            i64::try_from((grams - heaviest_grams).div_ceil(BEYOND_GRAMS)).map_err(|_| Error::Overflow)?;
        let more = self.beyond.checked_mul(begun).ok_or(Error::Overflow)?;
        Money::new(heaviest, CURRENCY).plus(Money::new(more, CURRENCY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(code: &str, country: &str, grams: u64) -> Option<i64> {
        let method = Method::named(code).expect("a method");
        method.offer(country, grams).expect("a small parcel").map(|offer| offer.price.amount)
    }

    #[test]
    fn a_country_stands_in_one_zone_and_no_code_is_misspelt() {
        let listed = ZONES.iter().flat_map(|(_, countries)| countries.split(' ')).collect::<Vec<_>>();
        let distinct = listed.iter().collect::<std::collections::BTreeSet<_>>();
        // 249 codes are assigned; four of them are left out.
        assert_eq!((listed.len(), distinct.len()), (245, 245));
        assert!(
            listed.iter().all(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
        );
    }

    #[test]
    fn a_heavier_parcel_and_a_farther_zone_and_a_faster_method_never_cost_less() {
        for method in METHODS {
            for fares in method.fares {
                assert!(fares.by_step.is_sorted(), "{} {:?}", method.code, fares.zone);
            }
            assert!(
                method.fares.windows(2).all(|pair| pair[0].by_step <= pair[1].by_step),
                "{}",
                method.code
            );
        }
        for country in ["US", "CA", "DE", "ET", "JP"] {
            assert!(price("standard", country, 700) < price("express", country, 700), "{country}");
        }
    }

    #[test]
    fn the_last_gram_of_a_step_still_has_its_price_and_beyond_the_list_each_weight_begun_is_added() {
        assert_eq!(price("standard", "US", 0), Some(499));
        assert_eq!(price("standard", "US", 500), Some(499));
        assert_eq!(price("standard", "US", 501), Some(799));
        assert_eq!(price("standard", "US", 20_000), Some(2_599));
        assert_eq!(price("standard", "US", 20_001), Some(3_599));
        assert_eq!(price("standard", "US", 30_001), Some(4_599));
        assert_eq!(Method::named("express").expect("a method").offer("ET", u64::MAX), Err(Error::Overflow));
    }

    #[test]
    fn one_picks_up_at_home_and_nothing_goes_where_no_carrier_goes() {
        assert_eq!(price("pickup", "US", 9_000), Some(0));
        assert_eq!(price("pickup", "ET", 100), None);
        for country in ["KP", "ZZ", "us", ""] {
            assert_eq!(price("standard", country, 100), None, "{country}");
        }
    }
}
