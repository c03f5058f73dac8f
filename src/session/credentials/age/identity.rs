//! An identity of age: an X25519 key, as `age-keygen` writes it (`AGE-SECRET-KEY-1...`).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::zeroize::Zeroizing;
use x25519_dalek::{PublicKey, StaticSecret};

use super::{Broken, derive, fill};

/// The kind of its stanzas.
pub(super) const KIND: &str = "X25519";
const LABEL: &[u8] = b"age-encryption.org/v1/X25519";
const PREFIX: &str = "age-secret-key-";
/// The digits of Bech32 (BIP 173), by their value.
const DIGITS: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const CHECKSUM: usize = 6;

#[derive(Clone)]
pub(crate) struct Identity(StaticSecret);

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity([REDACTED])")
    }
}

impl Identity {
    /// Reads one line of an identity file.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_one_case = text.chars().all(|one| !one.is_ascii_lowercase())
            || text.chars().all(|one| !one.is_ascii_uppercase());
        let lower = Zeroizing::new(text.trim().to_ascii_lowercase());
        let digits = lower.strip_prefix(PREFIX)?.strip_prefix('1').filter(|_| is_one_case)?;
        let values: Option<Vec<u8>> =
            digits.chars().map(|digit| DIGITS.find(digit).and_then(|at| u8::try_from(at).ok())).collect();
        let values = Zeroizing::new(values?);
        if checksum(PREFIX, &values) != 1 {
            return None;
        }
        let data = values.get(..values.len().checked_sub(CHECKSUM)?)?;
        let (mut bits, mut count) = (0_u32, 0);
        let mut key = Zeroizing::new(Vec::with_capacity(32));
        for value in data {
            bits = (bits << 5 | u32::from(*value)) & 0xfff;
            count += 5;
            if count >= 8 {
                count -= 8;
                key.push((bits >> count & 0xff) as u8);
            }
        }
        let has_padding_only = count < 5 && bits & ((1 << count) - 1) == 0;
        let key: [u8; 32] = key.as_slice().try_into().ok().filter(|_| has_padding_only)?;
        Some(Identity(StaticSecret::from(key)))
    }

    /// The arguments of a stanza for this identity, and the key that wraps its file key.
    pub(super) fn wrapping_key(&self) -> Result<(String, Zeroizing<[u8; 32]>), Broken> {
        let mut random = Zeroizing::new([0; 32]);
        fill(&mut *random)?;
        let ephemeral = StaticSecret::from(*random);
        let share = PublicKey::from(&ephemeral);
        let own = PublicKey::from(&self.0);
        let key = key_of(&ephemeral, &own, &share, &own)?;
        Ok((format!("{KIND} {}", STANDARD_NO_PAD.encode(share.as_bytes())), key))
    }

    /// The key that unwraps the file key of a stanza with this share.
    pub(super) fn unwrapping_key(&self, share: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, Broken> {
        let share = PublicKey::from(*share);
        key_of(&self.0, &share, &share, &PublicKey::from(&self.0))
    }
}

fn key_of(
    secret: &StaticSecret,
    with: &PublicKey,
    share: &PublicKey,
    recipient: &PublicKey,
) -> Result<Zeroizing<[u8; 32]>, Broken> {
    let shared = secret.diffie_hellman(with);
    if !shared.was_contributory() {
        return Err(Broken::Damaged);
    }
    derive(&[*share.as_bytes(), *recipient.as_bytes()].concat(), shared.as_bytes(), LABEL)
}

/// The checksum of Bech32: 1 if the text is correct.
fn checksum(prefix: &str, values: &[u8]) -> u32 {
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = prefix.bytes().map(|byte| byte >> 5);
    let low = prefix.bytes().map(|byte| byte & 31);
    high.chain([0]).chain(low).chain(values.iter().copied()).fold(1, |sum, value| {
        let top = sum >> 25;
        let sum = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        let set = GENERATORS.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1);
        set.fold(sum, |sum, (_, generator)| sum ^ generator)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "AGE-SECRET-KEY-1XDZ89RFQGZTASTDAJ5L9J2JY6C58TW2SMZNPWLP2TVC3F9K9V83S6K8R4P";

    #[test]
    fn an_identity_is_read_and_a_typing_error_is_not() {
        assert!(Identity::parse(WRITTEN).is_some());
        assert!(Identity::parse(&WRITTEN.to_lowercase()).is_some());
        for at in 0..WRITTEN.len() {
            let mut wrong = WRITTEN.as_bytes().to_vec();
            wrong[at] = if wrong[at] == b'Q' { b'P' } else { b'Q' };
            assert!(Identity::parse(std::str::from_utf8(&wrong).unwrap()).is_none(), "{at}");
            assert!(Identity::parse(&WRITTEN[..at]).is_none(), "{at}");
        }
        for wrong in
            ["", "AGE-SECRET-KEY-1", "age1dt4kspetp6w6t2nhwek8qfghh678n4uvt2mayg36a4vehty3jdxsfklc94"]
        {
            assert!(Identity::parse(wrong).is_none(), "{wrong}");
        }
    }
}
