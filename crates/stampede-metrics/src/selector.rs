//! Which samples of a metric belong to a submetric: `metric{tag:value,…}`.
//!
//! Invariants: a selector matches a sample that has every one of its tags with that value; a tag
//! that a sample lacks never matches.

use crate::tags::Tags;

/// The tags that select a submetric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// What stands between the braces, as it was written but for blanks at its ends.
    pub suffix: String,
    /// The tags and the values they must have, in the order written.
    pub tags: Vec<(String, String)>,
}

/// A key of the thresholds option, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesKey {
    /// The name of the metric.
    pub metric: String,
    /// Which of its samples; `None` for all of them.
    pub selector: Option<Selector>,
}

/// Why a key of the thresholds option could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeriesKeyError {
    /// Only one of the two braces, or text after the closing one.
    #[error("its braces do not match; write metric or metric{{tag:value,tag:value}}")]
    Braces,
    /// A part between commas is no `tag:value`.
    #[error("between the braces write tag:value pairs with a comma between them, none empty")]
    Tag,
}

impl SeriesKey {
    /// Reads `metric` or `metric{tag:value,…}`.
    ///
    /// The tags stand between the first `{` and the last `}`, parted by commas; each is cut at
    /// its first colon, so that `{group:::name}` means the group `::name`. Spaces and quotes
    /// around names and values do not count.
    ///
    /// # Errors
    /// When the braces do not match, or a part between them is no `tag:value`.
    pub fn parse(key: &str) -> Result<SeriesKey, SeriesKeyError> {
        let Some((metric, rest)) = key.split_once('{') else {
            if key.contains('}') {
                return Err(SeriesKeyError::Braces);
            }
            return Ok(SeriesKey {
                metric: key.to_owned(),
                selector: None,
            });
        };
        // What stands at the braces is not part of the name that reports show.
        let suffix = rest.strip_suffix('}').ok_or(SeriesKeyError::Braces)?.trim();
        let tags = suffix
            .split(',')
            .map(|pair| {
                let (name, value) = pair.split_once(':').ok_or(SeriesKeyError::Tag)?;
                if name.trim().is_empty() || value.trim().is_empty() {
                    return Err(SeriesKeyError::Tag);
                }
                Ok((unquoted(name).to_owned(), unquoted(value).to_owned()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(SeriesKey {
            metric: metric.to_owned(),
            selector: Some(Selector {
                suffix: suffix.to_owned(),
                tags,
            }),
        })
    }
}

impl SeriesKey {
    /// The key as reports show it.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.selector {
            Some(selector) => format!("{}{{{}}}", self.metric, selector.suffix),
            None => self.metric.clone(),
        }
    }
}

impl Selector {
    /// Whether a sample with these tags belongs to the submetric.
    #[must_use]
    #[inline]
    pub fn matches(&self, tags: &Tags<'_>) -> bool {
        self.tags
            .iter()
            .all(|(name, value)| tags.get(name) == Some(value))
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(|c| c == '"' || c == '\'')
}
