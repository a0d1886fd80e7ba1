//! From what an `import` says to the name of a module, and from that name to a path.
//!
//! Invariants: a file has one name, `file://` and its absolute path without `.` and `..`; what was
//! fetched reads no files.

use std::path::{Component, Path, PathBuf};

use stampede_http::Url;

/// The scheme of modules that are files.
const FILE: &str = "file://";

/// The scheme of modules that are fetched.
pub(crate) const HTTPS: &str = "https://";

/// The name of the module in a file.
pub(crate) fn name_of(path: &Path) -> String {
    format!("{FILE}{}", normal(path).display())
}

/// The path of a module that is read: of a file, or the address of what is fetched.
pub(crate) fn path_of(name: &str) -> Option<PathBuf> {
    if name.starts_with(HTTPS) {
        return Some(PathBuf::from(name));
    }
    name.strip_prefix(FILE).map(PathBuf::from)
}

/// What to tell when a module would have to be fetched and nothing is.
pub(crate) fn offline(url: &str) -> String {
    format!(
        "{url:?} is not among the modules that ship with stampede, and nothing is fetched from \
         the network unless --offline=false is given; or save it beside the script and import it \
         by a relative path. Of remote modules these ship: {}",
        listed(|name| name.contains('/') && !name.starts_with("k6"))
    )
}

/// The name that a path means in a module that was fetched; `None` if it is no path.
fn beside(base: &str, specifier: &str) -> Option<Result<String, String>> {
    if specifier.starts_with(FILE) {
        return Some(Err(format!(
            "cannot import {specifier:?}: {base:?} was fetched, and may not read files"
        )));
    }
    if !["./", "../", "/"]
        .iter()
        .any(|start| specifier.starts_with(start))
    {
        return None;
    }
    let joined = Url::parse(base).and_then(|base| base.join(specifier));
    Some(match joined {
        Ok(url) => Ok(url.to_string()),
        Err(error) => Err(format!("cannot import {specifier:?} in {base:?}: {error}")),
    })
}

/// The name that `specifier` means in the module `base`.
///
/// # Errors
/// What to tell the writer of the script.
pub(crate) fn resolve(base: &str, specifier: &str) -> Result<String, String> {
    if crate::modules::find(specifier).is_some() {
        return Ok(specifier.to_owned());
    }
    if let Some(rest) = specifier.strip_prefix(crate::source::NAMESPACE_MARK) {
        let name = format!("k{rest}");
        return match crate::modules::find(&name) {
            Some(_) => Ok(specifier.to_owned()),
            None => resolve(base, &name),
        };
    }
    if specifier.starts_with(HTTPS) {
        return Ok(specifier.to_owned());
    }
    if specifier.starts_with("http://") {
        return Err(format!(
            "cannot import {specifier:?}: code comes by https:// alone, so that nobody on the way \
             can change it"
        ));
    }
    if base.starts_with(HTTPS)
        && let Some(resolved) = beside(base, specifier)
    {
        return resolved;
    }
    if specifier == "k6" || specifier.starts_with("k6/") {
        let why = match specifier {
            _ if specifier.starts_with("k6/x/") => "extensions of k6 cannot be loaded",
            _ if specifier.starts_with("k6/browser") => "browsers cannot be driven",
            _ => "there is no such module",
        };
        return Err(format!(
            "cannot import {specifier:?}: {why}; these exist: {}",
            listed(|name| name.starts_with("k6"))
        ));
    }
    if let Some(path) = specifier.strip_prefix(FILE) {
        return Ok(name_of(Path::new(path)));
    }
    if specifier.starts_with('/') {
        return Ok(name_of(Path::new(specifier)));
    }
    if specifier.starts_with("./") || specifier.starts_with("../") || specifier == ".." {
        let path = path_of(base).unwrap_or_default();
        let directory = path.parent().unwrap_or(Path::new("/"));
        return Ok(name_of(&directory.join(specifier)));
    }
    Err(format!(
        "cannot import {specifier:?}: it is neither a path (\"./{specifier}\" would be one) nor a \
         module that exists; these exist: {}",
        listed(|_| true)
    ))
}

/// The path that `open()` reads for `name` in the module `base`.
pub(crate) fn open_path(base: &str, name: &str) -> PathBuf {
    let name = name.strip_prefix(FILE).unwrap_or(name);
    let path = path_of(base).unwrap_or_default();
    normal(&path.parent().unwrap_or(Path::new("/")).join(name))
}

fn listed(is_wanted: impl Fn(&str) -> bool) -> String {
    let names = crate::modules::names().filter(|name| is_wanted(name));
    names.collect::<Vec<_>>().join(", ")
}

/// Takes `.` and `..` out of a path without asking the file system.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other @ (Component::Prefix(_) | Component::RootDir | Component::Normal(_)) => {
                normal.push(other);
            }
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_become_names() {
        let base = "file:///a/b/main.js";
        for (specifier, expected) in [
            ("./x.js", "file:///a/b/x.js"),
            ("../x.js", "file:///a/x.js"),
            ("../../../x.js", "file:///x.js"),
            ("/y/./z.js", "file:///y/z.js"),
            ("file:///y/z.js", "file:///y/z.js"),
            ("k6/http", "k6/http"),
        ] {
            assert_eq!(resolve(base, specifier).unwrap(), expected, "{specifier}");
        }
        assert_eq!(open_path(base, "d.csv"), Path::new("/a/b/d.csv"));
        assert_eq!(open_path(base, "/d.csv"), Path::new("/d.csv"));
    }

    #[test]
    fn a_module_that_was_fetched_has_neighbours_on_its_server_alone() {
        let base = "https://host:1/a/b/main.js?v=1";
        for (specifier, expected) in [
            ("./x.js", "https://host:1/a/b/x.js"),
            ("../x.js", "https://host:1/a/x.js"),
            ("/x.js", "https://host:1/x.js"),
            ("https://other/x.js", "https://other/x.js"),
            ("k6/http", "k6/http"),
        ] {
            assert_eq!(resolve(base, specifier).unwrap(), expected, "{specifier}");
        }
        for (base, specifier) in [
            (base, "file:///etc/passwd"),
            (base, "http://host/x.js"),
            (base, "x.js"),
            ("file:///a.js", "http://host/x.js"),
        ] {
            let told = resolve(base, specifier).unwrap_err();
            assert!(told.contains(specifier), "{told}");
        }
    }

    #[test]
    fn what_does_not_exist_is_told_with_what_does() {
        for specifier in ["k6/nope", "lodash", "k6/x/sql", "k6/browser"] {
            let told = resolve("file:///a.js", specifier).unwrap_err();
            assert!(
                told.contains(specifier) && told.contains("k6/http"),
                "{told}"
            );
        }
    }
}
