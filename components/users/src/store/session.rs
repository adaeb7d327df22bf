//! Sessions.

use merkato_commerce::{ids::UserId, time::Timestamp};
use merkato_contract::{problem::Problem, user::ExportedSession};

use super::{Store, account::Account};
use crate::session::{IDLE_MS, LIFETIME_MS, REPEAT_MS, RefreshToken};

/// Most sessions that an export lists; somebody with more has no use for the rest.
const EXPORTED_MAX: i64 = 1_000;

impl Store<'_> {
    /// Begins a session of the account's epoch as it was read.
    pub fn begin_session(&self, account: &Account, token: &RefreshToken) -> Result<(), Problem> {
        let statement =
            "INSERT INTO session (session_id, user_id, epoch, secret_hash, created_at, refreshed_at)
             VALUES ($1, $2, $3, $4, $5, $5)";
        let parameters = [
            token.session.as_str().into(),
            account.id.to_string().into(),
            account.epoch.into(),
            token.secret_hash.as_str().into(),
            self.now(),
        ];
        self.query(statement, &parameters).map(drop)
    }

    /// Puts another secret in the place of the present one. Says whose session it is; none if the secret is not the
    /// present one, or the session has ended.
    pub fn rotate_session(&self, token: &RefreshToken, next_hash: &str) -> Result<Option<UserId>, Problem> {
        let statement = "UPDATE session SET secret_hash = $1, refreshed_at = $2
             WHERE session_id = $3 AND secret_hash = $4 AND ended_at IS NULL
                 AND refreshed_at > $5 AND created_at > $6
                 AND epoch = (SELECT epoch FROM account WHERE account.user_id = session.user_id)
             RETURNING user_id";
        let parameters = [
            next_hash.into(),
            self.now(),
            token.session.as_str().into(),
            token.secret_hash.as_str().into(),
            self.ago(IDLE_MS),
            self.ago(LIFETIME_MS),
        ];
        self.one(statement, &parameters, |row| row.parsed("user_id"))
    }

    /// Whose session it is that `token` became the present one of a moment ago.
    pub fn user_of_fresh_session(&self, token: &RefreshToken) -> Result<Option<UserId>, Problem> {
        let statement = "SELECT user_id FROM session
             WHERE session_id = $1 AND secret_hash = $2 AND ended_at IS NULL AND refreshed_at > $3
                 AND epoch = (SELECT epoch FROM account WHERE account.user_id = session.user_id)";
        let parameters =
            [token.session.as_str().into(), token.secret_hash.as_str().into(), self.ago(REPEAT_MS)];
        self.one(statement, &parameters, |row| row.parsed("user_id"))
    }

    /// Ends a session. False if it had ended or never was.
    pub fn end_session(&self, session: &str) -> Result<bool, Problem> {
        let statement = "UPDATE session SET ended_at = $1 WHERE session_id = $2 AND ended_at IS NULL RETURNING session_id";
        self.changed(statement, &[self.now(), session.into()])
    }

    /// Ends a session if the secret is its present one, and says whose it was.
    pub fn end_session_of(&self, token: &RefreshToken) -> Result<Option<UserId>, Problem> {
        let statement = "UPDATE session SET ended_at = $1
             WHERE session_id = $2 AND secret_hash = $3 AND ended_at IS NULL RETURNING user_id";
        let parameters = [self.now(), token.session.as_str().into(), token.secret_hash.as_str().into()];
        self.one(statement, &parameters, |row| row.parsed("user_id"))
    }

    /// Where an account is signed in.
    pub fn sessions(&self, account: &Account) -> Result<Vec<ExportedSession>, Problem> {
        let statement = "SELECT created_at, refreshed_at FROM session
             WHERE user_id = $1 AND epoch = $2 AND ended_at IS NULL AND refreshed_at > $3
             ORDER BY created_at LIMIT $4";
        let parameters =
            [account.id.to_string().into(), account.epoch.into(), self.ago(IDLE_MS), EXPORTED_MAX.into()];
        self.all(statement, &parameters, |row| {
            Ok(ExportedSession {
                created_at: Timestamp(row.integer("created_at")?).into(),
                refreshed_at: Timestamp(row.integer("refreshed_at")?).into(),
            })
        })
    }

    /// Deletes sessions that no token can go on with any more.
    pub fn delete_old_sessions(&self) -> Result<(), Problem> {
        self.query("DELETE FROM session WHERE refreshed_at <= $1", &[self.ago(IDLE_MS)]).map(drop)
    }
}
