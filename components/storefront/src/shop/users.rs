//! What the pages ask of the users service.

use merkato_commerce::{address::Address, ids::AddressId};
use merkato_contract::{
    LIST_LIMIT_MAX, List,
    problem::Problem,
    user::{
        BeginMfa, ChangeEmail, ChangePassword, ChangeProfile, DeleteAccount, ForgotPassword, Login, Logout,
        MfaCode, MfaSecret, OidcFinish, OidcStart, Preferences, RecoveryCodes, Refresh, Register,
        ResetPassword, SavedAddress, SignedIn, User, VerifyEmail,
    },
};
use merkato_edge::{Call, Response};
use serde::Serialize;

use super::Shop;
use crate::session::Bearer;

/// What somebody asks who has no access token yet. Users counts their tries by the address that they are at.
impl Shop<'_> {
    async fn at_the_door<T: Serialize>(&self, path: &str, body: &T) -> Result<Response, Problem> {
        let call = Call::post(&self.users_url, format!("/api/users/{path}")).json(body)?;
        self.context.call(self.for_client(call)?).await
    }

    async fn let_in<T: Serialize>(&self, path: &str, body: &T) -> Result<SignedIn, Problem> {
        let call = Call::post(&self.users_url, format!("/api/users/{path}")).json(body)?;
        self.context.call_json(self.for_client(call)?).await
    }

    /// Makes an account.
    pub async fn register(&self, register: &Register) -> Result<SignedIn, Problem> {
        self.let_in("register", register).await
    }

    /// Signs in.
    pub async fn login(&self, login: &Login) -> Result<SignedIn, Problem> {
        self.let_in("login", login).await
    }

    /// A fresh pair of tokens for `token`.
    pub async fn refresh(&self, token: &Bearer) -> Result<SignedIn, Problem> {
        self.let_in("refresh", &Refresh { refresh_token: token.as_str().to_owned() }).await
    }

    /// Signs out here, or on all devices.
    pub async fn logout(&self, token: &Bearer, everywhere: bool) -> Result<(), Problem> {
        let logout = Logout { refresh_token: token.as_str().to_owned(), everywhere };
        self.at_the_door("logout", &logout).await.map(drop)
    }

    /// Answers a mail about an address.
    pub async fn verify_email(&self, token: String) -> Result<(), Problem> {
        self.at_the_door("verify-email", &VerifyEmail { token }).await.map(drop)
    }

    /// Asks for a mail that leads to a new password.
    pub async fn forgot_password(&self, email: String) -> Result<(), Problem> {
        self.at_the_door("forgot-password", &ForgotPassword { email }).await.map(drop)
    }

    /// Sets a new password with the token of such a mail.
    pub async fn reset_password(&self, reset: &ResetPassword) -> Result<(), Problem> {
        self.at_the_door("reset-password", reset).await.map(drop)
    }

    /// Begins the way to the external provider.
    pub async fn begin_external(&self) -> Result<OidcStart, Problem> {
        let call = Call::post(&self.users_url, "/api/users/oidc/start").json(&serde_json::json!({}))?;
        self.context.call_json(self.for_client(call)?).await
    }

    /// Ends it.
    pub async fn finish_external(&self, finish: &OidcFinish) -> Result<SignedIn, Problem> {
        self.let_in("oidc/finish", finish).await
    }
}

