//! Signing in and out: password, second factor, and setting one up.

use merkato_contract::{
    problem::{Code, Problem},
    user::{Login, SignedIn},
};
use merkato_edge::{Context, Request, Response};

use crate::{
    form::Form,
    session::{Member, Session, Stage},
    shop::Door,
    views::{
        self,
        message::Message,
        sign_in::{CODE_FIELD, EMAIL_FIELD, PASSWORD_FIELD},
    },
    visit::page,
};

const SIGN_IN: &str = "/backoffice/sign-in";
const CODE: &str = "/backoffice/sign-in/code";
const SECOND_FACTOR: &str = "/backoffice/second-factor";
/// Where somebody starts who wanted no page in particular.
const HOME: &str = "/backoffice";

/// Answers a request at the door.
pub async fn answer(
    context: &Context,
    request: &Request,
    session: &mut Session,
) -> Result<Response, Problem> {
    let mut at_door = AtDoor { context, request, door: Door::new(context, request), session };
    match (request.method.as_str(), request.segments().as_slice()) {
        ("GET", ["backoffice", "sign-in"]) => at_door.ask_for_password(),
        ("POST", ["backoffice", "sign-in"]) => at_door.take_password().await,
        ("GET", ["backoffice", "sign-in", "code"]) => at_door.ask_for_code(200, None),
        ("POST", ["backoffice", "sign-in", "code"]) => at_door.take_code().await,
        ("GET", ["backoffice", "second-factor"]) => at_door.show_second_factor(200, None),
        ("POST", ["backoffice", "second-factor"]) => at_door.switch_on_second_factor().await,
        ("POST", ["backoffice", "sign-out"]) => at_door.sign_out().await,
        ("GET" | "POST", _) => Err(Problem::not_found("page")),
        _ => Err(Problem::new(Code::MethodNotAllowed, "Pages are read with GET and changed with POST.")),
    }
}

struct AtDoor<'a> {
    context: &'a Context,
    request: &'a Request,
    door: Door<'a>,
    session: &'a mut Session,
}

