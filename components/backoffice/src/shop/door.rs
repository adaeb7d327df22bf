//! Letting people in: what is asked of `users` for a browser that is not signed in yet, or has to go on being so.

use merkato_contract::{
    headers::CLIENT_ADDRESS,
    problem::Problem,
    user::{BeginMfa, Login, Logout, MfaCode, MfaSecret, RecoveryCodes, Refresh, SignedIn},
};
use merkato_edge::{Call, Context, Request, client};

/// `users`, asked by this service for whoever sent a request.
pub struct Door<'a> {
    context: &'a Context,
    request: &'a Request,
}

impl<'a> Door<'a> {
    /// The door that `request` came to.
    pub const fn new(context: &'a Context, request: &'a Request) -> Self {
        Self { context, request }
    }

    /// Signs somebody in.
    pub async fn login(&self, login: &Login) -> Result<SignedIn, Problem> {
        self.context.call_json(self.own("/api/users/login")?.json(login)?).await
    }

    /// Fresh tokens for the last refresh token.
    pub async fn refresh(&self, refresh_token: &str) -> Result<SignedIn, Problem> {
        let refresh = Refresh { refresh_token: refresh_token.to_owned() };
        self.context.call_json(self.own("/api/users/refresh")?.json(&refresh)?).await
    }

    /// Ends a session of `users`.
    pub async fn logout(&self, refresh_token: &str) -> Result<(), Problem> {
        let logout = Logout { refresh_token: refresh_token.to_owned(), everywhere: false };
        self.context.call(self.own("/api/users/logout")?.json(&logout)?).await.map(drop)
    }

    /// The secret of a second factor to be.
    pub async fn begin_second_factor(
        &self,
        access_token: &str,
        password: &str,
    ) -> Result<MfaSecret, Problem> {
        let begin = BeginMfa { password: Some(password.to_owned()) };
        self.context.call_json(self.theirs(access_token, "/api/users/me/mfa")?.json(&begin)?).await
    }

    /// Puts a second factor into effect by the first code of its authenticator.
    pub async fn confirm_second_factor(
        &self,
        access_token: &str,
        code: &str,
    ) -> Result<RecoveryCodes, Problem> {
        let code = MfaCode { code: code.to_owned() };
        self.context.call_json(self.theirs(access_token, "/api/users/me/mfa/confirm")?.json(&code)?).await
    }

    /// In the name of this service, and for where the browser is: `users` counts tries by that.
    fn own(&self, path: &str) -> Result<Call, Problem> {
        let proxies = self.context.optional_setting("trusted_proxies")?.unwrap_or_default();
        let address = client::address(self.request, proxies.parse().unwrap_or_default());
        let call = Call::post(self.context.setting("users_url")?, path);
        let call = call.bearer(&self.context.setting("service_token")?);
        Ok(call.header_if(CLIENT_ADDRESS, address.as_deref()))
    }

    fn theirs(&self, access_token: &str, path: &str) -> Result<Call, Problem> {
        Ok(Call::post(self.context.setting("users_url")?, path).bearer(access_token))
    }
}
