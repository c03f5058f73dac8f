//! Encrypts a small file with a passphrase, in the format of age (`age-encryption.org/v1`), so that `age -d` opens it, too.
//!
//! Only its scrypt recipient is supported. The crate `age` would bring about 90 others, many of them a second time in an
//! older version; its format takes a page over the libraries that TLS uses anyway.

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

/// Why a file can't be decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// Not a file of this format, or not one for a passphrase.
    Foreign,
    WrongPassphrase,
    /// Cut or changed.
    Damaged,
}

type FileKey = Zeroizing<[u8; 16]>;

pub(super) fn encrypt(passphrase: &SecretString, plain: &[u8]) -> Result<Vec<u8>, Broken> {
    encrypt_at(LOG_N, passphrase, plain)
}

fn encrypt_at(log_n: u8, passphrase: &SecretString, plain: &[u8]) -> Result<Vec<u8>, Broken> {
    let (mut salt, mut nonce) = ([0; 16], [0; 16]);
    let mut file_key = FileKey::default();
    fill(&mut salt)?;
    fill(&mut nonce)?;
    fill(&mut *file_key)?;
    let mut wrapped = Vec::with_capacity(file_key.len() + TAG);
    wrapped.extend_from_slice(&*file_key);
    seal(&wrapping_key(passphrase, &salt, log_n)?, [0; 12], &mut wrapped)?;
    let head = format!(
        "{VERSION}\n-> scrypt {} {log_n}\n{}\n---",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(wrapped)
    );
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

pub(super) fn decrypt(passphrase: &SecretString, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, Broken> {
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
    let recipient = line()?.strip_prefix("-> scrypt ").ok_or(Broken::Foreign)?;
    let (salt, log_n) = recipient.split_once(' ').ok_or(Broken::Damaged)?;
    let log_n = log_n.parse().ok().filter(|log_n| (1..=MOST_LOG_N).contains(log_n)).ok_or(Broken::Foreign)?;
    let body = line()?;
    let mac = line()?.strip_prefix("--- ").ok_or(Broken::Damaged)?;
    let head = &file[..file.len() - rest.len() - mac.len() - 2];

    let salt: [u8; 16] = decoded(salt)?;
    let mut wrapped = Zeroizing::new(decoded::<32>(body)?);
    let key = wrapping_key(passphrase, &salt, log_n)?;
    let opened = Zeroizing::new(open(&key, [0; 12], &mut *wrapped).ok_or(Broken::WrongPassphrase)?);
    let mut file_key = FileKey::default();
    file_key.copy_from_slice(&opened);
    hmac::verify(&mac_key(&file_key)?, head, &decoded::<32>(mac)?).map_err(|_| Broken::Damaged)?;

    let (nonce, payload) = rest.split_at_checked(16).ok_or(Broken::Damaged)?;
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

fn fill(bytes: &mut [u8]) -> Result<(), Broken> {
    SystemRandom::new().fill(bytes).map_err(|_| Broken::Damaged)
}

fn decoded<const N: usize>(text: &str) -> Result<[u8; N], Broken> {
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

    fn passphrase(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn what_was_encrypted_is_read_back_whatever_its_size() {
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let plain = vec![7; size];
            let file = encrypt_at(QUICK, &passphrase("a b"), &plain).unwrap();
            assert_eq!(*decrypt(&passphrase("a b"), &file).unwrap(), plain, "{size}");
            assert_eq!(decrypt(&passphrase("a c"), &file).unwrap_err(), Broken::WrongPassphrase);
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
        let text = String::from_utf8_lossy(&file[..60]).replace(" 4\n", " 40\n");
        assert_eq!(decrypt(&passphrase("p"), text.as_bytes()).unwrap_err(), Broken::Foreign);
        assert_eq!(decrypt(&passphrase("p"), b"hello").unwrap_err(), Broken::Foreign);
    }

    /// Written by the crate `age` 0.12 with the passphrase "correct horse".
    #[test]
    fn a_file_of_age_is_read() {
        let file =
            base64::engine::general_purpose::STANDARD.decode(include_str!("age_example.b64").trim()).unwrap();
        assert_eq!(**decrypt(&passphrase("correct horse"), &file).unwrap(), *b"hello from age\n");
    }
}
