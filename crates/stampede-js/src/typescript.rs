//! TypeScript as JavaScript: types are taken out, enums and the like become code.
//!
//! Types are not checked. Lines and columns of errors are those of the JavaScript.

use std::path::Path;

/// Turns the text of a TypeScript file into an ECMAScript module.
///
/// # Errors
/// What to tell the writer of the script.
#[cfg(feature = "typescript")]
pub(crate) fn strip(path: &Path, text: &str) -> Result<String, String> {
    use oxc::allocator::Allocator;
    use oxc::codegen::Codegen;
    use oxc::parser::Parser;
    use oxc::semantic::SemanticBuilder;
    use oxc::span::SourceType;
    use oxc::transformer::{TransformOptions, Transformer};

    let allocator = Allocator::default();
    let told = |errors: Vec<oxc::diagnostics::OxcDiagnostic>| {
        let first = errors.into_iter().next()?;
        let place = first
            .labels
            .first()
            .map(|label| place(text, label.offset() as usize));
        let (line, column) = place.unwrap_or((1, 1));
        Some(format!("{}:{line}:{column}: {first}", path.display()))
    };
    let parsed = Parser::new(&allocator, text, SourceType::ts()).parse();
    if let Some(told) = told(parsed.diagnostics.to_vec()) {
        return Err(told);
    }
    let mut program = parsed.program;
    let semantic = SemanticBuilder::new().with_enum_eval(true).build(&program);
    let scoping = semantic.semantic.into_scoping();
    let options = TransformOptions::default();
    let transformed =
        Transformer::new(&allocator, path, &options).build_with_scoping(scoping, &mut program);
    if let Some(told) = told(transformed.diagnostics.to_vec()) {
        return Err(told);
    }
    Ok(Codegen::new().build(&program).code)
}

/// The line and the column of a byte, from 1.
#[cfg(feature = "typescript")]
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

/// Says that this build reads no TypeScript.
///
/// # Errors
/// Always.
#[cfg(not(feature = "typescript"))]
pub(crate) fn strip(path: &Path, _text: &str) -> Result<String, String> {
    Err(format!(
        "{} is TypeScript, which this build of stampede does not read; build it with \
         `cargo build --release -p stampede --features stampede-js/typescript`, or compile \
         the script first (`npx esbuild --format=esm SCRIPT.ts > SCRIPT.js`)",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "typescript")]
    #[test]
    fn types_go_and_enums_become_code() {
        let text = "import type { A } from './a.ts'; import { B } from './b.ts';\n\
            enum Kind { Stalls = 1, Balcony }\ninterface I { a: number }\n\
            export default function <T>(a: T, b?: I): void { const c = a as unknown as A; c!.x; }\n\
            export const k: Kind = Kind.Balcony;";
        let script = strip(Path::new("/a.ts"), text).unwrap();
        for gone in ["interface", "./a.ts", "./b.ts", ": void", "as unknown"] {
            assert!(!script.contains(gone), "{gone} in {script}");
        }
        assert!(script.contains("Balcony"), "{script}");
        let told = strip(Path::new("/a.ts"), "let a: number = ;\n").unwrap_err();
        assert!(told.starts_with("/a.ts:1:17: "), "{told}");
    }

    #[cfg(not(feature = "typescript"))]
    #[test]
    fn a_build_without_typescript_says_what_to_do() {
        let told = strip(Path::new("/a.ts"), "").unwrap_err();
        assert!(
            told.contains("/a.ts") && told.contains("--features stampede-js/typescript"),
            "{told}"
        );
    }
}
