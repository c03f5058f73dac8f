//! The Basic scheme's Base64, read.

/// Decodes Base64 (with or without padding) into text.
pub(crate) fn decode(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for symbol in encoded.trim_end_matches('=').bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn reads_what_clients_send() {
        assert_eq!(decode("QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Some("Aladdin:open sesame".into()));
        assert_eq!(decode("QWxhZGRpbjpvcGVuIHNlc2FtZQ"), Some("Aladdin:open sesame".into()));
        assert_eq!(decode("dXNlcjrDqQ=="), Some("user:é".into()));
        assert_eq!(decode("not base64!"), None);
    }
}
