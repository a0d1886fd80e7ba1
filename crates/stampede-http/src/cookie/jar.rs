//! The cookies of one virtual user, by RFC 6265 as Go's jar reads it, without a public suffix list.
//!
//! Invariants: at most [`COOKIES_MAX`] cookies; one cookie per domain, path and name.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::Cookie;
use crate::limits::COOKIES_MAX;
use crate::url::Url;

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    value: String,
    domain: String,
    path: String,
    is_host_only: bool,
    is_secure: bool,
    expires: Option<SystemTime>,
}

/// A jar. Cookies that cannot be set for an address are ignored, as a browser does.
#[derive(Clone, Debug, Default)]
pub struct CookieJar {
    /// In the order of their first setting.
    entries: Vec<Entry>,
}

impl CookieJar {
    /// An empty jar.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Name and value of the cookies that go to an address: longer paths first, then older ones.
    #[must_use]
    pub fn cookies_for_url(&self, url: &Url) -> Vec<(String, String)> {
        if self.entries.is_empty() {
            return Vec::new();
        }
        let host = url.host.to_ascii_lowercase();
        let path = if url.path.is_empty() {
            "/"
        } else {
            url.path.as_str()
        };
        let is_safe = url.is_https() || is_loopback(&host);
        let now = self
            .entries
            .iter()
            .any(|entry| entry.expires.is_some())
            .then(SystemTime::now);
        let mut found: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| {
                entry.is_for_host(&host)
                    && entry.is_for_path(path)
                    && (is_safe || !entry.is_secure)
                    && entry
                        .expires
                        .is_none_or(|end| now.is_none_or(|now| now < end))
            })
            .collect();
        found.sort_by_key(|entry| std::cmp::Reverse(entry.path.len()));
        found
            .into_iter()
            .map(|entry| (entry.name.clone(), entry.value.clone()))
            .collect()
    }

    /// Sets a cookie as if the address had; one that is over deletes its older self.
    pub fn set(&mut self, url: &Url, cookie: &Cookie) {
        let host = url.host.to_ascii_lowercase();
        let Some((domain, is_host_only)) = domain_for(&host, &cookie.domain) else {
            return;
        };
        let path = match cookie.path.as_str() {
            path if path.starts_with('/') => path.to_owned(),
            _ => default_path(&url.path),
        };
        let is_same = |entry: &Entry| {
            entry.name == cookie.name && entry.domain == domain && entry.path == path
        };
        let position = self.entries.iter().position(is_same);
        let now = SystemTime::now();
        let expires = match cookie.max_age_s {
            0 => cookie.expires,
            seconds => match u64::try_from(seconds) {
                Ok(seconds) => now.checked_add(Duration::from_secs(seconds)),
                Err(_) => Some(now),
            },
        };
        if expires.is_some_and(|end| end <= now) {
            if let Some(position) = position {
                self.entries.remove(position);
            }
            return;
        }
        let (name, value) = (cookie.name.clone(), cookie.value.clone());
        let is_secure = cookie.secure;
        let entry = Entry {
            name,
            value,
            domain,
            path,
            is_host_only,
            is_secure,
            expires,
        };
        match position {
            Some(position) => self.entries[position] = entry,
            None => {
                if self.entries.len() == COOKIES_MAX {
                    self.entries.remove(0);
                }
                self.entries.push(entry);
            }
        }
    }

    /// Deletes one cookie that the address itself could have set.
    pub fn delete(&mut self, url: &Url, name: &str) {
        let over = Cookie {
            max_age_s: -1,
            ..Cookie::new(name, "")
        };
        self.set(url, &over);
    }

    /// Deletes the cookies that go to an address and that it could have set itself.
    pub fn clear(&mut self, url: &Url) {
        for (name, _) in self.cookies_for_url(url) {
            self.delete(url, &name);
        }
    }
}

impl Entry {
    fn is_for_host(&self, host: &str) -> bool {
        self.domain == host || (!self.is_host_only && is_below(host, &self.domain))
    }

    fn is_for_path(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str()).is_some_and(|rest| {
            rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/')
        })
    }
}

/// The domain a host may set a cookie for, and whether it is for that host alone.
fn domain_for(host: &str, wanted: &str) -> Option<(String, bool)> {
    if wanted.is_empty() {
        return Some((host.to_owned(), true));
    }
    if host.parse::<IpAddr>().is_ok() {
        return (host == wanted).then(|| (host.to_owned(), true));
    }
    let domain = wanted
        .strip_prefix('.')
        .unwrap_or(wanted)
        .to_ascii_lowercase();
    if domain.is_empty() || domain.starts_with('.') || domain.ends_with('.') {
        return None;
    }
    (host == domain || is_below(host, &domain)).then_some((domain, false))
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.ends_with('.'))
}

