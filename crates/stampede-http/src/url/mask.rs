//! Hides users and passwords of addresses where they are shown.
//!
//! Never: hides anything outside of the address's userinfo; what tests put into paths and queries
//! is theirs.

use std::borrow::Cow;

/// The address with stars for user and password, as k6 writes it into tags.
///
/// k6 counts the stars' place by the unescaped text: for each escaped letter the last two bytes of
/// what was written remain, and samples of the same request have the same tags here.
pub(crate) fn masked(url: &str) -> Cow<'_, str> {
    let Some((start, userinfo, rest)) = split(url) else {
        return Cow::Borrowed(url);
    };
    let stars = if userinfo.contains(':') {
        "****:****"
    } else {
        "****"
    };
    let escapes = userinfo.bytes().filter(|byte| *byte == b'%').count();
    let hidden = userinfo.len().saturating_sub(2 * escapes);
    let tail = userinfo.get(hidden..).unwrap_or("");
    Cow::Owned(format!("{start}{stars}{tail}{rest}"))
}

/// The address with stars for the password alone, as it is logged.
pub(crate) fn without_password(url: &str) -> Cow<'_, str> {
    let Some((start, userinfo, rest)) = split(url) else {
        return Cow::Borrowed(url);
    };
    match userinfo.split_once(':') {
        Some((user, _)) => Cow::Owned(format!("{start}{user}:***{rest}")),
        None => Cow::Borrowed(url),
    }
}

/// What is before the userinfo, the userinfo, and the rest from the `@`.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    if !url.as_bytes().contains(&b'@') {
        return None;
    }
    let start = url.find("://")? + 3;
    let authority = url[start..].split(['/', '?', '#']).next()?;
    let userinfo = authority.rsplit_once('@')?.0;
    let end = start + userinfo.len();
    Some((&url[..start], userinfo, &url[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line was seen with k6 2.2.0.
    #[test]
    fn users_and_passwords_become_the_stars_of_k6() {
        for (url, shown) in [
            ("http://u:p@h:1/a?b@c#d", "http://****:****@h:1/a?b@c#d"),
            ("http://ann:s%40cret@h:1/x", "http://****:****et@h:1/x"),
            ("http://ann@h", "http://****@h"),
            ("http://ann:@h", "http://****:****@h"),
            ("http://:pw@h", "http://****:****@h"),
            ("http://a%40n:x@h", "http://****:****:x@h"),
            ("http://a%40%40%40b@h", "http://****40%40b@h"),
            ("http://@h", "http://****@h"),
            ("http://%20:%20%20@h", "http://****:****%20%20@h"),
            ("http://h/a@b", "http://h/a@b"),
            ("notaurl", "notaurl"),
        ] {
            assert_eq!(masked(url), shown, "{url}");
        }
    }

    #[test]
    fn a_password_is_not_logged() {
        let logged = without_password("http://ann:s%40cret@h:1/x");
        assert_eq!(logged, "http://ann:***@h:1/x");
        assert_eq!(without_password("http://ann@h:1/x"), "http://ann@h:1/x");
        assert_eq!(without_password("http://h/a:b@c"), "http://h/a:b@c");
    }
}
