//! Gives a runtime its modules: from bytecode when some runtime compiled them before.
//!
//! Invariants: a module is compiled once per bundle, except CommonJS ones, whose exports are only
//! known once they ran.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Function, Module, Object, Value};

use crate::bundle::Code;
use crate::error::throw_go;
use crate::modules::Provider;
use crate::raw::Bytecode;
use crate::source::Source;
use crate::state::VuState;
use crate::{resolve, source};

/// The hidden global object that keeps what `require` answered, by module.
pub(crate) const REQUIRED: &str = "__stampede_required";

/// Who asks for the module that is looked for: the module's name, and what its import says.
pub(crate) type Asked = Rc<RefCell<Option<(String, String)>>>;

/// Finds modules by name.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) state: Rc<VuState>,
    pub(crate) asked: Asked,
}

impl Resolver for Names {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        *self.asked.borrow_mut() = Some((base.to_owned(), name.to_owned()));
        let resolved = resolve::resolve(base, name);
        resolved.map_err(|told| throw_at_import(ctx, &self.state, &self.asked, &told))
    }
}

/// Throws an error that happened at an import: the engine knows no line for that.
fn throw_at_import(ctx: &Ctx<'_>, state: &VuState, asked: &Asked, told: &str) -> rquickjs::Error {
    let error = throw_go(ctx, told);
    let Some((base, specifier)) = asked.borrow_mut().take() else {
        return error;
    };
    let place = state
        .test
        .source_of(&base)
        .and_then(|text| source::place_of_import(&text, &specifier));
    if let Some((line, column)) = place
        && error.is_exception()
    {
        let thrown = ctx.catch();
        if let Some(object) = thrown.as_object() {
            let stack = format!("    at {base}:{line}:{column}\n");
            // Without a place the error is told all the same.
            object.set("stack", stack).unwrap_or_default();
        }
        return ctx.throw(thrown);
    }
    error
}

/// Loads modules into one runtime.
#[derive(Debug)]
pub(crate) struct Modules {
    pub(crate) state: Rc<VuState>,
    pub(crate) asked: Asked,
}

impl Loader for Modules {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        if crate::modules::find(name).is_none()
            && let Some(path) = resolve::path_of(name)
            && let Err(error) = self.state.test.read(&path)
        {
            let told = unreadable(&path, &error);
            return Err(throw_at_import(ctx, &self.state, &self.asked, &told));
        }
        load(ctx, &self.state, name)
    }
}

/// Loads one module; what it imports is loaded when it is evaluated.
pub(crate) fn load<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    name: &str,
) -> rquickjs::Result<Module<'js, Declared>> {
    if let Some(rest) = name.strip_prefix(source::NAMESPACE_MARK) {
        let exports = native(ctx, state, &format!("k{rest}"))?;
        let module = match state.test.module(name) {
            Some(code) => code.bytecode.load(ctx)?,
            None => compiled(ctx, state, name, &named_text(&exports, &[])?, false)?,
        };
        module.meta()?.set("exports", exports)?;
        return Ok(module);
    }
    if let Some(provider) = crate::modules::find(name) {
        return match provider {
            Provider::Native(_) => {
                let exports = native(ctx, state, name)?;
                shim(ctx, state, name, &exports)
            }
            Provider::Source(text) => compiled(ctx, state, name, text, false),
        };
    }
    if let Some(code) = state.test.module(name)
        && code.source.is_some()
    {
        let module = code.bytecode.load(ctx)?;
        return with_meta(ctx, module, name);
    }
    match read(ctx, state, name)? {
        Source::Module(text) => {
            let module = compiled(ctx, state, name, &text, true)?;
            with_meta(ctx, module, name)
        }
        Source::Json(text) => {
            let value = ctx.json_parse(text)?;
            let holder = Object::new(ctx.clone())?;
            holder.set("default", value)?;
            shim(ctx, state, name, &holder)
        }
        Source::Common(text) => {
            let exports = common(ctx, state, name, &text)?;
            let holder = match exports.as_object() {
                Some(object) => object.clone(),
                None => Object::new(ctx.clone())?,
            };
            // Exports differ by what ran, so their shim is not shared.
            shim_of(ctx, name, &holder, exports)
        }
    }
}

