//! The data folder of a laptop's shop: its databases, its development secrets, and a lock.
//!
//! Secrets have no default anywhere. Here they are made on first start and kept, readable by their owner only; in a
//! cluster they come from the environment, and no folder like this exists.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use merkato_contract::token::{Claims, DEVELOPMENT_KEY_PREFIX};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::app::Entropy;

/// Marks a folder as ours, so that nobody's holiday pictures get a database among them.
const MARKER: &str = "merkato-data.json";
/// The secrets of this folder.
const SECRETS: &str = "secrets.json";
/// Held by the process that uses the folder.
const LOCK: &str = "lock";
/// An Ed25519 private key in PKCS #8 is these bytes and the 32 of its seed (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Why a data folder cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder cannot be made, read or written.
    #[error("the data folder {} cannot be used: {source}. Choose another with --data-dir.", .path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds something else.
    #[error(
        "{} is not empty and not a data folder of Merkato. Choose an empty or a new one with --data-dir.",
        .0.display()
    )]
    Foreign(PathBuf),
    /// The folder is of another version of Merkato.
    #[error("{} is of a newer Merkato than this one.", .0.display())]
    Newer(PathBuf),
    /// Another process uses it.
    #[error("{} is in use by another merkato. Stop that one, or choose another folder with --data-dir.", .0.display())]
    InUse(PathBuf),
    /// A file in it was changed by hand.
    #[error("{} cannot be read: {reason}. Restore it, or remove the whole folder to start afresh.", .path.display())]
    Broken {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Marker {
    format: u32,
}

/// The format that this version writes.
const FORMAT: u32 = 1;

/// What only this shop knows.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// Services and coordinator know each other by it.
    pub service_token: String,
    /// The storefront signs its forms with it.
    pub cookie_key: String,
    /// The backoffice seals the sessions of staff with it.
    pub backoffice_key: String,
    /// The sandbox gateway signs its webhooks with it.
    pub sandbox_webhook_secret: String,
    /// The users service seals secrets with it.
    pub users_key: String,
    /// Seed of the key that signs access tokens.
    signing_seed: String,
    /// Seed of the key that signed them before, while tokens of it may be alive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous_signing_seed: Option<String>,
}

/// The secrets that every folder has.
const SECRET_NAMES: [&str; 6] =
    ["service_token", "cookie_key", "backoffice_key", "sandbox_webhook_secret", "users_key", "signing_seed"];

/// A data folder. Open it once; [`DataFolder::lock`] keeps others out.
pub struct DataFolder {
    path: PathBuf,
    /// Its secrets.
    pub secrets: Secrets,
}

/// Keeps other processes out of a data folder until it is dropped.
#[must_use]
pub struct Lock {
    _file: File,
}

impl DataFolder {
    /// Opens the folder, or makes it with fresh secrets.
    pub fn open(path: &Path, entropy: &dyn Entropy) -> Result<Self, Error> {
        let unusable = |source| Error::Unusable { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(unusable)?;
        let marker = path.join(MARKER);
        if marker.exists() {
            let Marker { format } = read_json(&marker)?;
            if format > FORMAT {
                return Err(Error::Newer(path.to_owned()));
            }
        } else if fs::read_dir(path).map_err(unusable)?.next().is_some() {
            return Err(Error::Foreign(path.to_owned()));
        } else {
            write_new(&marker, &Marker { format: FORMAT }).map_err(unusable)?;
        }
        let file = path.join(SECRETS);
        let mut secrets: Map<String, Value> = if file.exists() { read_json(&file)? } else { Map::default() };
        // A folder of an older version lacks what that version did not need.
        let missing = SECRET_NAMES.into_iter().filter(|name| !secrets.contains_key(*name));
        let missing = missing.collect::<Vec<_>>();
        if !missing.is_empty() {
            secrets.extend(missing.into_iter().map(|name| (name.to_owned(), secret(entropy).into())));
            write_new(&file, &secrets).map_err(unusable)?;
        }
        Ok(Self { path: path.to_owned(), secrets: read_json(&file)? })
    }

    /// Keeps other processes out.
    pub fn lock(&self) -> Result<Lock, Error> {
        let unusable = |source| Error::Unusable { path: self.path.clone(), source };
        let path = self.path.join(LOCK);
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(self.path.clone())),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    /// A file of that name in this folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The till's database.
    pub fn till(&self) -> PathBuf {
        self.path.join("till.db")
    }

    /// Where the services' databases and compiled code lie.
    pub fn services(&self) -> PathBuf {
        self.path.join("services")
    }

    /// Signs access tokens with a new key from the next start on. Those of the present key hold until they end.
    pub fn change_signing_key(&mut self, entropy: &dyn Entropy) -> Result<(), Error> {
        let path = self.path.join(SECRETS);
        let mut secrets = self.secrets.clone();
        secrets.previous_signing_seed = Some(std::mem::replace(&mut secrets.signing_seed, secret(entropy)));
        write_new(&path, &secrets).map_err(|source| Error::Unusable { path, source })?;
        self.secrets = secrets;
        Ok(())
    }

    /// The keys that are alive, the one that signs first.
    fn signing_keys(&self) -> Result<Vec<SigningKey>, Error> {
        let seeds = [Some(&self.secrets.signing_seed), self.secrets.previous_signing_seed.as_ref()];
        seeds.into_iter().flatten().map(|seed| self.signing_key(seed)).collect()
    }

    fn signing_key(&self, seed: &str) -> Result<SigningKey, Error> {
        let broken = || Error::Broken {
            path: self.path.join(SECRETS),
            reason: "a seed is not 32 bytes in base64".to_owned(),
        };
        let seed = URL_SAFE_NO_PAD.decode(seed).map_err(|_| broken())?;
        Ok(SigningKey::from_bytes(&seed.try_into().map_err(|_| broken())?))
    }

    /// The public key set by which services check access tokens, as JSON (RFC 7517, RFC 8037).
    pub fn token_keys(&self) -> Result<String, Error> {
        let keys = self.signing_keys()?.iter().map(public_key).collect::<Vec<_>>();
        Ok(json!({ "keys": keys }).to_string())
    }

    /// The same with the private parts, for the service that signs them.
    pub fn token_signing_keys(&self) -> Result<String, Error> {
        let private = |key: &SigningKey| {
            let mut private = public_key(key);
            private["d"] = URL_SAFE_NO_PAD.encode(key.as_bytes()).into();
            private
        };
        let keys = self.signing_keys()?.iter().map(private).collect::<Vec<_>>();
        Ok(json!({ "keys": keys }).to_string())
    }

    /// An access token with `claims`.
    pub fn sign(&self, claims: &Claims) -> Result<String, Error> {
        let key = self.signing_key(&self.secrets.signing_seed)?;
        let der = [&PKCS8_PREFIX[..], key.as_bytes()].concat();
        let header = Header { kid: Some(key_id(&key)), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(&der))
            .map_err(|error| Error::Broken { path: self.path.join(SECRETS), reason: error.to_string() })
    }
}

fn secret(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn public_key(key: &SigningKey) -> Value {
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key_id(key), "x": x })
}

