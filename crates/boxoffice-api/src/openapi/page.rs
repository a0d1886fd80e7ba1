//! Readable pages: an API's document, the list of error codes, and one error code.
//!
//! Invariants:
//! * A page needs nothing but itself: one style, no script, no outside resource; [`PAGE_CSP`]
//!   allows exactly that.
//! * Everything that comes from a document is escaped.

use std::fmt::Write as _;

use serde_json::Value;

use crate::ErrorCode;

/// The Content-Security-Policy to send with every page of this file. The hash is that of its
/// style; a test compares them.
pub const PAGE_CSP: &str = "default-src 'none'; \
style-src 'sha256-5mKlDTlQTv+kLM1ZRNtajIUaac1q0rSsGWFkDEprJmo='; \
base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("page.css");

/// Renders the document of an API.
#[must_use]
pub fn page(document: &Value) -> String {
    let info = document.get("info").unwrap_or(&Value::Null);
    let title = text(info, "title");
    let mut html = head(title);
    heading(&mut html, 1, title);
    paragraph(&mut html, text(info, "description"));
    contents(&mut html, document);
    for (path, method, call) in calls(document) {
        operation(&mut html, document, path, method, call);
    }
    heading(&mut html, 2, "Schemas");
    for (name, schema) in entries(document.pointer("/components/schemas")) {
        component(&mut html, name, schema);
    }
    tail(html)
}

/// Renders the list of all error codes.
#[must_use]
pub fn error_index() -> String {
    let mut html = head("Error codes");
    heading(&mut html, 1, "Error codes");
    html.push_str("<table><tr><th>Status</th><th>Code</th><th>Meaning</th><th>Retry</th></tr>");
    for code in ErrorCode::ALL {
        let retry = if code.is_retryable() {
            "later, same key"
        } else {
            ""
        };
        row(
            &mut html,
            &[
                &code.status().to_string(),
                &format!(
                    "<a href=\"{}\"><code>{}</code></a>",
                    code.type_uri(),
                    code.name()
                ),
                &inline(code.title()),
                retry,
            ],
        );
    }
    html.push_str("</table>");
    tail(html)
}

/// Renders the page about an error code.
#[must_use]
pub fn error_page(code: ErrorCode) -> String {
    let mut html = head(code.name());
    for block in code.page_markdown().split("\n\n") {
        let block = block.trim();
        if let Some(title) = block.strip_prefix("## ") {
            heading(&mut html, 2, title);
        } else if let Some(title) = block.strip_prefix("# ") {
            heading(&mut html, 1, title);
        } else {
            paragraph(&mut html, block);
        }
    }
    html.push_str("<p><a href=\"/docs/errors\">All codes</a> · <a href=\"/docs\">API</a></p>");
    tail(html)
}

fn head(title: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body>\n"
    )
}

fn tail(mut html: String) -> String {
    html.push_str("</body></html>\n");
    html
}

fn heading(html: &mut String, level: u8, content: &str) {
    put(
        html,
        format_args!("<h{level}>{}</h{level}>\n", inline(content)),
    );
}

fn paragraph(html: &mut String, content: &str) {
    if !content.is_empty() {
        put(html, format_args!("<p>{}</p>\n", inline(content)));
    }
}

fn put(html: &mut String, piece: std::fmt::Arguments<'_>) {
    html.write_fmt(piece)
        .expect("writing to a string cannot fail");
}

fn row(html: &mut String, cells: &[&str]) {
    html.push_str("<tr>");
    for cell in cells {
        put(html, format_args!("<td>{cell}</td>"));
    }
    html.push_str("</tr>\n");
}

