//! The inside of a virtual user: its runtime, and the jobs that it does on its coroutine.
//!
//! Invariants: the runtime is made, used and freed on the coroutine's stack; a job ends when the
//! function has returned and the event loop is empty.

use std::rc::Rc;
use std::time::Instant;

use rquickjs::context::intrinsic;
use rquickjs::promise::PromiseState;
use rquickjs::{Context, Ctx, FromJs as _, Function, Object, Promise, Runtime, Value};
use stampede_metrics::{MetricId, builtin};

use crate::bundle::Exports;
use crate::error::{ScriptError, ScriptErrorKind, out_of_memory};
use crate::loader::{self, Modules, Names};
use crate::raw::{Kept, Stopped};
use crate::settings::Iteration;
use crate::state::{Counts, Phase, VuState, ms_since, now};
use crate::vu::{Answer, Job, Link, Reply, SummaryFiles};
use crate::{args, globals, resolve};

/// What native code may use of the stack beyond the deepest JavaScript.
const NATIVE_STACK_BYTES: usize = 384 << 10;

/// What scripts have beside the base; what k6 lacks, such as `WeakRef`, would only take memory.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

/// The body of a virtual user's coroutine.
pub(crate) fn run(state: &Rc<VuState>, link: &Link) {
    let started = start(state);
    let (_runtime, context) = match started {
        Ok(started) => started,
        Err(error) => {
            let message = format!("a virtual user's runtime cannot be made: {error}");
            answer(
                link,
                Err(ScriptError::new(ScriptErrorKind::Resources, message)),
            );
            return;
        }
    };
    context.with(|ctx| {
        match Engine::init(&ctx, state) {
            Ok((engine, exports)) => {
                answer(link, Ok(Reply::Started(exports)));
                engine.work(link);
            }
            Err(error) => {
                let reason = state.abort.borrow_mut().take();
                let aborted = reason.map(|it| ScriptError::new(ScriptErrorKind::Aborted, it));
                answer(link, Err(aborted.unwrap_or(error)));
            }
        }
        // Values in pending events must go before the runtime does.
        state.events.clear();
        state.sockets.close();
        state.http.clear();
    });
}

fn answer(link: &Link, answer: Answer) {
    *link.answer.borrow_mut() = Some(answer);
}

fn start(state: &Rc<VuState>) -> rquickjs::Result<(Runtime, Context)> {
    let limits = state.test.limits;
    let runtime = Runtime::new()?;
    runtime.set_max_stack_size(limits.stack_bytes.saturating_sub(NATIVE_STACK_BYTES));
    if limits.memory_bytes > 0 {
        runtime.set_memory_limit(limits.memory_bytes);
    }
    let interrupted = Rc::clone(state);
    runtime.set_interrupt_handler(Some(Box::new(move || {
        if !interrupted.is_stopped() {
            interrupted.give_way();
        }
        interrupted.is_stopped()
    })));
    let rejections = Rc::clone(state);
    runtime.set_host_promise_rejection_tracker(Some(Box::new(
        move |_ctx, promise, reason, is_handled| {
            rejections.events.rejected(&promise, &reason, is_handled);
        },
    )));
    let asked = loader::Asked::default();
    let names = Names {
        state: Rc::clone(state),
        asked: Rc::clone(&asked),
    };
    let modules = Modules {
        state: Rc::clone(state),
        asked,
    };
    runtime.set_loader(names, modules);
    let context = Context::custom::<Intrinsics>(&runtime)?;
    Ok((runtime, context))
}

/// How many jobs of promises run between two looks at the clock.
const JOBS_PER_LOOK: u32 = 256;

struct Engine<'js> {
    ctx: Ctx<'js>,
    state: Rc<VuState>,
    namespace: Object<'js>,
    data: std::cell::RefCell<Value<'js>>,
}

