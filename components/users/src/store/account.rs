//! Accounts.

use merkato_commerce::{ids::UserId, text::Email, time::Timestamp};
use merkato_contract::{
    problem::Problem,
    token::Role,
    user::{Contact, Preferences, User},
};
use merkato_edge::database::{Error, Row};

use super::{Store, unexpected};
use crate::throttle::email_key;

const COLUMNS: &str =
    "user_id, email, email_verified_at, password_hash, first_name, last_name, role, preferences,
     epoch, totp_secret, totp_confirmed_at, totp_step, recovery_codes, external_issuer, created_at";

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Whose.
    pub id: UserId,
    /// Where their mail goes.
    pub email: Email,
    /// Whether they have shown that it is theirs.
    pub email_verified: bool,
    /// What their password is checked against, if they have one.
    pub password_hash: Option<String>,
    /// What they are called.
    pub first_name: String,
    /// The name of their family.
    pub last_name: String,
    /// What they may do.
    pub role: Role,
    /// What they want to hear of.
    pub preferences: Preferences,
    /// What sessions and tokens of messages must be of.
    pub epoch: i64,
    /// Their authenticator, if there is one.
    pub totp: Option<Totp>,
    /// Hashes of the recovery codes that are left.
    pub recovery_codes: Vec<String>,
    /// By whose word they sign in, if they do.
    pub external_issuer: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// An authenticator.
#[derive(Debug, Clone)]
pub struct Totp {
    /// Its secret, sealed.
    pub sealed_secret: String,
    /// Whether a code of it has come back.
    pub confirmed: bool,
    /// The step of the last code that was used.
    pub last_step: i64,
}

/// What a new account begins with.
#[derive(Debug, Clone)]
pub struct NewAccount<'a> {
    /// Its id.
    pub id: UserId,
    /// Where their mail goes.
    pub email: &'a Email,
    /// Whether somebody vouches that it is theirs.
    pub email_verified: bool,
    /// What the password is checked against.
    pub password_hash: Option<&'a str>,
    /// What they are called.
    pub first_name: &'a str,
    /// The name of their family.
    pub last_name: &'a str,
    /// What they may do.
    pub role: Role,
    /// Issuer and subject of the external provider.
    pub external: Option<(&'a str, &'a str)>,
}

impl Account {
    /// Whether signing in wants a code besides.
    pub fn mfa_enabled(&self) -> bool {
        self.totp.as_ref().is_some_and(|totp| totp.confirmed)
    }

    /// What its owner sees of it.
    pub fn user(&self) -> User {
        User {
            id: self.id,
            email: self.email.to_string(),
            email_verified: self.email_verified,
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            role: self.role,
            mfa_enabled: self.mfa_enabled(),
            created_at: self.created_at.into(),
        }
    }

    /// How its owner is reached.
    pub fn contact(&self) -> Contact {
        Contact {
            user_id: self.id,
            email: self.email.to_string(),
            email_verified: self.email_verified,
            first_name: self.first_name.clone(),
            locale: self.preferences.locale.clone(),
            preferences: self.preferences.clone(),
        }
    }
}

