//! The parts of a link's address, as an anchor tells them.
//!
//! Never: resolves a relative address; a page does not know its own.

/// An address in parts; a part that is missing is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link<'a> {
    scheme: &'a str,
    user: &'a str,
    password: &'a str,
    host: &'a str,
    port: &'a str,
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

/// The names of the parts.
const PARTS: &[&str] = &[
    "hash", "host", "hostname", "origin", "password", "pathname", "port", "protocol", "search",
    "username",
];

impl<'a> Link<'a> {
    /// Whether a part has this name.
    pub(crate) fn has(name: &str) -> bool {
        PARTS.contains(&name)
    }

    /// Splits an address.
    pub(crate) fn of(address: &'a str) -> Self {
        let mut link = Self::default();
        let (rest, fragment) = address.split_once('#').unwrap_or((address, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        link.fragment = fragment;
        link.query = query;
        let rest = match rest.split_once(':') {
            Some((scheme, after)) if is_scheme(scheme) => {
                link.scheme = scheme;
                after
            }
            Some(_) | None => rest,
        };
        match rest.strip_prefix("//") {
            Some(after) => {
                let end = after.find('/').unwrap_or(after.len());
                link.authority(&after[..end]);
                link.path = &after[end..];
            }
            // `mailto:a@b` has no path that an anchor would show.
            None if !link.scheme.is_empty() && !rest.starts_with('/') => {}
            None => link.path = rest,
        }
        link
    }

    fn authority(&mut self, authority: &'a str) {
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        (self.user, self.password) = user.split_once(':').unwrap_or((user, ""));
        let bracket_end = host.rfind(']').unwrap_or(0);
        match host[bracket_end..].find(':') {
            Some(colon) => {
                self.host = &host[..bracket_end + colon];
                self.port = &host[bracket_end + colon + 1..];
            }
            None => self.host = host,
        }
    }

    /// A part by its name, written as an anchor writes it.
    pub(crate) fn part(&self, name: &str) -> Option<String> {
        let scheme = self.scheme.to_ascii_lowercase();
        Some(match name {
            "hash" => prefixed("#", self.fragment),
            "search" => prefixed("?", self.query),
            "host" => {
                let is_usual = matches!(
                    (scheme.as_str(), self.port),
                    ("http", "80") | ("https", "443")
                );
                if is_usual {
                    self.host.to_owned()
                } else {
                    self.authority_text()
                }
            }
            "hostname" => self.host.trim_matches(['[', ']']).to_owned(),
            "origin" if scheme.is_empty() => String::new(),
            "origin" => format!("{scheme}://{}", self.authority_text()),
            "password" => self.password.to_owned(),
            "pathname" => self.path.to_owned(),
            "port" => self.port.to_owned(),
            // k6 answers the bare scheme, and a lone colon when there is none.
            "protocol" if scheme.is_empty() => ":".to_owned(),
            "protocol" => scheme,
            "username" => self.user.to_owned(),
            _ => return None,
        })
    }

    fn authority_text(&self) -> String {
        if self.port.is_empty() {
            self.host.to_owned()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

fn prefixed(prefix: &str, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("{prefix}{text}")
    }
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_split_as_k6_splits_them() {
        let names = [
            "protocol", "host", "hostname", "port", "origin", "username", "password", "pathname",
            "search", "hash",
        ];
        for (address, expected) in [
            (
                "http://user:pw@Host.com:8080/p/a?q=1#frag",
                "http|Host.com:8080|Host.com|8080|http://Host.com:8080|user|pw|/p/a|?q=1|#frag",
            ),
            ("/rel/x?y#z", ":|||||||/rel/x|?y|#z"),
            ("https://a.b/", "https|a.b|a.b||https://a.b|||/||"),
            ("mailto:a@b", "mailto||||mailto://|||||"),
            ("//h/p", ":|h|h|||||/p||"),
            ("?q", ":||||||||?q|"),
            ("http://h:80/", "http|h|h|80|http://h:80|||/||"),
            (
                "https://[::1]:8443/x",
                "https|[::1]:8443|::1|8443|https://[::1]:8443|||/x||",
            ),
            ("", ":|||||||||"),
        ] {
            let link = Link::of(address);
            let parts: Vec<_> = names.iter().map(|name| link.part(name).unwrap()).collect();
            assert_eq!(parts.join("|"), expected, "{address}");
        }
    }
}
