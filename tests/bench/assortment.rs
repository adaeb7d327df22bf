//! Browsing among few products and among many.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use merkato_tests::shop::{Builder, Shop};
use serde_json::{Value, json};

use super::{
    load::{self, Connection, Done, Figure},
    table::Table,
    till,
};

/// Products of a small shop.
const FEW: usize = 1_000;
/// Products of a large one.
const MANY: usize = 100_000;
/// How much longer the slowest twentieth may take among the many than among the few.
const GROWTH_WANTED: f64 = 3.0;
/// Products of one sheet: as many as are read while a request may take.
const SHEET: usize = 5_000;
/// Words that titles and descriptions are made of.
const VOCABULARY: usize = 4_000;
/// Categories that products lie in.
const CATEGORIES: usize = 40;
/// Words of a description.
const DESCRIPTION_WORDS: usize = 25;
/// Connections that browse: as many as the machine has cores, so that what is measured is answers and no queue.
const SHOPPERS: usize = 2;
/// How long each figure is measured, after as long again of warming up.
const MEASURED: Duration = Duration::from_secs(5);
/// Different requests that are sent in turn.
const REQUESTS: usize = 500;

/// The figures of a shop on SQLite and of one on PostgreSQL.
pub async fn figures(table: &mut Table) -> anyhow::Result<()> {
    browse(table, "SQLite", Builder::new()).await?;
    let database = till::database().await?;
    browse(table, "PostgreSQL", Builder::new().database(&database.url)).await
}

async fn browse(table: &mut Table, engine: &str, builder: Builder) -> anyhow::Result<()> {
    let shop = builder.start().await;
    let mut shelf = Shelf::of(&shop).await?;
    shelf.fill(FEW).await?;
    let few = measure(table, &shop, &format!("of {FEW} products, {engine}")).await?;
    let begun = Instant::now();
    shelf.fill(MANY).await?;
    let taken = begun.elapsed();
    let many = measure(table, &shop, &format!("of {MANY} products, {engine}")).await?;
    for (name, few, many) in [("list", &few[0], &many[0]), ("search", &few[1], &many[1])] {
        let growth = many.slowest_twentieth.as_secs_f64() / few.slowest_twentieth.as_secs_f64();
        table.value(
            &format!("... p95 of a {name} against that of {FEW} (wanted: below {GROWTH_WANTED})"),
            growth,
            "times",
        );
    }
    let each = taken / u32::try_from(MANY - FEW)?;
    table.value(&format!("import of a product until it is found, {engine}"), each.as_secs_f64() * 1e3, "ms");
    shop.stop().await;
    Ok(())
}

/// Lists from any place of the shop, and searches of every kind.
async fn measure(table: &mut Table, shop: &Shop, what: &str) -> anyhow::Result<[Figure; 2]> {
    let mut guest = Connection::open(&shop.url, &[]).await?;
    let lists = lists(&mut guest).await?;
    let list = get_in_turn(&shop.url, lists).await?;
    table.rate(&format!("list of 24 {what}"), &list);
    let searches = (0..REQUESTS).map(search).collect();
    let search = get_in_turn(&shop.url, searches).await?;
    table.rate(&format!("search {what}"), &search);
    Ok([list, search])
}

/// Addresses of pages: of the whole shop and of each category, each begun after every other page before it.
async fn lists(guest: &mut Connection) -> anyhow::Result<Vec<String>> {
    let mut paths = Vec::with_capacity(REQUESTS);
    let mut categories = (0..CATEGORIES).cycle();
    while paths.len() < REQUESTS {
        let category = categories.next().unwrap_or_default();
        let first = if category == 0 {
            "/api/catalog/products?limit=24".to_owned()
        } else {
            format!("/api/catalog/products?limit=24&category=category-{category}")
        };
        let mut path = first.clone();
        for _ in 0..10 {
            let page = guest.expect("GET", &path, &[], &Value::Null, 200).await?;
            paths.push(path);
            let Some(next) = page["next"].as_str() else { break };
            path = format!("{first}&after={next}");
        }
    }
    Ok(paths)
}

/// Searches as shoppers type them: a word that is common or rare, two words, the beginning of one, one with a slip, and
/// one with filters.
fn search(number: usize) -> String {
    let place = |salt: usize| scattered(number * 31 + salt) % VOCABULARY;
    let (first, second) = (word(place(1)), word(place(2)));
    let question = match number % 6 {
        0 => word(place(3) % 20),
        1 => first,
        2 => format!("{}+{second}", word(place(3) % 50)),
        3 => first[..3].to_owned(),
        4 => format!("{}{}", &first[..2], &first[3..]),
        _ => format!(
            "{first}&category=category-{}&min_price=2000&in_stock=true&sort=price_asc",
            number % 7 + 1
        ),
    };
    format!("/api/search?q={question}")
}

