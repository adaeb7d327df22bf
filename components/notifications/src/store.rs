//! The notifications service's tables. Of two who write the same message, a constraint lets one do so; of two who want
//! to send it, the one does whose statement moves its next try on.

use merkato_commerce::{
    ids::{EventId, NotificationId, UserId},
    text::{Sku, Slug},
    time::Timestamp,
};
use merkato_contract::{
    notification::{Notification, NotificationState, OpenedNotification},
    problem::Problem,
};
use merkato_edge::{
    Context,
    database::{Database, Error, Row, Value},
};

use crate::{
    channel::{Receipt, Refusal},
    letter::Written,
    locale::Locale,
    template::Template,
};

const OUTGOING_COLUMNS: &str =
    "message_id, template, channel, recipient, user_id, subject, body_text, body_html, tries";
const NOTIFICATION_COLUMNS: &str = "message_id, template, channel, state, recipient, user_id, locale, subject, tries, reason, \
     created_at, settled_at, body_text, body_html";

/// How long whoever takes a message has to send it, in milliseconds; then another may. Longer than any carrier is
/// waited for.
const LEASE_MS: i64 = 60_000;
/// Waits after each failed try, in seconds: short at first, since most faults pass, and about a day altogether, so that
/// an operator can sleep.
const WAITS_SECONDS: [i64; 9] = [5, 30, 120, 600, 3_600, 10_800, 21_600, 21_600, 21_600];
/// What falls due within this time counts as left, in milliseconds: the coordinator looks that often anyway.
const SOON_MS: i64 = 600_000;
/// Most skus that one account waits for at a time.
const STOCK_REQUESTS_MAX: i64 = 100;

/// How a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By e-mail.
    Email,
    /// To a telephone.
    Sms,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

/// A message that is to be written down.
#[derive(Debug)]
pub struct New<'a> {
    /// Its id.
    pub id: NotificationId,
    /// What it is written for.
    pub source: &'a str,
    /// What it says.
    pub template: Template,
    /// How it goes.
    pub way: Way,
    /// Where it goes.
    pub recipient: &'a str,
    /// Whose account it is about.
    pub user: Option<UserId>,
    /// The language that it is written in.
    pub locale: Locale,
    /// What was written; no page for a short message.
    pub written: Written,
    /// Whether whoever writes it sends it at once.
    pub at_once: bool,
}

/// A message that is to be sent, by whoever holds it.
#[derive(Debug)]
pub struct Outgoing {
    /// Its id.
    pub id: NotificationId,
    /// What it says.
    pub template: Template,
    /// How it goes.
    pub way: Way,
    /// Where it goes.
    pub recipient: String,
    /// Whose account it is about.
    pub user: Option<UserId>,
    /// What it is about.
    pub subject: String,
    /// In plain text.
    pub text: String,
    /// As a page.
    pub html: Option<String>,
    /// How often it has been tried, this time included.
    pub tries: u32,
}

/// Somebody who wants to know that a sku is back, which it is.
#[derive(Debug)]
pub struct StockRequest {
    /// What they want.
    pub sku: Sku,
    /// Who.
    pub user: UserId,
    /// The product that it is a variant of.
    pub product: Slug,
    /// What it is called.
    pub title: String,
    /// The event that told of it.
    pub event: EventId,
}

/// Which messages are listed.
#[derive(Debug, Default)]
pub struct Filter {
    /// Those about this account.
    pub user: Option<UserId>,
    /// Those that stand so.
    pub state: Option<NotificationState>,
    /// Those to this address or number.
    pub recipient: Option<String>,
}

/// The notifications service's tables, for the length of one request.
#[derive(Debug)]
pub struct Store<'a> {
    context: &'a Context,
    database: Database,
}

impl<'a> Store<'a> {
    /// Opens the tables.
    pub fn open(context: &'a Context) -> Result<Self, Problem> {
        Ok(Self { context, database: context.database()? })
    }

