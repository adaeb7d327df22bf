//! `merkato token`.

use clap::{Args, ValueEnum};
use merkato_commerce::{
    ids::{Ids as _, UserId},
    time::Clock as _,
};
use merkato_contract::token::{AUDIENCE, Claims, ISSUER, LIFETIME_SECONDS, Role};

use super::DataOptions;
use crate::system::{SystemClock, SystemIds};

/// Print an access token of the development key.
#[derive(Debug, Args)]
pub struct PrintToken {
    #[command(flatten)]
    data: DataOptions,
    /// What the bearer may do.
    #[arg(long, default_value = "staff")]
    role: RoleName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    Customer,
    Staff,
    Admin,
}

impl PrintToken {
    pub fn run(self) -> anyhow::Result<()> {
        let role = match self.role {
            RoleName::Customer => Role::Customer,
            RoleName::Staff => Role::Staff,
            RoleName::Admin => Role::Admin,
        };
        let claims = claims(UserId(SystemIds.next()), role);
        println!("{}", self.data.open()?.sign(&claims)?);
        Ok(())
    }
}

/// Claims that hold from now on for as long as any access token does.
pub fn claims(user: UserId, role: Role) -> Claims {
    let now = SystemClock.now().0 / 1_000;
    Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: user,
        role,
        iat: now,
        exp: now + LIFETIME_SECONDS,
    }
}
