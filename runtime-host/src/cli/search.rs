//! `merkato search`.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use merkato_contract::{
    problem::Problem,
    search::{Rebuild, Rebuilt},
};
use reqwest::Client;

use super::DataOptions;

/// Build the index of the search service anew.
#[derive(Debug, Args)]
pub struct Search {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Put everything into the index that the catalog holds, and take out what it does not. The shop can be searched
    /// all the while.
    Rebuild(RebuildIndex),
}

#[derive(Debug, Args)]
struct RebuildIndex {
    /// Where the search service is.
    #[arg(long, env = "MERKATO_SEARCH_URL", default_value = "http://127.0.0.1:3000", value_name = "URL")]
    search_url: String,
    #[command(flatten)]
    data: DataOptions,
}

impl Search {
    pub async fn run(self) -> anyhow::Result<()> {
        let Action::Rebuild(rebuild) = self.action;
        rebuild.run().await
    }
}

impl RebuildIndex {
    async fn run(self) -> anyhow::Result<()> {
        let folder = self.data.open()?;
        let token = &folder.secrets.service_token;
        let client = Client::new();
        let (mut after, mut indexed, mut removed) = (None, 0, 0);
        loop {
            let step = self.step(&client, token, &Rebuild { after }).await?;
            indexed += step.indexed;
            removed += step.removed;
            tracing::info!(indexed, removed, "building the index");
            let Some(next) = step.next else { break };
            after = Some(next);
        }
        println!("Indexed: {indexed}");
        println!("Removed: {removed}");
        Ok(())
    }

    async fn step(&self, client: &Client, token: &str, step: &Rebuild) -> anyhow::Result<Rebuilt> {
        let url = format!("{}/internal/search/rebuild", self.search_url.trim_end_matches('/'));
        let request = client.post(&url).bearer_auth(token).json(step);
        let answer = request.send().await.with_context(|| format!("{url} cannot be reached"))?;
        let status = answer.status();
        if status.is_success() {
            return answer.json().await.with_context(|| format!("{url} gave no usable answer"));
        }
        match answer.json::<Problem>().await {
            Ok(problem) => bail!("{url} refused: {}", problem.detail),
            Err(_) => bail!("{url} answered {status}"),
        }
    }
}
