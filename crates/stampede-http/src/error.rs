//! What went wrong with one request, in k6's words and numbers.
//!
//! Never: decides whether that is a failure of the test. The caller does.

/// How far the request had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Nothing was sent: the request itself is not one.
    Prepare,
    /// No complete head of a response had come.
    Head,
    /// The head had come, the body did not come whole.
    Body,
}

/// Why a request has no usable response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
#[non_exhaustive]
pub struct HttpError {
    /// One of [`crate::code`].
    pub code: u16,
    /// What scripts read as `error`; free of ports and addresses so that it can be a tag.
    pub text: String,
    /// The longer text for the log, when there is more to say.
    pub detail: Option<String>,
    /// How far the request had come.
    pub stage: Stage,
}

impl HttpError {
    /// An error with the same text for the script and the log.
    pub(crate) fn new(code: u16, stage: Stage, text: impl Into<String>) -> Self {
        let text = text.into();
        let detail = None;
        Self {
            code,
            text,
            detail,
            stage,
        }
    }

    /// Adds the longer text for the log.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The line for the log, which names the request unless the body was already on its way.
    #[must_use]
    pub fn log_text(&self, method: &str, url: &str) -> String {
        let text = self.detail.as_ref().unwrap_or(&self.text);
        if self.stage == Stage::Body || self.code == crate::code::INVALID_URL {
            return text.clone();
        }
        let mut verb = String::with_capacity(method.len());
        for (idx, letter) in method.chars().enumerate() {
            verb.push(if idx == 0 {
                letter
            } else {
                letter.to_ascii_lowercase()
            });
        }
        let url = crate::url::mask::without_password(url);
        format!("{verb} \"{url}\": {text}")
    }
}
