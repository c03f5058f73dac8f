//! Encrypts a small file in the format of age (`age-encryption.org/v1`), so that `age --decrypt` opens it, too: with a
//! passphrase, or for the X25519 identity of an identity file.
//!
//! The crate `age` would bring about 90 others, many of them a second time in an older version; its format takes a few pages
//! over the libraries that TLS uses anyway.

mod identity;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{hkdf, hmac};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

const VERSION: &str = "age-encryption.org/v1";
const SALT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
/// The cost of a passphrase, as OWASP recommends it: 128 MiB, and less than half a second.
const LOG_N: u8 = 17;
/// The highest cost that is accepted: 1 GiB.
const MOST_LOG_N: u8 = 20;
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
/// The length of a line in the body of a stanza; a shorter one ends it.
const COLUMNS: usize = 64;
const MOST_STANZAS: usize = 100;

/// Why a file can't be decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// Not a file of this format.
    Foreign,
    /// Encrypted with a passphrase instead of for an identity, or the other way round.
    OtherKind,
    WrongSecret,
    /// Cut or changed.
    Damaged,
}

/// What encrypts and decrypts a file.
#[derive(Debug, Clone)]
pub(crate) enum Secret {
    Passphrase(SecretString),
    Identity(Identity),
}

pub(crate) use identity::Identity;

type FileKey = Zeroizing<[u8; 16]>;

/// The start of a file.
struct Header<'f> {
    /// The arguments and the body of each stanza.
    stanzas: Vec<(&'f str, String)>,
    mac: &'f str,
    /// What the MAC covers.
    covered: &'f [u8],
    payload: &'f [u8],
}

impl<'f> Header<'f> {
    fn parse(file: &'f [u8]) -> Result<Self, Broken> {
        let start = format!("{VERSION}\n");
        if !file.starts_with(start.as_bytes()) {
            // The start of one is a file that was cut.
            return Err(if start.as_bytes().starts_with(file) { Broken::Damaged } else { Broken::Foreign });
        }
        let mut rest = &file[start.len()..];
        let mut line = || {
            let end = rest.iter().position(|byte| *byte == b'\n').ok_or(Broken::Damaged)?;
            let line = std::str::from_utf8(&rest[..end]).map_err(|_| Broken::Damaged)?;
            rest = &rest[end + 1..];
            Ok(line)
        };
        let mut stanzas = Vec::new();
        let mac = loop {
            let first = line()?;
            if let Some(mac) = first.strip_prefix("--- ") {
                break mac;
            }
            let arguments = first.strip_prefix("-> ").ok_or(Broken::Damaged)?;
            let mut body = String::new();
            loop {
                let line = line()?;
                body.push_str(line);
                if line.len() < COLUMNS {
                    break;
                }
            }
            stanzas.push((arguments, body));
            if stanzas.len() > MOST_STANZAS {
                return Err(Broken::Foreign);
            }
        };
        let covered = &file[..file.len() - rest.len() - mac.len() - 2];
        Ok(Header { stanzas, mac, covered, payload: rest })
    }

    fn has_kind(&self, kind: &str) -> bool {
        self.stanzas.iter().any(|(arguments, _)| arguments.split(' ').next() == Some(kind))
    }
}

/// Whether a file is encrypted for identities; no if that can't be read.
pub(crate) fn is_for_identities(file: &[u8]) -> bool {
    Header::parse(file).is_ok_and(|header| header.has_kind(identity::KIND))
}

pub(super) fn encrypt(secret: &Secret, plain: &[u8]) -> Result<Vec<u8>, Broken> {
    encrypt_at(LOG_N, secret, plain)
}

fn encrypt_at(log_n: u8, secret: &Secret, plain: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut nonce = [0; 16];
    let mut file_key = FileKey::default();
    fill(&mut nonce)?;
    fill(&mut *file_key)?;
    let (arguments, key) = match secret {
        Secret::Passphrase(passphrase) => {
            let mut salt = [0; 16];
            fill(&mut salt)?;
            let arguments = format!("scrypt {} {log_n}", STANDARD_NO_PAD.encode(salt));
            (arguments, wrapping_key(passphrase, &salt, log_n)?)
        }
        Secret::Identity(identity) => identity.wrapping_key()?,
    };
    let mut wrapped = Vec::with_capacity(file_key.len() + TAG);
    wrapped.extend_from_slice(&*file_key);
    seal(&key, [0; 12], &mut wrapped)?;
    let head = format!("{VERSION}\n-> {arguments}\n{}\n---", STANDARD_NO_PAD.encode(wrapped));
    let mac = hmac::sign(&mac_key(&file_key)?, head.as_bytes());
    let mut out = format!("{head} {}\n", STANDARD_NO_PAD.encode(mac)).into_bytes();
    out.extend(nonce);
    let key = derive(&nonce, &*file_key, b"payload")?;
    let count = plain.len().div_ceil(CHUNK).max(1);
    for number in 0..count {
        let piece = plain.chunks(CHUNK).nth(number).unwrap_or_default();
        // With room for the tag, or a copy would be left behind.
        let mut chunk = Vec::with_capacity(piece.len() + TAG);
        chunk.extend_from_slice(piece);
        seal(&key, chunk_nonce(number, number + 1 == count), &mut chunk)?;
        out.append(&mut chunk);
    }
    Ok(out)
}