fn escape(content: &str) -> String {
    let mut escaped = String::with_capacity(content.len());
    for c in content.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Escapes, and sets what stands between backticks as code.
fn inline(content: &str) -> String {
    let mut html = String::new();
    for (idx, piece) in content.split('`').enumerate() {
        let piece = escape(piece);
        if idx % 2 == 1 {
            put(&mut html, format_args!("<code>{piece}</code>"));
        } else {
            html.push_str(&piece);
        }
    }
    html
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn calls(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    entries(document.get("paths")).flat_map(|(path, item)| {
        entries(Some(item)).map(move |(method, call)| (path.as_str(), method.as_str(), call))
    })
}

fn contents(html: &mut String, document: &Value) {
    html.push_str("<table><tr><th>Call</th><th>Does</th></tr>\n");
    for (path, method, call) in calls(document) {
        let method = method.to_ascii_uppercase();
        let (id, path) = (escape(text(call, "operationId")), escape(path));
        let link = format!("<a href=\"#{id}\"><code>{method} {path}</code></a>");
        row(html, &[&link, &inline(text(call, "summary"))]);
    }
    html.push_str("</table>\n");
}

fn operation(html: &mut String, document: &Value, path: &str, method: &str, call: &Value) {
    let (id, path) = (escape(text(call, "operationId")), escape(path));
    let method = method.to_ascii_uppercase();
    put(
        html,
        format_args!("<h3 id=\"{id}\"><code>{method} {path}</code></h3>\n"),
    );
    paragraph(html, text(call, "summary"));
    paragraph(html, text(call, "description"));
    let parameters = call.get("parameters").and_then(Value::as_array);
    if let Some(parameters) = parameters.filter(|list| !list.is_empty()) {
        html.push_str("<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>\n");
        for parameter in parameters {
            let parameter = resolve(document, parameter);
            let name = format!("<code>{}</code>", escape(text(parameter, "name")));
            let place = escape(text(parameter, "in"));
            row(
                html,
                &[&name, &place, &inline(text(parameter, "description"))],
            );
        }
        html.push_str("</table>\n");
    }
    for (media_type, content) in entries(call.pointer("/requestBody/content")) {
        let schema = content.get("schema").unwrap_or(&Value::Null);
        let media_type = escape(media_type);
        put(
            html,
            format_args!("<p>Body: {} <code>{media_type}</code></p>\n", kind(schema)),
        );
    }
    html.push_str("<table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>\n");
    for (status, reply) in entries(call.get("responses")) {
        let bodies: Vec<String> = entries(reply.get("content"))
            .map(|(_, content)| kind(content.get("schema").unwrap_or(&Value::Null)))
            .collect();
        let status = escape(status);
        row(
            html,
            &[
                &status,
                &inline(text(reply, "description")),
                &bodies.join(", "),
            ],
        );
    }
    html.push_str("</table>\n");
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = text(value, "$ref").strip_prefix('#');
    pointer
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(value)
}

fn component(html: &mut String, name: &str, schema: &Value) {
    put(
        html,
        format_args!("<h3 id=\"{0}\"><code>{0}</code></h3>\n", escape(name)),
    );
    paragraph(html, text(schema, "description"));
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |list| {
            list.iter().filter_map(Value::as_str).collect()
        });
    html.push_str("<table><tr><th>Member</th><th>Type</th><th>Meaning</th></tr>\n");
    for (member, member_schema) in entries(schema.get("properties")) {
        let optional = if required.contains(&member.as_str()) {
            ""
        } else {
            " (optional)"
        };
        let doc = inline(text(member_schema, "description"));
        let name = format!("<code>{}</code>{optional}", escape(member));
        row(html, &[&name, &kind(member_schema), &doc]);
    }
    html.push_str("</table>\n");
    let examples = schema.get("examples").and_then(Value::as_array);
    for example in examples.into_iter().flatten() {
        put(
            html,
            format_args!("<pre>{}</pre>\n", escape(&format!("{example:#}"))),
        );
    }
}

/// A schema in a few words, with links to named ones.
fn kind(schema: &Value) -> String {
    if let Some(name) = text(schema, "$ref").strip_prefix("#/components/schemas/") {
        return format!("<a href=\"#{0}\">{0}</a>", escape(name));
    }
    if let Some(options) = schema.get("oneOf").and_then(Value::as_array) {
        let options: Vec<String> = options.iter().map(kind).collect();
        return options.join(" or ");
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<String> = words.iter().map(|word| escape(&word.to_string())).collect();
        return words.join(", ");
    }
    if let Some(item) = schema.get("items") {
        return format!("list of {}", kind(item));
    }
    let range = match (schema.get("minimum"), schema.get("maximum")) {
        (Some(min), Some(max)) => format!(" {min} to {max}"),
        (Some(min), None) => format!(" from {min}"),
        _ => String::new(),
    };
    let base = match schema.get("type") {
        Some(Value::String(base)) => base.clone(),
        Some(other) => other.to_string(),
        None => "any".to_owned(),
    };
    format!("{}{range}", escape(&base))
}
