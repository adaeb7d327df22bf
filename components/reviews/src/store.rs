//! The reviews service's tables. Ratings and votes are counted by triggers, in the statement that changes what is
//! counted (see the migration), so neither is ever without the other.

use merkato_commerce::{
    ids::{ProductId, ReviewId, UserId},
    text::{Sku, Slug},
    time::Timestamp,
};
use merkato_contract::{
    catalog::RatingChange,
    problem::Problem,
    review::{Answer, RatingSummary, Review, ReviewDraft, ReviewState, SubmittedReview, average_hundredths},
};
use merkato_edge::{
    Context,
    database::{Database, Error, Row, Value},
};

use crate::purchases::Purchase;

const COLUMNS: &str = "review_id, slug, user_id, rating, title, body, verified_purchase, state, helpful, answer, \
     answered_at, created_at";
/// Whether the account of a review has bought its product, as a number.
const VERIFIED: &str = "CASE WHEN EXISTS (
         SELECT 1 FROM purchase JOIN product_sku ON product_sku.sku = purchase.sku
         WHERE purchase.user_id = review.user_id AND product_sku.product_id = review.product_id AND purchase.kept = 1)
     THEN 1 ELSE 0 END";

/// What the catalog has not been told yet.
#[derive(Debug)]
pub struct Untold {
    /// Of which product.
    pub product: ProductId,
    /// What it is to be told.
    pub rating: RatingChange,
}

