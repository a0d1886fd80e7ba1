//! `boxoffice demo`: opens a house, lets the seeds' crowds in, checks that everything adds up.
//!
//! Three processes: this one directs and re-reads the truth; the server and the load are this
//! program again, each in a process of its own.

mod client;
mod crowds;
mod job;
mod kill;
mod races;
mod sellout;
mod server;
mod table;

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
use crowds::ShopStage;
use job::{Done, Job};
use server::{DataDir, Server};
use table::Act;

/// The stages of `staged-load-guide.md` with the figures that it prints for them.
const SHOP_STAGES: [ShopStage; 3] = [
    ShopStage {
        users: 100,
        seed_rate: "90",
        seed_p95: "600ms",
        seed_errors: "0%",
    },
    ShopStage {
        users: 500,
        seed_rate: "280",
        seed_p95: "1.5s",
        seed_errors: "10%",
    },
    ShopStage {
        users: 1_000,
        seed_rate: "350",
        seed_p95: "3s",
        seed_errors: "20%",
    },
];

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
    acts.push(races::simultaneous(stage)?);
    show("100 users × 16 seats");
    acts.push(races::order_race(stage)?);
    show("500 clients × 100 seats");
    acts.push(races::sold_out_race(stage)?);
    show("cinema: lock, wait, release");
    acts.push(crowds::cinema(stage)?);
    show("cinema: everybody wants the same seats");
    acts.push(crowds::hot_cinema(stage)?);
    for load in &SHOP_STAGES {
        show(&format!("shop: {} users", load.users));
        acts.push(crowds::shop(stage, load)?);
    }
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
