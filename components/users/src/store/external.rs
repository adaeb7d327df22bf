//! Signing in by an external provider: who is on the way, and what the provider publishes.

use merkato_commerce::{ids::UserId, time::Timestamp};
use merkato_contract::problem::Problem;

use super::Store;

/// How long somebody may take at the provider, in milliseconds: a forgotten password there included.
const UNDER_WAY_MS: i64 = 15 * 60 * 1_000;

/// Somebody on the way to the provider and back.
#[derive(Debug, Clone)]
pub struct UnderWay {
    /// What the provider's token must repeat.
    pub nonce: String,
    /// What shows the provider that whoever brings the code is whoever asked (RFC 7636).
    pub verifier: String,
    /// Who it is, once that is known.
    pub user_id: Option<UserId>,
}

/// What the provider published, and when it was read.
#[derive(Debug, Clone)]
pub struct Document {
    /// JSON.
    pub body: String,
    /// When it was read.
    pub read_at: Timestamp,
}

impl Store<'_> {
    /// Notes that somebody goes to the provider.
    pub fn begin_external_login(
        &self,
        state_hash: &str,
        login_hash: &str,
        under_way: &UnderWay,
    ) -> Result<(), Problem> {
        let statement =
            "INSERT INTO external_login (external_login_id, login_hash, nonce, verifier, created_at)
             VALUES ($1, $2, $3, $4, $5)";
        let parameters = [
            state_hash.into(),
            login_hash.into(),
            under_way.nonce.as_str().into(),
            under_way.verifier.as_str().into(),
            self.now(),
        ];
        self.query(statement, &parameters).map(drop)
    }

    /// Who comes back with that state, to where they went from.
    pub fn external_login(&self, state_hash: &str, login_hash: &str) -> Result<Option<UnderWay>, Problem> {
        let statement = "SELECT nonce, verifier, user_id FROM external_login
             WHERE external_login_id = $1 AND login_hash = $2 AND created_at > $3";
        let parameters = [state_hash.into(), login_hash.into(), self.ago(UNDER_WAY_MS)];
        self.one(statement, &parameters, |row| {
            let user_id =
                row.optional_text("user_id")?.is_some().then(|| row.parsed("user_id")).transpose()?;
            Ok(UnderWay {
                nonce: row.text("nonce")?.to_owned(),
                verifier: row.text("verifier")?.to_owned(),
                user_id,
            })
        })
    }

    /// Notes who it is.
    pub fn name_external_login(&self, state_hash: &str, user: UserId) -> Result<(), Problem> {
        let statement = "UPDATE external_login SET user_id = $1 WHERE external_login_id = $2";
        self.query(statement, &[user.to_string().into(), state_hash.into()]).map(drop)
    }

    /// Ends the way. False if it had ended: it leads in once.
    pub fn end_external_login(&self, state_hash: &str) -> Result<bool, Problem> {
        let statement = "DELETE FROM external_login WHERE external_login_id = $1 RETURNING external_login_id";
        self.changed(statement, &[state_hash.into()])
    }

    /// What was last read at that address.
    pub fn document(&self, url: &str) -> Result<Option<Document>, Problem> {
        self.one("SELECT body, read_at FROM oidc_document WHERE url = $1", &[url.into()], |row| {
            Ok(Document { body: row.text("body")?.to_owned(), read_at: Timestamp(row.integer("read_at")?) })
        })
    }

    /// Keeps what was read at that address.
    pub fn keep_document(&self, url: &str, body: &str) -> Result<(), Problem> {
        let statement = "INSERT INTO oidc_document (url, body, read_at) VALUES ($1, $2, $3)
             ON CONFLICT (url) DO UPDATE SET body = excluded.body, read_at = excluded.read_at";
        self.query(statement, &[url.into(), body.into(), self.now()]).map(drop)
    }

    /// Deletes ways that nobody came back on.
    pub fn delete_old_external_logins(&self) -> Result<(), Problem> {
        let statement = "DELETE FROM external_login WHERE created_at <= $1";
        self.query(statement, &[self.ago(UNDER_WAY_MS)]).map(drop)
    }
}
