//! The methods of k6's element types that only read an attribute, as a table.

use super::dom::Element;
use super::properties::Property;

/// A method that only reads an attribute.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reflects {
    /// The attribute, or a default.
    Text(&'static str, &'static str),
    /// Whether the attribute is there.
    Truth(&'static str),
    /// The attribute as a whole number, or a default.
    Int(&'static str, i32),
    /// One of a few words, the first when it is none of them.
    Word(&'static str, &'static [&'static str]),
    /// One of a few words, or undefined.
    MaybeWord(&'static str, &'static [&'static str]),
    /// The words of the attribute.
    Words(&'static str),
}

use Reflects::{Int, MaybeWord, Text, Truth, Word, Words};

const CORS: &[&str] = &["anonymous", "use-credentials"];
const ENCTYPES: &[&str] = &[
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
];
const METHODS: &[&str] = &["get", "post", "dialog"];
const ON_OFF: &[&str] = &["on", "off"];
const POLICIES: &[&str] = &[
    "",
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "unsafe-url",
];
const PRELOADS: &[&str] = &["auto", "metadata", "none"];

/// A tag's methods by name.
pub(super) type Methods = &'static [(&'static str, Reflects)];

/// Methods by the tags that have them.
pub(super) const REFLECTED: &[(&[&str], Methods)] = &[
    (
        &["a", "area"],
        &[
            ("download", Text("download", "")),
            ("href", Text("href", "")),
            ("hrefLang", Text("hreflang", "")),
            ("referrerPolicy", Word("referrerpolicy", POLICIES)),
            ("rel", Text("rel", "")),
            ("relList", Words("rel")),
            ("target", Text("target", "")),
        ],
    ),
    (
        &["a", "area", "button", "input", "legend", "textarea"],
        &[("accessKey", Text("accesskey", ""))],
    ),
    (
        &[
            "a", "area", "embed", "li", "link", "object", "script", "source", "ul",
        ],
        &[("type", Text("type", ""))],
    ),
    (
        &["button", "input", "object", "select", "textarea"],
        &[("tabIndex", Int("tabindex", 0))],
    ),
    (
        &[
            "button", "fieldset", "form", "iframe", "img", "input", "keygen", "map", "meta",
            "object", "output", "param", "pre", "select", "textarea",
        ],
        &[("name", Text("name", ""))],
    ),
    (
        &[
            "button", "fieldset", "input", "keygen", "optgroup", "option", "select", "textarea",
        ],
        &[("disabled", Truth("disabled"))],
    ),
    (
        &["button", "input", "keygen", "select", "textarea"],
        &[("autofocus", Truth("autofocus"))],
    ),
    (
        &["button", "input"],
        &[
            ("formAction", Text("formaction", "")),
            ("formEnctype", Word("formenctype", ENCTYPES)),
            ("formMethod", Word("formmethod", METHODS)),
            ("formNoValidate", Truth("formnovalidate")),
            ("formTarget", Text("formtarget", "")),
        ],
    ),
    (
        &["button"],
        &[("type", Word("type", &["submit", "button", "menu", "reset"]))],
    ),
    (
        &["button", "data", "param", "pre"],
        &[("value", Text("value", ""))],
    ),
    (
        &["audio", "video"],
        &[
            ("autoplay", Truth("autoplay")),
            ("controls", Truth("controls")),
            ("loop", Truth("loop")),
            ("mediaGroup", Text("mediagroup", "")),
            ("muted", Truth("muted")),
            ("defaultMuted", Truth("muted")),
            ("preload", Word("preload", PRELOADS)),
        ],
    ),
    (
        &["audio", "img", "link", "video"],
        &[("crossOrigin", MaybeWord("crossorigin", CORS))],
    ),
    (
        &["audio", "img", "video"],
        &[("currentSrc", Text("src", ""))],
    ),
    (
        &[
            "audio", "embed", "iframe", "img", "input", "script", "source", "track", "video",
        ],
        &[("src", Text("src", ""))],
    ),
    (
        &["canvas"],
        &[("width", Int("width", 150)), ("height", Int("height", 150))],
    ),
    (
        &["img"],
        &[
            ("width", Int("width", 0)),
            ("height", Int("height", 0)),
            ("alt", Text("alt", "")),
            ("isMap", Truth("ismap")),
            ("sizes", Text("sizes", "")),
            ("srcset", Text("srcset", "")),
            ("useMap", Text("usemap", "")),
            ("referrerPolicy", Word("referrerpolicy", POLICIES)),
        ],
    ),
    (
        &["embed", "iframe", "input", "object"],
        &[("width", Text("width", "")), ("height", Text("height", ""))],
    ),
    (&["del", "ins"], &[("cite", Text("cite", ""))]),
    (
        &["del", "ins", "time"],
        &[("datetime", Text("datetime", ""))],
    ),
    (
        &["form"],
        &[
            ("acceptCharset", Text("accept-charset", "")),
            ("action", Text("action", "")),
            ("autocomplete", Word("autocomplete", ON_OFF)),
            ("encoding", Word("enctype", ENCTYPES)),
            ("enctype", Word("enctype", ENCTYPES)),
            ("method", Word("method", METHODS)),
            ("noValidate", Truth("novalidate")),
            ("target", Text("target", "")),
        ],
    ),
    (
        &["iframe"],
        &[
            ("allowfullscreen", Truth("allowfullscreen")),
            ("referrerPolicy", Word("referrerpolicy", POLICIES)),
        ],
    ),
    (
        &["input"],
        &[
            ("accept", Text("accept", "")),
            ("alt", Text("alt", "")),
            ("autocomplete", Word("autocomplete", ON_OFF)),
            ("checked", Truth("checked")),
            ("defaultChecked", Truth("checked")),
            ("defaultValue", Text("value", "")),
            ("dirName", Text("dirname", "")),
            ("max", Text("max", "")),
            ("min", Text("min", "")),
            ("maxLength", Int("maxlength", -1)),
            ("multiple", Truth("multiple")),
            ("pattern", Text("pattern", "")),
            ("placeholder", Text("placeholder", "")),
            ("readonly", Truth("readonly")),
            ("required", Truth("required")),
            ("size", Int("size", 0)),
            ("step", Text("step", "")),
            ("type", Text("type", "text")),
            ("value", Text("value", "")),
        ],
    ),
    (
        &["keygen"],
        &[
            ("challenge", Text("challenge", "")),
            ("keytype", Text("keytype", "RSA")),
        ],
    ),
    (&["label", "output"], &[("htmlFor", Text("for", ""))]),
    (&["li"], &[("value", Int("value", 0))]),
    (
        &["link"],
        &[
            ("href", Text("href", "")),
            ("hreflang", Text("hreflang", "")),
            ("media", Text("media", "")),
            ("referrerPolicy", Word("referrerpolicy", POLICIES)),
            ("rel", Text("rel", "")),
            ("relList", Words("rel")),
            ("target", Text("target", "")),
        ],
    ),
    (
        &["meta"],
        &[
            ("content", Text("content", "")),
            ("httpEquiv", Text("http-equiv", "content-type")),
        ],
    ),
    (
        &["meter"],
        &[
            ("high", Int("high", 0)),
            ("low", Int("low", 0)),
            ("max", Int("max", 0)),
            ("min", Int("min", 0)),
            ("optimum", Int("optimum", 0)),
        ],
    ),
    (
        &["object"],
        &[
            ("data", Text("data", "")),
            ("typeMustMatch", Truth("typemustmatch")),
            ("useMap", Text("usemap", "")),
        ],
    ),
    (
        &["ol"],
        &[
            ("reversed", Truth("reversed")),
            ("start", Int("start", 0)),
            ("type", Text("type", "1")),
        ],
    ),
    (&["optgroup", "track"], &[("label", Text("label", ""))]),
    (
        &["option"],
        &[
            ("defaultSelected", Truth("selected")),
            ("selected", Truth("selected")),
        ],
    ),
    (
        &["script"],
        &[
            ("async", Truth("async")),
            ("charset", Text("charset", "")),
            ("crossOrigin", Text("crossorigin", "")),
            ("defer", Truth("defer")),
            ("noModule", Truth("nomodule")),
        ],
    ),
    (
        &["select"],
        &[
            ("multiple", Truth("multiple")),
            ("required", Truth("required")),
        ],
    ),
    (
        &["source"],
        &[
            ("keySystem", Text("keysystem", "")),
            ("media", Text("media", "")),
            ("sizes", Text("sizes", "")),
            ("srcset", Text("srcset", "")),
        ],
    ),
    (
        &["style"],
        &[
            ("media", Text("media", "")),
            ("type", Text("type", "text/css")),
        ],
    ),
    (&["table"], &[("sortable", Truth("sortable"))]),
    (
        &["td", "th"],
        &[
            ("colSpan", Int("colspan", 1)),
            ("headers", Text("headers", "")),
            ("rowSpan", Int("rowspan", 1)),
        ],
    ),
    (
        &["th"],
        &[
            ("abbr", Text("abbr", "")),
            ("scope", Text("scope", "")),
            ("sorted", Truth("sorted")),
        ],
    ),
    (&["col"], &[("span", Int("span", 1))]),
    (
        &["textarea"],
        &[
            ("autocapitalize", Text("autocapitalize", "sentences")),
            ("autocomplete", Word("autocomplete", ON_OFF)),
            ("cols", Int("cols", 0)),
            ("maxLength", Int("maxlength", 0)),
            ("placeholder", Text("placeholder", "")),
            ("readOnly", Truth("readonly")),
            ("required", Truth("required")),
            ("rows", Int("rows", 0)),
            ("wrap", Word("wrap", &["soft", "hard", "off"])),
        ],
    ),
    (
        &["track"],
        &[
            ("default", Truth("default")),
            ("srclang", Text("srclang", "")),
            (
                "kind",
                Word(
                    "kind",
                    &[
                        "subtitle",
                        "captions",
                        "chapters",
                        "descriptions",
                        "metadata",
                    ],
                ),
            ),
        ],
    ),
];

/// What such a method answers.
pub(super) fn read(element: &Element, how: Reflects) -> Property {
    match how {
        Text(attr, default) => Property::Text(element.attr(attr).unwrap_or(default).to_owned()),
        Truth(attr) => Property::Truth(element.attr(attr).is_some()),
        Int(attr, default) => {
            let number = element.attr(attr).and_then(|text| text.trim().parse().ok());
            Property::Number(f64::from(number.unwrap_or(default)))
        }
        Word(attr, words) => {
            let word = known_word(element, attr, words);
            Property::Text(word.unwrap_or(words[0]).to_owned())
        }
        MaybeWord(attr, words) => known_word(element, attr, words)
            .map_or(Property::Undefined, |word| Property::Text(word.to_owned())),
        Words(attr) => {
            let text = element.attr(attr).unwrap_or_default();
            Property::Texts(text.split_whitespace().map(str::to_owned).collect())
        }
    }
}

fn known_word(element: &Element, attr: &str, words: &[&'static str]) -> Option<&'static str> {
    let text = element.attr(attr)?;
    words
        .iter()
        .find(|word| word.eq_ignore_ascii_case(text))
        .copied()
}
