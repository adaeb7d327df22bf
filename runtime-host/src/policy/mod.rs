//! Runs the merchant's pricing policy: a component that gets a cart and gives its price, and can do nothing else.

mod bindings;
mod translate;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use merkato_commerce::{
    address::Address,
    money::{Currency, Money},
    promotion::Promotion,
    text::{PromotionCode, Sku},
    totals::{TaxClass, Totals},
};
use merkato_contract::cart::ShippingMethod;
use tracing::field::Empty;
use wasmtime::{
    Cache, CacheConfig, Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store,
    StoreLimits, StoreLimitsBuilder,
    component::{Component, Linker, ResourceTable},
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use self::bindings::{PricingPolicy, PricingPolicyPre, exports::merkato::pricing::pricing as wit};
use crate::metrics;

/// Carts that are priced at a time: one for each request thread and some to spare.
const INSTANCES_MAX: u32 = 64;
/// Memory of one pricing: a cart of 200 lines takes a few hundred kilobytes.
const MEMORY_BYTES_MAX: usize = 16 << 20;
/// Instructions of one pricing, more or less; a policy that needs more is in an endless loop.
const FUEL_MAX: u64 = 1_000_000_000;
/// Elements of an instance's tables: function pointers, a few hundred in practice.
const TABLE_ELEMENTS_MAX: usize = 20_000;

/// A line to be priced.
#[derive(Debug, Clone)]
pub struct PriceLine {
    /// What.
    pub sku: Sku,
    /// What a piece costs.
    pub unit_price: Money,
    /// Pieces.
    pub quantity: u32,
    /// How it is taxed.
    pub tax_class: TaxClass,
    /// Weight of a piece in grams.
    pub weight_grams: u32,
}

/// A cart to be priced.
#[derive(Debug, Clone)]
pub struct PriceRequest {
    /// The cart's currency.
    pub currency: Currency,
    /// What is in it.
    pub lines: Vec<PriceLine>,
    /// The promotions that the shopper typed.
    pub promotions: Vec<Promotion>,
    /// Where it goes, if that is known.
    pub destination: Option<Address>,
    /// How it goes there, if that is known.
    pub shipping_method: Option<String>,
}

impl PriceRequest {
    /// A cart with nothing in it.
    pub fn empty(currency: Currency) -> Self {
        let (lines, promotions) = (Vec::new(), Vec::new());
        Self { currency, lines, promotions, destination: None, shipping_method: None }
    }
}

/// What a cart costs.
#[derive(Debug, Clone)]
pub struct Priced {
    /// The sums.
    pub totals: Totals,
    /// What each promotion that applied takes off the lines.
    pub promotions: Vec<(PromotionCode, Money)>,
}

/// Why there is no price.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such way to ship.
    #[error("there is no shipping method {0}")]
    UnknownShippingMethod(String),
    /// Nothing is shipped there.
    #[error("nothing is shipped to {0}")]
    DestinationNotServed(String),
    /// The policy is broken, or was asked nonsense.
    #[error("{0}")]
    Failed(String),
}

/// A pricing policy. A parameter, so that a test may price with a function.
pub trait Pricing: Send + Sync {
    /// What the cart costs.
    fn price(&self, request: &PriceRequest) -> Result<Priced, Error>;
    /// The ways to get the cart's parcel.
    fn shipping_methods(&self, request: &PriceRequest) -> Result<Vec<ShippingMethod>, Error>;
}

/// The merchant's component, ready to be asked.
pub struct PricingComponent {
    engine: Engine,
    policy: PricingPolicyPre<Host>,
}

/// What a policy has beside its own memory: a clock, randomness and standard streams that lead nowhere, because the
/// language's library wants them.
struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
    limits: StoreLimits,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl PricingComponent {
    /// Loads the component at `path`, keeping its compiled form in `cache`.
    pub fn load(path: &Path, cache: &Path) -> anyhow::Result<Self> {
        let built = || -> wasmtime::Result<Self> {
            let engine = Engine::new(&config(&std::path::absolute(cache)?)?)?;
            let component = Component::from_file(&engine, path)?;
            let mut linker = Linker::new(&engine);
            wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
            let policy = PricingPolicyPre::new(linker.instantiate_pre(&component)?)?;
            Ok(Self { engine, policy })
        };
        anyhow::ensure!(
            path.is_file(),
            "the pricing policy {} is missing; build it with `make wasm` or name another with --pricing-policy",
            path.display()
        );
        built().map_err(|error| {
            anyhow::anyhow!("the pricing policy {} cannot be used: {error:#}", path.display())
        })
    }

    /// Asks a fresh instance: a policy remembers nothing from one cart to the next.
    fn ask<T>(
        &self,
        call: impl FnOnce(&PricingPolicy, &mut Store<Host>) -> wasmtime::Result<Result<T, wit::Error>>,
    ) -> Result<Result<T, wit::Error>, Error> {
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY_BYTES_MAX).build();
        let host = Host { wasi: WasiCtx::builder().build(), table: ResourceTable::new(), limits };
        let mut store = Store::new(&self.engine, host);
        store.limiter(|host| &mut host.limits);
        let asked = || {
            store.set_fuel(FUEL_MAX)?;
            let policy = self.policy.instantiate(&mut store)?;
            call(&policy, &mut store)
        };
        asked().map_err(|error| Error::Failed(format!("{error:#}")))
    }
}

impl Pricing for PricingComponent {
    fn price(&self, request: &PriceRequest) -> Result<Priced, Error> {
        let question = translate::question(request);
        measured(metrics::PRICE, || {
            let answer =
                self.ask(|policy, store| policy.merkato_pricing_pricing().call_price(store, &question))?;
            translate::priced(&answer.map_err(translate::error)?, request.currency)
        })
    }

    fn shipping_methods(&self, request: &PriceRequest) -> Result<Vec<ShippingMethod>, Error> {
        let question = translate::question(request);
        measured(metrics::SHIPPING_METHODS, || {
            let answer = self.ask(|policy, store| {
                policy.merkato_pricing_pricing().call_shipping_methods(store, &question)
            })?;
            answer.map_err(translate::error)?.into_iter().map(translate::shipping_method).collect()
        })
    }
}

/// Asks `question` of the policy, in a span of its own, and counts it.
fn measured<T>(question: &'static str, ask: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let span = tracing::debug_span!("pricing policy", pricing.question = question, otel.status_code = Empty);
    let begun = Instant::now();
    let answer = span.in_scope(ask);
    let broke = matches!(answer, Err(Error::Failed(_)));
    if broke {
        span.record("otel.status_code", "error");
    }
    metrics::priced(question, broke, begun.elapsed());
    answer
}

fn config(cache: &PathBuf) -> wasmtime::Result<Config> {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(INSTANCES_MAX)
        .total_core_instances(INSTANCES_MAX * 8)
        .total_memories(INSTANCES_MAX)
        .total_tables(INSTANCES_MAX * 4)
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_memory_size(MEMORY_BYTES_MAX)
        .linear_memory_keep_resident(1 << 20)
        .table_keep_resident(64 << 10)
        // Only what was written is wiped, where the system can tell (Linux 6.7).
        .pagemap_scan(Enabled::Auto);
    let mut folder = CacheConfig::new();
    folder.with_directory(cache);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .cache(Some(Cache::new(folder)?))
        .consume_fuel(true);
    Ok(config)
}
