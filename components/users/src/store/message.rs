//! Messages about accounts: the table is the outbox.

use merkato_commerce::{ids::UserId, text::Email, time::Timestamp};
use merkato_contract::{
    message::Template,
    problem::Problem,
    user::{ExportedMessage, Preferences},
};
use merkato_edge::database::{Error, Row, Value};
use uuid::Uuid;

use super::{Store, account::Account, unexpected};
use crate::throttle::email_key;

/// How long messages are kept, in milliseconds: for longer than any token in them works, and as long as somebody may
/// wonder what they were sent.
const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// How long a message is worth sending, in milliseconds: after a day nobody waits for it any more.
const WORTH_SENDING_MS: i64 = 24 * 60 * 60 * 1_000;
/// Most messages that an export lists; the throttle lets through fewer.
const EXPORTED_MAX: i64 = 5_000;

const WAITING: &str =
    "SELECT message_id, message.user_id, template, message.email, tries, first_name, preferences
     FROM message JOIN account ON account.user_id = message.user_id WHERE sent_at IS NULL";

/// A message that is still to be sent.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its id.
    pub id: Uuid,
    /// Whom it is for.
    pub user_id: UserId,
    /// What it says.
    pub template: Template,
    /// Where it goes.
    pub email: Email,
    /// What they are called.
    pub first_name: String,
    /// The language that they read.
    pub locale: String,
    /// How often sending it was tried.
    pub tries: u32,
}

/// A message, for whoever brings its token.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Whom it was for.
    pub user_id: UserId,
    /// What it said.
    pub template: Template,
    /// Where it went.
    pub email: Email,
    /// The account's epoch then.
    pub epoch: i64,
    /// When it was written.
    pub created_at: Timestamp,
}