/// What `require` answers for a module.
pub(crate) fn require<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    name: &str,
) -> rquickjs::Result<Value<'js>> {
    match crate::modules::find(name) {
        Some(Provider::Native(_)) => return Ok(native(ctx, state, name)?.into_value()),
        Some(Provider::Source(_)) => return imported(ctx, name),
        None => {}
    }
    let required: Object<'_> = ctx.globals().get(REQUIRED)?;
    let known: Value<'_> = required.get(name)?;
    if let Some(module) = known.as_object() {
        return module.get("exports");
    }
    match read(ctx, state, name)? {
        Source::Common(text) => common(ctx, state, name, &text),
        Source::Json(text) => ctx.json_parse(text),
        Source::Module(_) => imported(ctx, name),
    }
}

fn read(ctx: &Ctx<'_>, state: &VuState, name: &str) -> rquickjs::Result<Source> {
    let Some(path) = resolve::path_of(name) else {
        return Err(throw_go(ctx, &format!("there is no module {name:?}")));
    };
    let read = state.test.read(&path);
    let bytes = read.map_err(|error| throw_go(ctx, &unreadable(&path, &error)))?;
    source::read(&path, &bytes).map_err(|told| throw_go(ctx, &told))
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read the module {}: {error}", path.display())
}

/// The namespace of an ECMAScript module, evaluated now.
fn imported<'js>(ctx: &Ctx<'js>, name: &str) -> rquickjs::Result<Value<'js>> {
    let promise = Module::import(ctx, name)?;
    promise.finish::<Value<'_>>()
}

/// The exports of a native module, built when first asked for.
fn native<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>, name: &str) -> rquickjs::Result<Object<'js>> {
    let required: Object<'_> = ctx.globals().get(REQUIRED)?;
    let known: Value<'_> = required.get(name)?;
    if let Some(exports) = known.into_object() {
        return Ok(exports);
    }
    let Some(Provider::Native(install)) = crate::modules::find(name) else {
        return Err(throw_go(ctx, &format!("there is no module {name:?}")));
    };
    let exports = install(ctx, state)?;
    required.set(name, exports.clone())?;
    Ok(exports)
}

/// Runs a CommonJS module and answers its exports.
fn common<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    name: &str,
    text: &str,
) -> rquickjs::Result<Value<'js>> {
    let required: Object<'_> = ctx.globals().get(REQUIRED)?;
    let known: Value<'_> = required.get(name)?;
    if let Some(module) = known.as_object() {
        return module.get("exports");
    }
    let module = Object::new(ctx.clone())?;
    let exports = Object::new(ctx.clone())?;
    module.set("exports", exports.clone())?;
    // Known before it runs, so that modules can require each other in a circle.
    required.set(name, module.clone())?;
    let mut options = rquickjs::context::EvalOptions::default();
    options.strict = false;
    options.filename = Some(name.to_owned());
    // On one line with the text's first, so that lines stay those of the file.
    let wrapped = format!("(function (module, exports, require) {{{text}\n}})");
    let ran = ctx
        .eval_with_options::<Function<'_>, _>(wrapped, options)
        .and_then(|run| {
            let require = crate::globals::require_function(ctx, state, name)?;
            let this = rquickjs::function::This(exports.clone());
            run.call::<_, ()>((this, module.clone(), exports, require))
        });
    if let Err(error) = ran {
        required.remove(name)?;
        return Err(error);
    }
    module.get("exports")
}

