//! `merkato env`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::DataOptions;
use crate::variables::Variables;

/// Print the settings for a `spin up` beside `merkato coordinator`.
#[derive(Debug, Args)]
pub struct PrintEnv {
    #[command(flatten)]
    data: DataOptions,
    /// The Spin manifest of the shop.
    #[arg(long, env = "MERKATO_MANIFEST", default_value = "spin.toml", value_name = "FILE")]
    manifest: PathBuf,
    /// Where the coordinator listens.
    #[arg(long, default_value = "http://127.0.0.1:7070", value_name = "URL")]
    coordinator_url: String,
    /// Where shoppers find the shop.
    #[arg(long, default_value = "http://127.0.0.1:3000", value_name = "URL")]
    public_url: String,
}

impl PrintEnv {
    pub fn run(self) -> anyhow::Result<()> {
        let databases = self.data.databases()?;
        let folder = self.data.open()?;
        let services = std::path::absolute(folder.services())?;
        let variables = Variables::of(&folder, &databases, &self.coordinator_url, &self.public_url)?;
        for (name, value) in variables.iter() {
            println!("export SPIN_VARIABLE_{}={}", name.to_uppercase(), quoted(value));
        }
        let config = spinlet::runtime_config(&self.manifest, &services)?;
        std::fs::create_dir_all(&services).context("the folder for the services' data cannot be made")?;
        let file = services.join("runtime-config.toml");
        std::fs::write(&file, config).with_context(|| format!("{} cannot be written", file.display()))?;
        println!("export RUNTIME_CONFIG_FILE={}", quoted(&file.display().to_string()));
        Ok(())
    }
}

/// A word for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_value_cannot_end_the_word() {
        assert_eq!(quoted("a'b"), r"'a'\''b'");
    }
}
