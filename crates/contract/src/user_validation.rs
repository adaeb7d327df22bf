//! What can be wrong with a request about an account. All of it at once: whoever fills in a form wants to hear
//! everything.

use merkato_commerce::{Invalid, text::Email};

use crate::user::{ChangeProfile, CreateAccount, Preferences, Register};

/// Fewest characters of a password (NIST SP 800-63B-4, 3.1.1.2, for a password beside which there may be a second
/// factor).
pub const PASSWORD_CHARACTERS_MIN: usize = 8;
/// Most characters of a password: a sentence fits, and hashing takes no longer for it.
pub const PASSWORD_CHARACTERS_MAX: usize = 128;
/// Longest name, in characters.
pub const NAME_CHARACTERS_MAX: usize = 100;
/// Longest code or token that is looked at, in characters: ours have fewer than 100, those of providers can be long.
pub const TOKEN_CHARACTERS_MAX: usize = 4_096;
/// Longest language tag (RFC 5646, 4.4.1).
const LOCALE_CHARACTERS_MAX: usize = 35;

/// What is wrong with a new account.
pub fn register(register: &Register) -> Vec<Invalid> {
    let Register { email, password: new, first_name, last_name } = register;
    email_problem(email)
        .into_iter()
        .chain(password("password", new, Some(email)))
        .chain(names(Some(first_name), Some(last_name)))
        .collect()
}

/// What is wrong with an account that the shop makes itself.
pub fn create_account(account: &CreateAccount) -> Vec<Invalid> {
    let CreateAccount { email, password, first_name, last_name, role: _ } = account.clone();
    register(&Register { email, password, first_name, last_name })
}

/// What is wrong with a change of names.
pub fn change_profile(change: &ChangeProfile) -> Vec<Invalid> {
    names(change.first_name.as_deref(), change.last_name.as_deref())
}

/// What is wrong with an e-mail address.
pub fn email_problem(email: &str) -> Option<Invalid> {
    email.parse::<Email>().err()
}

/// What is wrong with a new password. Nothing is asked of its letters: length is what helps.
pub fn password(field: &str, password: &str, email: Option<&str>) -> Option<Invalid> {
    if !(PASSWORD_CHARACTERS_MIN..=PASSWORD_CHARACTERS_MAX).contains(&password.chars().count()) {
        let message =
            format!("must be {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters long");
        return Some(Invalid::new(field, message));
    }
    let same = email.is_some_and(|email| email.trim().eq_ignore_ascii_case(password.trim()));
    same.then(|| Invalid::new(field, "must not be the e-mail address"))
}

/// What is wrong with preferences.
pub fn preferences(preferences: &Preferences) -> Vec<Invalid> {
    let tag = &preferences.locale;
    let subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let language = tag.split('-').next().unwrap_or_default();
    let fine = tag.len() <= LOCALE_CHARACTERS_MAX
        && (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && tag.split('-').all(subtag);
    if fine {
        Vec::new()
    } else {
        vec![Invalid::new("locale", "must be a language tag, such as en or pt-BR")]
    }
}

/// What is wrong with a token or code that was given to be checked: only its length is looked at here.
pub fn token(field: &str, token: &str) -> Option<Invalid> {
    let fine = (1..=TOKEN_CHARACTERS_MAX).contains(&token.len());
    (!fine).then(|| Invalid::new(field, format!("must be 1 to {TOKEN_CHARACTERS_MAX} characters")))
}

fn names(first: Option<&str>, last: Option<&str>) -> Vec<Invalid> {
    let too_long = |name: &str| name.chars().count() > NAME_CHARACTERS_MAX;
    let mut problems = Vec::new();
    for (field, name) in [("first_name", first), ("last_name", last)] {
        let Some(name) = name else { continue };
        if field == "first_name" && name.trim().is_empty() {
            problems.push(Invalid::new(field, "must not be empty"));
        } else if too_long(name) {
            problems.push(Invalid::new(field, format!("must be at most {NAME_CHARACTERS_MAX} characters")));
        } else if name.chars().any(char::is_control) {
            problems.push(Invalid::new(field, "must be one line of plain text"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(problems: &[Invalid]) -> Vec<&str> {
        problems.iter().map(|problem| problem.field.as_str()).collect()
    }

    fn somebody() -> Register {
        Register {
            email: "hanna@merkato.example".to_owned(),
            password: "a long sentence".to_owned(),
            first_name: "Hanna".to_owned(),
            last_name: String::new(),
        }
    }

    #[test]
    fn one_name_and_any_long_password_will_do() {
        assert_eq!(register(&somebody()), []);
        assert_eq!(register(&Register { password: "日本語のパスワード".to_owned(), ..somebody() }), []);
    }

    #[test]
    fn every_wrong_field_of_an_account_is_named() {
        let wrong = Register {
            email: "hanna".to_owned(),
            password: "short".to_owned(),
            first_name: " ".to_owned(),
            last_name: "Bekele\r\nBcc: all@example.com".to_owned(),
        };
        assert_eq!(fields(&register(&wrong)), ["email", "password", "first_name", "last_name"]);
        let long = Register { password: "x".repeat(129), first_name: "x".repeat(101), ..somebody() };
        assert_eq!(fields(&register(&long)), ["password", "first_name"]);
    }

    #[test]
    fn the_address_is_no_password() {
        let same = Register { password: "Hanna@Merkato.example".to_owned(), ..somebody() };
        assert_eq!(fields(&register(&same)), ["password"]);
    }

    #[test]
    fn a_locale_is_a_language_tag() {
        for (tag, fine) in
            [("en", true), ("pt-BR", true), ("zh-Hant-TW", true), ("", false), ("e", false), ("en_US", false)]
        {
            let given = Preferences { locale: tag.to_owned(), ..Preferences::default() };
            assert_eq!(preferences(&given).is_empty(), fine, "{tag}");
        }
    }
}