pub(super) fn decrypt(secret: &Secret, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, Broken> {
    let header = Header::parse(file)?;
    let file_key = match secret {
        Secret::Passphrase(passphrase) => file_key_by_passphrase(passphrase, &header)?,
        Secret::Identity(identity) => file_key_by_identity(identity, &header)?,
    };
    hmac::verify(&mac_key(&file_key)?, header.covered, &decode::<32>(header.mac)?)
        .map_err(|_| Broken::Damaged)?;
    let (nonce, payload) = header.payload.split_at_checked(16).ok_or(Broken::Damaged)?;
    let key = derive(nonce, &*file_key, b"payload")?;
    let mut plain = Zeroizing::new(Vec::with_capacity(payload.len()));
    let count = payload.len().div_ceil(CHUNK + TAG);
    for (number, chunk) in payload.chunks(CHUNK + TAG).enumerate() {
        let mut chunk = Zeroizing::new(chunk.to_vec());
        let nonce = chunk_nonce(number, number + 1 == count);
        let opened = Zeroizing::new(open(&key, nonce, &mut chunk).ok_or(Broken::Damaged)?);
        plain.extend_from_slice(&opened);
    }
    if count == 0 { Err(Broken::Damaged) } else { Ok(plain) }
}

fn file_key_by_passphrase(passphrase: &SecretString, header: &Header<'_>) -> Result<FileKey, Broken> {
    // The format allows no other stanza beside that of a passphrase.
    let [(arguments, body)] = header.stanzas.as_slice() else {
        return Err(if header.has_kind(identity::KIND) { Broken::OtherKind } else { Broken::Foreign });
    };
    let Some(("scrypt", rest)) = arguments.split_once(' ') else {
        return Err(if header.has_kind(identity::KIND) { Broken::OtherKind } else { Broken::Foreign });
    };
    let (salt, log_n) = rest.split_once(' ').ok_or(Broken::Damaged)?;
    let log_n = log_n.parse().ok().filter(|log_n| (1..=MOST_LOG_N).contains(log_n)).ok_or(Broken::Foreign)?;
    let salt: [u8; 16] = decode(salt)?;
    unwrap_file_key(&wrapping_key(passphrase, &salt, log_n)?, body)?.ok_or(Broken::WrongSecret)
}

fn file_key_by_identity(identity: &Identity, header: &Header<'_>) -> Result<FileKey, Broken> {
    if !header.has_kind(identity::KIND) {
        return Err(if header.has_kind("scrypt") { Broken::OtherKind } else { Broken::Foreign });
    }
    for (arguments, body) in &header.stanzas {
        let Some((identity::KIND, share)) = arguments.split_once(' ') else { continue };
        if let Some(file_key) = unwrap_file_key(&identity.unwrapping_key(&decode(share)?)?, body)? {
            return Ok(file_key);
        }
    }
    Err(Broken::WrongSecret)
}

/// The file key in the body of a stanza; `None` if it was wrapped by another key.
fn unwrap_file_key(key: &Zeroizing<[u8; 32]>, body: &str) -> Result<Option<FileKey>, Broken> {
    let mut wrapped = Zeroizing::new(decode::<32>(body)?);
    Ok(open(key, [0; 12], &mut *wrapped).map(Zeroizing::new).map(|opened| {
        let mut file_key = FileKey::default();
        file_key.copy_from_slice(&opened);
        file_key
    }))
}

fn fill(bytes: &mut [u8]) -> Result<(), Broken> {
    SystemRandom::new().fill(bytes).map_err(|_| Broken::Damaged)
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], Broken> {
    let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| Broken::Damaged)?;
    bytes.try_into().map_err(|_| Broken::Damaged)
}

fn wrapping_key(passphrase: &SecretString, salt: &[u8], log_n: u8) -> Result<Zeroizing<[u8; 32]>, Broken> {
    let params = scrypt::Params::new(log_n, 8, 1).map_err(|_| Broken::Foreign)?;
    let mut key = Zeroizing::new([0; 32]);
    let salt = [SALT_LABEL, salt].concat();
    scrypt::scrypt(passphrase.expose_secret().as_bytes(), &salt, &params, &mut *key)
        .map_err(|_| Broken::Foreign)?;
    Ok(key)
}

fn derive(salt: &[u8], key: &[u8], label: &[u8]) -> Result<Zeroizing<[u8; 32]>, Broken> {
    let mut derived = Zeroizing::new([0; 32]);
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(key);
    extracted
        .expand(&[label], hkdf::HKDF_SHA256)
        .and_then(|expanded| expanded.fill(&mut *derived))
        .map_err(|_| Broken::Damaged)?;
    Ok(derived)
}

