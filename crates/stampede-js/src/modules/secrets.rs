//! `k6/secrets`: values of a source outside the script, which logs do not show.

use std::rc::Rc;

use rquickjs::{Ctx, Object, Value};

use crate::args::{self, Args};
use crate::error::throw_go;
use crate::state::VuState;

/// Makes the module, which has a default export alone.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let secrets = Object::new(ctx.clone())?;
    let own = Rc::clone(state);
    args::method(&secrets, "get", move |args| value(args, &own, None))?;
    let own = Rc::clone(state);
    args::method(&secrets, "source", move |args| {
        let name = match args.given(0) {
            Some(name) => args::to_text(args.ctx(), &name)?,
            None => String::new(),
        };
        let source = Object::new(args.ctx().clone())?;
        let own = Rc::clone(&own);
        args::method(&source, "get", move |args| value(args, &own, Some(&name)))?;
        Ok(source.into_value())
    })?;
    let module = Object::new(ctx.clone())?;
    module.set("default", secrets)?;
    Ok(module)
}

/// A promise of a secret; from now on lines of the log are written without it.
fn value<'js>(
    args: &Args<'_, 'js>,
    state: &VuState,
    source: Option<&str>,
) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let (promise, resolve, reject) = ctx.promise()?;
    let name = args.text(0)?;
    match state.test.secrets.value(source, &name) {
        Ok(secret) => {
            state.test.log.hide(secret);
            resolve.call::<_, ()>((secret,))?;
        }
        Err(told) => {
            // Thrown and caught again, so that it is the kind of error that modules throw.
            let thrown = throw_go(ctx, &told);
            if !thrown.is_exception() {
                return Err(thrown);
            }
            reject.call::<_, ()>((ctx.catch(),))?;
        }
    }
    Ok(promise.into_value())
}