/// The reviews service's tables, for the length of one request.
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

    /// The product that `slug` stands for, as far as the catalog has been asked.
    pub fn product(&self, slug: &Slug) -> Result<Option<ProductId>, Problem> {
        let statement = "SELECT product_id FROM product WHERE slug = $1";
        self.first(statement, &[slug.as_str().into()], |row| row.parsed("product_id"))
    }

    /// Keeps what the catalog says of a product. A sku that it had before stays its own: it was sold as such.
    pub fn put_product(&self, slug: &Slug, product: ProductId, skus: &[Sku]) -> Result<(), Problem> {
        if !skus.is_empty() {
            let mut parameters = Vec::<Value>::with_capacity(skus.len() * 2);
            for sku in skus {
                parameters.extend([sku.as_str().into(), product.to_string().into()]);
            }
            let statement = format!(
                "INSERT INTO product_sku (sku, product_id) VALUES {} ON CONFLICT (sku, product_id) DO NOTHING",
                rows_of(2, skus.len())
            );
            self.query(&statement, &parameters)?;
        }
        let statement = "INSERT INTO product (slug, product_id) VALUES ($1, $2)
             ON CONFLICT (slug) DO UPDATE SET product_id = excluded.product_id";
        self.query(statement, &[slug.as_str().into(), product.to_string().into()]).map(drop)
    }

    /// Adds a review, to be read by staff; none if the account has one of this product.
    pub fn create_review(
        &self,
        id: ReviewId,
        product: ProductId,
        slug: &Slug,
        user: UserId,
        draft: &ReviewDraft,
    ) -> Result<Option<SubmittedReview>, Problem> {
        let statement = format!(
            "INSERT INTO review (review_id, product_id, slug, user_id, rating, title, body, created_at, state, helpful,
                 verified_purchase)
             SELECT review.*, 'pending', 0, {VERIFIED}
             FROM (SELECT CAST($1 AS TEXT) AS review_id, CAST($2 AS TEXT) AS product_id, CAST($3 AS TEXT) AS slug,
                       CAST($4 AS TEXT) AS user_id, CAST($5 AS BIGINT) AS rating, CAST($6 AS TEXT) AS title,
                       CAST($7 AS TEXT) AS body, CAST($8 AS BIGINT) AS created_at) AS review
             WHERE true
             ON CONFLICT (product_id, user_id) DO NOTHING RETURNING {COLUMNS}"
        );
        let parameters = [
            id.to_string().into(),
            product.to_string().into(),
            slug.as_str().into(),
            user.to_string().into(),
            i64::from(draft.rating).into(),
            draft.title.trim().into(),
            draft.body.trim().into(),
            self.now(),
        ];
        self.first(&statement, &parameters, submitted)
    }

    /// Up to `limit` reviews of a product that are shown, newest first, of those written before `after`.
    pub fn shown(
        &self,
        product: ProductId,
        after: Option<ReviewId>,
        limit: u32,
    ) -> Result<Vec<SubmittedReview>, Problem> {
        let statement = format!(
            "SELECT {COLUMNS} FROM review
             WHERE product_id = $1 AND state = 'approved' AND review_id < $2 ORDER BY review_id DESC LIMIT $3"
        );
        // Ids are of the digits up to f, so that every id sorts before this, in any language.
        let after = after.map_or_else(|| "g".to_owned(), |id| id.to_string());
        self.all(&statement, &[product.to_string().into(), after.into(), i64::from(limit).into()])
    }

    /// What shoppers think of a product, in numbers.
    pub fn rating(&self, product: ProductId) -> Result<RatingSummary, Problem> {
        let statement = "SELECT one, two, three, four, five FROM rating WHERE product_id = $1";
        let histogram = self.first(statement, &[product.to_string().into()], histogram)?;
        Ok(RatingSummary::of(histogram.unwrap_or_default()))
    }

    /// Up to `limit` products of whose rating the catalog has not been told.
    pub fn untold(&self, limit: u32) -> Result<Vec<Untold>, Problem> {
        let statement = "SELECT product_id, one, two, three, four, five, version FROM rating
             WHERE version > told_version ORDER BY product_id LIMIT $1";
        let rows = self.query(statement, &[i64::from(limit).into()])?;
        let untold = rows.iter().map(untold).collect::<Result<_, _>>();
        untold.map_err(|error| self.context.database_fault(&error))
    }

    /// Notes that the catalog knows this version of a product's rating, or a newer one.
    pub fn mark_told(&self, untold: &Untold) -> Result<(), Problem> {
        let statement = "UPDATE rating SET told_version = $1 WHERE product_id = $2 AND told_version < $1";
        self.query(statement, &[untold.rating.version.into(), untold.product.to_string().into()]).map(drop)
    }

    /// Of how many ratings the catalog has not been told.
    pub fn untold_count(&self) -> Result<i64, Problem> {
        let statement = "SELECT COUNT(*) AS untold FROM rating WHERE version > told_version";
        Ok(self.first(statement, &[], |row| row.integer("untold"))?.unwrap_or_default())
    }

    /// Up to `limit` reviews for staff, or of one account, oldest first, of those written after `after`.
    pub fn list(
        &self,
        user: Option<UserId>,
        state: Option<ReviewState>,
        after: Option<ReviewId>,
        limit: u32,
    ) -> Result<Vec<SubmittedReview>, Problem> {
        let conditions = [
            ("review_id >", after.map(|id| id.to_string())),
            ("user_id =", user.map(|user| user.to_string())),
            ("state =", state.map(|state| state.name().to_owned())),
        ];
        let given = conditions.into_iter().filter_map(|(condition, value)| Some((condition, value?)));
        let (mut tests, mut parameters) = (vec!["1 = 1".to_owned()], Vec::<Value>::new());
        for (condition, value) in given {
            parameters.push(value.into());
            tests.push(format!("{condition} ${}", parameters.len()));
        }
        parameters.push(i64::from(limit).into());
        let statement = format!(
            "SELECT {COLUMNS} FROM review WHERE {} ORDER BY review_id LIMIT ${}",
            tests.join(" AND "),
            parameters.len()
        );
        self.all(&statement, &parameters)
    }

    /// The review of that id.
    pub fn review(&self, id: ReviewId) -> Result<Option<SubmittedReview>, Problem> {
        let statement = format!("SELECT {COLUMNS} FROM review WHERE review_id = $1");
        self.first(&statement, &[id.to_string().into()], submitted)
    }

    /// Notes what staff decided of a review; none if there is no such review. Deciding the same again changes nothing.
    pub fn moderate(
        &self,
        id: ReviewId,
        state: ReviewState,
        by: UserId,
    ) -> Result<Option<SubmittedReview>, Problem> {
        let statement = format!(
            "UPDATE review SET state = $1, moderated_at = $2, moderated_by = $3 WHERE review_id = $4
             RETURNING {COLUMNS}"
        );
        let parameters = [state.name().into(), self.now(), by.to_string().into(), id.to_string().into()];
        self.first(&statement, &parameters, submitted)
    }

    /// Notes what the shop answers; none if there is no such review.
    pub fn answer(&self, id: ReviewId, text: &str) -> Result<Option<SubmittedReview>, Problem> {
        let statement = format!(
            "UPDATE review SET answer = $1, answered_at = $2 WHERE review_id = $3 RETURNING {COLUMNS}"
        );
        self.first(&statement, &[text.trim().into(), self.now(), id.to_string().into()], submitted)
    }

    /// Notes that somebody found a review helpful. Doing so again changes nothing.
    pub fn vote(&self, id: ReviewId, user: UserId) -> Result<(), Problem> {
        let statement = "INSERT INTO vote (review_id, user_id) VALUES ($1, $2)
             ON CONFLICT (review_id, user_id) DO NOTHING";
        self.query(statement, &[id.to_string().into(), user.to_string().into()]).map(drop)
    }

    /// Takes that back.
    pub fn withdraw_vote(&self, id: ReviewId, user: UserId) -> Result<(), Problem> {
        let statement = "DELETE FROM vote WHERE review_id = $1 AND user_id = $2";
        self.query(statement, &[id.to_string().into(), user.to_string().into()]).map(drop)
    }

    /// Notes how an order stands, unless later news of it came before, and what follows for its reader's reviews.
    pub fn put_purchase(&self, purchase: &Purchase) -> Result<(), Problem> {
        if purchase.lines.is_empty() {
            return Ok(());
        }
        let mut parameters = Vec::<Value>::with_capacity(purchase.lines.len() * 5);
        for (sku, kept) in &purchase.lines {
            parameters.extend([
                purchase.order.to_string().into(),
                sku.as_str().into(),
                purchase.user.to_string().into(),
                i64::from(*kept).into(),
                purchase.at.0.into(),
            ]);
        }
        let statement = format!(
            "INSERT INTO purchase (order_id, sku, user_id, kept, at) VALUES {}
             ON CONFLICT (order_id, sku) DO UPDATE SET kept = excluded.kept, at = excluded.at
             WHERE purchase.at <= excluded.at",
            rows_of(5, purchase.lines.len())
        );
        self.query(&statement, &parameters)?;
        // Whoever wrote before the shop heard of the purchase is believed now. A repeated event makes up for a crash
        // between the two.
        let statement = format!("UPDATE review SET verified_purchase = {VERIFIED} WHERE user_id = $1");
        self.query(&statement, &[purchase.user.to_string().into()]).map(drop)
    }

    fn now(&self) -> Value {
        self.context.now().0.into()
    }

    fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, Problem> {
        self.database.query(statement, parameters).map_err(|error| self.context.database_fault(&error))
    }

    fn all(&self, statement: &str, parameters: &[Value]) -> Result<Vec<SubmittedReview>, Problem> {
        let rows = self.query(statement, parameters)?;
        let reviews = rows.iter().map(submitted).collect::<Result<_, _>>();
        reviews.map_err(|error| self.context.database_fault(&error))
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

/// `count` rows of so many parameters each, for a statement's `VALUES`.
fn rows_of(columns: usize, count: usize) -> String {
    let row = |row: usize| {
        let places = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    };
    (0..count).map(row).collect::<Vec<_>>().join(", ")
}

/// How many gave one star, two stars and so on.
fn histogram(row: &Row) -> Result<[u64; 5], Error> {
    let count = |column: &str| row.integer(column).map(i64::unsigned_abs);
    Ok([count("one")?, count("two")?, count("three")?, count("four")?, count("five")?])
}

fn untold(row: &Row) -> Result<Untold, Error> {
    let histogram = histogram(row)?;
    let rating = RatingChange {
        average_hundredths: average_hundredths(histogram),
        count: u32::try_from(histogram.iter().sum::<u64>()).unwrap_or(u32::MAX),
        version: row.integer("version")?,
    };
    Ok(Untold { product: row.parsed("product_id")?, rating })
}

fn submitted(row: &Row) -> Result<SubmittedReview, Error> {
    let answer = match (row.optional_text("answer")?, row.optional_integer("answered_at")?) {
        (Some(text), Some(at)) => Some(Answer { text: text.to_owned(), at: Timestamp(at).into() }),
        _ => None,
    };
    let review = Review {
        id: row.parsed("review_id")?,
        rating: u8::try_from(row.integer("rating")?).map_err(|_| unexpected("rating", "stars"))?,
        title: row.text("title")?.to_owned(),
        body: row.text("body")?.to_owned(),
        verified_purchase: row.integer("verified_purchase")? == 1,
        helpful: row.integer("helpful")?.unsigned_abs(),
        answer,
        created_at: Timestamp(row.integer("created_at")?).into(),
    };
    Ok(SubmittedReview {
        review,
        product: row.parsed("slug")?,
        user_id: row.parsed("user_id")?,
        state: ReviewState::from_name(row.text("state")?)
            .ok_or_else(|| unexpected("state", "a state of a review"))?,
    })
}

fn unexpected(column: &str, expected: &'static str) -> Error {
    Error::Shape { column: column.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_parameters_of_their_own_in_order() {
        assert_eq!(rows_of(2, 1), "($1, $2)");
        assert_eq!(rows_of(2, 3), "($1, $2), ($3, $4), ($5, $6)");
    }
}
