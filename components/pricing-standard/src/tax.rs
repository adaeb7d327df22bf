//! Rates of value-added tax by country. Prices are net; tax is added for the country that the parcel goes to.
//!
//! Rates are those in force in 2026. Sources: for the Union, the European Commission's database "Taxes in Europe"
//! (TEDB); for the others the tax authority named beside the line. The reduced rate is that for most food; where a
//! country taxes food like everything else, that for books; where it has neither, the standard rate. A merchant who
//! sells other goods swaps this policy for one that knows them.

use merkato_commerce::totals::TaxClass;

/// A country's rates, in basis points.
struct Rates {
    country: &'static str,
    standard: u32,
    reduced: u32,
}

const fn rates(country: &'static str, standard: u32, reduced: u32) -> Rates {
    Rates { country, standard, reduced }
}

/// Sorted by country, so that a reader finds a line and a test can say that none appears twice.
const RATES: &[Rates] = &[
    rates("AE", 500, 500),     // Federal Tax Authority
    rates("AT", 2_000, 1_000), // TEDB
    rates("AU", 1_000, 0),     // Australian Taxation Office: most food is GST-free
    rates("BE", 2_100, 600),   // TEDB
    rates("BG", 2_000, 900),   // TEDB: books
    rates("CA", 500, 0), // Canada Revenue Agency: the federal GST; the provinces' part depends on registration
    rates("CH", 810, 260), // Federal Tax Administration
    rates("CY", 1_900, 500), // TEDB
    rates("CZ", 2_100, 1_200), // TEDB
    rates("DE", 1_900, 700), // TEDB
    rates("DK", 2_500, 2_500), // TEDB: one rate
    rates("EE", 2_400, 900), // TEDB: books
    rates("EG", 1_400, 1_400), // Egyptian Tax Authority
    rates("ES", 2_100, 1_000), // TEDB
    rates("ET", 1_500, 1_500), // Ministry of Revenues, Proclamation 1341/2024: one rate
    rates("FI", 2_550, 1_350), // TEDB
    rates("FR", 2_000, 550), // TEDB
    rates("GB", 2_000, 0), // HM Revenue & Customs, notices 701/14 and 701/10: food and books
    rates("GR", 2_400, 1_300), // TEDB
    rates("HR", 2_500, 500), // TEDB
    rates("HU", 2_700, 500), // TEDB: books
    rates("IE", 2_300, 0), // TEDB
    rates("IS", 2_400, 1_100), // Iceland Revenue and Customs
    rates("IT", 2_200, 1_000), // TEDB
    rates("JP", 1_000, 800), // National Tax Agency
    rates("KE", 1_600, 1_600), // Kenya Revenue Authority: one rate
    rates("LT", 2_100, 500), // TEDB: books
    rates("LU", 1_700, 300), // TEDB
    rates("LV", 2_100, 500), // TEDB: books
    rates("MT", 1_800, 0), // TEDB
    rates("NG", 750, 750), // Nigeria Revenue Service: one rate
    rates("NL", 2_100, 900), // TEDB
    rates("NO", 2_500, 1_500), // Norwegian Tax Administration
    rates("NZ", 1_500, 1_500), // Inland Revenue: one rate
    rates("PL", 2_300, 500), // TEDB
    rates("PT", 2_300, 600), // TEDB
    rates("RO", 2_100, 1_100), // TEDB
    rates("RW", 1_800, 1_800), // Rwanda Revenue Authority: one rate
    rates("SE", 2_500, 600), // TEDB
    rates("SG", 900, 900), // Inland Revenue Authority: one rate
    rates("SI", 2_200, 950), // TEDB
    rates("SK", 2_300, 500), // TEDB
    rates("TZ", 1_800, 1_800), // Tanzania Revenue Authority: one rate
    rates("UG", 1_800, 1_800), // Uganda Revenue Authority: one rate
    // Sales tax is owed only where the seller has nexus (South Dakota v. Wayfair, 2018), state by state and often
    // town by town. A shop without nexus collects none; one with it needs a policy that asks a tax service.
    rates("US", 0, 0),
    rates("ZA", 1_500, 1_500), // South African Revenue Service
];

/// Basis points on goods of `class` that go to `country`. Where the table has no line, the parcel is an import and
/// the receiver settles with customs.
pub fn rate(country: &str, class: TaxClass) -> u32 {
    let rates = RATES.iter().find(|rates| rates.country == country);
    match (rates, class) {
        (None, _) | (_, TaxClass::Zero) => 0,
        (Some(rates), TaxClass::Standard) => rates.standard,
        (Some(rates), TaxClass::Reduced) => rates.reduced,
    }
}

/// Basis points on the carrier's price: every country of the table taxes it at its standard rate.
pub fn shipping_rate(country: &str) -> u32 {
    rate(country, TaxClass::Standard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_no_reduced_rate_is_above_the_standard_one() {
        assert!(RATES.is_sorted_by(|left, right| left.country < right.country));
        assert!(RATES.iter().all(|rates| rates.reduced <= rates.standard && rates.standard < 3_000));
    }

    #[test]
    fn all_members_of_the_european_union_are_in_the_table() {
        let members = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";
        for country in members.split(' ') {
            // Article 97 of Directive 2006/112/EC: the standard rate is at least 15 percent.
            assert!(rate(country, TaxClass::Standard) >= 1_500, "{country}");
        }
    }

    #[test]
    fn what_is_not_taxed_is_taxed_nowhere_and_an_unknown_country_taxes_nothing() {
        assert_eq!(rate("DE", TaxClass::Zero), 0);
        assert_eq!(rate("ET", TaxClass::Standard), 1_500);
        assert_eq!(rate("US", TaxClass::Standard), 0);
        assert_eq!(shipping_rate("BR"), 0);
    }
}
