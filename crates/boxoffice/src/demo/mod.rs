//! `boxoffice demo`: opens a house, lets the seeds' crowds in, checks that everything adds up.
//!
//! Three processes: this one directs and re-reads the truth; the server and the load are this
//! program again, each in a process of its own. The crowds are the scripts in `crowds/`, which
//! stampede runs; the larger race and the buyers who survive a crash are native.

mod client;
mod crowds;
mod job;
mod kill;
mod races;
mod script;
mod sellout;
mod server;
mod shop;
mod table;
mod watch;

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use crate::cli::DemoArgs;
use crate::exit::Exit;

use client::Client;
use job::{Done, Job};
use script::{ScriptDone, ScriptJob};
use server::{DataDir, Server};
use table::Act;

/// States of a seat that somebody has.
const TAKEN: [&str; 2] = ["held", "booked"];

/// How long the maps of the server may stay behind what it answered.
const SETTLE_WAIT: Duration = Duration::from_secs(10);
/// How often that is looked at.
const SETTLE_TICK: Duration = Duration::from_millis(5);

/// Where the crowds play.
pub(crate) struct Stage {
    program: PathBuf,
    data: PathBuf,
    log: PathBuf,
    server: Option<Server>,
    address: SocketAddr,
    client: Client,
    /// Sets this run apart from others on the same house.
    run: u64,
}

/// A show's totals.
struct Totals {
    free: u64,
    held: u64,
    booked: u64,
}

impl Stage {
    fn open(program: &Path, args: &DemoArgs, data: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data)?;
        let log = data.with_extension("log");
        let server = Server::start(program, &args.listen, data, &log)?;
        let address = server.address;
        Ok(Self {
            program: program.to_path_buf(),
            data: data.to_path_buf(),
            log,
            server: Some(server),
            address,
            client: Client::new(address)?,
            run: u64::from(u32::from_le_bytes(boxoffice_server::secret_file::random()?)),
        })
    }

    fn run_apart(&mut self, job: &Job) -> anyhow::Result<Done> {
        job::run_apart(&self.program, job)
    }

    /// Waits until the maps and counts of the server show everything that has been answered: on a
    /// busy machine they may be a moment behind, and what is looked at here is compared exactly.
    /// Only for when no crowd is at it.
    fn settle(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + SETTLE_WAIT;
        loop {
            let (_status, page) = self.client.get("/metrics")?;
            let page = String::from_utf8_lossy(&page);
            if page
                .lines()
                .any(|line| line == "boxoffice_view_lag_entries 0")
            {
                return Ok(());
            }
            anyhow::ensure!(
                Instant::now() < until,
                "the server's maps stay behind its journal"
            );
            std::thread::sleep(SETTLE_TICK);
        }
    }

    /// The counts of a show while nobody changes it.
    fn totals(&mut self, show: &str) -> anyhow::Result<Totals> {
        self.settle()?;
        self.totals_now(show)
    }

    /// The counts of a show, perhaps of a moment ago.
    fn totals_now(&mut self, show: &str) -> anyhow::Result<Totals> {
        let show = self.client.json(&format!("/v1/shows/{show}"))?;
        let count = |name: &str| show[name].as_u64().unwrap_or_default();
        let totals = Totals {
            free: count("free"),
            held: count("held"),
            booked: count("booked"),
        };
        let sum = totals.free + totals.held + totals.booked;
        anyhow::ensure!(
            sum == count("total"),
            "a show's totals do not add up: {show}"
        );
        Ok(totals)
    }

    /// Frees the seats of a show that are in one of these states, so that the demo can be run again
    /// on the same house.
    fn free(&mut self, show: &str, states: &[&str]) -> anyhow::Result<()> {
        self.settle()?;
        let map = self.client.json(&format!("/v1/shows/{show}/seats"))?;
        let seats = map["seats"].as_array().cloned().unwrap_or_default();
        for seat in seats {
            if !states.iter().any(|state| seat["status"] == *state) {
                continue;
            }
            let id = seat["seat"].as_str().unwrap_or_default();
            let path = format!("/v1/shows/{show}/seats/{id}/release");
            let (status, body) = self.client.ask("POST", &path, &[], "")?;
            anyhow::ensure!(
                status == 200,
                "seat {id} of {show} cannot be freed: {}",
                String::from_utf8_lossy(&body)
            );
        }
        Ok(())
    }

    /// Lets a script's crowd in, at this house.
    fn run_script(
        &mut self,
        script: &str,
        settings: &[(&str, &str)],
        is_watched: bool,
    ) -> anyhow::Result<ScriptDone> {
        let mut env = BTreeMap::from([("BASE_URL".to_owned(), format!("http://{}", self.address))]);
        let settings = settings.iter();
        env.extend(settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let job = Job::Script(ScriptJob {
            script: script.to_owned(),
            env,
            is_watched,
        });
        match self.run_apart(&job)? {
            Done::Script(done) => Ok(*done),
            _ => anyhow::bail!("the load process answered another question"),
        }
    }

    /// kill -9, and start again on the same directory and address.
    fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        let server = self.server.take().context("a server is running")?;
        server.kill()?;
        let listen = self.address.to_string();
        self.server = Some(Server::start(
            &self.program,
            &listen,
            &self.data,
            &self.log,
        )?);
        self.client = Client::new(self.address)?;
        Ok(())
    }

    /// Re-reads the whole journal, in a process of its own.
    fn verify_journal(&self) -> anyhow::Result<Act> {
        let output = Command::new(&self.program)
            .args(["journal", "verify"])
            .arg(&self.data)
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let mut act = Act::new("journal", "re-read from the first entry while it is served");
        let holds = output.status.success();
        let actual = if holds { "intact".to_owned() } else { said };
        act.holds(
            "chain, records, re-execution, invariants",
            "intact",
            actual,
            holds,
        );
        Ok(act)
    }
}