/// Short, stable, different for each key, and a warning to whoever would use it in production.
fn key_id(key: &SigningKey) -> String {
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    format!("{DEVELOPMENT_KEY_PREFIX}{}", &crate::app::hash_of(&x)[..16])
}

fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Error> {
    let broken = |reason: String| Error::Broken { path: path.to_owned(), reason };
    let text = fs::read_to_string(path).map_err(|error| broken(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| broken(error.to_string()))
}

/// Writes a file whole or not at all, readable by its owner only.
fn write_new<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&draft)?;
    file.write_all(&serde_json::to_vec_pretty(value)?)?;
    file.sync_all()?;
    fs::rename(draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;
    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_folder_with_something_else_in_it_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("holiday.jpg"), "a picture").expect("a file");
        assert!(matches!(DataFolder::open(folder.path(), &Zeros), Err(Error::Foreign(_))));
        assert!(!folder.path().join(MARKER).exists());
    }

    #[test]
    fn a_folder_under_a_file_is_refused_with_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, "").expect("a file");
        let error = DataFolder::open(&path.join("data"), &Zeros).err().expect("an error");
        assert!(error.to_string().contains("--data-dir"), "{error}");
    }

    #[test]
    fn two_processes_do_not_share_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = DataFolder::open(folder.path(), &Zeros).expect("a data folder");
        let _lock = first.lock().expect("a lock");
        let second = DataFolder::open(folder.path(), &Zeros).expect("the same folder");
        assert!(matches!(second.lock(), Err(Error::InUse(_))));
    }

    #[test]
    fn a_folder_of_an_older_version_gets_the_secrets_that_it_lacks_and_keeps_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = DataFolder::open(folder.path(), &Zeros).expect("a data folder");
        let file = folder.path().join(SECRETS);
        let mut secrets: Map<String, Value> = read_json(&file).expect("secrets");
        secrets.remove("users_key");
        write_new(&file, &secrets).expect("a file");
        let again = DataFolder::open(folder.path(), &crate::system::SystemEntropy).expect("the same folder");
        assert_eq!(again.secrets.service_token, first.secrets.service_token);
        assert_ne!(again.secrets.users_key, first.secrets.users_key);
        let third = DataFolder::open(folder.path(), &crate::system::SystemEntropy).expect("the same folder");
        assert_eq!(third.secrets.users_key, again.secrets.users_key);
    }

    #[test]
    fn after_a_change_of_keys_the_one_before_is_still_known_and_the_one_before_that_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let entropy = crate::system::SystemEntropy;
        let mut data = DataFolder::open(folder.path(), &entropy).expect("a data folder");
        let key_of =
            |data: &DataFolder| key_id(&data.signing_key(&data.secrets.signing_seed).expect("a key"));
        let first = key_of(&data);
        data.change_signing_key(&entropy).expect("a change");
        let second = key_of(&data);
        let keys = data.token_keys().expect("keys");
        assert!(keys.contains(&first) && keys.contains(&second) && first != second, "{keys}");
        assert!(!keys.contains("\"d\""), "{keys}");
        data.change_signing_key(&entropy).expect("a change");
        let keys = DataFolder::open(folder.path(), &entropy).expect("the folder").token_keys().expect("keys");
        assert!(!keys.contains(&first) && keys.contains(&second), "{keys}");
    }

    #[test]
    fn secrets_are_readable_by_their_owner_only_and_stay_the_same() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let first = DataFolder::open(folder.path(), &crate::system::SystemEntropy).expect("a data folder");
        let again = DataFolder::open(folder.path(), &crate::system::SystemEntropy).expect("the same folder");
        assert_eq!(first.secrets.service_token, again.secrets.service_token);
        let mode = fs::metadata(folder.path().join(SECRETS)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
