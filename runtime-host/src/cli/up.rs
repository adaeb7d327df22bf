//! `merkato up`.

use std::{
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    time::Instant,
};

use anyhow::Context as _;
use clap::Args;
use spinlet::{Application, Options, Server};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    DataOptions, DrainOptions, ManifestOptions, TillOptions, listen, people::People, seed,
    signals::StopSignals,
};
use crate::{
    app::Settings,
    coordinator::{Coordinator, Start},
    data_folder::DataFolder,
    migrations,
    outbox::Subscriber,
    store::Store,
    variables::Variables,
};

/// Any free port that only this machine reaches.
const ANY_LOCAL_PORT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// Which services of the shop hear of which events.
const SUBSCRIBED: [(&str, &[&str]); 4] = [
    ("notifications", &["order.*", "stock.changed"]),
    ("reviews", &["order.*"]),
    ("recommendations", &["order.confirmed", "order.cancelled", "order.returned", "order.refunded"]),
    ("search", &["stock.changed"]),
];

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
    #[command(flatten)]
    drain: DrainOptions,
    /// Address that shoppers type, if it is not the one listened at.
    #[arg(long, env = "MERKATO_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Catalogue to load into an empty shop.
    #[arg(long, env = "MERKATO_CATALOGUE", default_value = "demo/catalogue.json", value_name = "FILE")]
    catalogue: std::path::PathBuf,
    #[command(flatten)]
    people: People,
    /// Leave an empty shop empty.
    #[arg(long)]
    no_seed: bool,
}

impl Up {
    pub async fn run(self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut signals = StopSignals::listen()?;
        let databases = self.data.databases()?;
        let folder = self.data.open()?;
        let _lock = folder.lock()?;
        let store = migrations::run(&folder, &databases).await?;

        let shop_listener = listen(self.listen, "--listen").await?;
        let till_listener = listen(self.coordinator_listen, "--coordinator-listen").await?;
        // A door of its own for the till's calls, so that orders under way are paid when no shopper is let in any more.
        let till_door = listen(ANY_LOCAL_PORT, "--listen").await?;
        let shop_url = format!("http://{}", shop_listener.local_addr()?);
        let services_url = format!("http://{}", till_door.local_addr()?);
        let public_url = self.public_url.clone().unwrap_or_else(|| shop_url.clone());
        let settings = self.till.settings(public_url.clone(), own_subscribers(&services_url)?)?;
        let coordinator =
            self.start_coordinator(&folder, store, till_listener, &services_url, settings).await?;
        let coordinator_url = format!("http://{}", coordinator.address());
        let variables = Variables::of(&folder, &databases, &coordinator_url, &public_url)?;
        let application = load_services(&self.manifest, &folder, variables).await?;

        let (stop_shop, stop_till_door) = (CancellationToken::new(), CancellationToken::new());
        let serve = |listener, stop: &CancellationToken| {
            let server = Server::on(listener, application.clone())?;
            anyhow::Ok(tokio::spawn(server.serve(stop.clone().cancelled_owned())))
        };
        let shop = serve(shop_listener, &stop_shop)?;
        let door = serve(till_door, &stop_till_door)?;
        let seeded = async {
            if !self.no_seed {
                seed::into_empty_shop(&folder, &shop_url, &coordinator_url, &self.catalogue).await?;
                self.people.open_in(&folder, &services_url).await?;
            }
            anyhow::Ok(())
        };
        // Loading a catalogue takes seconds; ctrl-c must not have to wait for it.
        let ready = tokio::select! {
            seeded = seeded => seeded.map(|()| true),
            () = signals.next() => Ok(false),
        };
        if let Ok(true) = ready {
            println!("Shop: {public_url}");
            println!("Backoffice: {}/backoffice", public_url.trim_end_matches('/'));
            println!("Coordinator: {coordinator_url}");
            tracing::info!(elapsed_ms = begun.elapsed().as_millis(), "the shop is open; ctrl-c closes it");
            signals.next().await;
        }
        signals.close();
        coordinator.close().await;
        stop_shop.cancel();
        shop.await.context("the services panicked")??;
        coordinator.stop().await;
        stop_till_door.cancel();
        door.await.context("the services panicked")??;
        ready.map(|_| ())
    }

    async fn start_coordinator(
        &self,
        folder: &DataFolder,
        store: Store,
        listener: TcpListener,
        services_url: &str,
        settings: Settings,
    ) -> anyhow::Result<Coordinator> {
        let start = Start {
            store,
            pricing_policy: &self.manifest.pricing_policy,
            cache: &self.manifest.cache(folder),
            payments_url: services_url.to_owned(),
            catalog_url: services_url.to_owned(),
            users_url: services_url.to_owned(),
            notifications_url: services_url.to_owned(),
            reviews_url: services_url.to_owned(),
            recommendations_url: services_url.to_owned(),
            service_token: folder.secrets.service_token.clone(),
            settings,
            event_retention: self.till.event_retention(),
            drain: self.drain.drain(),
        };
        Coordinator::start(listener, start).await
    }
}

/// The services of the shop that hear of events.
fn own_subscribers(services_url: &str) -> anyhow::Result<Vec<Subscriber>> {
    let subscriber = |(name, events): (&str, &[&str])| {
        let url = format!("{services_url}/internal/{name}/events");
        let events = events.iter().map(|pattern| pattern.parse()).collect::<Result<_, _>>()?;
        Ok(Subscriber { events, ..Subscriber::service(name, &url)? })
    };
    SUBSCRIBED.into_iter().map(subscriber).collect()
}

async fn load_services(
    manifest: &ManifestOptions,
    folder: &DataFolder,
    variables: Variables,
) -> anyhow::Result<Application> {
    let mut values = spinlet::variables_from_environment();
    values.extend(variables.into_map());
    let options = Options::new(&manifest.manifest, folder.services())
        .variables(values)
        .cache_dir(manifest.cache(folder));
    Application::load(options).await.context("the services cannot start")
}
