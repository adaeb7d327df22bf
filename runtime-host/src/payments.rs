//! The way to the payments service.

use std::time::Duration;

use async_trait::async_trait;
use merkato_commerce::ids::PaymentId;
use merkato_contract::payment::{Authorize, PaymentOutcome, RefundPayment};
use serde::Serialize;

use crate::trace;

/// How long the payments service may take. A gateway that takes longer is asked again with the same key.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// There was no answer that says what became of the payment. It must be asked again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

/// The payments service, as the coordinator needs it. Each question may be repeated.
#[async_trait]
pub trait Payments: Send + Sync {
    /// Asks for money to be set aside.
    async fn authorize(&self, request: &Authorize) -> Result<PaymentOutcome, NoAnswer>;
    /// Takes the money.
    async fn capture(&self, payment: PaymentId) -> Result<PaymentOutcome, NoAnswer>;
    /// Lets the money go.
    async fn void(&self, payment: PaymentId) -> Result<PaymentOutcome, NoAnswer>;
    /// Gives money back.
    async fn refund(&self, payment: PaymentId, refund: &RefundPayment) -> Result<PaymentOutcome, NoAnswer>;
}

/// The payments service over HTTP.
pub struct HttpPayments {
    client: reqwest::Client,
    url: String,
    service_token: String,
}

impl HttpPayments {
    /// The service at `url`, which knows us by `service_token`.
    pub fn new(client: reqwest::Client, url: String, service_token: String) -> Self {
        Self { client, url, service_token }
    }

    async fn post<T: Serialize + Sync>(
        &self,
        path: &str,
        template: &'static str,
        body: Option<&T>,
    ) -> Result<PaymentOutcome, NoAnswer> {
        let url = format!("{}/internal/payments/{path}", self.url.trim_end_matches('/'));
        let mut request = self.client.post(url).bearer_auth(&self.service_token).timeout(ANSWER_TIMEOUT);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = trace::post(request, template).await;
        let response = response.map_err(|error| NoAnswer(error.without_url().to_string()))?;
        let status = response.status();
        if !status.is_success() {
            return Err(NoAnswer(format!("the payments service answered {status}")));
        }
        response.json().await.map_err(|error| NoAnswer(error.without_url().to_string()))
    }
}

#[async_trait]
impl Payments for HttpPayments {
    async fn authorize(&self, request: &Authorize) -> Result<PaymentOutcome, NoAnswer> {
        self.post("authorize", "/internal/payments/authorize", Some(request)).await
    }

    async fn capture(&self, payment: PaymentId) -> Result<PaymentOutcome, NoAnswer> {
        self.post::<()>(&format!("{payment}/capture"), "/internal/payments/{id}/capture", None).await
    }

    async fn void(&self, payment: PaymentId) -> Result<PaymentOutcome, NoAnswer> {
        self.post::<()>(&format!("{payment}/void"), "/internal/payments/{id}/void", None).await
    }

    async fn refund(&self, payment: PaymentId, refund: &RefundPayment) -> Result<PaymentOutcome, NoAnswer> {
        self.post(&format!("{payment}/refund"), "/internal/payments/{id}/refund", Some(refund)).await
    }
}
