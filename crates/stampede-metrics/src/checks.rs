//! Checks and groups: passes and fails by group path and check name, in first-seen order.
//!
//! Invariants: at most [`GROUPS_MAX`] groups and [`CHECKS_PER_GROUP_MAX`] checks in each are told
//! apart; later ones are only counted in [`Checks::overflow`]. The order does not depend on how
//! recorders were merged.

use std::collections::HashMap;

use crate::sample::UnixNs;

/// The most groups that are told apart.
pub const GROUPS_MAX: usize = 2_000;

/// The most checks that are told apart in one group.
pub const CHECKS_PER_GROUP_MAX: usize = 2_000;

/// What stands between the names of a group's path, which begins with it.
pub const GROUP_SEPARATOR: &str = "::";

/// When something was first seen: the moment, and the order within one recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    at: UnixNs,
    order: u64,
}

/// How one check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckCount {
    /// How often it passed.
    pub passes: u64,
    /// How often it failed.
    pub fails: u64,
    seen: Seen,
}

#[derive(Debug, Clone)]
struct GroupEntry {
    seen: Seen,
    checks: HashMap<Box<str>, CheckCount>,
}

/// Checks and groups of a run, or of a part of it.
#[derive(Debug, Clone, Default)]
pub struct Checks {
    groups: HashMap<Box<str>, GroupEntry>,
    /// Rises with everything first seen.
    order: u64,
    overflow: u64,
}

/// A check by name with its counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The name.
    pub name: String,
    /// The path of its group and its name: `::group::name`.
    pub path: String,
    /// How often it passed.
    pub passes: u64,
    /// How often it failed.
    pub fails: u64,
}

/// A group with its checks and the groups in it, each in first-seen order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The name; empty for the root.
    pub name: String,
    /// The names from the root, each after two colons; empty for the root.
    pub path: String,
    /// The groups in it.
    pub groups: Vec<Group>,
    /// The checks in it.
    pub checks: Vec<Check>,
}

impl Checks {
    /// Makes an empty table.
    #[must_use]
    pub fn new() -> Checks {
        Checks::default()
    }

    /// Whether no check was counted and no group seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// How many checks and groups were not told apart, because there were too many.
    #[must_use]
    pub fn overflow(&self) -> u64 {
        self.overflow
    }

    /// All checks in first-seen order.
    #[must_use]
    pub fn list(&self) -> Vec<Check> {
        let mut all: Vec<(Seen, Check)> = self
            .groups
            .iter()
            .flat_map(|(path, group)| {
                let checks = group.checks.iter();
                checks.map(|(name, count)| (count.seen, check(path, name, *count)))
            })
            .collect();
        all.sort_by(|a, b| (a.0, &a.1.path).cmp(&(b.0, &b.1.path)));
        all.into_iter().map(|(_, check)| check).collect()
    }

    /// The tree of all groups, from the root.
    #[must_use]
    pub fn tree(&self) -> Group {
        let mut in_order: Vec<(&str, &GroupEntry)> = self
            .groups
            .iter()
            .map(|(path, entry)| (&**path, entry))
            .collect();
        in_order.sort_by_key(|&(path, entry)| (entry.seen, path));
        let mut root = Group::new("", "");
        for (path, entry) in in_order {
            let group = root.descend(path);
            let mut checks: Vec<(&str, CheckCount)> = entry
                .checks
                .iter()
                .map(|(name, count)| (&**name, *count))
                .collect();
            checks.sort_by_key(|&(name, count)| (count.seen, name));
            let checks = checks.into_iter();
            group.checks = checks
                .map(|(name, count)| check(path, name, count))
                .collect();
        }
        root
    }

    /// Counts one evaluation of a check.
    pub(crate) fn count(&mut self, group: &str, name: &str, passed: bool, at: UnixNs) {
        let seen = self.next_seen(at);
        let Some(entry) = self.group(group, seen) else {
            return;
        };
        if !entry.checks.contains_key(name) {
            if entry.checks.len() >= CHECKS_PER_GROUP_MAX {
                self.overflow += 1;
                return;
            }
            let none_yet = CheckCount {
                passes: 0,
                fails: 0,
                seen,
            };
            entry.checks.insert(name.into(), none_yet);
        }
        let count = entry
            .checks
            .get_mut(name)
            .expect("the check was inserted above");
        if passed {
            count.passes += 1;
        } else {
            count.fails += 1;
        }
    }

    /// Makes a group known even if it has no checks.
    pub(crate) fn see_group(&mut self, path: &str, at: UnixNs) {
        let seen = self.next_seen(at);
        // A group that is too many was counted as such.
        let _entry = self.group(path, seen);
    }

    /// Adds everything that `other` counted.
    pub(crate) fn merge(&mut self, other: &Checks) {
        self.overflow += other.overflow;
        self.order = self.order.max(other.order);
        for (path, theirs) in &other.groups {
            let Some(ours) = self.group(path, theirs.seen) else {
                continue;
            };
            ours.seen = ours.seen.min(theirs.seen);
            let mut too_many = 0;
            for (name, theirs) in &theirs.checks {
                if let Some(count) = ours.checks.get_mut(name) {
                    count.passes += theirs.passes;
                    count.fails += theirs.fails;
                    count.seen = count.seen.min(theirs.seen);
                } else if ours.checks.len() < CHECKS_PER_GROUP_MAX {
                    ours.checks.insert(name.clone(), *theirs);
                } else {
                    too_many += theirs.passes + theirs.fails;
                }
            }
            self.overflow += too_many;
        }
    }

    /// Takes what was counted and leaves nothing.
    #[must_use]
    pub(crate) fn take(&mut self) -> Checks {
        let order = self.order;
        let taken = std::mem::take(self);
        self.order = order;
        taken
    }

    fn next_seen(&mut self, at: UnixNs) -> Seen {
        self.order += 1;
        Seen {
            at,
            order: self.order,
        }
    }

    fn group(&mut self, path: &str, seen: Seen) -> Option<&mut GroupEntry> {
        if !self.groups.contains_key(path) {
            if self.groups.len() >= GROUPS_MAX {
                self.overflow += 1;
                return None;
            }
            let checks = HashMap::new();
            self.groups.insert(path.into(), GroupEntry { seen, checks });
        }
        self.groups.get_mut(path)
    }
}

impl Group {
    fn new(name: &str, path: &str) -> Group {
        Group {
            name: name.to_owned(),
            path: path.to_owned(),
            groups: Vec::new(),
            checks: Vec::new(),
        }
    }

    /// The group at `path` below this root; it and those above it are made if they are missing.
    fn descend(&mut self, path: &str) -> &mut Group {
        let mut group = self;
        let mut path_so_far = String::new();
        // A nested group may have the empty name; at the root that means the root itself.
        let names = path.strip_prefix(GROUP_SEPARATOR).unwrap_or(path);
        if names.is_empty() {
            return group;
        }
        for name in names.split(GROUP_SEPARATOR) {
            path_so_far.push_str(GROUP_SEPARATOR);
            path_so_far.push_str(name);
            let idx = match group.groups.iter().position(|inner| inner.name == name) {
                Some(idx) => idx,
                None => {
                    group.groups.push(Group::new(name, &path_so_far));
                    group.groups.len() - 1
                }
            };
            group = &mut group.groups[idx];
        }
        group
    }
}

fn check(group_path: &str, name: &str, count: CheckCount) -> Check {
    Check {
        name: name.to_owned(),
        path: format!("{group_path}{GROUP_SEPARATOR}{name}"),
        passes: count.passes,
        fails: count.fails,
    }
}