/// Compiles a module, or loads what another runtime compiled.
pub(crate) fn compiled<'js>(
    ctx: &Ctx<'js>,
    state: &VuState,
    name: &str,
    text: &str,
    is_user: bool,
) -> rquickjs::Result<Module<'js, Declared>> {
    if let Some(code) = state.test.module(name) {
        return code.bytecode.load(ctx);
    }
    let module = match is_user {
        true => Module::declare(ctx.clone(), name, source::mark_namespaces(text))?,
        false => Module::declare(ctx.clone(), name, text)?,
    };
    let code = Code {
        source: is_user.then(|| Arc::from(text)),
        bytecode: Bytecode::of(&module)?,
    };
    state.test.keep_module(name, code);
    Ok(module)
}

/// A module whose exports are the keys of an object; its code is shared by all runtimes.
fn shim<'js>(
    ctx: &Ctx<'js>,
    state: &VuState,
    name: &str,
    exports: &Object<'js>,
) -> rquickjs::Result<Module<'js, Declared>> {
    let module = match state.test.module(name) {
        Some(code) => code.bytecode.load(ctx)?,
        None => compiled(
            ctx,
            state,
            name,
            &shim_text(exports, &absent(state, name))?,
            false,
        )?,
    };
    let default: Value<'_> = exports.get("default")?;
    let default = if default.is_undefined() {
        exports.clone().into_value()
    } else {
        default
    };
    set_exports(&module, exports, default)?;
    Ok(module)
}

fn shim_of<'js>(
    ctx: &Ctx<'js>,
    name: &str,
    exports: &Object<'js>,
    default: Value<'js>,
) -> rquickjs::Result<Module<'js, Declared>> {
    let module = Module::declare(ctx.clone(), name, shim_text(exports, &[])?)?;
    let own: Value<'_> = exports.get("default")?;
    // `exports.default = …` is how compiled modules export a default.
    let default = if own.is_undefined() { default } else { own };
    set_exports(&module, exports, default)?;
    Ok(module)
}

fn set_exports<'js>(
    module: &Module<'js, Declared>,
    exports: &Object<'js>,
    default: Value<'js>,
) -> rquickjs::Result<()> {
    let meta = module.meta()?;
    meta.set("exports", exports.clone())?;
    meta.set("default", default)
}

/// What scripts import from a module of ours though it is not there.
fn absent(state: &VuState, name: &str) -> Vec<String> {
    let all = state.test.absent.iter();
    let own = all.filter(|absent| absent.module == name);
    own.map(|absent| absent.name.clone()).collect()
}

fn shim_text(exports: &Object<'_>, more: &[String]) -> rquickjs::Result<String> {
    let named = named_text(exports, more)?;
    Ok(format!("export default import.meta.default; {named}"))
}

fn named_text(exports: &Object<'_>, more: &[String]) -> rquickjs::Result<String> {
    let mut names: Vec<String> = more.iter().filter(|name| is_name(name)).cloned().collect();
    for name in exports.keys::<String>() {
        let name = name?;
        if name != "default" && is_name(&name) {
            names.push(name);
        }
    }
    Ok(format!(
        "export const {{{}}} = import.meta.exports;",
        names.join(",")
    ))
}

/// Whether a text can stand in a destructuring pattern as a name of its own.
fn is_name(text: &str) -> bool {
    const RESERVED: &[&str] = &[
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "delete",
        "do",
        "else",
        "enum",
        "eval",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "var",
        "void",
        "while",
        "with",
        "yield",
        "arguments",
    ];
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$')
        && letters.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
        && !RESERVED.contains(&text)
}

/// Adds what scripts read at `import.meta`.
fn with_meta<'js>(
    ctx: &Ctx<'js>,
    module: Module<'js, Declared>,
    name: &str,
) -> rquickjs::Result<Module<'js, Declared>> {
    let base = name.to_owned();
    let resolve = crate::args::function(ctx, "resolve", move |args| {
        let specifier = args.text(0)?;
        let name =
            resolve::resolve(&base, &specifier).map_err(|told| throw_go(args.ctx(), &told))?;
        crate::args::string(args.ctx(), &name)
    })?;
    module.meta()?.set("resolve", resolve)?;
    Ok(module)
}
