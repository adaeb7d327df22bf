//! Asking the coordinator.

use http::Method;
use merkato_contract::{headers, problem::Problem};

use crate::{Call, Caller, Context, Request, Response};

impl Context {
    /// A call to the coordinator, in the name of this service.
    pub fn coordinator(&self, method: Method, path: impl Into<String>) -> Result<Call, Problem> {
        let call = Call::new(method, self.setting("coordinator_url")?, path);
        Ok(call.bearer(&self.setting("service_token")?).header(headers::SERVICE, self.component()))
    }

    /// Sends `call` and answers with what came back: status, body, and the headers that belong to the body.
    pub async fn forward(&self, call: Call) -> Result<Response, Problem> {
        let answer = self.call(call).await?;
        let mut response = Response { body: answer.body, ..Response::empty(answer.status) };
        for name in ["content-type", "etag", "location"] {
            if let Some(value) = answer.headers.get(name) {
                response.headers.insert(name, value.clone());
            }
        }
        Ok(response)
    }
}

impl Call {
    /// In the name of `caller`. Somebody who is signed in is named by account; a guest by what `request` brought,
    /// the token of a cart or of an order.
    #[must_use]
    pub fn on_behalf_of(self, caller: &Caller, request: &Request) -> Self {
        let call = match caller {
            Caller::User { user_id, .. } => self.header(headers::USER_ID, user_id.to_string()),
            Caller::Guest => self.header_if(headers::CART_TOKEN, request.header(headers::CART_TOKEN)),
        };
        let call = if caller.is_staff() { call.header(headers::STAFF, "true") } else { call };
        call.header_if(headers::ORDER_TOKEN, request.header(headers::ORDER_TOKEN))
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use merkato_commerce::ids::UserId;
    use merkato_contract::token::Role;
    use uuid::Uuid;

    use super::*;

    fn names(caller: &Caller) -> Vec<(String, String)> {
        let mut map = HeaderMap::new();
        map.insert(headers::CART_TOKEN, HeaderValue::from_static("cart"));
        // What only services may say is not taken from the outside.
        map.insert(headers::STAFF, HeaderValue::from_static("true"));
        map.insert(headers::USER_ID, HeaderValue::from_static("somebody"));
        let request = Request::new(Method::GET, "/", map, Vec::new());
        Call::get("http://a", "/").on_behalf_of(caller, &request).headers
    }

    #[test]
    fn a_guest_is_named_by_cart_and_nobody_names_themselves_user_or_staff() {
        assert_eq!(names(&Caller::Guest), [("x-cart-token".to_owned(), "cart".to_owned())]);
    }

    #[test]
    fn a_user_is_named_by_account_and_staff_as_staff() {
        let user_id = UserId(Uuid::from_u128(7));
        let user = names(&Caller::User { user_id, role: Role::Customer });
        assert_eq!(user, [("x-user-id".to_owned(), user_id.to_string())]);
        let staff = names(&Caller::User { user_id, role: Role::Staff });
        assert_eq!(staff[1], ("x-staff".to_owned(), "true".to_owned()));
    }
}
