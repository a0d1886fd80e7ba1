//! Addresses as Go reads and writes them, which is what scripts written for k6 rely on: a path is
//! kept as it is when it is properly escaped and escaped where it is not, a query is never touched,
//! and dots in a path are only resolved for redirects.
//!
//! Invariants: `Url::parse(url.to_string())` is the same URL; `request_target` starts with `/`.

mod escape;
pub(crate) mod mask;

use std::fmt;

pub(crate) use escape::push_escaped;
use escape::{escape, is_fragment_byte, is_path_byte, unescape};

/// Why a text is not a URL, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parse {url:?}: {reason}")]
pub struct UrlError {
    /// The text.
    pub url: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A parsed address. Everything is kept as it goes over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// In lower case: `http` or `https` for addresses that can be asked for.
    pub scheme: String,
    /// The user, unescaped.
    pub username: Option<String>,
    /// The password, unescaped.
    pub password: Option<String>,
    /// The host, as written, without brackets.
    pub host: String,
    /// The port, if it was written.
    pub port: Option<u16>,
    /// The path, escaped; empty if none was written.
    pub path: String,
    /// What follows the question mark.
    pub query: Option<String>,
    /// What follows the hash sign.
    pub fragment: Option<String>,
    userinfo: Option<String>,
}

impl Url {
    /// Reads an address.
    ///
    /// # Errors
    /// [`UrlError`] in Go's words. A scheme that is not HTTP is no error here.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        parse(text).map_err(|reason| UrlError {
            url: text.to_owned(),
            reason,
        })
    }

    /// Whether TLS is spoken there.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == "https" || self.scheme == "wss"
    }

    /// The port that is dialled.
    #[must_use]
    pub fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// Host and port as they were written: the `Host` header.
    #[must_use]
    pub fn authority(&self) -> String {
        let brackets = self.host.contains(':');
        match (brackets, self.port) {
            (false, None) => self.host.clone(),
            (false, Some(port)) => format!("{}:{port}", self.host),
            (true, None) => format!("[{}]", self.host),
            (true, Some(port)) => format!("[{}]:{port}", self.host),
        }
    }

    /// Path and query as they go into the first line of the request.
    #[must_use]
    pub fn request_target(&self) -> String {
        let query = self.query.as_deref();
        let mut target = String::with_capacity(self.path.len() + query.map_or(0, str::len) + 2);
        if !self.path.starts_with('/') {
            target.push('/');
        }
        target.push_str(&self.path);
        if let Some(query) = query {
            target.push('?');
            target.push_str(query);
        }
        target
    }

    /// Where a reference found at this address leads.
    ///
    /// # Errors
    /// [`UrlError`] if the reference is not a URL.
    pub fn join(&self, reference: &str) -> Result<Self, UrlError> {
        let mut joined = Self::parse(reference)?;
        if !joined.scheme.is_empty() {
            joined.path = without_dots(&joined.path);
            return Ok(joined);
        }
        joined.scheme.clone_from(&self.scheme);
        if !joined.host.is_empty() {
            joined.path = without_dots(&joined.path);
            return Ok(joined);
        }
        joined.username.clone_from(&self.username);
        joined.password.clone_from(&self.password);
        joined.userinfo.clone_from(&self.userinfo);
        joined.host.clone_from(&self.host);
        joined.port = self.port;
        if joined.path.is_empty() {
            joined.path.clone_from(&self.path);
            if joined.query.is_none() {
                joined.query.clone_from(&self.query);
            }
        } else if joined.path.starts_with('/') {
            joined.path = without_dots(&joined.path);
        } else {
            let base = self.path.rfind('/').map_or("", |end| &self.path[..end]);
            joined.path = without_dots(&format!("{base}/{}", joined.path));
        }
        Ok(joined)
    }

    /// The address without user and password, as it is shown.
    #[must_use]
    pub fn without_userinfo(&self) -> Self {
        Self {
            username: None,
            password: None,
            userinfo: None,
            ..self.clone()
        }
    }

    /// Whether user and password of this address may go to another one: only to the same host or
    /// below it.
    #[must_use]
    pub fn shares_secrets_with(&self, other: &Self) -> bool {
        let (from, to) = (
            self.host.to_ascii_lowercase(),
            other.host.to_ascii_lowercase(),
        );
        to == from
            || (!from.contains(':')
                && from.parse::<std::net::Ipv4Addr>().is_err()
                && to
                    .strip_suffix(&from)
                    .is_some_and(|left| left.ends_with('.')))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scheme.is_empty() {
            write!(f, "{}:", self.scheme)?;
        }
        if !self.host.is_empty() || self.userinfo.is_some() {
            f.write_str("//")?;
            if let Some(userinfo) = &self.userinfo {
                write!(f, "{userinfo}@")?;
            }
            f.write_str(&self.authority())?;
            if !self.path.is_empty() && !self.path.starts_with('/') {
                f.write_str("/")?;
            }
        }
        f.write_str(&self.path)?;
        if let Some(query) = &self.query {
            write!(f, "?{query}")?;
        }
        if let Some(fragment) = &self.fragment {
            write!(f, "#{fragment}")?;
        }
        Ok(())
    }
}

