//! Runs k6 scripts: one QuickJS runtime per virtual user, each on its own coroutine.
