//! Passwords: hashed with argon2id, and compared in a time that does not tell whether there was anything to compare.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};

/// Memory of a hash, in KiB: what OWASP's cheat sheet for password storage asks for beside two passes.
const MEMORY_KIBIBYTES: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Threads: a component has one.
const LANES: u32 = 1;
/// Bytes of a salt (RFC 9106, 3.1).
pub const SALT_BYTES: usize = 16;
/// Bytes of a hash.
const HASH_BYTES: usize = 32;
/// What a password is hashed with for nobody, to take the same time as for somebody.
const NOBODYS_SALT: [u8; SALT_BYTES] = *b"nobody has these";

/// The parameters were refused: a fault of the constants above.
#[derive(Debug, thiserror::Error)]
#[error("a password cannot be hashed: {0}")]
pub struct Error(String);

/// The hash of `password`, as a text that names its parameters (PHC string format).
pub fn hash(password: &str, salt: &[u8; SALT_BYTES]) -> Result<String, Error> {
    let hash = hasher()?.hash_password_with_salt(password.as_bytes(), salt);
    hash.map(|hash| hash.to_string()).map_err(|error| Error(error.to_string()))
}

/// Whether `password` is the one that was hashed. Without a hash it never is, and takes as long to say so.
pub fn verify(password: &str, hash: Option<&str>) -> Result<bool, Error> {
    let hasher = hasher()?;
    let Some(hash) = hash else {
        let mut unused = [0; HASH_BYTES];
        let hashed = hasher.hash_password_into(password.as_bytes(), &NOBODYS_SALT, &mut unused);
        hashed.map_err(|error| Error(error.to_string()))?;
        // Not to be left out although nobody looks at it.
        std::hint::black_box(unused);
        return Ok(false);
    };
    Ok(hasher.verify_password(password.as_bytes(), hash).is_ok())
}

fn hasher() -> Result<Argon2<'static>, Error> {
    let parameters = Params::new(MEMORY_KIBIBYTES, PASSES, LANES, Some(HASH_BYTES));
    let parameters = parameters.map_err(|error| Error(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_the_kind_and_cost_that_owasp_asks_for_and_knows_its_password_alone() {
        let hashed = hash("correct horse", &[7; SALT_BYTES]).expect("a hash");
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(verify("correct horse", Some(&hashed)).expect("an answer"));
        assert!(!verify("correct horses", Some(&hashed)).expect("an answer"));
        assert_ne!(hash("correct horse", &[8; SALT_BYTES]).expect("a hash"), hashed);
    }

    #[test]
    fn nobodys_password_is_never_right_nor_is_one_whose_hash_is_damaged() {
        assert!(!verify("anything", None).expect("an answer"));
        assert!(!verify("anything", Some("$argon2id$damaged")).expect("an answer"));
    }
}