impl<'js> Engine<'js> {
    /// Runs the script's top level.
    fn init(ctx: &Ctx<'js>, state: &Rc<VuState>) -> Result<(Engine<'js>, Exports), ScriptError> {
        let caught = |error: rquickjs::Error| {
            ScriptError::caught(ctx, &error).with_source(|name| state.test.source_of(name))
        };
        Kept::install(ctx);
        globals::install(ctx, state).map_err(caught)?;
        let name = resolve::name_of(&state.test.path);
        let module = loader::load(ctx, state, &name).map_err(caught)?;
        let (module, promise) = module.eval().map_err(caught)?;
        let undefined = Value::new_undefined(ctx.clone());
        let engine = Engine {
            ctx: ctx.clone(),
            state: Rc::clone(state),
            namespace: module.namespace().map_err(caught)?,
            data: undefined.into(),
        };
        if promise.state() == PromiseState::Rejected
            && let Some(Err(error)) = promise.result::<Value<'_>>()
        {
            return Err(caught(error));
        }
        engine.settle(promise.into_value())?;
        // All users of a script export the same; the first one reads it, before there is a run.
        let exports = match state.config.get() {
            Some(_) => Exports::default(),
            None => engine
                .exports()
                .map_err(|error| error.with_source(|name| state.test.source_of(name)))?,
        };
        state.phase.set(Phase::Once);
        Ok((engine, exports))
    }

    fn exports(&self) -> Result<Exports, ScriptError> {
        let mut functions = Vec::new();
        let caught = |error: rquickjs::Error| self.caught(&error);
        for name in self.namespace.keys::<String>() {
            let name = name.map_err(caught)?;
            // An export whose initialization was never reached throws when it is read.
            let value: Value<'_> = self.namespace.get(name.as_str()).map_err(caught)?;
            if value.is_function() {
                functions.push(name);
            }
        }
        functions.sort();
        let options: Value<'_> = self.namespace.get("options").map_err(caught)?;
        let options_json = match args::is_nothing(&options) {
            true => None,
            false => Some(self.options_json(options)?),
        };
        Ok(Exports {
            functions,
            options_json,
        })
    }

    /// Does jobs until it is told to end.
    fn work(&self, link: &Link) {
        loop {
            let job = link.job.borrow_mut().take();
            match job {
                None => self.state.fiber.suspend(),
                Some(Job::End) => return,
                Some(job) => {
                    let done = self.job(job);
                    self.state.events.clear();
                    self.state.sockets.close();
                    let done = done.map_err(|error| self.told(error));
                    answer(link, done);
                }
            }
        }
    }

    fn told(&self, error: ScriptError) -> ScriptError {
        if let Some(reason) = self.state.abort.borrow_mut().take() {
            return ScriptError::new(ScriptErrorKind::Aborted, reason);
        }
        if self.state.is_stopped() {
            return ScriptError::interrupted();
        }
        if self.state.test.limits.memory_bytes > 0 && error.message == "null" {
            // Where there is no memory even for an error object, the engine throws null.
            return out_of_memory();
        }
        error.with_source(|name| self.state.test.source_of(name))
    }

    fn job(&self, job: Job) -> Answer {
        match job {
            Job::Setup => {
                self.begin_once("::setup");
                let value = self.call("setup", &[]);
                self.end_traffic(&[]);
                let json = value.and_then(|value| self.to_json(value))?;
                Ok(Reply::Data(json))
            }
            Job::Data(json) => {
                let value = match json {
                    Some(json) => self.ctx.json_parse(json.as_bytes()),
                    None => Ok(Value::new_undefined(self.ctx.clone())),
                };
                *self.data.borrow_mut() = value.map_err(|error| self.caught(&error))?;
                Ok(Reply::Done)
            }
            Job::Activate(scenario) => {
                let mut counts = self.state.counts.get();
                counts.in_scenario = 0;
                self.state.counts.set(counts);
                self.state.reset_tags(Some(&scenario), "");
                let env = globals::set_env(&self.ctx, &self.state, &scenario.env);
                env.map_err(|error| self.caught(&error))?;
                *self.state.scenario.borrow_mut() = scenario;
                Ok(Reply::Done)
            }
            Job::Iterate(iteration) => self.iterate(iteration),
            Job::Teardown => {
                self.begin_once("::teardown");
                let data = self.data.borrow().clone();
                let value = self.call("teardown", &[data]);
                self.end_traffic(&[]);
                value.map(|_| Reply::Done)
            }
            Job::Summary(json) => {
                self.state.phase.set(Phase::Summary);
                self.summary(json).map(Reply::Summary)
            }
            Job::End => Ok(Reply::Done),
        }
    }

    fn begin_once(&self, group: &str) {
        self.state.phase.set(Phase::Once);
        self.state.reset_tags(None, group);
    }

