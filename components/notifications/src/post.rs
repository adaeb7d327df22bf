//! The way of a message: write it down once, hand it to its carrier, note what became of it.
//!
//! What is written down is sent at once by whoever wrote it. What was not taken is taken up by [`sweep`], which the
//! coordinator's timer asks for.

use std::time::{Duration, Instant};

use merkato_commerce::ids::{EventId, NotificationId, UserId};
use merkato_contract::{
    message::Message,
    notification::{AbandonedCart, Promotion, PromotionSent},
    order::Order,
    problem::{Code, Problem},
};
use merkato_edge::Context;
use serde::Serialize;

use crate::{
    channel::{self, Refusal},
    contact::{Contact, Known},
    letter::{Letter, Written},
    locale::Locale,
    store::{New, Outgoing, Store, Way},
    template::Template,
    unsubscribe, waiting,
};

/// How long a sweep goes on: less than the coordinator waits for it, with room for one slow carrier.
const SWEEP_MAX: Duration = Duration::from_secs(15);
/// Most messages of one sweep.
const SWEEP_MESSAGES_MAX: u32 = 100;

/// What a sweep came to.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Swept {
    /// Messages that went to their carriers.
    pub sent: i64,
    /// What falls due soon.
    pub left: i64,
}

/// Whom a message is for.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// Where it goes.
    pub recipient: &'a str,
    /// Whose account it is about.
    pub user: Option<UserId>,
}

/// Tells of an order. Its mail goes to the address that it was placed with, whatever is known of the account.
pub async fn tell_of_order(
    context: &Context,
    event: EventId,
    template: Template,
    order: &Order,
) -> Result<(), Problem> {
    let known = match order.user_id {
        Some(user) => Known::ask(context, user).await?,
        None => Known::Nobody,
    };
    let contact = known.contact();
    let locale = contact.map_or(Locale::DEFAULT, Contact::locale);
    let mut letter = Letter::of_order(template, locale, order);
    letter.values.extend(contact.map(|contact| ("first_name", contact.first_name.clone())));
    // A guest's order opens only in the browser that placed it.
    if order.user_id.is_some() {
        letter.action_url = Some(page(context, &format!("/orders/{}", order.id))?);
    }
    let store = Store::open(context)?;
    let source = format!("event:{event}");
    if contact.is_none_or(|contact| contact.wants_email(template)) {
        let reader = Reader { recipient: &order.email, user: order.user_id };
        if let Some(outgoing) = write_email(context, &store, &source, letter.clone(), reader, true)? {
            send(context, &store, &outgoing)?;
        }
    }
    if let Some(phone) = contact.and_then(|contact| contact.wants_sms(template)) {
        let (subject, text) = (letter.subject(), letter.write_sms());
        let new = New {
            id: NotificationId::generate(context.ids()),
            source: &source,
            template,
            way: Way::Sms,
            recipient: phone,
            user: order.user_id,
            locale,
            written: Written { subject, text, html: String::new() },
            at_once: true,
        };
        if let Some(outgoing) = store.write(new)? {
            send(context, &store, &outgoing)?;
        }
    }
    Ok(())
}

/// Sends what another service asks for.
pub fn send_message(context: &Context, message: &Message) -> Result<(), Problem> {
    let template = Template::from(message.template);
    let first_name = message.values.get("first_name").cloned().unwrap_or_default();
    let locale = Locale::for_tag(&message.to.locale);
    let mut letter = Letter::plain(template, locale, [("first_name", first_name)]);
    letter.action_url = match message.values.get("url") {
        Some(url) => Some(url.clone()),
        None => Some(page(context, "/account/forgot-password")?),
    };
    let store = Store::open(context)?;
    let reader = Reader { recipient: message.to.email.as_str(), user: Some(message.to.user_id) };
    let source = format!("message:{}", message.key);
    if let Some(outgoing) = write_email(context, &store, &source, letter, reader, true)? {
        send(context, &store, &outgoing)?;
    }
    Ok(())
}

/// Reminds somebody of their cart, if they want that.
pub async fn remind_of_cart(context: &Context, reminder: &AbandonedCart) -> Result<(), Problem> {
    let store = Store::open(context)?;
    let source = format!("cart:{}", reminder.key);
    let Some(contact) = consenting(context, &store, reminder.user_id, Template::AbandonedCart).await? else {
        return Ok(());
    };
    let mut letter = Letter::to_contact(Template::AbandonedCart, &contact);
    letter.action_url = Some(page(context, "/cart")?);
    let reader = Reader { recipient: &contact.email, user: Some(reminder.user_id) };
    if let Some(outgoing) = write_email(context, &store, &source, letter, reader, true)? {
        send(context, &store, &outgoing)?;
    }
    Ok(())
}

