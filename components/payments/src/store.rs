//! The payments service's tables. Every change is one statement that names the states it may start from, so that two
//! that meet cannot both win.

use merkato_commerce::{
    ids::{OrderId, PaymentId},
    money::Money,
};
use merkato_contract::{payment::Authorize, problem::Problem};
use merkato_edge::{
    Context,
    database::{Database, Error, Row, Value},
};

const COLUMNS: &str =
    "payment_id, order_id, attempt, amount, currency, method, gateway, reference, state, asks,
     redirect_url, reason";

/// Where a payment stands at its gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The gateway has been asked and has not answered yet.
    Asking,
    /// It waits for the shopper.
    Challenged,
    /// It will say later.
    Pending,
    /// The money is set aside.
    Approved,
    /// The gateway refused.
    Declined,
    /// The gateway is being asked to hand the money over. Nobody lets it go meanwhile.
    Capturing,
    /// The shop has the money.
    Captured,
    /// The gateway is being asked to let the money go. Nobody takes it meanwhile.
    Voiding,
    /// The money was let go.
    Voided,
}

impl State {
    const ALL: [Self; 9] = [
        Self::Asking,
        Self::Challenged,
        Self::Pending,
        Self::Approved,
        Self::Declined,
        Self::Capturing,
        Self::Captured,
        Self::Voiding,
        Self::Voided,
    ];

    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Challenged => "challenged",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Capturing => "capturing",
            Self::Captured => "captured",
            Self::Voiding => "voiding",
            Self::Voided => "voided",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A payment.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// What is paid.
    pub order_id: OrderId,
    /// Which try of the order this is.
    pub attempt: u32,
    /// How much.
    pub amount: Money,
    /// The gateway's name for the means.
    pub method: String,
    /// Which gateway was asked.
    pub gateway: String,
    /// The gateway's name for the payment.
    pub reference: Option<String>,
    /// Where it stands.
    pub state: State,
    /// How often the gateway has been asked to authorize it.
    pub asks: u32,
    /// Where the shopper confirms it, as the gateway gave it.
    pub redirect_url: Option<String>,
    /// Why it was declined.
    pub reason: Option<String>,
}

/// What the gateway said of a payment.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Where the payment stands now.
    pub state: State,
    /// The gateway's name for it.
    pub reference: Option<String>,
    /// Where the shopper confirms it.
    pub redirect_url: Option<String>,
    /// Why it was declined.
    pub reason: Option<String>,
}

/// A refund as far as it has got.
#[derive(Debug, Clone)]
pub struct Refund {
    /// Of which payment.
    pub payment_id: PaymentId,
    /// How much.
    pub amount: Money,
    /// What the gateway said, once it has.
    pub answer: Option<RefundAnswer>,
}

/// What the gateway said of a refund, for good.
#[derive(Debug, Clone)]
pub enum RefundAnswer {
    /// The money went back.
    Done,
    /// It will not go back; why, in words for people.
    Refused(String),
}