async fn get_in_turn(url: &str, paths: Vec<String>) -> anyhow::Result<Figure> {
    let connections = Connection::open_many(SHOPPERS, url, &[]).await?;
    let (paths, next) = (Arc::new(paths), Arc::new(AtomicUsize::new(0)));
    load::closed(connections, MEASURED, move |mut connection: Connection| {
        let (paths, next) = (Arc::clone(&paths), Arc::clone(&next));
        async move {
            let path = &paths[next.fetch_add(1, Ordering::Relaxed) % paths.len()];
            let (status, _) = connection.send("GET", path, &[], &Value::Null).await?;
            Ok((connection, if status == 200 { Done::Good } else { Done::Bad(status) }))
        }
    })
    .await
}

/// What a shop has to sell, as staff fill it.
struct Shelf {
    staff: Connection,
    service: Connection,
    filled: usize,
}

impl Shelf {
    async fn of(shop: &Shop) -> anyhow::Result<Self> {
        let bearer = |token: String| [("authorization", format!("Bearer {token}"))];
        Ok(Self {
            staff: Connection::open(&shop.url, &bearer(shop.token("staff").await)).await?,
            service: Connection::open(&shop.url, &bearer(shop.secret("service_token"))).await?,
            filled: 0,
        })
    }

    /// Imports sheets until there are `wanted` products, and waits until till and search have heard of all.
    async fn fill(&mut self, wanted: usize) -> anyhow::Result<()> {
        while self.filled < wanted {
            let end = wanted.min(self.filled + SHEET);
            let report =
                self.staff.post_text("/api/catalog/import", "text/csv", sheet(self.filled..end)).await?;
            let created = report["created"].as_u64().context("the import has no report")?;
            anyhow::ensure!(created == u64::try_from(end - self.filled)?, "the import said {report}");
            self.filled = end;
            while self.hand_over().await? > 0 {}
            eprintln!("  {end} of {wanted} products are there");
        }
        Ok(())
    }

    /// What the coordinator's timer does, without its pauses; how many have not been heard of yet.
    async fn hand_over(&mut self) -> anyhow::Result<u64> {
        let swept = self.service.expect("POST", "/internal/catalog/publish", &[], &json!({}), 200).await?;
        swept["left"].as_u64().context("the catalog does not say what is left")
    }
}

/// A sheet of products in Shopify's format.
fn sheet(numbers: std::ops::Range<usize>) -> String {
    let mut sheet = String::from(
        "Handle,Title,Body (HTML),Type,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,\
         Variant Inventory Qty,Variant Price\n",
    );
    for number in numbers {
        let words = |count: usize, salt: usize| {
            (0..count).map(|place| likely_word(number * 64 + salt + place)).collect::<Vec<_>>().join(" ")
        };
        let category = number % (CATEGORIES - 1) + 1;
        let price = 500 + scattered(number) % 20_000;
        // Writing to a string cannot fail.
        let _ = writeln!(
            sheet,
            "product-{number},{},<p>{}</p>,Category {category},true,Title,Default Title,BENCH-{number},100,50,{}.{:02}",
            words(3, 0),
            words(DESCRIPTION_WORDS, 3),
            price / 100,
            price % 100,
        );
    }
    sheet
}

/// A word as often as words are: the tenth is about a tenth as frequent as the first (Zipf's law).
fn likely_word(seed: usize) -> String {
    let unit = f64::from(u32::try_from(scattered(seed) % (1 << 20)).unwrap_or_default()) / f64::from(1 << 20);
    // The inverse of the distribution whose density is 1/x between 1 and the size of the vocabulary.
    let vocabulary = f64::from(u32::try_from(VOCABULARY).unwrap_or(u32::MAX));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and the vocabulary"
    )]
    let place = vocabulary.powf(unit) as usize;
    word(place - 1)
}

/// A word that can be said, for each place in the vocabulary.
fn word(place: usize) -> String {
    const ONSETS: [&str; 14] = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "t", "v", "w", "z"];
    const NUCLEI: [&str; 5] = ["a", "e", "i", "o", "u"];
    let mut rest = scattered(place);
    let mut word = String::new();
    for _ in 0..4 {
        word.push_str(ONSETS[rest % ONSETS.len()]);
        rest /= ONSETS.len();
        word.push_str(NUCLEI[rest % NUCLEI.len()]);
        rest /= NUCLEI.len();
    }
    word
}

/// A number that looks like chance and is always the same (the finalizer of `SplitMix64`).
fn scattered(number: usize) -> usize {
    let mut mixed = (number as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((mixed ^ (mixed >> 31)) >> 8).unwrap_or_default()
}
