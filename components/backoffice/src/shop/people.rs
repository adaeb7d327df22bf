//! People with an account.

use http::Method;
use merkato_commerce::ids::UserId;
use merkato_contract::{
    List,
    problem::Problem,
    token::Role,
    user::{ChangeRole, User},
};

use super::Shop;
use crate::views::table::with_query;

impl Shop<'_> {
    /// Everybody who names this address; at most one of them has verified it.
    pub async fn people_of(&self, email: &str) -> Result<Vec<User>, Problem> {
        let path = with_query("/api/users", &[("email", email)]);
        let list: List<User> = self.context.call_json(self.service("users_url", Method::GET, path)?).await?;
        Ok(list.items)
    }

    /// Somebody.
    pub async fn person(&self, id: UserId) -> Result<User, Problem> {
        let call = self.service("users_url", Method::GET, format!("/api/users/{id}"))?;
        self.context.call_json(call).await
    }

    /// Says what somebody may do from now on. For admins.
    pub async fn change_role(&self, id: UserId, role: Role) -> Result<User, Problem> {
        let call = self.service("users_url", Method::PUT, format!("/api/users/{id}/role"))?;
        self.context.call_json(call.json(&ChangeRole { role })?).await
    }
}
