//! `merkato audit`.

use anyhow::{bail, ensure};
use clap::Args;
use merkato_commerce::time::Clock as _;

use super::DataOptions;
use crate::{
    databases::Databases,
    store::{Error, Store, audit::Breaches},
    system::SystemClock,
    watch::Reading,
};

/// Hold the till's books against the rules that must always hold. Reads only; the shop may be open meanwhile.
#[derive(Debug, Args)]
pub struct Audit {
    #[command(flatten)]
    data: DataOptions,
}

impl Audit {
    pub async fn run(self) -> anyhow::Result<()> {
        let store = match self.data.databases()? {
            Databases::Files => {
                let folder = &self.data.data_dir;
                let there = folder.is_dir();
                ensure!(there, "there is no shop in {}; name its folder with --data-dir", folder.display());
                Store::open_sqlite(&self.data.open()?.till()).await?
            }
            Databases::Server(server) => Store::open_postgres(&server.in_schema("till")).await?,
        };
        let missing = store
            .read::<_, Error>(|transaction| Box::pin(async move { transaction.missing_migrations().await }))
            .await?;
        if !missing.is_empty() {
            bail!("the till's database lacks {}; run `merkato migrate`", missing.join(", "));
        }
        let reading = Reading::take(&store, SystemClock.now()).await?;
        for (invariant, breaches) in &reading.breaches {
            println!("{}", line(invariant.rule(), breaches));
        }
        let broken = reading.breaches.iter().filter(|(_, breaches)| breaches.count > 0).count();
        ensure!(broken == 0, "{broken} of {} rules are broken", reading.breaches.len());
        Ok(())
    }
}

fn line(rule: &str, Breaches { count, keys }: &Breaches) -> String {
    if *count == 0 {
        return format!("ok      {rule}");
    }
    let more = if *count > keys.len() as u64 { ", ..." } else { "" };
    format!("BROKEN  {rule}: {count} ({}{more})", keys.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_is_shown_with_how_many_break_it_and_the_first_of_them() {
        assert_eq!(line("all is well", &Breaches::default()), "ok      all is well");
        let keys = vec!["A".to_owned(), "B".to_owned()];
        let two = Breaches { count: 2, keys: keys.clone() };
        assert_eq!(line("all is well", &two), "BROKEN  all is well: 2 (A, B)");
        assert_eq!(line("all is well", &Breaches { count: 3, keys }), "BROKEN  all is well: 3 (A, B, ...)");
    }
}