/// Writes a promotion to those who want it, and sends as much of it as there is time for; the rest follows.
pub async fn promote(context: &Context, promotion: &Promotion) -> Result<PromotionSent, Problem> {
    let store = Store::open(context)?;
    let source = format!("promotion:{}", promotion.key);
    let mut sent = PromotionSent { written: 0, left_out: 0 };
    for user in &promotion.user_ids {
        let Some(contact) = consenting(context, &store, *user, Template::Promotion).await? else {
            sent.left_out += 1;
            continue;
        };
        let mut letter = Letter::to_contact(Template::Promotion, &contact);
        letter.values.extend([("title", promotion.title.clone()), ("text", promotion.text.clone())]);
        letter.action_url = Some(page(context, promotion.path.as_deref().unwrap_or("/"))?);
        let reader = Reader { recipient: &contact.email, user: Some(*user) };
        write_email(context, &store, &source, letter, reader, false)?;
        sent.written += 1;
    }
    sweep(context).await?;
    Ok(sent)
}

/// How somebody wants to be written to, if they want `template`, which is an offer. Consent that cannot be asked for is
/// not given, and not refused either.
async fn consenting(
    context: &Context,
    store: &Store<'_>,
    user: UserId,
    template: Template,
) -> Result<Option<Contact>, Problem> {
    let contact = match Known::ask(context, user).await? {
        Known::Contact(contact) => contact,
        Known::Nobody => return Ok(None),
        Known::Unknown => {
            let detail = "Whether somebody wants offers cannot be asked at the moment. Please try again with the same key.";
            return Err(Problem::new(Code::Unavailable, detail));
        }
    };
    let wants = contact.wants_email(template) && !store.is_unsubscribed(&contact.email, Some(user))?;
    Ok(Some(contact).filter(|_| wants))
}

/// Sends what is due, as far as there is time.
pub async fn sweep(context: &Context) -> Result<Swept, Problem> {
    let begun = Instant::now();
    let store = Store::open(context)?;
    waiting::tell(context, &store).await?;
    let mut sent = 0;
    for _ in 0..SWEEP_MESSAGES_MAX {
        if begun.elapsed() > SWEEP_MAX {
            break;
        }
        let Some(outgoing) = store.take()? else { break };
        match send(context, &store, &outgoing)? {
            Sent::Yes => sent += 1,
            Sent::No => {}
            Sent::CarrierAway => break,
        }
    }
    Ok(Swept { sent, left: store.due_count()? })
}

/// Writes an e-mail down, with the way to end such messages where there has to be one; none if it was before.
pub fn write_email(
    context: &Context,
    store: &Store<'_>,
    source: &str,
    mut letter: Letter<'_>,
    reader: Reader<'_>,
    at_once: bool,
) -> Result<Option<Outgoing>, Problem> {
    let id = NotificationId::generate(context.ids());
    if letter.template.is_marketing() {
        letter.unsubscribe_url = Some(unsubscribe_url(context, id)?);
    }
    store.write(New {
        id,
        source,
        template: letter.template,
        way: Way::Email,
        recipient: reader.recipient,
        user: reader.user,
        locale: letter.locale,
        written: letter.write(),
        at_once,
    })
}

/// What became of a try to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It was taken.
    Yes,
    /// It was not.
    No,
    /// The carrier takes nothing at the moment.
    CarrierAway,
}

/// Hands a message over and notes what became of it. One that is not taken is no fault of whoever asked for it.
pub fn send(context: &Context, store: &Store<'_>, outgoing: &Outgoing) -> Result<Sent, Problem> {
    let marketing = outgoing.template.is_marketing();
    // Whoever ended such messages while this one waited gets it no more.
    if marketing && store.is_unsubscribed(&outgoing.recipient, outgoing.user)? {
        store.postpone(outgoing, &Refusal::ForGood("its reader wants no more offers".to_owned()))?;
        return Ok(Sent::No);
    }
    let url = if marketing { Some(unsubscribe_url(context, outgoing.id)?) } else { None };
    match channel::send(outgoing, url.as_deref()) {
        Ok(receipt) => {
            store.settle(outgoing, &receipt)?;
            Ok(Sent::Yes)
        }
        Err(refusal) => {
            let (Refusal::ForGood(reason) | Refusal::ForNow(reason) | Refusal::Away(reason)) = &refusal;
            context.report("a message was not taken", format!("{}: {reason}", outgoing.id));
            store.postpone(outgoing, &refusal)?;
            Ok(if matches!(refusal, Refusal::Away(_)) { Sent::CarrierAway } else { Sent::No })
        }
    }
}

/// A page of the storefront.
pub fn page(context: &Context, path: &str) -> Result<String, Problem> {
    Ok(format!("{}{path}", context.setting("public_url")?.trim_end_matches('/')))
}

fn unsubscribe_url(context: &Context, id: NotificationId) -> Result<String, Problem> {
    Ok(unsubscribe::url(&context.setting("public_url")?, &context.setting("service_token")?, id))
}
