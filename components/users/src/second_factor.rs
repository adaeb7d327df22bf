//! The second factor at the door: a code of the authenticator, or a recovery code.

use merkato_contract::problem::{Code, Problem};
use merkato_edge::Context;

use crate::{
    recovery_code,
    sealed::Key,
    store::{Store, account::Account},
    totp,
};

/// Whether `code` opens `account`; if so, it is used up.
pub fn accepts(
    context: &Context,
    store: &Store<'_>,
    key: &Key,
    account: &Account,
    code: &str,
) -> Result<bool, Problem> {
    let Some(totp) = &account.totp else { return Ok(false) };
    match totp::digits(code) {
        Some(digits) => {
            let secret = key.open(context, account.id, &totp.sealed_secret)?;
            match totp::step_of(&digits, &secret, context.now(), totp.last_step) {
                Some(step) => store.use_totp_step(account.id, &totp.sealed_secret, step),
                None => Ok(false),
            }
        }
        None => match recovery_code::without(&account.recovery_codes, code) {
            Some(left) => store.use_recovery_code(account, &left),
            None => Ok(false),
        },
    }
}

/// Lets `account` in with `code`, if it wants one at all.
pub fn demand(
    context: &Context,
    store: &Store<'_>,
    key: &Key,
    account: &Account,
    code: Option<&str>,
) -> Result<(), Problem> {
    if !account.mfa_enabled() {
        return Ok(());
    }
    let detail = match code {
        None => "This account is signed in to with a code besides: send `code` as well.",
        Some(code) if accepts(context, store, key, account, code)? => return Ok(()),
        Some(_) => "The code does not hold, or was used before.",
    };
    Err(Problem::new(Code::SecondFactorRequired, detail))
}
