//! Pages: error codes and documents for people.

use base64::Engine as _;
use boxoffice_api::ErrorCode;
use boxoffice_api::openapi::{Api, PAGE_CSP, document, error_index, error_page, page, routes};
use sha2::Digest as _;

#[test]
fn every_page_about_an_error_belongs_to_a_code_and_says_what_to_do() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
    let mut n_pages = 0;
    for entry in std::fs::read_dir(folder).expect("the folder exists") {
        let path = entry.expect("it can be listed").path();
        let name = path
            .file_stem()
            .and_then(|s| s.to_str())
            .unwrap_or_default();
        let code = ErrorCode::from_name(name).unwrap_or_else(|| panic!("{name} is no code"));
        let text = std::fs::read_to_string(&path).expect("it can be read");
        assert_eq!(text, code.page_markdown());
        let start = format!(
            "# {name}\n\nHTTP status {}: {}.\n",
            code.status(),
            code.title()
        );
        assert!(text.starts_with(&start), "{name}");
        for heading in ["What happened", "What it means for your data", "What to do"] {
            assert!(
                text.contains(&format!("\n## {heading}\n\n")),
                "{name}: {heading}"
            );
        }
        n_pages += 1;
    }
    assert_eq!(n_pages, ErrorCode::ALL.len());
}

/// Checks that a page needs nothing but itself and that its tags are in balance.
#[track_caller]
fn check_page(html: &str) {
    for outside in [
        "<script", "<link", "<img", "src=", "http://", "https://", " style=", "url(",
    ] {
        assert!(!html.contains(outside), "{outside}");
    }
    for tag in [
        "html", "body", "h1", "h2", "h3", "p", "table", "tr", "td", "th", "code", "a",
    ] {
        let n_open =
            html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
        assert_eq!(n_open, html.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    let style = html
        .split("<style>")
        .nth(1)
        .and_then(|rest| rest.split("</style>").next());
    let digest = sha2::Sha256::digest(style.expect("a page has a style"));
    let hash = base64::engine::general_purpose::STANDARD.encode(digest);
    assert!(
        PAGE_CSP.contains(&format!("style-src 'sha256-{hash}'")),
        "{hash}"
    );
}

#[test]
fn a_document_page_names_every_call_and_needs_nothing_else() {
    for api in Api::ALL {
        let document = document(api);
        let html = page(&document);
        check_page(&html);
        for (method, path) in routes(&document) {
            assert!(
                html.contains(&format!("<code>{method} {path}</code></h3>")),
                "{path}"
            );
        }
        for link in html
            .split("href=\"#")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(
                html.contains(&format!("id=\"{link}\"")),
                "{link} leads nowhere"
            );
        }
    }
}

#[test]
fn error_pages_need_nothing_else_and_the_index_lists_them() {
    let index = error_index();
    check_page(&index);
    for code in ErrorCode::ALL {
        check_page(&error_page(*code));
        assert!(
            index.contains(&format!("href=\"{}\"", code.type_uri())),
            "{code}"
        );
    }
}

#[test]
fn whatever_a_document_says_is_escaped() {
    let html = page(&serde_json::json!({"info": {"title": "<b>&\"`<i>`"}}));
    assert!(
        html.contains("<h1>&lt;b&gt;&amp;&quot;<code>&lt;i&gt;</code></h1>"),
        "{html}"
    );
}
