//! Reads typed values out of the text of settings, collecting every problem.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use super::Shown;

/// Everything wrong so far.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    pub(super) fn add(&mut self, line: String) {
        self.0.push(line);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.0
    }
}

/// Resolved texts, to be read by name.
pub(super) struct Values<'a> {
    shown: &'a Shown,
    problems: &'a mut Problems,
}

impl<'a> Values<'a> {
    pub(super) fn new(shown: &'a Shown, problems: &'a mut Problems) -> Self {
        Self { shown, problems }
    }

    pub(super) fn problem(&mut self, line: String) {
        self.problems.add(line);
    }

    pub(super) fn text(&self, name: &str) -> String {
        self.shown[name].0.clone()
    }

    pub(super) fn path(&mut self, name: &str) -> PathBuf {
        let text = self.text(name);
        if text.is_empty() {
            self.wrong(name, "a path is needed");
        }
        PathBuf::from(text)
    }

    pub(super) fn optional_path(&mut self, name: &str) -> Option<PathBuf> {
        Some(self.text(name))
            .filter(|text| !text.is_empty())
            .map(PathBuf::from)
    }

    pub(super) fn switch(&mut self, name: &str) -> bool {
        match self.text(name).as_str() {
            "true" | "1" | "yes" | "on" => true,
            "false" | "0" | "no" | "off" | "" => false,
            _ => {
                self.wrong(name, "takes true or false");
                false
            }
        }
    }

    pub(super) fn list<T: FromStr<Err: Display>>(&mut self, name: &str) -> Vec<T> {
        let text = self.text(name);
        let mut items = Vec::new();
        for item in text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
        {
            match item.parse() {
                Ok(item) => items.push(item),
                Err(error) => self.wrong(name, &format!("{item:?}: {error}")),
            }
        }
        items
    }

    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name);
        let found = choices.iter().find(|(choice, _)| *choice == text);
        if found.is_none() {
            let names: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
            self.wrong(name, &format!("takes one of {}", names.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u64>) -> u64 {
        match self.text(name).replace('_', "").parse() {
            Ok(number) if range.contains(&number) => number,
            _ => {
                let (low, high) = (range.start(), range.end());
                self.wrong(name, &format!("takes a whole number from {low} to {high}"));
                *range.start()
            }
        }
    }

    /// A duration such as `250ms`, `30s`, `10m`, `24h`.
    pub(super) fn duration_ms(&mut self, name: &str) -> u64 {
        let units = [
            ("ms", 1),
            ("s", 1_000),
            ("m", 60_000),
            ("h", 3_600_000),
            ("d", 86_400_000),
        ];
        self.scaled(
            name,
            &units,
            "takes a duration from 1ms to 365d, for instance 30s, 10m, 24h",
        )
    }

    /// A size such as `64KiB`, `256MiB`, `2GiB`.
    pub(super) fn bytes(&mut self, name: &str) -> u64 {
        let units = [
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("GiB", 1 << 30),
            ("B", 1),
        ];
        self.scaled(name, &units, "takes a size, for instance 64MiB or 2GiB")
    }

    fn scaled(&mut self, name: &str, units: &[(&str, u64)], takes: &str) -> u64 {
        let text = self.text(name);
        let digits = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let scale = units
            .iter()
            .find(|(known, _)| *known == unit.trim())
            .map(|(_, scale)| *scale);
        let value = number
            .parse::<u64>()
            .ok()
            .zip(scale)
            .and_then(|(n, scale)| {
                n.checked_mul(scale)
                    .filter(|value| (1..=1 << 50).contains(value))
            });
        if value.is_none() {
            self.wrong(name, takes);
        }
        value.unwrap_or(1)
    }

    fn wrong(&mut self, name: &str, why: &str) {
        let (value, source) = &self.shown[name];
        self.problems
            .add(format!("{name} = {value:?} ({source}): {why}"));
    }
}
