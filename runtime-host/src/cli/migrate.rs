//! `merkato migrate`.

use clap::Args;

use super::DataOptions;
use crate::{databases::Databases, migrations};

/// Create the shop's tables, or bring them up to date.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    data: DataOptions,
}

impl Migrate {
    pub async fn run(self) -> anyhow::Result<()> {
        let databases = self.data.databases()?;
        let folder = self.data.open()?;
        let _lock = folder.lock()?;
        migrations::run(&folder, &databases).await?;
        match databases {
            Databases::Files => {
                eprintln!("The databases in {} are up to date.", self.data.data_dir.display());
            }
            Databases::Server(server) => eprintln!("The database at {server} is up to date."),
        }
        Ok(())
    }
}
