//! `merkato up`.

use std::{net::SocketAddr, time::Instant};

use anyhow::Context as _;
use clap::Args;
use spinlet::{Application, Options, Server};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{DataOptions, ManifestOptions, TillOptions, asked_to_stop, listen, seed};
use crate::{
    app::Settings,
    coordinator::{Coordinator, Start},
    data_folder::DataFolder,
    migrations,
    store::Store,
    variables::Variables,
};

/// Run the whole shop in this process.
#[derive(Debug, Args)]
pub struct Up {
    /// Where shoppers connect. Port 0 takes any free one.
    #[arg(long, env = "MERKATO_LISTEN", default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where the services reach the coordinator. Port 0 takes any free one.
    #[arg(
        long,
        env = "MERKATO_COORDINATOR_LISTEN",
        default_value = "127.0.0.1:7070",
        value_name = "ADDRESS"
    )]
    coordinator_listen: SocketAddr,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    manifest: ManifestOptions,
    #[command(flatten)]
    till: TillOptions,
    /// Address that shoppers type, if it is not the one listened at.
    #[arg(long, env = "MERKATO_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Catalogue to load into an empty shop.
    #[arg(long, env = "MERKATO_CATALOGUE", default_value = "demo/catalogue.json", value_name = "FILE")]
    catalogue: std::path::PathBuf,
    /// Leave an empty shop empty.
    #[arg(long)]
    no_seed: bool,
}

impl Up {
    pub async fn run(self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let databases = self.data.databases()?;
        let folder = self.data.open()?;
        let _lock = folder.lock()?;
        let store = migrations::run(&folder, &databases).await?;

        let shop_listener = listen(self.listen, "--listen").await?;
        let till_listener = listen(self.coordinator_listen, "--coordinator-listen").await?;
        let shop_url = format!("http://{}", shop_listener.local_addr()?);
        let public_url = self.public_url.clone().unwrap_or_else(|| shop_url.clone());
        let settings = self.till.settings(public_url.clone())?;
        let coordinator = self.start_coordinator(&folder, store, till_listener, &shop_url, settings).await?;
        let coordinator_url = format!("http://{}", coordinator.address());
        let variables = Variables::of(&folder, &databases, &coordinator_url, &public_url)?;
        let server = load_services(&self.manifest, &folder, variables, shop_listener).await?;

        let stop = CancellationToken::new();
        let serving = tokio::spawn(server.serve(stop.clone().cancelled_owned()));
        let seeded = async {
            if !self.no_seed {
                seed::into_empty_shop(&folder, &shop_url, &coordinator_url, &self.catalogue).await?;
            }
            anyhow::Ok(())
        };
        // Loading a catalogue takes seconds; ctrl-c must not have to wait for it.
        let ready = tokio::select! {
            seeded = seeded => seeded.map(|()| true),
            () = asked_to_stop() => Ok(false),
        };
        if let Ok(true) = ready {
            println!("Shop: {public_url}");
            println!("Coordinator: {coordinator_url}");
            tracing::info!(elapsed_ms = begun.elapsed().as_millis(), "the shop is open; ctrl-c closes it");
            asked_to_stop().await;
        }
        tracing::info!("closing: finishing what is under way");
        stop.cancel();
        serving.await.context("the services panicked")??;
        coordinator.stop().await;
        ready.map(|_| ())
    }

    async fn start_coordinator(
        &self,
        folder: &DataFolder,
        store: Store,
        listener: TcpListener,
        shop_url: &str,
        settings: Settings,
    ) -> anyhow::Result<Coordinator> {
        let start = Start {
            store,
            pricing_policy: &self.manifest.pricing_policy,
            cache: &self.manifest.cache(folder),
            payments_url: shop_url.to_owned(),
            catalog_url: shop_url.to_owned(),
            service_token: folder.secrets.service_token.clone(),
            settings,
            event_retention: self.till.event_retention(),
        };
        Coordinator::start(listener, start).await
    }
}

async fn load_services(
    manifest: &ManifestOptions,
    folder: &DataFolder,
    variables: Variables,
    listener: TcpListener,
) -> anyhow::Result<Server> {
    let mut values = spinlet::variables_from_environment();
    values.extend(variables.into_map());
    let options = Options::new(&manifest.manifest, folder.services())
        .variables(values)
        .cache_dir(manifest.cache(folder));
    let application = Application::load(options).await.context("the services cannot start")?;
    Ok(Server::on(listener, application)?)
}