/// Runs the demo.
pub(crate) fn run(args: &DemoArgs, program: &Path, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let data = DataDir::new(args.data.as_deref())?;
    let mut stage = Stage::open(program, args, &data.path)
        .context("the demo's server cannot be started; another --listen address may help")?;
    let acts = play(&mut stage)?;
    let is_right = acts.iter().all(Act::is_right);
    write!(out, "{}", table::render(&acts))?;
    writeln!(
        out,
        "The crowds took {:.1} s.",
        started.elapsed().as_secs_f64()
    )?;
    if let Some(path) = &args.json {
        write_json(path, &acts)?;
    }
    let exit = if is_right {
        Exit::Success
    } else {
        Exit::Failure
    };
    let server = stage.server.take().context("a server is running")?;
    if args.once {
        server.stop()?;
        return Ok(exit);
    }
    writeln!(out, "\nStill serving http://{}: try", stage.address)?;
    writeln!(out, "  curl http://{}/v1/shows", stage.address)?;
    writeln!(
        out,
        "  curl http://{}/docs        (Ctrl-C ends it)",
        stage.address
    )?;
    out.flush()?;
    // Ctrl-C reaches the whole group of the terminal: the server stops in order, we wait for it.
    let _until_interrupted = crate::serve::stop_on_signal()?;
    server.wait()?;
    Ok(exit)
}

fn play(stage: &mut Stage) -> anyhow::Result<Vec<Act>> {
    let mut acts = Vec::new();
    let show = |name: &str| {
        if std::io::stderr().is_terminal() {
            // Progress is a courtesy: nobody misses it if the terminal is gone.
            drop(writeln!(std::io::stderr(), "… {name}"));
        }
    };
    show("five requests for one seat");
    acts.push(crowds::simultaneous(stage)?);
    show("100 users × 16 seats");
    acts.push(crowds::order_race(stage)?);
    show("500 clients × 100 seats");
    acts.push(races::sold_out_race(stage)?);
    show("cinema: lock, wait, release");
    acts.push(crowds::cinema(stage)?);
    show("cinema: everybody wants the same seats");
    acts.push(crowds::hot_cinema(stage)?);
    show("concert: browse, reserve, pay");
    acts.push(crowds::concert(stage)?);
    show("shop: up to 1,000 users charge one account");
    acts.push(shop::charge(stage)?);
    show("shop: up to 1,000 users order one product");
    acts.push(shop::order(stage)?);
    show("shop: 100 users pay three times with one key");
    acts.push(shop::pay(stage)?);
    show("1,000 seats sell out, kill -9 in the middle");
    acts.push(kill::sell_out_and_kill(stage)?);
    show("the journal is re-read");
    acts.push(stage.verify_journal()?);
    Ok(acts)
}

fn write_json(path: &Path, acts: &[Act]) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Results<'a> {
        version: &'a str,
        is_right: bool,
        acts: &'a [Act],
    }
    let is_right = acts.iter().all(Act::is_right);
    let results = Results {
        version: env!("CARGO_PKG_VERSION"),
        is_right,
        acts,
    };
    let text = serde_json::to_string_pretty(&results)?;
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// The hidden subcommand of the load process.
pub(crate) fn crowd_process(input: &mut dyn Read, output: &mut dyn Write) -> anyhow::Result<Exit> {
    job::serve_one(input, output)?;
    Ok(Exit::Success)
}
