//! TypeScript without its types.

use std::path::Path;

/// Takes the types out of a text, leaving every other character where it was.
///
/// # Errors
/// What to tell the writer of the script.
pub(crate) fn strip(path: &Path, _text: &str) -> Result<String, String> {
    Err(format!(
        "{} is TypeScript, which this build of stampede does not read; compile it to JavaScript \
         first (`npx esbuild --format=esm SCRIPT.ts > SCRIPT.js`)",
        path.display()
    ))
}
