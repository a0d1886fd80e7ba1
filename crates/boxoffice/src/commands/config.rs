//! `boxoffice config show`: every setting, its value and where the value is from.

use std::io::Write;

use crate::exit::Exit;
use crate::settings::{SETTINGS, Shown};

pub(crate) fn show(out: &mut dyn Write, shown: &Shown) -> anyhow::Result<Exit> {
    for setting in SETTINGS {
        let (value, source) = &shown[setting.name];
        writeln!(
            out,
            "{:<26} = {:<24} # {source}: {}",
            setting.name,
            quoted(value),
            setting.help
        )?;
    }
    Ok(Exit::Success)
}

/// As a settings file would say it.
fn quoted(value: &str) -> String {
    if value.parse::<i64>().is_ok() || value == "true" || value == "false" {
        value.to_owned()
    } else {
        format!("{value:?}")
    }
}