/// The payments service's tables, for the length of one request.
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

    /// Notes that the gateway is about to be asked. A payment that is known already is given as it stands, with one
    /// more ask; one that was called off before it was first asked for learns what it is about.
    pub fn ask(&self, request: &Authorize, gateway: &str) -> Result<Payment, Problem> {
        let statement = format!(
            "INSERT INTO payment (payment_id, order_id, attempt, amount, currency, method, gateway, state, asks, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'asking', 1, $8, $8)
             ON CONFLICT (payment_id) DO UPDATE SET
                 asks = payment.asks + 1,
                 order_id = CASE payment.asks WHEN 0 THEN excluded.order_id ELSE payment.order_id END,
                 attempt = CASE payment.asks WHEN 0 THEN excluded.attempt ELSE payment.attempt END,
                 amount = CASE payment.asks WHEN 0 THEN excluded.amount ELSE payment.amount END,
                 currency = CASE payment.asks WHEN 0 THEN excluded.currency ELSE payment.currency END,
                 method = CASE payment.asks WHEN 0 THEN excluded.method ELSE payment.method END
             RETURNING {COLUMNS}"
        );
        let parameters = [
            request.payment_id.to_string().into(),
            request.order_id.to_string().into(),
            i64::from(request.attempt).into(),
            request.amount.amount.into(),
            request.amount.currency.code().into(),
            request.method.as_str().into(),
            gateway.into(),
            self.now(),
        ];
        let payment = self.one(&statement, &parameters)?;
        payment.ok_or_else(|| self.context.internal("an ask left no row", request.payment_id))
    }

    /// Calls off a payment that nobody has asked for yet, so that it is let go should somebody ask: messages overtake
    /// each other. Its row says voided, was asked for zero times, and is about no order and no currency (ISO 4217's
    /// `XXX`) until then. A payment that is known is left alone. Gives the payment as it then stands.
    pub fn call_off(&self, id: PaymentId, gateway: &str) -> Result<Option<Payment>, Problem> {
        let statement = "INSERT INTO payment (payment_id, order_id, attempt, amount, currency, method, gateway, state, asks, created_at, updated_at)
             VALUES ($1, '00000000-0000-0000-0000-000000000000', 0, 0, 'XXX', '', $2, 'voided', 0, $3, $3)
             ON CONFLICT (payment_id) DO NOTHING";
        self.query(statement, &[id.to_string().into(), gateway.into(), self.now()])?;
        self.payment(id)
    }

    /// The payment of that id.
    pub fn payment(&self, id: PaymentId) -> Result<Option<Payment>, Problem> {
        self.one(&format!("SELECT {COLUMNS} FROM payment WHERE payment_id = $1"), &[id.to_string().into()])
    }

    /// Notes the gateway's answer, unless the payment has an answer already; gives the payment as it then stands.
    /// A payment that waits is still open: whatever comes is its answer. One that only starts to wait must not undo
    /// an answer that overtook it. That money was taken is the last word, whatever was known before.
    pub fn settle(&self, id: PaymentId, settlement: &Settlement) -> Result<Option<Payment>, Problem> {
        let open = match settlement.state {
            State::Challenged | State::Pending => "state = 'asking'",
            State::Captured => "state <> 'captured'",
            _ => "state IN ('asking', 'challenged', 'pending')",
        };
        let statement = format!(
            "UPDATE payment SET state = $1, reference = COALESCE(reference, $2), redirect_url = $3, reason = $4, updated_at = $5
             WHERE payment_id = $6 AND {open} RETURNING {COLUMNS}"
        );
        let parameters = [
            settlement.state.name().into(),
            settlement.reference.as_deref().into(),
            settlement.redirect_url.as_deref().into(),
            settlement.reason.as_deref().into(),
            self.now(),
            id.to_string().into(),
        ];
        match self.one(&statement, &parameters)? {
            Some(payment) => Ok(Some(payment)),
            None => self.payment(id),
        }
    }

    /// Moves a payment `to` a state, if it is in one that this may start from; says whether it was. The statement is
    /// what keeps taking money and letting it go apart: of two that meet, the second finds no row.
    pub fn advance(&self, id: PaymentId, to: State) -> Result<bool, Problem> {
        let from = match to {
            // Whoever asked before may have been lost on the way: the gateway takes money once.
            State::Capturing => "'approved', 'capturing'",
            State::Voiding => "'asking', 'challenged', 'pending', 'approved', 'voiding'",
            State::Voided => "'voiding'",
            // The gateway refused to hand the money over.
            State::Approved => "'capturing'",
            State::Captured => {
                "'asking', 'challenged', 'pending', 'approved', 'declined', 'capturing', 'voiding', 'voided'"
            }
            // Answers to a first question come by `settle`.
            State::Asking | State::Challenged | State::Pending | State::Declined => return Ok(false),
        };
        let statement = format!(
            "UPDATE payment SET state = $1, updated_at = $2 WHERE payment_id = $3 AND state IN ({from})
             RETURNING payment_id"
        );
        let rows = self.query(&statement, &[to.name().into(), self.now(), id.to_string().into()])?;
        Ok(!rows.is_empty())
    }

    /// Notes that a refund is about to be asked for; one that is known already is given as it stands. None if all
    /// refunds of the payment together would then exceed it, or if it was in another currency.
    pub fn begin_refund(
        &self,
        id: PaymentId,
        refund_key: &str,
        amount: Money,
    ) -> Result<Option<Refund>, Problem> {
        let statement = "INSERT INTO refund (refund_key, payment_id, amount, currency, created_at)
             SELECT $1, $2, $3, $4, $5
             WHERE CAST($3 AS BIGINT) + (SELECT COALESCE(SUM(amount), 0) FROM refund
                          WHERE payment_id = $2 AND refund_key <> $1 AND refused_at IS NULL)
                 <= (SELECT amount FROM payment WHERE payment_id = $2 AND currency = $4)
             ON CONFLICT (refund_key) DO UPDATE SET refund_key = excluded.refund_key
             RETURNING payment_id, amount, currency, done_at, refused_at, reason";
        let parameters = [
            refund_key.into(),
            id.to_string().into(),
            amount.amount.into(),
            amount.currency.code().into(),
            self.now(),
        ];
        let refund = |row: &Row| {
            Ok(Refund {
                payment_id: row.parsed("payment_id")?,
                amount: Money::new(row.integer("amount")?, row.parsed("currency")?),
                answer: match (row.optional_integer("done_at")?, row.optional_integer("refused_at")?) {
                    (Some(_), _) => Some(RefundAnswer::Done),
                    (None, Some(_)) => Some(RefundAnswer::Refused(
                        row.optional_text("reason")?.unwrap_or_default().to_owned(),
                    )),
                    (None, None) => None,
                },
            })
        };
        let rows = self.query(statement, &parameters)?;
        rows.first().map(refund).transpose().map_err(|error| self.context.database_fault(&error))
    }

    /// How much of a payment the shop has sent back, in minor units of the payment's currency; what is under way
    /// included.
    pub fn refunded_amount(&self, id: PaymentId) -> Result<i64, Problem> {
        let statement = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS amount FROM refund
             WHERE payment_id = $1 AND refused_at IS NULL";
        let rows = self.query(statement, &[id.to_string().into()])?;
        let amount = rows.first().map_or(Ok(0), |row| row.integer("amount"));
        amount.map_err(|error| self.context.database_fault(&error))
    }

    /// Notes what the gateway said of a refund. Money that it will not give back is free for another refund.
    pub fn finish_refund(&self, refund_key: &str, answer: &RefundAnswer) -> Result<(), Problem> {
        let (column, reason) = match answer {
            RefundAnswer::Done => ("done_at", None),
            RefundAnswer::Refused(reason) => ("refused_at", Some(reason.as_str())),
        };
        let statement = format!(
            "UPDATE refund SET {column} = $1, reason = $2
             WHERE refund_key = $3 AND done_at IS NULL AND refused_at IS NULL"
        );
        self.query(&statement, &[self.now(), reason.into(), refund_key.into()]).map(drop)
    }

    /// Notes that a webhook came; says whether it was handled before. Two gateways may use the same id.
    pub fn receive_event(
        &self,
        gateway: &str,
        event_id: &str,
        payment_id: PaymentId,
    ) -> Result<bool, Problem> {
        let statement = "INSERT INTO webhook_event (gateway, event_id, payment_id, deliveries, received_at)
             VALUES ($1, $2, $3, 1, $4)
             ON CONFLICT (gateway, event_id) DO UPDATE SET deliveries = webhook_event.deliveries + 1
             RETURNING handled_at";
        let parameters = [gateway.into(), event_id.into(), payment_id.to_string().into(), self.now()];
        let rows = self.query(statement, &parameters)?;
        let handled_at = rows.first().map_or(Ok(None), |row| row.optional_integer("handled_at"));
        Ok(handled_at.map_err(|error| self.context.database_fault(&error))?.is_some())
    }

    /// Notes that what a webhook said has reached the coordinator.
    pub fn finish_event(&self, gateway: &str, event_id: &str) -> Result<(), Problem> {
        let statement = "UPDATE webhook_event SET handled_at = $1
             WHERE gateway = $2 AND event_id = $3 AND handled_at IS NULL";
        self.query(statement, &[self.now(), gateway.into(), event_id.into()]).map(drop)
    }

    fn now(&self) -> Value {
        self.context.now().0.into()
    }

    fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Problem> {
        self.database.query(statement, parameters).map_err(|error| self.context.database_fault(&error))
    }

    fn one(&self, statement: &str, parameters: &[Value]) -> Result<Option<Payment>, Problem> {
        let rows = self.query(statement, parameters)?;
        rows.first().map(payment).transpose().map_err(|error| self.context.database_fault(&error))
    }
}

fn payment(row: &Row) -> Result<Payment, Error> {
    let small =
        |column| u32::try_from(row.integer(column)?).map_err(|_| unexpected(column, "a small number"));
    let optional = |column| row.optional_text(column).map(|text| text.map(str::to_owned));
    Ok(Payment {
        id: row.parsed("payment_id")?,
        order_id: row.parsed("order_id")?,
        attempt: small("attempt")?,
        amount: Money::new(row.integer("amount")?, row.parsed("currency")?),
        method: row.text("method")?.to_owned(),
        gateway: row.text("gateway")?.to_owned(),
        reference: optional("reference")?,
        state: State::named(row.text("state")?).ok_or_else(|| unexpected("state", "a state of a payment"))?,
        asks: small("asks")?,
        redirect_url: optional("redirect_url")?,
        reason: optional("reason")?,
    })
}

fn unexpected(column: &str, expected: &'static str) -> Error {
    Error::Shape { column: column.to_owned(), expected }
}
