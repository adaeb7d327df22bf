//! One request of somebody who is at work: what it asks for, who sends it, and whom we can ask to answer it.

use merkato_commerce::ids::StaffActionId;
use merkato_contract::{problem::Problem, staff::action::ReportAction};
use merkato_edge::{Context, Request, Response};

use crate::{
    form::Form,
    session::{Member, Session},
    shop::Shop,
    views::{field::KEY_FIELD, layout::Frame, message::Message},
};

/// What a page may load: its own style sheet, and pictures from anywhere safe, as products have them. No script at all,
/// and nothing inline.
const PAGE_POLICY: &str = "default-src 'none'; img-src 'self' https: data:; style-src 'self'; form-action 'self'; \
                           base-uri 'none'; frame-ancestors 'none'";
/// The same for a page that shows a message as it was sent. What is in its sandboxed frame is held to the policy of the
/// page around it, and messages are styled inline.
const LETTER_POLICY: &str = "default-src 'none'; img-src 'self' https: data:; style-src 'self' 'unsafe-inline'; \
                             form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A request and everything that answering it takes.
pub struct Visit<'a> {
    /// The surroundings.
    pub context: &'a Context,
    /// What is asked.
    pub request: &'a Request,
    /// The browser.
    pub session: &'a Session,
    /// Who is at work.
    pub member: &'a Member,
    /// The other services.
    pub shop: Shop<'a>,
}

impl Visit<'_> {
    /// Head and navigation.
    pub fn frame(&self) -> Frame {
        Frame { csrf: self.session.csrf(), name: self.member.name.clone(), role: self.member.role }
    }

    /// The form that was sent, once it has proved that it came from one of our pages.
    pub async fn form(&self) -> Result<Form, Problem> {
        let form = Form::of(self.request).await?;
        self.session.check(self.request, &form)?;
        Ok(form)
    }

    /// A parameter of the address; empty where there is none.
    pub fn query(&self, name: &str) -> String {
        self.request.query_value(name).unwrap_or_default().trim().to_owned()
    }

    /// A fresh key for a form: however often that is sent, it is carried out once.
    pub fn fresh_key(&self) -> String {
        self.context.ids().next().to_string()
    }

    /// The key of a form that came back, or a fresh one.
    pub fn key_of(&self, form: &Form) -> String {
        form.optional(KEY_FIELD).map_or_else(|| self.fresh_key(), str::to_owned)
    }

    /// Writes into the log of what staff did that `subject` was changed by `action`. What the coordinator is asked for it
    /// writes down itself; this is for what other services did. The deed is done by now: a line that cannot be added is
    /// missed, and the fault is in this service's own log.
    pub async fn report(&self, action: &str, subject: String, outcome: &str) {
        let report = ReportAction {
            id: StaffActionId::generate(self.context.ids()),
            action: action.to_owned(),
            subject,
            detail: String::new(),
            outcome: outcome.to_owned(),
        };
        if let Err(problem) = self.shop.report_action(&report).await {
            self.context.report("a deed of staff is missing in the log", problem);
        }
    }

    /// What is said after something worked. The address only names it, so that nobody can put words into our mouth.
    pub fn done(&self, known: &[(&str, &str)]) -> Option<Message> {
        let done = self.query("done");
        known.iter().find(|(name, _)| *name == done).map(|(_, text)| Message::good(*text))
    }
}

/// A page. No browser keeps it: it is about people and their money.
pub fn page(status: u16, html: String) -> Response {
    Response::html(status, html)
        .with_header("content-security-policy", PAGE_POLICY)
        .with_header("x-frame-options", "DENY")
        .with_header("referrer-policy", "same-origin")
        .with_header("cache-control", "no-store")
}

/// A page with a message to somebody in it.
pub fn letter_page(html: String) -> Response {
    page(200, html).with_header("content-security-policy", LETTER_POLICY)
}
