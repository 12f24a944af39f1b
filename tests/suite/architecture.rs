//! The anonymity boundary is drawn between crates, and this test keeps it drawn.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// For each crate, the crates of the workspace that it may depend on. `issuer` and `collector` are in each other's list
/// nowhere; `analysis` sees neither tokens nor databases; `charts`, `export` and `office` see releases, never `analysis`.
const ALLOWED: [(&str, &[&str]); 18] = [
    ("survey", &[]),
    ("token", &[]),
    ("store", &[]),
    ("web", &["survey"]),
    ("ui", &["survey", "web"]),
    ("issuer", &["store", "survey", "token", "web"]),
    ("print", &["survey"]),
    ("xlsform", &["survey"]),
    ("collector", &["store", "survey", "token", "web"]),
    ("audit", &[]),
    ("booth", &["collector", "survey", "token", "ui", "web"]),
    ("statistics", &[]),
    ("disclosure", &["statistics"]),
    ("analysis", &["disclosure", "statistics", "survey"]),
    ("charts", &["disclosure"]),
    ("export", &["disclosure", "survey"]),
    ("office", &["charts", "disclosure", "export", "store", "survey", "ui", "web"]),
    (
        "isoloir",
        &[
            "analysis",
            "audit",
            "booth",
            "charts",
            "collector",
            "disclosure",
            "export",
            "issuer",
            "office",
            "print",
            "store",
            "survey",
            "token",
            "ui",
            "web",
            "xlsform",
        ],
    ),
];

/// Libraries that only these crates may use.
const RESERVED: [(&str, &[&str]); 8] = [
    ("polars", &["analysis", "audit", "export"]),
    ("resvg", &["charts"]),
    ("krilla", &["print"]),
    ("calamine", &["xlsform"]),
    ("rust_xlsxwriter", &["xlsform", "export"]),
    ("openssl", &["token"]),
    ("granit-parser", &["survey"]),
    ("sqlx", &["store", "issuer", "collector", "audit", "office"]),
];

fn short(name: &str) -> &str {
    name.strip_prefix("isoloir-").unwrap_or(name)
}

#[test]
fn crates_depend_only_on_what_the_table_allows() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ALLOWED.into_iter().map(|(name, edges)| (name, edges.iter().copied().collect())).collect();
    let members: BTreeSet<&str> = metadata.packages.iter().map(|package| short(&package.name)).collect();
    assert_eq!(members, allowed.keys().copied().collect(), "every crate has a line in the table");
    for package in &metadata.packages {
        let name = short(&package.name);
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            let target = short(&dependency.name);
            if members.contains(target) {
                assert!(allowed[name].contains(target), "{name} may not depend on {target}");
            }
            for (library, crates) in RESERVED {
                let may = dependency.name != library || crates.contains(&name);
                assert!(may, "{name} may not use {library}");
            }
        }
    }
}

#[test]
fn issuer_and_collector_never_meet_below_the_program() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    let edges: BTreeMap<&str, BTreeSet<&str>> = metadata
        .packages
        .iter()
        .map(|package| {
            let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
            (short(&package.name), normal.map(|dependency| short(&dependency.name)).collect())
        })
        .collect();
    for name in edges.keys().filter(|name| **name != "isoloir") {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![*name];
        while let Some(next) = waiting.pop() {
            if reached.insert(next) {
                waiting.extend(edges.get(next).into_iter().flatten());
            }
        }
        let both = reached.contains("issuer") && reached.contains("collector");
        assert!(!both, "{name} reaches both issuer and collector");
        assert!(!(reached.contains("issuer") && reached.contains("analysis")), "{name} reaches codes and answers");
    }
}