fn parse(text: &str) -> Result<Url, String> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let (rest, fragment) = match text.split_once('#') {
        Some((rest, fragment)) => (rest, Some(escape(fragment, is_fragment_byte)?)),
        None => (text, None),
    };
    let (scheme, rest) = split_scheme(rest)?;
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query.to_owned())),
        None => (rest, None),
    };
    let mut url = Url {
        scheme,
        query,
        fragment,
        ..Url::default()
    };
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            parse_authority(&mut url, &rest[..end])?;
            &rest[end..]
        }
        None => rest,
    };
    let first = path.split('/').next().unwrap_or("");
    if url.scheme.is_empty() && url.host.is_empty() && first.contains(':') {
        return Err("first path segment in URL cannot contain colon".to_owned());
    }
    url.path = escape(path, is_path_byte)?;
    Ok(url)
}

fn split_scheme(text: &str) -> Result<(String, &str), String> {
    for (idx, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if idx > 0 => {}
            b':' if idx == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((text[..idx].to_ascii_lowercase(), &text[idx + 1..])),
            _ => break,
        }
    }
    Ok((String::new(), text))
}

fn parse_authority(url: &mut Url, authority: &str) -> Result<(), String> {
    let (userinfo, host) = match authority.rsplit_once('@') {
        Some((userinfo, host)) => (Some(userinfo), host),
        None => (None, authority),
    };
    if let Some(userinfo) = userinfo {
        let is_valid =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
        if !userinfo.bytes().all(is_valid) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        let (username, password) = match userinfo.split_once(':') {
            Some((username, password)) => (username, Some(password)),
            None => (userinfo, None),
        };
        url.username = Some(unescape(username)?);
        url.password = password.map(unescape).transpose()?;
        url.userinfo = Some(userinfo.to_owned());
    }
    let (name, port) = split_port(host)?;
    url.port = match port {
        None | Some("") => None,
        Some(port) => Some(
            port.parse()
                .map_err(|_| format!("invalid port {:?} after host", format!(":{port}")))?,
        ),
    };
    let odd = |letter: char| letter == ' ' || "\"<>\\^`{|}".contains(letter);
    if let Some(letter) = name.chars().find(|letter| odd(*letter)) {
        return Err(format!(
            "invalid character {:?} in host name",
            letter.to_string()
        ));
    }
    url.host = if name.contains('%') && !name.contains(':') {
        unescape(name)?
    } else {
        name.to_owned()
    };
    Ok(())
}

fn split_port(host: &str) -> Result<(&str, Option<&str>), String> {
    if let Some(inner) = host.strip_prefix('[') {
        let (name, rest) = inner.rsplit_once(']').ok_or("missing ']' in host")?;
        if rest.is_empty() {
            return Ok((name, None));
        }
        let port = rest
            .strip_prefix(':')
            .filter(|port| port.bytes().all(|b| b.is_ascii_digit()));
        let port = port.ok_or_else(|| format!("invalid port {rest:?} after host"))?;
        return Ok((name, Some(port)));
    }
    match host.rsplit_once(':') {
        Some((name, port)) => {
            if !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(format!("invalid port {:?} after host", format!(":{port}")));
            }
            Ok((name, Some(port)))
        }
        None => Ok((host, None)),
    }
}

