//! Short header values, written without the machinery of formatting: every response has some.

use http::HeaderValue;

/// Text of at most `MAX` bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeaderText<const MAX: usize> {
    bytes: [u8; MAX],
    len: usize,
}

impl<const MAX: usize> Default for HeaderText<MAX> {
    fn default() -> Self {
        Self {
            bytes: [0; MAX],
            len: 0,
        }
    }
}

impl<const MAX: usize> HeaderText<MAX> {
    /// Adds visible ASCII, for which there must be room.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        let room = self.bytes.get_mut(self.len..end);
        room.expect("the length is counted for what is written")
            .copy_from_slice(bytes);
        self.len = end;
    }

    /// Adds a number in decimal digits.
    pub(crate) fn push_decimal(&mut self, number: u64) {
        self.push_digits::<10>(number, 1);
    }

    /// Adds a number in at least so many hexadecimal digits.
    pub(crate) fn push_hex(&mut self, number: u64, digits_min: usize) {
        self.push_digits::<16>(number, digits_min);
    }

    fn push_digits<const BASE: u64>(&mut self, mut number: u64, digits_min: usize) {
        // 20 digits hold every number of 64 bits.
        let mut digits = [b'0'; 20];
        let mut at = digits.len();
        while number != 0 || digits.len() - at < digits_min {
            at -= 1;
            let digit = usize::try_from(number % BASE).unwrap_or_default();
            digits[at] = b"0123456789abcdef"[digit];
            number /= BASE;
        }
        self.push(&digits[at..]);
    }

    /// The header's value.
    pub(crate) fn value(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.bytes[..self.len]).expect("only visible ASCII is written")
    }
}

#[cfg(test)]
mod tests {
    use super::HeaderText;

    #[test]
    fn numbers_are_written_as_formatting_would() {
        for number in [0, 1, 9, 10, 255, 4_096, 61_250, u64::MAX] {
            let mut text = HeaderText::<64>::default();
            text.push_decimal(number);
            text.push(b"-");
            text.push_hex(number, 1);
            text.push(b"-");
            text.push_hex(number, 8);
            let expected = format!("{number}-{number:x}-{number:08x}");
            assert_eq!(text.value(), expected.as_str());
        }
    }
}
