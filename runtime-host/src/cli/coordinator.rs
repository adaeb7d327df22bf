//! `merkato coordinator`.

use std::net::SocketAddr;

use clap::Args;

use super::{DataOptions, DrainOptions, ManifestOptions, TillOptions, listen, signals::StopSignals};
use crate::{
    coordinator::{Coordinator, Start},
    migrations,
};

/// Run the coordinator alone, for services that run elsewhere.
#[derive(Debug, Args)]
pub struct RunCoordinator {
    /// Where the services reach it. Port 0 takes any free one.
    #[arg(long, env = "MERKATO_LISTEN", default_value = "127.0.0.1:7070", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where the payments service is.
    #[arg(long, env = "MERKATO_PAYMENTS_URL", default_value = "http://127.0.0.1:3000", value_name = "URL")]
    payments_url: String,
    /// Where the catalog is.
    #[arg(long, env = "MERKATO_CATALOG_URL", default_value = "http://127.0.0.1:3000", value_name = "URL")]
    catalog_url: String,
    /// Where the users service is.
    #[arg(long, env = "MERKATO_USERS_URL", default_value = "http://127.0.0.1:3000", value_name = "URL")]
    users_url: String,
    /// Where the notifications service is.
    #[arg(
        long,
        env = "MERKATO_NOTIFICATIONS_URL",
        default_value = "http://127.0.0.1:3000",
        value_name = "URL"
    )]
    notifications_url: String,
    /// Where the reviews service is.
    #[arg(long, env = "MERKATO_REVIEWS_URL", default_value = "http://127.0.0.1:3000", value_name = "URL")]
    reviews_url: String,
    /// Where the recommendations service is.
    #[arg(
        long,
        env = "MERKATO_RECOMMENDATIONS_URL",
        default_value = "http://127.0.0.1:3000",
        value_name = "URL"
    )]
    recommendations_url: String,
    /// Where shoppers find the shop; its events say so.
    #[arg(long, env = "MERKATO_PUBLIC_URL", default_value = "http://127.0.0.1:3000", value_name = "URL")]
    public_url: String,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    manifest: ManifestOptions,
    #[command(flatten)]
    till: TillOptions,
    #[command(flatten)]
    drain: DrainOptions,
}

impl RunCoordinator {
    pub async fn run(self) -> anyhow::Result<()> {
        let mut signals = StopSignals::listen()?;
        let databases = self.data.databases()?;
        let settings = self.till.settings(self.public_url, Vec::new())?;
        let folder = self.data.open()?;
        let _lock = folder.lock()?;
        let store = migrations::run(&folder, &databases).await?;
        let listener = listen(self.listen, "--listen").await?;
        let start = Start {
            store,
            pricing_policy: &self.manifest.pricing_policy,
            cache: &self.manifest.cache(&folder),
            payments_url: self.payments_url,
            catalog_url: self.catalog_url,
            users_url: self.users_url,
            notifications_url: self.notifications_url,
            reviews_url: self.reviews_url,
            recommendations_url: self.recommendations_url,
            service_token: folder.secrets.service_token.clone(),
            settings,
            event_retention: self.till.event_retention(),
            drain: self.drain.drain(),
        };
        let coordinator = Coordinator::start(listener, start).await?;
        println!("Coordinator: http://{}", coordinator.address());
        signals.next().await;
        signals.close();
        coordinator.close().await;
        coordinator.stop().await;
        Ok(())
    }
}