fn default_path(path: &str) -> String {
    match path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => path[..end].to_owned(),
    }
}

/// What never leaves the machine counts as safe.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn names(jar: &CookieJar, address: &str) -> String {
        let found = jar.cookies_for_url(&url(address));
        found
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn with(address: &str, cookies: &[Cookie]) -> CookieJar {
        let mut jar = CookieJar::new();
        for cookie in cookies {
            jar.set(&url(address), cookie);
        }
        jar
    }

    #[test]
    fn a_cookie_goes_to_its_directory_and_below() {
        let jar = with("http://h/deep/er", &[Cookie::new("y", "2")]);
        assert_eq!(names(&jar, "http://h/deep/x"), "y");
        assert_eq!(names(&jar, "http://h/deep"), "y");
        assert_eq!(names(&jar, "http://h/deeper"), "");
        assert_eq!(names(&jar, "http://h/"), "");
    }

    #[test]
    fn longer_paths_go_first_then_older_cookies() {
        let root = Cookie {
            path: "/".to_owned(),
            ..Cookie::new("root", "1")
        };
        let jar = with(
            "http://h/a/b",
            &[root, Cookie::new("first", "1"), Cookie::new("second", "1")],
        );
        assert_eq!(names(&jar, "http://h/a/b"), "first second root");
    }

    #[test]
    fn a_domain_covers_what_is_below_it_and_no_other() {
        let wide = Cookie {
            domain: ".example.com".to_owned(),
            ..Cookie::new("wide", "1")
        };
        let other = Cookie {
            domain: "other.com".to_owned(),
            ..Cookie::new("other", "1")
        };
        let jar = with(
            "http://foo.example.com/",
            &[wide, other, Cookie::new("own", "1")],
        );
        assert_eq!(names(&jar, "http://bar.example.com/"), "wide");
        assert_eq!(names(&jar, "http://foo.example.com/"), "wide own");
        assert_eq!(names(&jar, "http://other.com/"), "");
        assert_eq!(names(&jar, "http://badexample.com/"), "");
    }

    #[test]
    fn a_secure_cookie_goes_over_tls_or_stays_on_the_machine() {
        let secure = Cookie {
            secure: true,
            ..Cookie::new("s", "1")
        };
        let jar = with("http://h.com/", std::slice::from_ref(&secure));
        assert_eq!(names(&jar, "http://h.com/"), "");
        assert_eq!(names(&jar, "https://h.com/"), "s");
        let jar = with("http://127.0.0.1/", &[secure]);
        assert_eq!(names(&jar, "http://127.0.0.1/"), "s");
    }

    #[test]
    fn an_old_cookie_is_deleted_and_a_long_one_stays() {
        let long = Cookie {
            max_age_s: 100_000,
            ..Cookie::new("a", "1")
        };
        let mut jar = with("http://h/", &[long]);
        assert_eq!(names(&jar, "http://h/"), "a");
        let over = Cookie {
            expires: Some(SystemTime::UNIX_EPOCH),
            ..Cookie::new("a", "1")
        };
        jar.set(&url("http://h/"), &over);
        assert!(jar.is_empty());
    }

    /// Seen with k6 2.2.0: what another directory set stays.
    #[test]
    fn clearing_an_address_leaves_what_it_could_not_have_set() {
        let other = Cookie {
            path: "/a".to_owned(),
            ..Cookie::new("x", "1")
        };
        let mut jar = with("http://h/", &[other, Cookie::new("own", "1")]);
        jar.clear(&url("http://h/a/b/c"));
        assert_eq!(names(&jar, "http://h/a/b"), "x own");
        jar.clear(&url("http://h/"));
        assert_eq!(names(&jar, "http://h/a/b"), "x");
    }

    #[test]
    fn a_jar_keeps_no_more_than_its_limit() {
        let mut jar = CookieJar::new();
        for idx in 0..=COOKIES_MAX {
            jar.set(&url("http://h/"), &Cookie::new(format!("c{idx}"), "1"));
        }
        let found = jar.cookies_for_url(&url("http://h/"));
        assert_eq!(found.len(), COOKIES_MAX);
        assert_eq!(found[0].0, "c1");
    }
}
