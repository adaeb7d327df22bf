//! The values that a laptop's shop gives to the variables of `spin.toml`.

use std::collections::BTreeMap;

use crate::{
    data_folder::{DataFolder, Error},
    databases::Databases,
    migrations,
};

/// Values by name.
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// The values for a shop whose coordinator and public address are these. Names as in `spin.toml`.
    pub fn of(
        folder: &DataFolder,
        databases: &Databases,
        coordinator_url: &str,
        public_url: &str,
    ) -> Result<Self, Error> {
        let secrets = &folder.secrets;
        let values = [
            ("coordinator_url", coordinator_url.to_owned()),
            ("public_url", public_url.to_owned()),
            ("service_token", secrets.service_token.clone()),
            ("cookie_key", secrets.cookie_key.clone()),
            ("backoffice_key", secrets.backoffice_key.clone()),
            ("sandbox_webhook_secret", secrets.sandbox_webhook_secret.clone()),
            ("token_keys", folder.token_keys()?),
            ("token_signing_keys", folder.token_signing_keys()?),
            ("users_key", secrets.users_key.clone()),
        ];
        let mut values: BTreeMap<_, _> =
            values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Databases::Server(server) = databases {
            for service in migrations::services() {
                values.insert(format!("{service}_database_url"), server.in_schema(service));
                values.insert(format!("{service}_database_host"), server.host());
            }
        }
        Ok(Self(values))
    }

    /// Each name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// As a map.
    pub fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }
}