impl Store<'_> {
    /// Writes the mail that asks whether `email` belongs to the owner of the account `id`. If somebody else has shown
    /// that it is theirs, they are told instead. Without `may_send` the row is written all the same and nothing sent.
    pub fn write_verification(
        &self,
        message_id: Uuid,
        id: UserId,
        email: &Email,
        may_send: bool,
    ) -> Result<(), Problem> {
        let statement = "INSERT INTO message
                 (message_id, user_id, epoch, template, email, created_at, tries, next_at, sent_at)
             SELECT CAST($1 AS TEXT), user_id, epoch,
                 CASE WHEN user_id = $2 THEN 'verify_email' ELSE 'email_in_use' END,
                 CASE WHEN user_id = $2 THEN $3 ELSE email END,
                 CAST($4 AS BIGINT), 0, CAST($4 AS BIGINT), CAST($5 AS BIGINT)
             FROM account WHERE user_id = $2 OR (email_key = $6 AND email_verified_at IS NOT NULL)
             ORDER BY CASE WHEN user_id = $2 THEN 1 ELSE 0 END LIMIT 1";
        let parameters = [
            message_id.to_string().into(),
            id.to_string().into(),
            email.as_str().into(),
            self.now(),
            self.sent_unless(may_send),
            email_key(email).into(),
        ];
        self.query(statement, &parameters).map(drop)
    }

    /// Writes the mail with the way to a new password, for whoever has verified `email` or else has named it last. For
    /// an address that is not known here the row is for nobody.
    pub fn write_reset(&self, message_id: Uuid, email: &Email, may_send: bool) -> Result<(), Problem> {
        let statement = "INSERT INTO message
                 (message_id, user_id, epoch, template, email, created_at, tries, next_at, sent_at)
             SELECT CAST($1 AS TEXT), found.user_id, COALESCE(found.epoch, 0), 'reset_password', found.email,
                 CAST($2 AS BIGINT), 0, CAST($2 AS BIGINT),
                 CASE WHEN found.user_id IS NULL THEN CAST($2 AS BIGINT) ELSE CAST($3 AS BIGINT) END
             FROM (SELECT 1 AS once) AS asked LEFT JOIN (
                 SELECT user_id, epoch, email FROM account WHERE email_key = $4
                 ORDER BY CASE WHEN email_verified_at IS NULL THEN 1 ELSE 0 END, user_id DESC LIMIT 1) AS found
             ON 1 = 1";
        let parameters =
            [message_id.to_string().into(), self.now(), self.sent_unless(may_send), email_key(email).into()];
        self.query(statement, &parameters).map(drop)
    }

    /// Writes the mail that says that the password was changed.
    pub fn write_password_changed(&self, message_id: Uuid, account: &Account) -> Result<(), Problem> {
        let statement = "INSERT INTO message
                 (message_id, user_id, epoch, template, email, created_at, tries, next_at)
             SELECT CAST($1 AS TEXT), user_id, epoch, 'password_changed', email, CAST($2 AS BIGINT), 0,
                 CAST($2 AS BIGINT)
             FROM account WHERE user_id = $3";
        let parameters = [message_id.to_string().into(), self.now(), account.id.to_string().into()];
        self.query(statement, &parameters).map(drop)
    }

    fn sent_unless(&self, may_send: bool) -> Value {
        if may_send { Value::Null } else { self.now() }
    }

    /// The message of that id, if it is still to be sent.
    pub fn waiting_message(&self, id: Uuid) -> Result<Option<Waiting>, Problem> {
        self.one(&format!("{WAITING} AND message_id = $1"), &[id.to_string().into()], waiting)
    }

    /// Up to `limit` messages that are due.
    pub fn waiting_messages(&self, limit: u32) -> Result<Vec<Waiting>, Problem> {
        let statement =
            format!("{WAITING} AND next_at <= $1 AND message.created_at > $2 ORDER BY next_at LIMIT $3");
        let parameters = [self.now(), self.ago(WORTH_SENDING_MS), i64::from(limit).into()];
        self.all(&statement, &parameters, waiting)
    }

    /// Number of messages that are still to be sent.
    pub fn waiting_count(&self) -> Result<i64, Problem> {
        let statement = "SELECT COUNT(*) AS left_over FROM message WHERE sent_at IS NULL AND created_at > $1";
        let count = self.one(statement, &[self.ago(WORTH_SENDING_MS)], |row| row.integer("left_over"))?;
        Ok(count.unwrap_or_default())
    }

    /// Notes that a message was taken.
    pub fn mark_sent(&self, id: Uuid) -> Result<(), Problem> {
        let statement = "UPDATE message SET sent_at = $1 WHERE message_id = $2 AND sent_at IS NULL";
        self.query(statement, &[self.now(), id.to_string().into()]).map(drop)
    }

    /// Notes that a message was not taken, to be tried again after a pause.
    pub fn postpone_message(&self, id: Uuid, pause_ms: i64) -> Result<(), Problem> {
        let statement = "UPDATE message SET tries = tries + 1, next_at = $1
             WHERE message_id = $2 AND sent_at IS NULL";
        let next_at = self.context.now().plus_milliseconds(pause_ms).0;
        self.query(statement, &[next_at.into(), id.to_string().into()]).map(drop)
    }

    /// The message of that id, if it is for somebody.
    pub fn message(&self, id: Uuid) -> Result<Option<Kept>, Problem> {
        let statement = "SELECT user_id, template, email, epoch, created_at FROM message
             WHERE message_id = $1 AND user_id IS NOT NULL";
        self.one(statement, &[id.to_string().into()], |row| {
            Ok(Kept {
                user_id: row.parsed("user_id")?,
                template: template(row)?,
                email: row.parsed("email")?,
                epoch: row.integer("epoch")?,
                created_at: Timestamp(row.integer("created_at")?),
            })
        })
    }

    /// What somebody was sent.
    pub fn messages(&self, id: UserId) -> Result<Vec<ExportedMessage>, Problem> {
        let statement = "SELECT template, email, created_at FROM message
             WHERE user_id = $1 ORDER BY created_at LIMIT $2";
        self.all(statement, &[id.to_string().into(), EXPORTED_MAX.into()], |row| {
            Ok(ExportedMessage {
                template: template(row)?,
                email: row.text("email")?.to_owned(),
                created_at: Timestamp(row.integer("created_at")?).into(),
            })
        })
    }

    /// Deletes what was written long ago.
    pub fn delete_old_messages(&self) -> Result<(), Problem> {
        self.query("DELETE FROM message WHERE created_at <= $1", &[self.ago(KEPT_MS)]).map(drop)
    }
}

fn waiting(row: &Row) -> Result<Waiting, Error> {
    let preferences: Preferences = row.json("preferences")?;
    Ok(Waiting {
        id: row.parsed("message_id")?,
        user_id: row.parsed("user_id")?,
        template: template(row)?,
        email: row.parsed("email")?,
        first_name: row.text("first_name")?.to_owned(),
        locale: preferences.locale,
        tries: u32::try_from(row.integer("tries")?).unwrap_or(u32::MAX),
    })
}

fn template(row: &Row) -> Result<Template, Error> {
    Template::named(row.text("template")?).ok_or_else(|| unexpected("template", "a template"))
}
