//! `--offline=false`: modules that a script imports by their address, fetched once and kept.
//!
//! Invariants: everything comes by HTTPS, redirects included; the size, the time and the number of
//! modules are bounded; a module in the cache is whole.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use stampede_http::{Client, ClientOptions, CookieJar, Environment, Request, Response, Url};
use stampede_js::{Files, Level, LocalFiles};

use super::log::Log;

/// The largest module, in bytes.
const MODULE_BYTES_MAX: u64 = 16 << 20;
/// The most modules that one run fetches.
const MODULES_MAX: usize = 500;
/// How long fetching one module may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30);
/// The most redirects that are followed.
const REDIRECTS_MAX: usize = 5;

/// The files of this machine, and modules from elsewhere.
#[derive(Debug)]
pub(super) struct FetchedFiles {
    remote: Remote,
}

impl FetchedFiles {
    pub(super) fn new(remote: Remote) -> FetchedFiles {
        FetchedFiles { remote }
    }
}

impl Files for FetchedFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        LocalFiles.read(path)
    }

    fn fetch(&self, url: &str) -> io::Result<Vec<u8>> {
        self.remote.fetch(url)
    }
}

/// Modules from elsewhere.
#[derive(Debug)]
pub(super) struct Remote {
    /// Where modules are kept; `None` if the machine names no such place.
    cache: Option<PathBuf>,
    fetched: AtomicUsize,
    log: Arc<Log>,
}

impl Remote {
    /// Keeps modules where this environment says that caches are.
    pub(super) fn new(environment: &BTreeMap<String, String>, log: &Arc<Log>) -> Remote {
        let named = |name: &str| {
            let text = environment.get(name).filter(|text| !text.is_empty());
            text.map(PathBuf::from).filter(|path| path.is_absolute())
        };
        let home = || named("HOME").map(|home| home.join(".cache"));
        let cache = named("XDG_CACHE_HOME").or_else(home);
        Remote {
            cache: cache.map(|cache| cache.join("stampede").join("modules")),
            fetched: AtomicUsize::new(0),
            log: Arc::clone(log),
        }
    }

    /// A module, from the cache if it is there.
    pub(super) fn fetch(&self, url: &str) -> io::Result<Vec<u8>> {
        let kept = self.cache.as_ref().map(|cache| cache.join(name_of(url)));
        if let Some(bytes) = kept.as_ref().and_then(|path| std::fs::read(path).ok()) {
            return Ok(bytes);
        }
        if self.fetched.fetch_add(1, Ordering::Relaxed) >= MODULES_MAX {
            let told = format!("the script imports more than {MODULES_MAX} modules from elsewhere");
            return Err(io::Error::other(told));
        }
        // The caller runs inside an event loop, which cannot run another one.
        let address = url.to_owned();
        let fetching = std::thread::spawn(move || fetch_now(&address));
        let bytes = match fetching.join() {
            Ok(fetched) => fetched.map_err(io::Error::other)?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        if let Some(path) = kept
            && let Err(error) = keep(&path, &bytes)
        {
            let path = path.display();
            let told = format!("the module {url} could not be kept as {path}: {error}");
            self.log.say(Level::Warn, &told);
        }
        Ok(bytes)
    }
}

/// The file in which the module at an address is kept.
fn name_of(url: &str) -> String {
    let mut name = String::with_capacity(67);
    for byte in Sha256::digest(url.as_bytes()) {
        // Text is written to memory.
        write!(name, "{byte:02x}").unwrap_or_default();
    }
    name.push_str(".js");
    name
}

/// Writes a file beside its place and moves it there, so that nobody ever reads half of it.
fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(directory)?;
    let beside = path.with_extension(format!("{}.part", std::process::id()));
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

fn fetch_now(url: &str) -> Result<Vec<u8>, String> {
    let mut options = ClientOptions::new();
    options.body_bytes_max = MODULE_BYTES_MAX;
    let environment = Environment::new(options)
        .map_err(|_| "this machine's certificates cannot be read".to_owned())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the system gives no event loop: {error}"))?;
    let client = Client::new(Arc::new(environment), 0);
    let jar = RefCell::new(CookieJar::default());
    runtime.block_on(async {
        let fetched = tokio::time::timeout(FETCH_TIMEOUT, follow(&client, &jar, url)).await;
        fetched.unwrap_or_else(|_| {
            let seconds = FETCH_TIMEOUT.as_secs();
            Err(format!("it did not come within {seconds} s"))
        })
    })
}

/// Fetches, and follows redirects to where HTTPS is spoken too.
async fn follow(client: &Client, jar: &RefCell<CookieJar>, url: &str) -> Result<Vec<u8>, String> {
    let mut at = Url::parse(url).map_err(|error| error.to_string())?;
    for _ in 0..=REDIRECTS_MAX {
        if !at.is_https() {
            return Err(format!(
                "it redirects to {at}, and code comes by https:// alone"
            ));
        }
        let mut request = Request::new("GET", at.to_string());
        request.redirects_max = Some(0);
        request.timeout = FETCH_TIMEOUT;
        let response = client.send(Rc::new(request), jar, &|_| ()).await;
        if response.error.is_some() {
            return Err(response.error_text().to_owned());
        }
        match (response.status, location(&response)) {
            (200, _) => return Ok(response.body.unwrap_or_default().to_vec()),
            (301 | 302 | 303 | 307 | 308, Some(location)) => {
                at = at.join(&location).map_err(|error| error.to_string())?;
            }
            _ => return Err(format!("{at} was answered {}", response.status_text())),
        }
    }
    Err(format!("it redirects more than {REDIRECTS_MAX} times"))
}

fn location(response: &Response) -> Option<String> {
    let location = response.headers.values("location").next()?;
    Some(String::from_utf8_lossy(location).into_owned())
}
