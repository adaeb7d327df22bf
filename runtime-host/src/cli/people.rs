//! The people of the demo shop: one of its staff, and one who shops there.

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::Args;
use merkato_contract::{problem::Problem, token::Role, user::CreateAccount};
use reqwest::{Client, StatusCode};

use crate::{app::Entropy as _, data_folder::DataFolder, system::SystemEntropy};

/// Random bytes of a password that nobody gave: 16 letters, and nobody guesses them.
const PASSWORD_BYTES: usize = 12;

/// Passwords of the demo shop's people.
#[derive(Debug, Clone, Args)]
pub struct People {
    /// Password of staff@merkato.example; made up and printed on first start if not given.
    #[arg(long, env = "MERKATO_STAFF_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    staff_password: Option<String>,
    /// Password of shopper@merkato.example; made up and printed on first start if not given.
    #[arg(long, env = "MERKATO_SHOPPER_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    shopper_password: Option<String>,
}

impl People {
    /// Gives those an account who have none, and prints the passwords that were made up for them. `services_url` is
    /// where the services take requests.
    pub async fn open_in(&self, folder: &DataFolder, services_url: &str) -> anyhow::Result<()> {
        let people = [
            ("staff@merkato.example", "Selam", "Staff", Role::Staff, &self.staff_password),
            ("shopper@merkato.example", "Abeba", "Shopper", Role::Customer, &self.shopper_password),
        ];
        for (email, first_name, last_name, role, given) in people {
            let account = CreateAccount {
                email: email.to_owned(),
                password: given.clone().unwrap_or_else(made_up),
                first_name: first_name.to_owned(),
                last_name: last_name.to_owned(),
                role,
            };
            let is_new = create(folder, services_url, &account).await?;
            if is_new && given.is_none() {
                println!("Account: {email}, password {}", account.password);
            }
        }
        Ok(())
    }
}

/// Whether the account is new.
async fn create(folder: &DataFolder, services_url: &str, account: &CreateAccount) -> anyhow::Result<bool> {
    let url = format!("{services_url}/internal/users/accounts");
    let request = Client::new().post(url).bearer_auth(&folder.secrets.service_token).json(account);
    let answer = request.send().await.context("the users service cannot be reached")?;
    match answer.status() {
        StatusCode::CREATED => Ok(true),
        StatusCode::OK => Ok(false),
        status => match answer.json::<Problem>().await {
            Ok(problem) => bail!("{} cannot be given an account: {}", account.email, problem.detail),
            Err(_) => bail!("the users service answered {status}"),
        },
    }
}

fn made_up() -> String {
    let mut bytes = [0; PASSWORD_BYTES];
    SystemEntropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
