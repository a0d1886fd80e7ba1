//! The help texts: every command has one, and its first line says what the command does.

use std::collections::BTreeSet;

use crate::process::{run, succeed};

/// The words that descriptions of commands begin with; all of them are orders.
const IMPERATIVES: [&str; 15] = [
    "Copy", "Cut", "Free", "List", "Load", "Look", "Make", "Print", "Re-read", "Run", "Sell",
    "Serve", "Set", "Show", "Verify",
];

/// The subcommands that a help text lists.
fn subcommands(help: &str) -> Vec<String> {
    let Some((_, listed)) = help.split_once("\nCommands:\n") else {
        return Vec::new();
    };
    let listed = listed.lines().take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names
        .filter(|name| !name.is_empty() && *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_explains_itself() {
    let mut left = vec![Vec::<String>::new()];
    let mut seen = BTreeSet::new();
    while let Some(path) = left.pop() {
        let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
        args.push("--help");
        let help = succeed(&args);
        assert_eq!(help.stderr, "", "help is data");
        let first = help.stdout.lines().next().unwrap_or_default().to_owned();
        assert!(!first.ends_with('.'), "{path:?}: {first}");
        if !path.is_empty() {
            let word = first.split([' ', ',']).next().unwrap_or_default();
            assert!(IMPERATIVES.contains(&word), "{path:?} is no order: {first}");
            seen.insert(path.join(" "));
        }
        for name in subcommands(&help.stdout) {
            left.push(path.iter().cloned().chain([name]).collect());
        }
    }
    let leaves = [
        "backup",
        "config show",
        "demo",
        "journal accept-loss",
        "journal export",
        "journal stat",
        "journal verify",
        "key create",
        "key list",
        "key revoke",
        "restore",
        "seat release",
        "serve",
    ];
    assert!(leaves.iter().all(|leaf| seen.contains(*leaf)), "{seen:?}");
    assert!(
        !seen.contains("__crowd"),
        "what only the demo starts is hidden"
    );
}

#[test]
fn an_unknown_command_or_flag_is_a_usage_error() {
    for args in [
        &["sell"][..],
        &["serve", "--wat"],
        &["journal"],
        &["key", "create"],
        &[],
    ] {
        let refused = run(args);
        assert_eq!(
            (refused.code, refused.stdout.as_str()),
            (Some(2), ""),
            "{args:?}"
        );
    }
}
