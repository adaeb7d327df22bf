//! `merkato migrate`.

use clap::Args;

use super::DataOptions;
use crate::migrations;

/// Create the databases of a data folder, or bring them up to date.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    data: DataOptions,
}

impl Migrate {
    pub async fn run(self) -> anyhow::Result<()> {
        let folder = self.data.open()?;
        let _lock = folder.lock()?;
        migrations::run(&folder).await?;
        eprintln!("The databases in {} are up to date.", self.data.data_dir.display());
        Ok(())
    }
}
