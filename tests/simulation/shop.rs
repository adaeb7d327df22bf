//! What the till depends on, under the simulation's control: time, ids, entropy, prices.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use merkato::{
    app::Entropy,
    policy::{Error, PriceRequest, Priced, Pricing},
};
use merkato_commerce::{
    ids::Ids,
    money::{Currency, Money},
    promotion::{self, Discounts},
    time::{Clock, Timestamp},
    totals::{TaxClass, Totals},
};
use merkato_contract::cart::ShippingMethod;
use uuid::Uuid;

/// When every simulation begins, in epoch milliseconds.
const BEGINNING_MS: i64 = 1_800_000_000_000;

/// The time that it is everywhere, more or less.
pub struct Time(AtomicI64);

impl Time {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(BEGINNING_MS)))
    }

    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub fn since_beginning_ms(&self) -> i64 {
        self.now_ms() - BEGINNING_MS
    }

    pub fn pass_ms(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

/// The clock of one machine, a little ahead of or behind the others.
pub struct MachineClock {
    pub time: Arc<Time>,
    pub ahead_ms: i64,
}

impl Clock for MachineClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.time.now_ms() + self.ahead_ms)
    }
}

/// Ids in the order in which they are asked for.
pub struct CountedIds {
    pub time: Arc<Time>,
    pub given: AtomicU64,
}

impl Ids for CountedIds {
    fn next(&self) -> Uuid {
        let number = self.given.fetch_add(1, Ordering::SeqCst);
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&number.to_be_bytes());
        let milliseconds = u64::try_from(self.time.now_ms()).expect("after 1970");
        uuid::Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid()
    }
}

/// Bytes in the order in which they are asked for.
#[derive(Default)]
pub struct CountedEntropy(AtomicU64);

impl Entropy for CountedEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (byte, from) in bytes.iter_mut().zip(number.to_be_bytes().into_iter().cycle()) {
            *byte = from;
        }
    }
}

/// What the carrier takes, by method, in minor units.
pub const FARES: [(&str, i64); 2] = [("standard", 499), ("pickup", 0)];
/// Tax on everything, in basis points.
pub const TAX_BASIS_POINTS: u32 = 825;

/// Prices with the shop's own rules, and as few numbers as possible.
pub struct PlainPricing;

impl Pricing for PlainPricing {
    fn price(&self, request: &PriceRequest) -> Result<Priced, Error> {
        let fare = match &request.shipping_method {
            None => 0,
            Some(wanted) => {
                let fare = FARES.iter().find(|(method, _)| method == wanted);
                fare.ok_or_else(|| Error::UnknownShippingMethod(wanted.clone()))?.1
            }
        };
        let failed = |error: merkato_commerce::money::Error| Error::Failed(error.to_string());
        let lines = request.lines.iter().map(|line| promotion::Line {
            sku: line.sku.clone(),
            unit_price: line.unit_price,
            quantity: line.quantity,
        });
        let lines = lines.collect::<Vec<_>>();
        let zero = Money::zero(request.currency);
        let discounts = promotion::discounts(&request.promotions, &lines, zero).map_err(failed)?;
        let shipping = if discounts.free_shipping { zero } else { Money::new(fare, request.currency) };
        let rate = |class| if class == TaxClass::Zero { 0 } else { TAX_BASIS_POINTS };
        let rates = request.lines.iter().map(|line| rate(line.tax_class)).collect::<Vec<_>>();
        let full =
            lines.iter().map(|line| line.unit_price.times(line.quantity)).collect::<Result<Vec<_>, _>>();
        let full = full.map_err(failed)?;
        let totals = Totals::add_up(&full, &discounts, shipping, &rates, TAX_BASIS_POINTS).map_err(failed)?;
        let Discounts { by_code, .. } = discounts;
        Ok(Priced { totals, promotions: by_code })
    }

    fn shipping_methods(&self, _: &PriceRequest) -> Result<Vec<ShippingMethod>, Error> {
        let method = |(code, fare): &(&str, i64)| ShippingMethod {
            code: (*code).to_owned(),
            title: (*code).to_owned(),
            price: Money::new(*fare, Currency::USD),
            days: [1, 3],
        };
        Ok(FARES.iter().map(method).collect())
    }
}
