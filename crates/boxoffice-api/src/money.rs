//! Currency codes. Amounts are plain `i64` minor units next to one of these.
//!
//! Invariants: a [`Currency`] is always a code of ISO 4217.

use std::fmt;

/// An active ISO 4217 code (`EUR`), or `XTS`, which the standard reserves for testing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Active codes in alphabetical order, three letters each, plus `XTS`.
const CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV \
BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD \
EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK \
JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT \
MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR \
RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP \
TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF XTS YER \
ZAR ZMW ZWG";

impl Currency {
    /// Reads a code; `None` if it is not one of ISO 4217 in capital letters.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        // Codes are separated by one blank, so a match inside one would contain the blank.
        let known = bytes.iter().all(u8::is_ascii_uppercase) && CODES.contains(code);
        known.then_some(Self(bytes))
    }

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency is made of ASCII letters")
    }

    /// The three letters as bytes, for compact storage.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 3] {
        self.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{CODES, Currency};

    #[test]
    fn every_listed_code_and_nothing_else_is_a_currency() {
        for code in CODES.split(' ') {
            assert_eq!(
                Currency::parse(code).map(|c| c.to_string()),
                Some(code.to_owned())
            );
        }
        for wrong in ["", "eur", "EURO", "EU", "XXY", "D A", "ED ", "É1", "EUR "] {
            assert_eq!(Currency::parse(wrong), None, "{wrong:?}");
        }
    }
}
