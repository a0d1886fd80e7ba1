//! `boxoffice demo`.

use std::io::{Read, Write};
use std::path::Path;

use crate::cli::DemoArgs;
use crate::exit::Exit;

pub(crate) fn run(_: &DemoArgs, _: &Path, _: &mut dyn Write) -> anyhow::Result<Exit> {
    anyhow::bail!("in the making")
}

pub(crate) fn crowd_process(_: &mut dyn Read, _: &mut dyn Write) -> anyhow::Result<Exit> {
    anyhow::bail!("in the making")
}