/// Resolves `.` and `..` in an absolute path.
fn without_dots(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => {
                kept.push(segment);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> String {
        Url::parse(text).unwrap().request_target()
    }

    /// Each line was seen on the wire of k6 2.2.0.
    #[test]
    fn the_target_on_the_wire_is_that_of_k6() {
        assert_eq!(
            target("http://h/a b/é?q=a b&é=ü#frag"),
            "/a%20b/%C3%A9?q=a b&é=ü"
        );
        assert_eq!(
            target("http://h/a|b^c`{d}\"<>\\?q=\"<>|^`{}\\"),
            "/a%7Cb%5Ec%60%7Bd%7D%22%3C%3E%5C?q=\"<>|^`{}\\"
        );
        assert_eq!(target("http://h/a%2fb/../c/./d//e"), "/a%2fb/../c/./d//e");
        assert_eq!(target("http://h?x=1"), "/?x=1");
        assert_eq!(target("http://h"), "/");
    }

    #[test]
    fn what_is_no_url_is_said_in_the_words_of_k6() {
        let said = |text: &str| Url::parse(text).unwrap_err().to_string();
        assert_eq!(
            said("http://[bad"),
            "parse \"http://[bad\": missing ']' in host"
        );
        assert_eq!(
            said("http://h/%zz"),
            "parse \"http://h/%zz\": invalid URL escape \"%zz\""
        );
        assert_eq!(
            said("http://h:x/"),
            "parse \"http://h:x/\": invalid port \":x\" after host"
        );
        assert_eq!(said(":80"), "parse \":80\": missing protocol scheme");
    }

    #[test]
    fn user_and_password_are_unescaped_and_kept_as_written() {
        let url = Url::parse("http://user:p%40ss@h:81/b").unwrap();
        assert_eq!(url.username.as_deref(), Some("user"));
        assert_eq!(url.password.as_deref(), Some("p@ss"));
        assert_eq!(url.to_string(), "http://user:p%40ss@h:81/b");
        assert_eq!(url.without_userinfo().to_string(), "http://h:81/b");
    }

    #[test]
    fn references_are_resolved_as_the_rfc_says() {
        let base = Url::parse("http://a/b/c/d;p?q").unwrap();
        let cases = [
            ("g", "http://a/b/c/g"),
            ("./g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("", "http://a/b/c/d;p?q"),
            ("..", "http://a/b/"),
            ("../../../g", "http://a/g"),
            ("g?y#s", "http://a/b/c/g?y#s"),
            ("https://x/y/../z", "https://x/z"),
        ];
        for (reference, joined) in cases {
            assert_eq!(
                base.join(reference).unwrap().to_string(),
                joined,
                "{reference}"
            );
        }
    }

    #[test]
    fn hosts_in_brackets_are_addresses_of_version_six() {
        let url = Url::parse("http://[::1]:8080/x").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("::1", Some(8080)));
        assert_eq!(url.authority(), "[::1]:8080");
        assert_eq!(Url::parse("https://h/").unwrap().port_or_default(), 443);
    }

    #[test]
    fn secrets_go_to_the_same_host_or_below_it() {
        let url = |text: &str| Url::parse(text).unwrap();
        assert!(url("http://a.com/").shares_secrets_with(&url("https://A.com:81/")));
        assert!(url("http://a.com/").shares_secrets_with(&url("http://x.a.com/")));
        assert!(!url("http://a.com/").shares_secrets_with(&url("http://ba.com/")));
        assert!(!url("http://x.a.com/").shares_secrets_with(&url("http://a.com/")));
        assert!(!url("http://127.0.0.1/").shares_secrets_with(&url("http://localhost/")));
    }
}