    /// Writes a message down; none if it was before. Whoever sends it at once holds it from the start.
    pub fn write(&self, new: New<'_>) -> Result<Option<Outgoing>, Problem> {
        let statement = format!(
            "INSERT INTO message (message_id, source, template, channel, recipient, user_id, locale, subject,
                 body_text, body_html, state, tries, next_try_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', $11, $12, $13)
             ON CONFLICT (source, template, channel, recipient) DO NOTHING
             RETURNING {OUTGOING_COLUMNS}"
        );
        let now = self.context.now();
        let due = if new.at_once { now.plus_milliseconds(LEASE_MS) } else { now };
        let html = match new.way {
            Way::Email => Some(new.written.html),
            Way::Sms => None,
        };
        let parameters = [
            new.id.to_string().into(),
            new.source.into(),
            new.template.name().into(),
            new.way.name().into(),
            new.recipient.into(),
            new.user.map(|user| user.to_string()).into(),
            new.locale.tag().into(),
            new.written.subject.into(),
            new.written.text.into(),
            html.into(),
            i64::from(new.at_once).into(),
            due.0.into(),
            now.0.into(),
        ];
        self.first(&statement, &parameters, outgoing)
    }

    /// Takes a message that is due, to send it; none if there is none, or another was quicker.
    pub fn take(&self) -> Result<Option<Outgoing>, Problem> {
        let statement = format!(
            "UPDATE message SET tries = tries + 1, next_try_at = $1
             WHERE message_id = (SELECT message_id FROM message WHERE state = 'queued' AND next_try_at <= $2
                                 ORDER BY next_try_at, message_id LIMIT 1)
                 AND state = 'queued' AND next_try_at <= $2
             RETURNING {OUTGOING_COLUMNS}"
        );
        let now = self.context.now();
        self.first(&statement, &[now.plus_milliseconds(LEASE_MS).0.into(), now.0.into()], outgoing)
    }

    /// Notes that a message was taken by its carrier. One that holds a key to an account is forgotten once it has left
    /// the shop.
    pub fn settle(&self, outgoing: &Outgoing, receipt: &Receipt) -> Result<(), Problem> {
        let (reference, left) = match receipt {
            Receipt::Sent(reference) => (reference.clone(), true),
            Receipt::Kept => (None, false),
        };
        let forgotten =
            if left && outgoing.template.holds_key() { ", body_text = NULL, body_html = NULL" } else { "" };
        let statement = format!(
            "UPDATE message SET state = 'sent', reference = $1, reason = NULL, settled_at = $2{forgotten}
             WHERE message_id = $3 AND state = 'queued'"
        );
        self.query(&statement, &[reference.into(), self.now(), outgoing.id.to_string().into()]).map(drop)
    }

    /// Notes that a message was not taken, and when it is tried again, if it is.
    pub fn postpone(&self, outgoing: &Outgoing, refusal: &Refusal) -> Result<(), Problem> {
        let now = self.context.now();
        let (reason, next) = match refusal {
            Refusal::ForGood(reason) => (reason, None),
            Refusal::ForNow(reason) | Refusal::Away(reason) => (reason, next_try(now, outgoing.tries)),
        };
        let id = outgoing.id.to_string();
        let rows = if let Some(next) = next {
            let statement = "UPDATE message SET next_try_at = $1, reason = $2
                 WHERE message_id = $3 AND state = 'queued'";
            self.query(statement, &[next.0.into(), reason.as_str().into(), id.into()])
        } else {
            let statement = "UPDATE message SET state = 'failed', reason = $1, settled_at = $2
                 WHERE message_id = $3 AND state = 'queued'";
            self.query(statement, &[reason.as_str().into(), now.0.into(), id.into()])
        };
        rows.map(drop)
    }

    /// How much falls due before the coordinator would look again by itself.
    pub fn due_count(&self) -> Result<i64, Problem> {
        let statement = "SELECT (SELECT COUNT(*) FROM message WHERE state = 'queued' AND next_try_at <= $1)
                 + (SELECT COUNT(*) FROM stock_request WHERE event_id IS NOT NULL) AS due";
        let soon = self.context.now().plus_milliseconds(SOON_MS);
        let count = self.first(statement, &[soon.0.into()], |row| row.integer("due"))?;
        Ok(count.unwrap_or_default())
    }

