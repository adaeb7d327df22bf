//! `merkato rotate-key`.

use clap::Args;

use super::DataOptions;
use crate::system::SystemEntropy;

/// Sign access tokens with a new development key from the next start on; tokens of the present one hold until they end.
#[derive(Debug, Args)]
pub struct RotateKey {
    #[command(flatten)]
    data: DataOptions,
}

impl RotateKey {
    pub fn run(self) -> anyhow::Result<()> {
        let mut folder = self.data.open()?;
        let _lock = folder.lock()?;
        folder.change_signing_key(&SystemEntropy)?;
        eprintln!("Access tokens are signed with a new key from the next start on.");
        Ok(())
    }
}
