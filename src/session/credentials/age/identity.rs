//! An identity of age: an X25519 key, as `age-keygen` writes it (`AGE-SECRET-KEY-1...`).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Hrp};
use secrecy::zeroize::Zeroizing;
use x25519_dalek::{PublicKey, StaticSecret};

use super::{Broken, derive, fill};

/// The kind of its stanzas.
pub(super) const KIND: &str = "X25519";
const LABEL: &[u8] = b"age-encryption.org/v1/X25519";
const PREFIX: &str = "age-secret-key-";

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
        let text = CheckedHrpstring::new::<Bech32>(text.trim()).ok()?;
        if text.hrp() != Hrp::parse_unchecked(PREFIX) {
            return None;
        }
        let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(text.byte_iter().collect());
        let key: [u8; 32] = bytes.as_slice().try_into().ok()?;
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
