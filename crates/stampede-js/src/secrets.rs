//! Values that scripts may read and that no log may show.
//!
//! Never: reads flags or files by itself; the caller gives it both.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

/// The sources of secrets of a test, by name.
#[derive(Clone, Default)]
pub struct Secrets {
    sources: BTreeMap<String, BTreeMap<String, String>>,
    /// The name of the source that is meant when a script names none.
    default: Option<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("sources", &self.sources.keys())
            .finish_non_exhaustive()
    }
}

/// Why sources of secrets cannot be used; no message shows a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretsError {
    /// The kind of a source is not known.
    #[error("there is no secret source of type {0:?}; these exist: file=PATH, mock=NAME=VALUE,…")]
    UnknownKind(String),
    /// A part of a source, or a line of its file, is no pair.
    #[error("the secret source {source_name:?} needs pairs NAME=VALUE; part {part_number} is none")]
    NoPair {
        /// The source's kind and name.
        source_name: String,
        /// Which part or line, from 1.
        part_number: usize,
    },
    /// The file of a source is not named.
    #[error("a secret source of type file needs a path: file=PATH or file=filename=PATH,name=NAME")]
    NoPath,
    /// The file of a source cannot be read.
    #[error("cannot read the secrets in {path}: {error}")]
    File {
        /// The path as given.
        path: String,
        /// What the operating system says.
        error: io::Error,
    },
    /// Two sources have one name.
    #[error("there are two secret sources with the name {0:?}; give each a name=NAME of its own")]
    Twice(String),
}

impl Secrets {
    /// Reads sources as k6 writes them: `mock=a=1,b=2`, `file=secrets.env`, both with `name=NAME`
    /// and `default` among the parts.
    ///
    /// # Errors
    /// The first source that is not one.
    pub fn parse<'a>(
        sources: impl IntoIterator<Item = &'a str>,
        read: impl Fn(&Path) -> io::Result<String>,
    ) -> Result<Secrets, SecretsError> {
        let mut secrets = Secrets::default();
        for text in sources {
            let (kind, parts) = text.split_once('=').unwrap_or((text, ""));
            let source = match kind {
                "mock" => mock(parts)?,
                "file" => file(parts, &read)?,
                other => return Err(SecretsError::UnknownKind(other.to_owned())),
            };
            let name = source.name.unwrap_or_else(|| kind.to_owned());
            if secrets.sources.contains_key(&name) {
                return Err(SecretsError::Twice(name));
            }
            if source.is_default {
                secrets.default = Some(name.clone());
            }
            secrets.sources.insert(name, source.values);
        }
        if secrets.sources.len() == 1 {
            secrets.default = secrets.sources.keys().next().cloned();
        }
        Ok(secrets)
    }

    /// The value of a secret, in the named source or in the default one.
    ///
    /// # Errors
    /// What to tell the script.
    pub(crate) fn value(&self, source: Option<&str>, name: &str) -> Result<&str, String> {
        if self.sources.is_empty() {
            return Err(
                "no secret sources are configured; give some by --secret-source".to_owned(),
            );
        }
        let source = match source {
            Some("default") | None => self.default.as_deref().unwrap_or("default"),
            Some(source) => source,
        };
        let Some(values) = self.sources.get(source) else {
            return Err(format!(
                "no secret source with name {source:?} is configured"
            ));
        };
        let value = values.get(name).map(String::as_str);
        value.ok_or_else(|| format!("no value for the secret {name:?} in the source {source:?}"))
    }
}

#[derive(Default)]
struct Read {
    name: Option<String>,
    is_default: bool,
    values: BTreeMap<String, String>,
}

fn mock(parts: &str) -> Result<Read, SecretsError> {
    let mut source = Read::default();
    for (idx, part) in parts.split(',').enumerate() {
        match part.split_once('=') {
            Some(("name", name)) => source.name = (!name.is_empty()).then(|| name.to_owned()),
            Some((name, value)) => {
                source.values.insert(name.to_owned(), value.to_owned());
            }
            None if part == "default" => source.is_default = true,
            None => {
                return Err(SecretsError::NoPair {
                    source_name: "mock".to_owned(),
                    part_number: idx + 1,
                });
            }
        }
    }
    Ok(source)
}

fn file(parts: &str, read: impl Fn(&Path) -> io::Result<String>) -> Result<Read, SecretsError> {
    let mut source = Read::default();
    let mut path = None;
    for part in parts.split(',').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some(("name", name)) => source.name = (!name.is_empty()).then(|| name.to_owned()),
            Some(("filename", name)) => path = Some(name),
            None if part == "default" => source.is_default = true,
            Some(_) | None => path = Some(part),
        }
    }
    let path = path.ok_or(SecretsError::NoPath)?;
    let text = read(Path::new(path)).map_err(|error| SecretsError::File {
        path: path.to_owned(),
        error,
    })?;
    for (idx, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            return Err(SecretsError::NoPair {
                source_name: format!("file={path}"),
                part_number: idx + 1,
            });
        };
        source.values.insert(name.to_owned(), value.to_owned());
    }
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(sources: &[&str]) -> Result<Secrets, SecretsError> {
        Secrets::parse(sources.iter().copied(), |path| match path.to_str() {
            Some("s.env") => Ok("a=first=1\n\nb=two\n".to_owned()),
            _ => Err(io::ErrorKind::NotFound.into()),
        })
    }

    #[test]
    fn the_only_source_is_the_default_one() {
        for sources in [
            "file=s.env",
            "file=name=own,filename=s.env",
            "mock=b=2,a=first=1",
        ] {
            let secrets = parse(&[sources]).unwrap();
            assert_eq!(secrets.value(None, "a"), Ok("first=1"), "{sources}");
            assert_eq!(secrets.value(Some("default"), "a"), Ok("first=1"));
        }
        let two = ["mock=name=x,a=1", "mock=name=y,default,a=2"];
        let secrets = parse(&two).unwrap();
        assert_eq!(secrets.value(None, "a"), Ok("2"));
        assert_eq!(secrets.value(Some("x"), "a"), Ok("1"));
        assert!(secrets.value(Some("x"), "b").is_err());
        assert!(
            parse(&["mock=name=x,a=1", "file=s.env"])
                .unwrap()
                .value(None, "a")
                .is_err()
        );
    }

    #[test]
    fn what_is_no_source_is_told_without_its_values() {
        for (sources, told) in [
            (&["nope=x"][..], "file=PATH"),
            (&["mock=a=1,hidden"], "part 2"),
            (&["file"], "needs a path"),
            (&["file=other.env"], "other.env"),
            (&["mock=a=1", "mock=b=2"], "name=NAME"),
        ] {
            let error = parse(sources).unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("hidden"), "{error}");
        }
    }
}