impl Store<'_> {
    /// Adds an account. None if it claims as its own what another account has: a verified address, or the same person
    /// at the external provider.
    pub fn create_account(&self, new: &NewAccount<'_>) -> Result<Option<Account>, Problem> {
        let statement = format!(
            "INSERT INTO account (user_id, email, email_key, email_verified_at, password_hash, first_name, last_name,
                 role, preferences, external_issuer, external_subject, created_at, updated_at, epoch, totp_step,
                 recovery_codes)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 0, 0, '[]')
             ON CONFLICT DO NOTHING RETURNING {COLUMNS}"
        );
        let (issuer, subject) = new.external.unzip();
        let parameters = [
            new.id.to_string().into(),
            new.email.as_str().into(),
            email_key(new.email).into(),
            new.email_verified.then(|| self.context.now().0).into(),
            new.password_hash.into(),
            new.first_name.into(),
            new.last_name.into(),
            new.role.name().into(),
            self.json(&Preferences::default())?,
            issuer.into(),
            subject.into(),
            self.now(),
        ];
        self.one(&statement, &parameters, account)
    }

    /// The account of that id.
    pub fn account(&self, id: UserId) -> Result<Option<Account>, Problem> {
        let statement = format!("SELECT {COLUMNS} FROM account WHERE user_id = $1");
        self.one(&statement, &[id.to_string().into()], account)
    }

    /// The two accounts that one may sign in to by an address: the one that has verified it, and the latest that has
    /// not.
    pub fn accounts_to_sign_in(&self, email: &Email) -> Result<(Option<Account>, Option<Account>), Problem> {
        let statement = format!(
            "SELECT {COLUMNS} FROM account
             WHERE email_key = $1 AND (email_verified_at IS NOT NULL OR user_id = (
                 SELECT MAX(user_id) FROM account WHERE email_key = $1 AND email_verified_at IS NULL))"
        );
        let accounts = self.all(&statement, &[email_key(email).into()], account)?;
        let (verified, latest) =
            accounts.into_iter().partition::<Vec<_>, _>(|account| account.email_verified);
        Ok((verified.into_iter().next(), latest.into_iter().next()))
    }

    /// All accounts that name an address, in the order of their making.
    pub fn accounts_of(&self, email: &Email, limit: u32) -> Result<Vec<Account>, Problem> {
        let statement =
            format!("SELECT {COLUMNS} FROM account WHERE email_key = $1 ORDER BY user_id LIMIT $2");
        self.all(&statement, &[email_key(email).into(), i64::from(limit).into()], account)
    }

    /// The account of somebody at the external provider.
    pub fn account_of_external(&self, issuer: &str, subject: &str) -> Result<Option<Account>, Problem> {
        let statement =
            format!("SELECT {COLUMNS} FROM account WHERE external_issuer = $1 AND external_subject = $2");
        self.one(&statement, &[issuer.into(), subject.into()], account)
    }

    /// Lets whoever has verified `email` sign in by the external provider. None if nobody has, or if that account is
    /// somebody else there already.
    pub fn link_external(
        &self,
        email: &Email,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Account>, Problem> {
        let statement = format!(
            "UPDATE account SET external_issuer = $1, external_subject = $2, updated_at = $3
             WHERE email_key = $4 AND email_verified_at IS NOT NULL
                 AND (external_issuer IS NULL OR external_issuer <> $1)
             RETURNING {COLUMNS}"
        );
        let parameters = [issuer.into(), subject.into(), self.now(), email_key(email).into()];
        match self.database.query(&statement, &parameters) {
            Err(Error::NotUnique(_)) => Ok(None),
            rows => {
                let rows = self.read(rows)?;
                self.read(rows.first().map(account).transpose())
            }
        }
    }

    /// Changes names; what is not given stays.
    pub fn change_profile(
        &self,
        id: UserId,
        first_name: Option<&str>,
        last_name: Option<&str>,
    ) -> Result<Option<Account>, Problem> {
        let statement = format!(
            "UPDATE account SET first_name = COALESCE(CAST($1 AS TEXT), first_name),
                 last_name = COALESCE(CAST($2 AS TEXT), last_name), updated_at = $3
             WHERE user_id = $4 RETURNING {COLUMNS}"
        );
        let parameters = [first_name.into(), last_name.into(), self.now(), id.to_string().into()];
        self.one(&statement, &parameters, account)
    }

    /// Changes what somebody wants to hear of.
    pub fn change_preferences(&self, id: UserId, preferences: &Preferences) -> Result<bool, Problem> {
        let statement =
            "UPDATE account SET preferences = $1, updated_at = $2 WHERE user_id = $3 RETURNING user_id";
        self.changed(statement, &[self.json(preferences)?, self.now(), id.to_string().into()])
    }

    /// Notes that whoever has the account owns `email`, which becomes the account's. If it was another one, all that
    /// was given out before ends. False if the epoch is over, or somebody else has verified the address.
    pub fn verify_email(&self, id: UserId, epoch: i64, email: &Email) -> Result<bool, Problem> {
        let statement = "UPDATE account SET email = $1, email_verified_at = COALESCE(
                 CASE WHEN email_key = $2 THEN email_verified_at END, CAST($3 AS BIGINT)),
                 epoch = epoch + CASE WHEN email_key = $2 THEN 0 ELSE 1 END, email_key = $2, updated_at = $3
             WHERE user_id = $4 AND epoch = $5 RETURNING user_id";
        let parameters =
            [email.as_str().into(), email_key(email).into(), self.now(), id.to_string().into(), epoch.into()];
        match self.database.query(statement, &parameters) {
            Err(error) if error.is_taken("account", "email_key") => Ok(false),
            rows => Ok(!self.read(rows)?.is_empty()),
        }
    }

    /// Sets a new password, if the epoch is still the one given, and ends it with all that was given out in it.
    pub fn change_password(&self, id: UserId, epoch: i64, hash: &str) -> Result<Option<Account>, Problem> {
        let statement = format!(
            "UPDATE account SET password_hash = $1, epoch = epoch + 1, updated_at = $2
             WHERE user_id = $3 AND epoch = $4 RETURNING {COLUMNS}"
        );
        let parameters = [hash.into(), self.now(), id.to_string().into(), epoch.into()];
        self.one(&statement, &parameters, account)
    }

    /// Sets a new password for whoever answered a mail to `email`, which must still be the account's, and so owns that
    /// address. If nobody had shown so before, somebody else may have made the account: whatever else opens it is
    /// taken away. None if the epoch is over, or another account has verified the address meanwhile.
    pub fn reset_password(
        &self,
        id: UserId,
        epoch: i64,
        email: &Email,
        hash: &str,
    ) -> Result<Option<Account>, Problem> {
        let proven =
            |column: &str| format!("CASE WHEN email_verified_at IS NULL THEN NULL ELSE {column} END");
        let statement = format!(
            "UPDATE account SET password_hash = $1, epoch = epoch + 1,
                 totp_secret = {}, totp_confirmed_at = {}, external_issuer = {}, external_subject = {},
                 recovery_codes = CASE WHEN email_verified_at IS NULL THEN '[]' ELSE recovery_codes END,
                 email_verified_at = COALESCE(email_verified_at, $2), updated_at = $2
             WHERE user_id = $3 AND epoch = $4 AND email_key = $5 RETURNING {COLUMNS}",
            proven("totp_secret"),
            proven("totp_confirmed_at"),
            proven("external_issuer"),
            proven("external_subject"),
        );
        let parameters =
            [hash.into(), self.now(), id.to_string().into(), epoch.into(), email_key(email).into()];
        match self.database.query(&statement, &parameters) {
            Err(error) if error.is_taken("account", "email_key") => Ok(None),
            rows => {
                let rows = self.read(rows)?;
                self.read(rows.first().map(account).transpose())
            }
        }
    }

    /// Ends all that was given out for an account: every session, and every token in a mail.
    pub fn end_epoch(&self, id: UserId) -> Result<bool, Problem> {
        let statement =
            "UPDATE account SET epoch = epoch + 1, updated_at = $1 WHERE user_id = $2 RETURNING user_id";
        self.changed(statement, &[self.now(), id.to_string().into()])
    }

    /// Changes what somebody may do, and signs them out, so that nobody goes on with a role that they lost for longer
    /// than an access token holds.
    pub fn change_role(&self, id: UserId, role: Role) -> Result<Option<Account>, Problem> {
        let statement = format!(
            "UPDATE account SET role = $1, epoch = epoch + 1, updated_at = $2 WHERE user_id = $3
             RETURNING {COLUMNS}"
        );
        self.one(&statement, &[role.name().into(), self.now(), id.to_string().into()], account)
    }

    /// Gives an account an authenticator that is still to be confirmed. False if it has one that is.
    pub fn begin_totp(&self, id: UserId, sealed_secret: &str) -> Result<bool, Problem> {
        let statement = "UPDATE account SET totp_secret = $1, totp_step = 0, updated_at = $2
             WHERE user_id = $3 AND totp_confirmed_at IS NULL RETURNING user_id";
        self.changed(statement, &[sealed_secret.into(), self.now(), id.to_string().into()])
    }

    /// Confirms the authenticator with the code of `step`, which is used up.
    pub fn confirm_totp(
        &self,
        id: UserId,
        sealed_secret: &str,
        step: i64,
        recovery_codes: &[String],
    ) -> Result<bool, Problem> {
        let statement = "UPDATE account SET totp_confirmed_at = $1, totp_step = $2, recovery_codes = $3,
                 updated_at = $1
             WHERE user_id = $4 AND totp_secret = $5 AND totp_confirmed_at IS NULL RETURNING user_id";
        let parameters = [
            self.now(),
            step.into(),
            self.json(&recovery_codes)?,
            id.to_string().into(),
            sealed_secret.into(),
        ];
        self.changed(statement, &parameters)
    }

    /// Uses up the codes of the authenticator up to `step`. False if that one was used before.
    pub fn use_totp_step(&self, id: UserId, sealed_secret: &str, step: i64) -> Result<bool, Problem> {
        let statement = "UPDATE account SET totp_step = $1
             WHERE user_id = $2 AND totp_secret = $3 AND totp_step < $1 RETURNING user_id";
        self.changed(statement, &[step.into(), id.to_string().into(), sealed_secret.into()])
    }

    /// Uses up a recovery code, so that `left` are left. False if another one was used meanwhile.
    pub fn use_recovery_code(&self, account: &Account, left: &[String]) -> Result<bool, Problem> {
        let statement = "UPDATE account SET recovery_codes = $1
             WHERE user_id = $2 AND recovery_codes = $3 RETURNING user_id";
        let parameters =
            [self.json(&left)?, account.id.to_string().into(), self.json(&account.recovery_codes)?];
        self.changed(statement, &parameters)
    }

    /// Replaces the recovery codes.
    pub fn replace_recovery_codes(&self, id: UserId, hashes: &[String]) -> Result<bool, Problem> {
        let statement = "UPDATE account SET recovery_codes = $1, updated_at = $2
             WHERE user_id = $3 AND totp_confirmed_at IS NOT NULL RETURNING user_id";
        self.changed(statement, &[self.json(&hashes)?, self.now(), id.to_string().into()])
    }

    /// Takes the authenticator away.
    pub fn end_totp(&self, id: UserId) -> Result<bool, Problem> {
        let statement = "UPDATE account SET totp_secret = NULL, totp_confirmed_at = NULL, totp_step = 0,
                 recovery_codes = '[]', updated_at = $1
             WHERE user_id = $2 RETURNING user_id";
        self.changed(statement, &[self.now(), id.to_string().into()])
    }

    /// Deletes an account with everything that belongs to it.
    pub fn delete_account(&self, id: UserId) -> Result<bool, Problem> {
        self.changed("DELETE FROM account WHERE user_id = $1 RETURNING user_id", &[id.to_string().into()])
    }
}

fn account(row: &Row) -> Result<Account, Error> {
    let optional = |column| row.optional_text(column).map(|text| text.map(str::to_owned));
    let confirmed = row.optional_integer("totp_confirmed_at")?.is_some();
    let last_step = row.integer("totp_step")?;
    let totp = optional("totp_secret")?;
    Ok(Account {
        id: row.parsed("user_id")?,
        email: row.parsed("email")?,
        email_verified: row.optional_integer("email_verified_at")?.is_some(),
        password_hash: optional("password_hash")?,
        first_name: row.text("first_name")?.to_owned(),
        last_name: row.text("last_name")?.to_owned(),
        role: Role::named(row.text("role")?).ok_or_else(|| unexpected("role", "a role"))?,
        preferences: row.json("preferences")?,
        epoch: row.integer("epoch")?,
        totp: totp.map(|sealed_secret| Totp { sealed_secret, confirmed, last_step }),
        recovery_codes: row.json("recovery_codes")?,
        external_issuer: optional("external_issuer")?,
        created_at: Timestamp(row.integer("created_at")?),
    })
}