    /// Up to `limit` messages, newest first, of those written before `after`.
    pub fn list(
        &self,
        filter: &Filter,
        after: Option<NotificationId>,
        limit: u32,
    ) -> Result<Vec<Notification>, Problem> {
        let conditions = [
            ("message_id <", after.map(|id| id.to_string())),
            ("user_id =", filter.user.map(|user| user.to_string())),
            ("state =", filter.state.map(|state| state.name().to_owned())),
            ("recipient =", filter.recipient.clone()),
        ];
        let given = conditions.into_iter().filter_map(|(condition, value)| Some((condition, value?)));
        let (mut tests, mut parameters) = (vec!["1 = 1".to_owned()], Vec::<Value>::new());
        for (condition, value) in given {
            parameters.push(value.into());
            tests.push(format!("{condition} ${}", parameters.len()));
        }
        parameters.push(i64::from(limit).into());
        let statement = format!(
            "SELECT {NOTIFICATION_COLUMNS} FROM message WHERE {} ORDER BY message_id DESC LIMIT ${}",
            tests.join(" AND "),
            parameters.len()
        );
        let rows = self.query(&statement, &parameters)?;
        let notifications = rows.iter().map(notification).collect::<Result<_, _>>();
        notifications.map_err(|error| self.context.database_fault(&error))
    }

    /// A message with what it says.
    pub fn opened(&self, id: NotificationId) -> Result<Option<OpenedNotification>, Problem> {
        let statement = format!("SELECT {NOTIFICATION_COLUMNS} FROM message WHERE message_id = $1");
        self.first(&statement, &[id.to_string().into()], |row| {
            let body = |column| Ok(row.optional_text(column)?.map(str::to_owned));
            Ok(OpenedNotification {
                notification: notification(row)?,
                text: body("body_text")?,
                html: body("body_html")?,
            })
        })
    }

    /// Notes that somebody wants to know when a sku is back. Says no if they wait for too many.
    pub fn request_stock(
        &self,
        user: UserId,
        sku: &Sku,
        product: &Slug,
        title: &str,
    ) -> Result<bool, Problem> {
        let statement = "INSERT INTO stock_request (sku, user_id, product, title, created_at)
             SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT)
             WHERE (SELECT COUNT(*) FROM stock_request WHERE user_id = $2 AND sku <> $1) < $6
             ON CONFLICT (sku, user_id) DO UPDATE SET title = excluded.title RETURNING sku";
        let parameters = [
            sku.as_str().into(),
            user.to_string().into(),
            product.as_str().into(),
            title.into(),
            self.now(),
            STOCK_REQUESTS_MAX.into(),
        ];
        Ok(!self.query(statement, &parameters)?.is_empty())
    }

    /// Notes that somebody does not want to know any more.
    pub fn withdraw_stock_request(&self, user: UserId, sku: &str) -> Result<(), Problem> {
        let statement = "DELETE FROM stock_request WHERE sku = $1 AND user_id = $2";
        self.query(statement, &[sku.into(), user.to_string().into()]).map(drop)
    }

    /// Notes that a sku is back, for those who wait for it.
    pub fn note_stock(&self, sku: &Sku, event: EventId) -> Result<(), Problem> {
        let statement = "UPDATE stock_request SET event_id = $1 WHERE sku = $2 AND event_id IS NULL";
        self.query(statement, &[event.to_string().into(), sku.as_str().into()]).map(drop)
    }

    /// Up to `limit` of those whose sku is back.
    pub fn due_stock_requests(&self, limit: u32) -> Result<Vec<StockRequest>, Problem> {
        let statement = "SELECT sku, user_id, product, title, event_id FROM stock_request
             WHERE event_id IS NOT NULL ORDER BY created_at, user_id LIMIT $1";
        let request = |row: &Row| {
            Ok(StockRequest {
                sku: row.parsed("sku")?,
                user: row.parsed("user_id")?,
                product: row.parsed("product")?,
                title: row.text("title")?.to_owned(),
                event: row.parsed("event_id")?,
            })
        };
        let rows = self.query(statement, &[i64::from(limit).into()])?;
        let requests = rows.iter().map(request).collect::<Result<_, _>>();
        requests.map_err(|error| self.context.database_fault(&error))
    }

    /// Notes that the reader at `recipient` wants no more offers.
    pub fn unsubscribe(&self, recipient: &str, user: Option<UserId>) -> Result<(), Problem> {
        let statement = "INSERT INTO unsubscription (recipient, user_id, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (recipient) DO NOTHING";
        // Servers tell capitals apart in theory only, and whoever wants no more offers wants none there either.
        let parameters =
            [recipient.to_lowercase().into(), user.map(|user| user.to_string()).into(), self.now()];
        self.query(statement, &parameters).map(drop)
    }

    /// Notes that somebody wants offers again.
    pub fn resubscribe(&self, user: UserId) -> Result<(), Problem> {
        self.query("DELETE FROM unsubscription WHERE user_id = $1", &[user.to_string().into()]).map(drop)
    }

    /// Whether the reader at `recipient` wants no more offers, or said so at another address of the same account.
    pub fn is_unsubscribed(&self, recipient: &str, user: Option<UserId>) -> Result<bool, Problem> {
        let statement = "SELECT recipient FROM unsubscription WHERE recipient = $1 OR user_id = $2";
        let parameters = [recipient.to_lowercase().into(), user.map(|user| user.to_string()).into()];
        Ok(!self.query(statement, &parameters)?.is_empty())
    }

    fn now(&self) -> Value {
        self.context.now().0.into()
    }

    fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Problem> {
        self.database.query(statement, parameters).map_err(|error| self.context.database_fault(&error))
    }

    fn first<T>(
        &self,
        statement: &str,
        parameters: &[Value],
        read: impl FnOnce(&Row) -> Result<T, Error>,
    ) -> Result<Option<T>, Problem> {
        let rows = self.query(statement, parameters)?;
        rows.first().map(read).transpose().map_err(|error| self.context.database_fault(&error))
    }
}

