//! Those who want to know when something that is sold out can be bought again.

use merkato_commerce::{
    Invalid,
    ids::{EventId, UserId},
    text::{Sku, Slug},
};
use merkato_contract::{
    catalog::Product,
    problem::{Code, Problem},
};
use merkato_edge::{Call, Context};

use crate::{
    contact::Known,
    letter::Letter,
    post::{self, Reader},
    store::Store,
    template::Template,
};

/// Most that are told at once; the rest is told by the next sweeps.
const TOLD_AT_ONCE_MAX: u32 = 20;

/// Notes that `user` waits for `sku`, a variant of `product`.
pub async fn wait_for(context: &Context, user: UserId, sku: &Sku, product: &Slug) -> Result<(), Problem> {
    let call = Call::get(context.setting("catalog_url")?, format!("/api/catalog/products/{product}"));
    let found = match context.call_json::<Product>(call).await {
        Err(problem) if problem.code == Code::NotFound => {
            return Err(Invalid::new("product", "is not in this shop").into());
        }
        found => found?,
    };
    let Some(variant) = found.variants.iter().find(|variant| &variant.sku == sku) else {
        return Err(Invalid::new("product", "has no such sku").into());
    };
    let title = match variant.title.as_str() {
        "" => found.title.clone(),
        of_variant => format!("{}, {of_variant}", found.title),
    };
    if Store::open(context)?.request_stock(user, sku, product, &title)? {
        return Ok(());
    }
    Err(Problem::new(Code::Conflict, "You wait for too many things already. Take one off first."))
}

/// Takes the news that `sku` is back.
pub async fn back_in_stock(context: &Context, event: EventId, sku: &Sku) -> Result<(), Problem> {
    let store = Store::open(context)?;
    store.note_stock(sku, event)?;
    tell(context, &store).await
}

/// Writes to some of those whose sku is back. Whoever has no account any more is forgotten; if the users service does
/// not answer, they are told later.
pub async fn tell(context: &Context, store: &Store<'_>) -> Result<(), Problem> {
    for request in store.due_stock_requests(TOLD_AT_ONCE_MAX)? {
        match Known::ask(context, request.user).await? {
            Known::Unknown => return Ok(()),
            Known::Nobody => {}
            Known::Contact(contact) => {
                let mut letter = Letter::to_contact(Template::BackInStock, &contact);
                letter.values.insert("product", request.title.clone());
                letter.action_url = Some(post::page(context, &format!("/products/{}", request.product))?);
                let reader = Reader { recipient: &contact.email, user: Some(request.user) };
                let source = format!("event:{}", request.event);
                if let Some(outgoing) = post::write_email(context, store, &source, letter, reader, true)? {
                    post::send(context, store, &outgoing)?;
                }
            }
        }
        store.withdraw_stock_request(request.user, request.sku.as_str())?;
    }
    Ok(())
}