fn mac_key(file_key: &FileKey) -> Result<hmac::Key, Broken> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &*derive(&[], &**file_key, b"header")?))
}

/// The number of a chunk in 11 bytes, and whether it is the last.
fn chunk_nonce(number: usize, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&(number as u64).to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}

fn cipher(key: &Zeroizing<[u8; 32]>) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, &**key).map(LessSafeKey::new).ok()
}

fn seal(key: &Zeroizing<[u8; 32]>, nonce: [u8; 12], bytes: &mut Vec<u8>) -> Result<(), Broken> {
    let cipher = cipher(key).ok_or(Broken::Damaged)?;
    let nonce = Nonce::assume_unique_for_key(nonce);
    cipher.seal_in_place_append_tag(nonce, Aad::empty(), bytes).map_err(|_| Broken::Damaged)
}

fn open(key: &Zeroizing<[u8; 32]>, nonce: [u8; 12], bytes: &mut [u8]) -> Option<Vec<u8>> {
    let opened = cipher(key)?.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), bytes);
    opened.map(|plain| plain.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: u8 = 4;

    fn passphrase(text: &str) -> Secret {
        Secret::Passphrase(SecretString::from(text))
    }

    fn identity(text: &str) -> Secret {
        Secret::Identity(Identity::parse(text).unwrap())
    }

    #[test]
    fn what_was_encrypted_is_read_back_whatever_its_size() {
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let plain = vec![7; size];
            let file = encrypt_at(QUICK, &passphrase("a b"), &plain).unwrap();
            assert_eq!(*decrypt(&passphrase("a b"), &file).unwrap(), plain, "{size}");
            assert_eq!(decrypt(&passphrase("a c"), &file).unwrap_err(), Broken::WrongSecret);
        }
    }

    #[test]
    fn no_byte_can_be_cut_off_or_changed() {
        let file = encrypt_at(QUICK, &passphrase("p"), b"secret").unwrap();
        for length in 0..file.len() {
            let broken = decrypt(&passphrase("p"), &file[..length]).unwrap_err();
            assert_eq!(broken, Broken::Damaged, "{length}");
        }
        for place in 0..file.len() {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert!(decrypt(&passphrase("p"), &changed).is_err(), "{place}");
        }
    }

    #[test]
    fn a_cost_that_would_fill_the_memory_is_refused() {
        let file = encrypt_at(QUICK, &passphrase("p"), b"secret").unwrap();
        let text = String::from_utf8_lossy(&file).replace(" 4\n", " 40\n");
        assert_eq!(decrypt(&passphrase("p"), text.as_bytes()).unwrap_err(), Broken::Foreign);
        assert_eq!(decrypt(&passphrase("p"), b"hello").unwrap_err(), Broken::Foreign);
    }

    /// Made by age-keygen 1.1.1, as is the other one.
    const IDENTITY: &str = "AGE-SECRET-KEY-1XDZ89RFQGZTASTDAJ5L9J2JY6C58TW2SMZNPWLP2TVC3F9K9V83S6K8R4P";
    const OTHER: &str = "AGE-SECRET-KEY-17RHNQXEPJGT79XHM7F6WM6076E952R34FRDTUMPG2FWYVEXCMU7QCLNRXL";

    #[test]
    fn what_was_encrypted_for_an_identity_is_read_back_with_it_alone() {
        let file = encrypt(&identity(IDENTITY), b"secret").unwrap();
        assert!(is_for_identities(&file) && file.starts_with(b"age-encryption.org/v1\n-> X25519 "));
        assert_eq!(**decrypt(&identity(IDENTITY), &file).unwrap(), *b"secret");
        assert_eq!(decrypt(&identity(OTHER), &file).unwrap_err(), Broken::WrongSecret);
        assert_eq!(decrypt(&passphrase("p"), &file).unwrap_err(), Broken::OtherKind);
        for place in 0..file.len() {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert!(decrypt(&identity(IDENTITY), &changed).is_err(), "{place}");
            assert_eq!(decrypt(&identity(IDENTITY), &file[..place]).unwrap_err(), Broken::Damaged, "{place}");
        }
        let other = encrypt_at(QUICK, &passphrase("p"), b"secret").unwrap();
        assert!(!is_for_identities(&other));
        assert_eq!(decrypt(&identity(IDENTITY), &other).unwrap_err(), Broken::OtherKind);
    }

    /// Written by age 1.1.1 for the identity alone, and for another one before it.
    #[test]
    fn a_file_of_age_is_read_with_an_identity() {
        for text in include_str!("identity_examples.b64").lines() {
            let file = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
            assert_eq!(**decrypt(&identity(IDENTITY), &file).unwrap(), *b"hello from age\n");
        }
    }

    /// Written by the crate `age` 0.12 with the passphrase "correct horse".
    #[test]
    fn a_file_of_age_is_read() {
        let file = base64::engine::general_purpose::STANDARD
            .decode(include_str!("passphrase_example.b64").trim())
            .unwrap();
        assert_eq!(**decrypt(&passphrase("correct horse"), &file).unwrap(), *b"hello from age\n");
    }
}
