//! Prints the OpenAPI document named on the command line, as it is stored under `openapi/`.
//!
//! `cargo run -p boxoffice-api --example openapi -- boxoffice`; without a name, the names.

use std::io::Write as _;

use boxoffice_api::openapi::{Api, document, render};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let Some(name) = std::env::args().nth(1) else {
        for api in Api::ALL {
            writeln!(out, "{}", api.name())?;
        }
        return Ok(());
    };
    let Some(api) = Api::from_name(&name) else {
        let message = format!("there is no document called {name:?}");
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            message,
        ));
    };
    out.write_all(render(&document(api)).as_bytes())
}
