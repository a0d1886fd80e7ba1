//! `k6/data`: arrays that all virtual users of a test share.
//!
//! Invariants: the elements are kept once per test, as JSON; what a script gets of one is a frozen
//! copy of its own.

use std::rc::Rc;
use std::sync::{Arc, PoisonError};

use rquickjs::{Ctx, Function, Object, Value};

use super::k6::is_async;
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::globals::to_number;
use crate::state::VuState;

/// The elements of a shared array, each as JSON.
#[derive(Debug, Default)]
pub(crate) struct SharedElements {
    text: String,
    /// Where each element ends in `text`.
    ends: Vec<usize>,
}

impl SharedElements {
    fn push(&mut self, json: &str) {
        self.text.push_str(json);
        self.ends.push(self.text.len());
    }

    fn get(&self, idx: usize) -> Option<&str> {
        let end = *self.ends.get(idx)?;
        let start = match idx.checked_sub(1) {
            Some(before) => self.ends[before],
            None => 0,
        };
        Some(&self.text[start..end])
    }
}

/// Builds the proxy of a shared array: `get(i)` answers an element, `length` how many there are.
const PROXY: &str = r#"(function (get, length, Shared) {
  const freeze = (value) => {
    if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
      Object.freeze(value);
      for (const key in value) freeze(value[key]);
    }
    return value;
  };
  const index = (key) => {
    if (typeof key !== "string") return -1;
    const at = Number(key);
    return Number.isInteger(at) && at >= 0 && at < length && String(at) === key ? at : -1;
  };
  const refuse = () => { throw new TypeError("SharedArray is immutable"); };
  const element = (at) => freeze(JSON.parse(get(at)));
  return new Proxy([], {
    get(target, key) {
      const at = index(key);
      if (at >= 0) return element(at);
      if (key === "length") return length;
      return target[key];
    },
    has: (target, key) => index(key) >= 0 || key in target,
    ownKeys: () => [...Array.from({ length }, (_, at) => String(at)), "length"],
    getOwnPropertyDescriptor(target, key) {
      const at = index(key);
      if (at >= 0) {
        return { value: element(at), writable: false, enumerable: true, configurable: true };
      }
      const own = Object.getOwnPropertyDescriptor(target, key);
      if (key === "length") own.value = length;
      return own;
    },
    getPrototypeOf: () => Array.prototype,
    set: refuse, deleteProperty: refuse, defineProperty: refuse, setPrototypeOf: refuse,
    preventExtensions: refuse,
  });
})"#;

/// Makes the module.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let module = Object::new(ctx.clone())?;
    let own = Rc::clone(state);
    let class = args::constructor(ctx, "SharedArray", move |args| shared_array(args, &own))?;
    module.set("SharedArray", class)?;
    Ok(module)
}

fn shared_array<'js>(args: &Args<'_, 'js>, state: &Rc<VuState>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    if !state.is_init() {
        return Err(throw_go(
            ctx,
            "new SharedArray must be called in the init context",
        ));
    }
    let name = args.text(0)?;
    if args.given(0).is_none() || name.is_empty() {
        return Err(throw_go(
            ctx,
            "empty name provided to SharedArray's constructor",
        ));
    }
    let callback = args.at(1);
    let Some(callback) = callback.as_function() else {
        let message = "a function is expected as the second argument of SharedArray's constructor";
        return Err(throw_go(ctx, message));
    };
    if is_async(callback) {
        let message = "SharedArray constructor does not support async functions as second argument";
        return Err(throw_go(ctx, message));
    }
    let known = {
        let shared = state
            .test
            .shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        shared.get(&name).cloned()
    };
    let elements = match known {
        Some(elements) => elements,
        None => {
            // Not under the lock: the function may make another shared array.
            let made = Arc::new(elements(ctx, callback)?);
            let mut shared = state
                .test
                .shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(shared.entry(name).or_insert(made))
        }
    };
    proxy(ctx, elements)
}

fn elements<'js>(ctx: &Ctx<'js>, make: &Function<'js>) -> rquickjs::Result<SharedElements> {
    let made: Value<'_> = make.call(())?;
    let array = made.as_object().filter(|object| args::is_array(object));
    let Some(array) = array else {
        return Err(throw_go(ctx, "only arrays can be made into SharedArray"));
    };
    let mut elements = SharedElements::default();
    let length: u32 = array.get("length")?;
    for idx in 0..length {
        let element: Value<'_> = array.get(idx)?;
        match ctx.json_stringify(element)? {
            Some(json) => elements.push(&json.to_string()?),
            None => elements.push("null"),
        }
    }
    elements.text.shrink_to_fit();
    Ok(elements)
}

fn proxy<'js>(ctx: &Ctx<'js>, elements: Arc<SharedElements>) -> rquickjs::Result<Value<'js>> {
    let length = to_number(elements.ends.len() as u64);
    let get = args::function(ctx, "", move |args| {
        let ctx = args.ctx();
        let idx = args
            .at(0)
            .as_int()
            .and_then(|idx| usize::try_from(idx).ok());
        match idx.and_then(|idx| elements.get(idx)) {
            Some(json) => args::string(ctx, json),
            None => args.undefined(),
        }
    })?;
    let make: Function<'_> = ctx.eval(PROXY)?;
    make.call((get, length))
}