impl AtDoor<'_> {
    async fn form(&self) -> Result<Form, Problem> {
        let form = Form::of(self.request).await?;
        self.session.check(self.request, &form)?;
        Ok(form)
    }

    fn ask_for_password(&mut self) -> Result<Response, Problem> {
        match self.session.stage() {
            Stage::AtWork(_) => Response::see_other(HOME),
            Stage::Enrolling { .. } => Response::see_other(SECOND_FACTOR),
            Stage::Visitor | Stage::Password { .. } => {
                self.session.keep();
                Ok(page(200, views::sign_in::password(&self.session.csrf(), "", None)))
            }
        }
    }

    async fn take_password(&mut self) -> Result<Response, Problem> {
        let form = match self.form().await {
            Ok(form) => form,
            // Whoever took too long over it gets a fresh form, and not the way back through the browser.
            Err(problem) if problem.code == Code::Forbidden => {
                self.session.keep();
                return Ok(self.refuse_password("", &problem));
            }
            Err(problem) => return Err(problem),
        };
        let (email, password) = (form.text(EMAIL_FIELD).to_owned(), form.secret(PASSWORD_FIELD));
        let login = Login { email: email.clone(), password: password.clone(), code: None };
        match self.door.login(&login).await {
            Ok(signed_in) => self.welcome(signed_in, Some(&password)).await,
            Err(problem) if problem.code == Code::SecondFactorRequired => {
                self.session.go_on(Stage::Password { email, password }, self.context);
                Response::see_other(CODE)
            }
            Err(problem) => Ok(self.refuse_password(&email, &problem)),
        }
    }

    fn refuse_password(&self, email: &str, problem: &Problem) -> Response {
        let message = Message::bad("You are not signed in", problem.detail.clone());
        page(problem.status, views::sign_in::password(&self.session.csrf(), email, Some(&message)))
    }

    fn ask_for_code(&self, status: u16, message: Option<&Message>) -> Result<Response, Problem> {
        match self.session.stage() {
            Stage::Password { .. } => Ok(page(status, views::sign_in::code(&self.session.csrf(), message))),
            _ => Response::see_other(SIGN_IN),
        }
    }

    async fn take_code(&mut self) -> Result<Response, Problem> {
        let form = self.form().await?;
        let Stage::Password { email, password } = self.session.stage().clone() else {
            return Response::see_other(SIGN_IN);
        };
        let code = Some(form.text(CODE_FIELD).to_owned()).filter(|code| !code.is_empty());
        match self.door.login(&Login { email, password, code }).await {
            Ok(signed_in) => self.welcome(signed_in, None).await,
            Err(problem) => {
                let message = Message::bad("You are not signed in", problem.detail.clone());
                self.ask_for_code(problem.status, Some(&message))
            }
        }
    }

    /// Lets staff in, or leads them to a second factor first. Everybody else's session at `users` is ended at once: this
    /// is not where they wanted to sign in.
    async fn welcome(&mut self, signed_in: SignedIn, password: Option<&str>) -> Result<Response, Problem> {
        let (role, has_factor) = (signed_in.user.role, signed_in.user.mfa_enabled);
        let member = Member::new(signed_in, self.context.now());
        if !role.is_staff() {
            self.session.go_on(Stage::Visitor, self.context);
            self.end(&member.refresh_token).await;
            return Err(Problem::new(Code::Forbidden, "These pages are for the staff of the shop."));
        }
        if has_factor {
            return self.let_in(member);
        }
        let Some(password) = password else { return Response::see_other(SIGN_IN) };
        let factor = self.door.begin_second_factor(&member.access_token, password).await?;
        self.session.go_on(Stage::Enrolling { member, factor }, self.context);
        Response::see_other(SECOND_FACTOR)
    }

    fn let_in(&mut self, member: Member) -> Result<Response, Problem> {
        let wanted = self.session.take_wanted().filter(|wanted| wanted.starts_with(HOME));
        self.session.go_on(Stage::AtWork(member), self.context);
        Response::see_other(wanted.as_deref().unwrap_or(HOME))
    }

    fn show_second_factor(&self, status: u16, message: Option<&Message>) -> Result<Response, Problem> {
        match self.session.stage() {
            Stage::Enrolling { factor, .. } => {
                Ok(page(status, views::second_factor::enrol(&self.session.csrf(), factor, message)))
            }
            Stage::AtWork(_) => Response::see_other(HOME),
            Stage::Visitor | Stage::Password { .. } => Response::see_other(SIGN_IN),
        }
    }

    async fn switch_on_second_factor(&mut self) -> Result<Response, Problem> {
        let form = self.form().await?;
        let Stage::Enrolling { member, .. } = self.session.stage().clone() else {
            return Response::see_other(SIGN_IN);
        };
        match self.door.confirm_second_factor(&member.access_token, form.text(CODE_FIELD)).await {
            Ok(codes) => {
                self.session.go_on(Stage::AtWork(member), self.context);
                Ok(page(200, views::second_factor::recovery_codes(&codes)))
            }
            Err(problem) if problem.code == Code::Invalid => {
                let text = "Please wait for the next code, and see that the clock of your phone is right.";
                self.show_second_factor(422, Some(&Message::bad("This code does not hold", text)))
            }
            Err(problem) => {
                let message = Message::bad("It is not switched on", problem.detail.clone());
                self.show_second_factor(problem.status, Some(&message))
            }
        }
    }

    async fn sign_out(&mut self) -> Result<Response, Problem> {
        self.form().await?;
        if let Stage::AtWork(member) | Stage::Enrolling { member, .. } = self.session.stage().clone() {
            self.end(&member.refresh_token).await;
        }
        self.session.go_on(Stage::Visitor, self.context);
        Response::see_other(SIGN_IN)
    }

    /// Ends a session at `users`. The browser forgets it in any case, so one that cannot be ended now (the fault is in
    /// the log) ends when its tokens do.
    async fn end(&self, refresh_token: &str) {
        let _ = self.door.logout(refresh_token).await;
    }
}