    fn iterate(&self, iteration: Iteration) -> Answer {
        let state = &self.state;
        state.phase.set(Phase::Iteration);
        let mut counts = state.counts.get();
        counts.iteration = iteration;
        state.counts.set(counts);
        globals::set_iteration(&self.ctx, counts.in_instance).map_err(|e| self.caught(&e))?;
        state.begin_iteration();
        let started = Instant::now();
        let name = state.scenario.borrow().exec.clone();
        let data = self.data.borrow().clone();
        let called = self.call(&name, &[data]);
        state.enter_group("");
        let ended = [
            (builtin::ITERATION_DURATION, ms_since(started)),
            (builtin::ITERATIONS, 1.0),
        ];
        self.end_traffic(if state.is_stopped() { &[] } else { &ended });
        let counts = state.counts.get();
        state.counts.set(Counts {
            in_instance: counts.in_instance + 1,
            in_scenario: counts.in_scenario + 1,
            ..counts
        });
        called.map(|_| Reply::Done)
    }

    /// Records the bytes that went over the user's connections since the last time, and `more`.
    fn end_traffic(&self, more: &[(MetricId, f64)]) {
        let Some(config) = self.state.config.get() else {
            return;
        };
        let traffic = config.client.take_traffic();
        let mut samples = [
            (builtin::DATA_SENT, to_f64(traffic.sent_bytes)),
            (builtin::DATA_RECEIVED, to_f64(traffic.received_bytes)),
            (builtin::DATA_RECEIVED, 0.0),
            (builtin::DATA_RECEIVED, 0.0),
        ];
        let count = 2 + more.len();
        samples[2..count].copy_from_slice(more);
        self.state.record_at(&samples[..count], now(), &[]);
    }