/// When a message that was tried `tries` times is tried again, if it is.
fn next_try(now: Timestamp, tries: u32) -> Option<Timestamp> {
    let place = usize::try_from(tries).ok()?.checked_sub(1)?;
    WAITS_SECONDS.get(place).map(|seconds| now.plus_milliseconds(seconds * 1_000))
}

fn outgoing(row: &Row) -> Result<Outgoing, Error> {
    Ok(Outgoing {
        id: row.parsed("message_id")?,
        template: Template::from_name(row.text("template")?)
            .ok_or_else(|| unexpected("template", "a template"))?,
        way: way(row)?,
        recipient: row.text("recipient")?.to_owned(),
        user: user(row)?,
        subject: row.text("subject")?.to_owned(),
        text: row.text("body_text")?.to_owned(),
        html: row.optional_text("body_html")?.map(str::to_owned),
        tries: small(row, "tries")?,
    })
}

fn notification(row: &Row) -> Result<Notification, Error> {
    Ok(Notification {
        id: row.parsed("message_id")?,
        template: row.text("template")?.to_owned(),
        channel: way(row)?.name().to_owned(),
        state: NotificationState::from_name(row.text("state")?)
            .ok_or_else(|| unexpected("state", "a state of a message"))?,
        recipient: row.text("recipient")?.to_owned(),
        user_id: user(row)?,
        locale: row.text("locale")?.to_owned(),
        subject: row.text("subject")?.to_owned(),
        tries: small(row, "tries")?,
        reason: row.optional_text("reason")?.map(str::to_owned),
        created_at: Timestamp(row.integer("created_at")?).into(),
        settled_at: row.optional_integer("settled_at")?.map(|at| Timestamp(at).into()),
    })
}

fn user(row: &Row) -> Result<Option<UserId>, Error> {
    row.optional_text("user_id")?.map(|_| row.parsed("user_id")).transpose()
}

fn way(row: &Row) -> Result<Way, Error> {
    let name = row.text("channel")?;
    let way = [Way::Email, Way::Sms].into_iter().find(|way| way.name() == name);
    way.ok_or_else(|| unexpected("channel", "a way"))
}

fn small(row: &Row, column: &'static str) -> Result<u32, Error> {
    u32::try_from(row.integer(column)?).map_err(|_| unexpected(column, "a small number"))
}

fn unexpected(column: &str, expected: &'static str) -> Error {
    Error::Shape { column: column.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_not_taken_is_tried_less_and_less_often_and_given_up_after_a_day() {
        let mut now = Timestamp(0);
        let mut tries = 1;
        let mut waits = Vec::new();
        while let Some(next) = next_try(now, tries) {
            waits.push(next.milliseconds_since(now));
            (now, tries) = (next, tries + 1);
        }
        assert!(waits.is_sorted() && waits[0] == 5_000, "{waits:?}");
        assert_eq!(tries, 10);
        assert!((20 * 3_600_000..30 * 3_600_000).contains(&now.0), "{now:?}");
    }
}
