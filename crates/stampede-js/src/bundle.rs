//! A script with all that it imports: read once, compiled once, shared by all virtual users.
//!
//! Invariants: a module's source is read once per bundle, so all virtual users run the same code
//! even when a file changes meanwhile.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use stampede_metrics::Registry;

use crate::error::{ScriptError, ScriptErrorKind};
use crate::log::{Entry, Level, LogSink};
use crate::modules::Provider;
use crate::modules::data::SharedElements;
use crate::raw::Bytecode;
use crate::secrets::Secrets;
use crate::settings::{Compatibility, VuLimits};
use crate::vu::Vu;

/// Names that a script may import from our modules though they do not exist.
const ABSENT_MAX: usize = 32;

/// Where files are read from.
pub trait Files: Send + Sync + fmt::Debug {
    /// Reads a whole file.
    ///
    /// # Errors
    /// As the operating system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Reads the module at an `https://` address. Unless this is implemented nothing is fetched.
    ///
    /// # Errors
    /// [`io::ErrorKind::Unsupported`] when nothing is fetched; else what went wrong.
    fn fetch(&self, url: &str) -> io::Result<Vec<u8>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, url))
    }
}

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalFiles;

impl Files for LocalFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

/// What is loaded, and with what.
#[derive(Debug)]
pub struct BundleOptions {
    /// The script's absolute path; for a script from standard input, one in the directory that
    /// its relative imports start from.
    pub path: PathBuf,
    /// The script's text, when it is not read from `path`.
    pub source: Option<Vec<u8>>,
    /// `__ENV`.
    pub env: BTreeMap<String, String>,
    /// Where modules and `open()` read.
    pub files: Arc<dyn Files>,
    /// Where the script's lines go.
    pub log: Arc<dyn LogSink>,
    /// What the script may read by `k6/secrets`.
    pub secrets: Secrets,
    /// Where the script's metrics are registered.
    pub registry: Arc<Registry>,
    /// What one virtual user may use.
    pub limits: VuLimits,
    /// What surrounds the script.
    pub compatibility: Compatibility,
}

/// What all virtual users of a test share.
#[derive(Debug)]
pub(crate) struct Test {
    pub(crate) path: PathBuf,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) log: Arc<dyn LogSink>,
    pub(crate) secrets: Secrets,
    pub(crate) registry: Arc<Registry>,
    pub(crate) limits: VuLimits,
    pub(crate) compatibility: Compatibility,
    /// Compiled modules by name.
    pub(crate) modules: Mutex<HashMap<String, Arc<Code>>>,
    /// Everything that was read, by path.
    pub(crate) read: Mutex<BTreeMap<PathBuf, Arc<[u8]>>>,
    pub(crate) shared: Mutex<HashMap<String, Arc<SharedElements>>>,
    pub(crate) abort: Mutex<Option<String>>,
    pub(crate) failure: Mutex<Option<String>>,
    /// Names that scripts import from our modules though they do not exist: `undefined`, as in k6.
    pub(crate) absent: Vec<Absent>,
}

/// A name that a module of ours does not export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Absent {
    pub(crate) module: String,
    pub(crate) name: String,
}

impl Absent {
    /// What the engine says of an import that it cannot link, if it is from a module of ours.
    fn of(message: &str) -> Option<Absent> {
        let rest = message.split_once("Could not find export '")?.1;
        let (name, rest) = rest.split_once("' in module '")?;
        let module = rest.split_once('\'')?.0;
        matches!(crate::modules::find(module), Some(Provider::Native(_))).then(|| Absent {
            module: module.to_owned(),
            name: name.to_owned(),
        })
    }
}

/// A module, read and compiled.
#[derive(Debug)]
pub(crate) struct Code {
    /// The text for errors; none for modules of our own.
    pub(crate) source: Option<Arc<str>>,
    /// What runtimes load.
    pub(crate) bytecode: Bytecode,
}

impl Test {
    /// Reads a file once; later calls see the same bytes.
    pub(crate) fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = read.get(path) {
            return Ok(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> = self.read_anew(path)?.into();
        read.insert(path.to_owned(), Arc::clone(&bytes));
        Ok(bytes)
    }

    fn read_anew(&self, path: &Path) -> io::Result<Vec<u8>> {
        let url = path.to_str();
        let Some(url) = url.filter(|url| url.starts_with(crate::resolve::HTTPS)) else {
            return self.files.read(path);
        };
        let fetched = self.files.fetch(url);
        fetched.map_err(|error| match error.kind() {
            io::ErrorKind::Unsupported => io::Error::other(crate::resolve::offline(url)),
            _ => error,
        })
    }

    pub(crate) fn module(&self, name: &str) -> Option<Arc<Code>> {
        let modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        modules.get(name).cloned()
    }

    pub(crate) fn keep_module(&self, name: &str, code: Code) {
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        modules
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(code));
    }