    /// Calls an exported function and runs the event loop until it is empty.
    fn call(&self, name: &str, arguments: &[Value<'js>]) -> Result<Value<'js>, ScriptError> {
        let undefined = Value::new_undefined(self.ctx.clone());
        let exported: Value<'_> = self
            .namespace
            .get(name)
            .map_err(|error| self.caught(&error))?;
        let Some(function) = exported.into_function() else {
            if matches!(name, "setup" | "teardown") {
                return Ok(undefined);
            }
            let message = format!("function '{name}' not found in exports");
            return Err(ScriptError::new(ScriptErrorKind::Shape, message));
        };
        let called = match arguments {
            [only] => function.call::<_, Value<'_>>((only.clone(),)),
            _ => function.call::<_, Value<'_>>(()),
        };
        let value = called.map_err(|error| self.caught(&error))?;
        self.settle(value)
    }

    /// Runs the event loop until it is empty, then answers what a promise was settled with.
    fn settle(&self, value: Value<'js>) -> Result<Value<'js>, ScriptError> {
        let promise = match value.is_promise() {
            true => Promise::from_js(&self.ctx, value.clone()).ok(),
            false => None,
        };
        self.run_events()?;
        let Some(promise) = promise else {
            return Ok(value);
        };
        match promise.state() {
            PromiseState::Pending => Ok(Value::new_undefined(self.ctx.clone())),
            PromiseState::Resolved | PromiseState::Rejected => {
                let settled = promise.result::<Value<'_>>();
                let settled = settled.unwrap_or(Ok(Value::new_undefined(self.ctx.clone())));
                settled.map_err(|error| uncaught(self.caught(&error)))
            }
        }
    }

    fn run_events(&self) -> Result<(), ScriptError> {
        let (ctx, events) = (&self.ctx, &self.state.events);
        loop {
            self.run_jobs();
            if self.state.is_stopped() || self.state.abort.borrow().is_some() {
                return Err(ScriptError::interrupted());
            }
            if let Some(reason) = events.take_rejection() {
                let reason = reason.restore(ctx).map_err(|error| self.caught(&error))?;
                return Err(uncaught(ScriptError::thrown(&reason)));
            }
            if let Some(callback) = events.next_callback() {
                callback(ctx).map_err(|error| self.caught(&error))?;
            } else if let Some(due) = events.next_due() {
                self.fire(due).map_err(|error| self.caught(&error))?;
            } else if events.is_empty() {
                return Ok(());
            } else {
                let is_stopped = || self.state.is_stopped();
                let waited = self
                    .state
                    .fiber
                    .block_on(events.changed(), is_stopped, |_| ());
                waited.map_err(|Stopped| ScriptError::interrupted())?;
            }
        }
    }

    /// Runs what promises have put off; a chain that never ends lets others run meanwhile.
    fn run_jobs(&self) {
        let mut count = 0_u32;
        while !self.state.is_stopped() && self.ctx.execute_pending_job() {
            count = count.wrapping_add(1);
            if count.is_multiple_of(JOBS_PER_LOOK) {
                self.state.give_way();
            }
        }
        self.state.give_way();
    }

    fn fire(&self, due: crate::events::Due) -> rquickjs::Result<()> {
        let function: Function<'_> = due.call.restore(&self.ctx)?;
        let mut arguments = rquickjs::function::Args::new(self.ctx.clone(), due.arguments.len());
        for argument in due.arguments {
            arguments.push_arg(argument.restore(&self.ctx)?)?;
        }
        function.call_arg::<Value<'_>>(arguments).map(drop)
    }

    fn summary(&self, json: String) -> Result<Option<SummaryFiles>, ScriptError> {
        let exported: Value<'_> = self
            .namespace
            .get("handleSummary")
            .map_err(|error| self.caught(&error))?;
        if !exported.is_function() {
            return Ok(None);
        }
        let data = self
            .ctx
            .json_parse(json)
            .and_then(|data| with_setup_data(&self.ctx, data))
            .map_err(|error| self.caught(&error))?;
        let answered = self.call("handleSummary", &[data])?;
        let mut files = Vec::new();
        let Some(object) = answered.as_object() else {
            let message = "handleSummary() should return an object with contents by path";
            return Err(ScriptError::new(ScriptErrorKind::Shape, message));
        };
        for entry in object.props::<String, Value<'_>>() {
            let (path, content) = entry.map_err(|error| self.caught(&error))?;
            let bytes = match args::bytes_of(&content) {
                Some(bytes) => bytes,
                None if content.is_string() => {
                    let text = args::to_text(&self.ctx, &content);
                    text.map_err(|error| self.caught(&error))?.into_bytes()
                }
                None => {
                    let message = format!(
                        "handleSummary() returned neither text nor an ArrayBuffer for {path:?}"
                    );
                    return Err(ScriptError::new(ScriptErrorKind::Shape, message));
                }
            };
            files.push((path, bytes));
        }
        Ok(Some(files))
    }

    fn to_json(&self, value: Value<'js>) -> Result<Option<String>, ScriptError> {
        if value.is_undefined() {
            return Ok(None);
        }
        let text = self.as_json(value, true);
        text.map(Some).map_err(|error| {
            let why = self.caught(&error).message;
            let message = format!(
                "the data that setup() returned cannot be given to the virtual users: {why}; \
                 return what JSON can hold"
            );
            ScriptError::new(ScriptErrorKind::Shape, message)
        })
    }

    fn options_json(&self, options: Value<'js>) -> Result<String, ScriptError> {
        self.as_json(options, false).map_err(|error| {
            let why = self.caught(&error).message;
            let message = format!(
                "the exported options cannot be read: {why}; options hold what JSON can hold"
            );
            ScriptError::new(ScriptErrorKind::Shape, message)
        })
    }

    fn as_json(&self, value: Value<'js>, is_data: bool) -> rquickjs::Result<String> {
        let maker: Function<'_> = self.ctx.eval(DATA_REPLACER)?;
        let replacer: Function<'_> = maker.call((is_data,))?;
        let text = self.ctx.json_stringify_replacer(value, replacer)?;
        // A replacer that answers something for every value leaves nothing out.
        text.map_or_else(|| Ok("null".to_owned()), |text| text.to_string())
    }

    fn caught(&self, error: &rquickjs::Error) -> ScriptError {
        ScriptError::caught(&self.ctx, error)
    }
}

/// Reads data and options as k6 does: the keys of data are sorted and what is undefined in it is
/// null; what JSON cannot hold is an error unless k6 knows a form for it.
const DATA_REPLACER: &str = include_str!("data.js");

fn uncaught(mut error: ScriptError) -> ScriptError {
    if !error.message.starts_with("Uncaught (in promise)") {
        error.message = format!("Uncaught (in promise) {}", error.message);
    }
    error
}

fn to_f64(bytes: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "bytes of one iteration stay below 2^53"
    )]
    {
        bytes as f64
    }
}

/// The data of a summary with the key `setup_data`, which is there and undefined without a setup.
fn with_setup_data<'js>(ctx: &Ctx<'js>, data: Value<'js>) -> rquickjs::Result<Value<'js>> {
    if let Some(object) = data.as_object()
        && object.contains_key("root_group")?
        && !object.contains_key("setup_data")?
    {
        object.set("setup_data", Value::new_undefined(ctx.clone()))?;
    }
    Ok(data)
}
