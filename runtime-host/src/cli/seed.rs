//! `merkato seed`: loads a catalogue through the public API, as staff would.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use merkato_commerce::{
    ids::{Ids as _, UserId},
    promotion::Promotion,
};
use merkato_contract::{
    List,
    catalog::{CategoryDraft, Product, ProductDraft},
    headers::STAFF,
    problem::Problem,
    staff::promotion::PromotionDraft,
    token::Role,
};
use reqwest::{Client, Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::{DataOptions, token::claims};
use crate::{data_folder::DataFolder, system::SystemIds};

/// Products between two lines of progress.
const PROGRESS_STEP: usize = 12;

/// Load a catalogue into a running shop.
#[derive(Debug, Args)]
pub struct Seed {
    /// What to load.
    #[arg(long, env = "MERKATO_CATALOGUE", default_value = "demo/catalogue.json", value_name = "FILE")]
    catalogue: PathBuf,
    /// Where the shop is.
    #[arg(long, default_value = "http://127.0.0.1:3000", value_name = "URL")]
    shop: String,
    /// Where the coordinator is.
    #[arg(long, default_value = "http://127.0.0.1:7070", value_name = "URL")]
    coordinator: String,
    #[command(flatten)]
    data: DataOptions,
}

impl Seed {
    pub async fn run(self) -> anyhow::Result<()> {
        let folder = self.data.open()?;
        load(&folder, &self.shop, &self.coordinator, &self.catalogue).await
    }
}

/// A catalogue file: what `demo/catalogue.json` holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    categories: Vec<CategoryDraft>,
    products: Vec<ProductDraft>,
    promotions: Vec<Promotion>,
}

/// Stands in the data folder while a catalogue is being loaded, so that an interrupted load is taken up again.
const LOADING: &str = "catalogue-loading";

/// Loads `catalogue` if the shop has no product yet, or if loading it was interrupted.
pub async fn into_empty_shop(
    folder: &DataFolder,
    shop: &str,
    coordinator: &str,
    catalogue: &Path,
) -> anyhow::Result<()> {
    let loading = folder.file(LOADING);
    let url = format!("{shop}/api/catalog/products?limit=1");
    let answer = Client::new().get(url).send().await?.error_for_status()?;
    let products: List<Product> = answer.json().await.context("the catalog gave no list")?;
    if products.items.is_empty() || loading.exists() {
        std::fs::write(&loading, "").with_context(|| format!("{} cannot be written", loading.display()))?;
        load(folder, shop, coordinator, catalogue).await?;
        std::fs::remove_file(&loading).with_context(|| format!("{} cannot be removed", loading.display()))?;
    }
    Ok(())
}

async fn load(folder: &DataFolder, shop: &str, coordinator: &str, catalogue: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(catalogue)
        .with_context(|| format!("the catalogue {} cannot be read", catalogue.display()))?;
    let Catalogue { categories, products, promotions } =
        serde_json::from_str(&text).with_context(|| format!("{} is not a catalogue", catalogue.display()))?;
    let staff = folder.sign(&claims(UserId(SystemIds.next()), Role::Staff))?;
    let as_staff = Sender { client: Client::new(), base: shop, token: &staff, headers: &[] };
    let as_service = Sender {
        client: Client::new(),
        base: coordinator,
        token: &folder.secrets.service_token,
        // In the name of staff, and only what is not there yet.
        headers: &[(STAFF, "true"), ("if-match", "\"0\"")],
    };

    tracing::info!(catalogue = %catalogue.display(), products = products.len(), "loading");
    for category in &categories {
        as_staff.send(Method::PUT, &format!("/api/catalog/categories/{}", category.slug), category).await?;
    }
    for (place, product) in products.iter().enumerate() {
        // What is there already, from a load that was interrupted, is left as it is.
        as_staff.send(Method::POST, "/api/catalog/products", product).await?;
        if (place + 1) % PROGRESS_STEP == 0 {
            tracing::info!(loaded = place + 1, of = products.len(), "loading");
        }
    }
    for Promotion { code, title, rule, minimum_subtotal } in promotions {
        let draft = PromotionDraft { title, rule, minimum_subtotal, starts_at: None, ends_at: None };
        as_service.send(Method::PUT, &format!("/v1/promotions/{code}"), &draft).await?;
    }
    Ok(())
}

struct Sender<'a> {
    client: Client,
    base: &'a str,
    token: &'a str,
    headers: &'a [(&'static str, &'static str)],
}

impl Sender<'_> {
    async fn send<T: Serialize + Sync>(&self, method: Method, path: &str, body: &T) -> anyhow::Result<()> {
        let url = format!("{}{path}", self.base.trim_end_matches('/'));
        let mut request = self.client.request(method, &url).bearer_auth(self.token).json(body);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.with_context(|| format!("{url} cannot be reached"))?;
        let status = answer.status();
        if status.is_success() || status == StatusCode::CONFLICT {
            return Ok(());
        }
        match answer.json::<Problem>().await {
            Ok(problem) => bail!("{url} refused: {}", problem.detail),
            Err(_) => bail!("{url} answered {status}"),
        }
    }
}