/// What somebody sees of their account and changes in it.
impl Shop<'_> {
    fn me(path: &str) -> String {
        format!("/api/users/me{path}")
    }

    /// Who is signed in.
    pub async fn profile(&self) -> Result<User, Problem> {
        self.context.call_json(self.in_own_name(Call::get(&self.users_url, Self::me("")))?).await
    }

    /// Changes names.
    pub async fn change_profile(&self, change: &ChangeProfile) -> Result<User, Problem> {
        let call = Call::new(http::Method::PATCH, &self.users_url, Self::me("")).json(change)?;
        self.context.call_json(self.in_own_name(call)?).await
    }

    /// Takes the account away.
    pub async fn delete_account(&self, password: String) -> Result<(), Problem> {
        let delete = DeleteAccount { password: Some(password) };
        let call = Call::delete(&self.users_url, Self::me("")).json(&delete)?;
        self.context.call(self.in_own_name(call)?).await.map(drop)
    }

    /// What somebody wants to hear of, and in which language.
    pub async fn preferences(&self) -> Result<Preferences, Problem> {
        self.context
            .call_json(self.in_own_name(Call::get(&self.users_url, Self::me("/notifications")))?)
            .await
    }

    /// Changes it.
    pub async fn change_preferences(&self, preferences: &Preferences) -> Result<(), Problem> {
        let call = Call::put(&self.users_url, Self::me("/notifications")).json(preferences)?;
        self.context.call(self.in_own_name(call)?).await.map(drop)
    }

    /// All that users keeps about somebody, as it gives it.
    pub async fn export(&self) -> Result<Response, Problem> {
        self.context.call(self.in_own_name(Call::get(&self.users_url, Self::me("/export")))?).await
    }

    /// Changes the password. Everybody else is signed out.
    pub async fn change_password(&self, change: &ChangePassword) -> Result<SignedIn, Problem> {
        let call = Call::post(&self.users_url, Self::me("/password")).json(change)?;
        self.context.call_json(self.in_own_name(call)?).await
    }

    /// Asks to change the address: a mail goes to the new one.
    pub async fn change_email(&self, change: &ChangeEmail) -> Result<(), Problem> {
        let call = Call::post(&self.users_url, Self::me("/email")).json(change)?;
        self.context.call(self.in_own_name(call)?).await.map(drop)
    }

    /// Asks for the mail about the address once more.
    pub async fn send_verification(&self) -> Result<(), Problem> {
        let call = Call::post(&self.users_url, Self::me("/verify-email"));
        self.context.call(self.in_own_name(call)?).await.map(drop)
    }

    /// Begins a second factor.
    pub async fn begin_mfa(&self, password: Option<String>) -> Result<MfaSecret, Problem> {
        let call = Call::post(&self.users_url, Self::me("/mfa")).json(&BeginMfa { password })?;
        self.context.call_json(self.in_own_name(call)?).await
    }

    /// Puts it into effect, or makes other recovery codes: `step` is `confirm` or `recovery-codes`.
    pub async fn recovery_codes(&self, step: &str, code: String) -> Result<RecoveryCodes, Problem> {
        let call = Call::post(&self.users_url, Self::me(&format!("/mfa/{step}"))).json(&MfaCode { code })?;
        self.context.call_json(self.in_own_name(call)?).await
    }

    /// Ends it.
    pub async fn disable_mfa(&self, code: String) -> Result<(), Problem> {
        let call = Call::post(&self.users_url, Self::me("/mfa/disable")).json(&MfaCode { code })?;
        self.context.call(self.in_own_name(call)?).await.map(drop)
    }

    /// The addresses that somebody keeps: users keeps no more than fit one page.
    pub async fn addresses(&self) -> Result<Vec<SavedAddress>, Problem> {
        let path = Self::me(&format!("/addresses?limit={LIST_LIMIT_MAX}"));
        let list: List<SavedAddress> =
            self.context.call_json(self.in_own_name(Call::get(&self.users_url, path))?).await?;
        Ok(list.items)
    }

    /// One of them.
    pub async fn address(&self, id: AddressId) -> Result<SavedAddress, Problem> {
        let path = Self::me(&format!("/addresses/{id}"));
        self.context.call_json(self.in_own_name(Call::get(&self.users_url, path))?).await
    }

    /// Keeps one more, or changes the one of that id.
    pub async fn keep_address(&self, id: Option<AddressId>, address: &Address) -> Result<(), Problem> {
        let call = match id {
            None => Call::post(&self.users_url, Self::me("/addresses")),
            Some(id) => Call::put(&self.users_url, Self::me(&format!("/addresses/{id}"))),
        };
        self.context.call(self.in_own_name(call.json(address)?)?).await.map(drop)
    }

    /// Forgets one.
    pub async fn delete_address(&self, id: AddressId) -> Result<(), Problem> {
        let call = Call::delete(&self.users_url, Self::me(&format!("/addresses/{id}")));
        self.context.call(self.in_own_name(call)?).await.map(drop)
    }
}