    /// The text of a module of the user's.
    pub(crate) fn source_of(&self, name: &str) -> Option<String> {
        if let Some(source) = self.module(name).and_then(|code| code.source.clone()) {
            return Some(source.to_string());
        }
        let path = crate::resolve::path_of(name)?;
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = read.get(&path)?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// What a script exports and asks for, read by running its top level once.
#[derive(Clone, Debug, Default)]
pub struct Exports {
    /// The names of the exported functions, sorted.
    pub functions: Vec<String>,
    /// The exported `options` as JSON; `None` when there are none.
    pub options_json: Option<String>,
}

impl Exports {
    /// Whether a function of that name is exported.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.functions.iter().any(|known| known == name)
    }
}

/// A script with all that it imports.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub(crate) test: Arc<Test>,
    exports: Arc<Exports>,
}

impl Bundle {
    /// Reads and compiles a script and what it imports, and runs its top level once.
    ///
    /// Its metrics are registered, its options read. Must run inside a tokio runtime.
    ///
    /// # Errors
    /// What the script's top level throws, modules that do not exist or are not JavaScript, and a
    /// script that exports no function.
    pub async fn load(options: BundleOptions) -> Result<Bundle, ScriptError> {
        let mut read = BTreeMap::new();
        if let Some(source) = options.source {
            read.insert(options.path.clone(), source.into());
        }
        let mut absent = Vec::new();
        let (test, exports) = loop {
            let test = Arc::new(Test {
                path: options.path.clone(),
                env: options.env.clone(),
                files: Arc::clone(&options.files),
                log: Arc::clone(&options.log),
                secrets: options.secrets.clone(),
                registry: Arc::clone(&options.registry),
                limits: options.limits,
                compatibility: options.compatibility,
                modules: Mutex::default(),
                read: Mutex::new(read.clone()),
                shared: Mutex::default(),
                abort: Mutex::default(),
                failure: Mutex::default(),
                absent: absent.clone(),
            });
            // Modules are linked before any of them runs, so nothing happened yet when that fails.
            match Vu::start(Arc::clone(&test), None).await {
                Ok((_vu, exports)) => break (test, exports),
                Err(error) => match Absent::of(&error.message) {
                    Some(name) if absent.len() < ABSENT_MAX && !absent.contains(&name) => {
                        absent.push(name);
                    }
                    _ => return Err(error),
                },
            }
        };
        for Absent { module, name } in &absent {
            test.log.log(&Entry {
                level: Level::Warn,
                message: &format!("'{name}' is not in the module {module}: it is undefined here"),
                fields: &[],
                is_console: false,
            });
        }
        if exports.functions.is_empty() {
            let message = "no exported functions in script";
            return Err(ScriptError::new(ScriptErrorKind::Shape, message));
        }
        Ok(Bundle {
            test,
            exports: Arc::new(exports),
        })
    }

    /// What the script exports.
    #[must_use]
    pub fn exports(&self) -> &Exports {
        &self.exports
    }

    /// The registry that the script's metrics are in.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.test.registry
    }

    /// The reason given to `test.abort()`, once some virtual user called it.
    #[must_use]
    pub fn abort_reason(&self) -> Option<String> {
        let abort = self
            .test
            .abort
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        abort.clone()
    }

    /// The reason given to `test.fail()`, once some virtual user called it.
    #[must_use]
    pub fn failure_reason(&self) -> Option<String> {
        let failure = self
            .test
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        failure.clone()
    }

    /// Every file that the script read so far, by imports and by `open()`.
    #[must_use]
    pub fn files(&self) -> Vec<(PathBuf, Arc<[u8]>)> {
        let read = self
            .test
            .read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        read.iter()
            .map(|(path, bytes)| (path.clone(), Arc::clone(bytes)))
            .collect()
    }

    /// The text of the script itself.
    #[must_use]
    pub fn script(&self) -> Arc<[u8]> {
        let read = self.test.read.lock();
        let read = read.unwrap_or_else(PoisonError::into_inner);
        read.get(&self.test.path).cloned().unwrap_or_default()
    }

    /// How many bytes of compiled code the virtual users share a source for.
    #[must_use]
    pub fn code_bytes(&self) -> usize {
        let modules = self
            .test
            .modules
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        modules.values().map(|code| code.bytecode.len()).sum()
    }
}
