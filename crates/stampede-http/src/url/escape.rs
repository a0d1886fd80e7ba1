//! Percent signs: what Go leaves as it is, what it escapes, and what it refuses.

pub(super) fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~$&+,/:;=@!'()*[]".contains(&byte)
}

pub(super) fn is_fragment_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~$&+,/:;=@!'()*?#".contains(&byte)
}

/// Keeps what is properly escaped; otherwise escapes the meaning of the text anew.
pub(super) fn escape(text: &str, is_plain: fn(u8) -> bool) -> Result<String, String> {
    if text.bytes().all(is_plain) {
        return Ok(text.to_owned());
    }
    let bytes = text.as_bytes();
    check_escapes(bytes)?;
    if bytes.iter().all(|byte| is_plain(*byte) || *byte == b'%') {
        return Ok(text.to_owned());
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for byte in unescape_bytes(bytes) {
        if is_plain(byte) && !b"[]!'()*".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            push_escaped(&mut escaped, byte);
        }
    }
    Ok(escaped)
}

/// Writes one byte as `%XX`.
pub(crate) fn push_escaped(escaped: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    escaped.push('%');
    escaped.push(char::from(DIGITS[usize::from(byte >> 4)]));
    escaped.push(char::from(DIGITS[usize::from(byte & 15)]));
}

fn check_escapes(bytes: &[u8]) -> Result<(), String> {
    let mut idx = 0;
    while idx < bytes.len() {
        if bytes[idx] == b'%' {
            let escape = &bytes[idx..bytes.len().min(idx + 3)];
            if escape.len() < 3 || !escape[1..].iter().all(u8::is_ascii_hexdigit) {
                let escape = String::from_utf8_lossy(escape);
                return Err(format!("invalid URL escape {escape:?}"));
            }
            idx += 2;
        }
        idx += 1;
    }
    Ok(())
}

pub(super) fn unescape(text: &str) -> Result<String, String> {
    check_escapes(text.as_bytes())?;
    Ok(String::from_utf8_lossy(&unescape_bytes(text.as_bytes())).into_owned())
}

fn unescape_bytes(bytes: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if let (b'%', Some(&[high, low])) = (byte, after.get(..2).and_then(|d| d.as_array::<2>()))
            && let (Some(high), Some(low)) = (digit(high), digit(low))
        {
            plain.push(high * 16 + low);
            rest = &after[2..];
        } else {
            plain.push(byte);
        }
    }
    plain
}
