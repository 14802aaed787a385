//! The oldest compiler that is promised (`rust-version`) can build all of it.
//!
//! What our own code uses is clippy's to know (`incompatible_msrv`); this is
//! about the versions of dependencies that are locked.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

#[test]
fn every_dependency_says_that_it_builds_with_the_oldest_compiler() {
    let metadata = metadata();
    let packages = by_id(&metadata["packages"]);
    let ours = metadata["workspace_members"].as_array().unwrap();
    let ours: Vec<_> = ours.iter().map(|id| id.as_str().unwrap()).collect();
    let promised = ours.iter().map(|id| version(packages[id]).unwrap()).min();
    let needed = needed(ours, &by_id(&metadata["resolve"]["nodes"]));
    let newer: Vec<_> = needed
        .iter()
        .map(|id| packages[id])
        .filter(|package| version(package) > promised)
        .map(|package| format!("{}: {}", package["name"], package["rust_version"]))
        .collect();
    assert!(needed.len() > 100, "{}", needed.len());
    assert!(newer.is_empty(), "newer than {promised:?}: {newer:#?}");
}

/// What is locked for this system, all of which is here.
fn metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version=1", "--locked", "--offline"]);
    cargo.arg(format!("--filter-platform={}", target()));
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The system that the compiler builds for when it is not told another.
fn target() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg("-vV").output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    let mut lines = said.lines();
    let host = lines.find_map(|line| line.strip_prefix("host: "));
    host.unwrap().to_owned()
}

fn by_id(list: &Value) -> BTreeMap<&str, &Value> {
    let list = list.as_array().unwrap().iter();
    list.map(|it| (it["id"].as_str().unwrap(), it)).collect()
}

/// All that is built when somebody builds these packages, tests aside.
fn needed<'a>(ours: Vec<&'a str>, nodes: &BTreeMap<&'a str, &'a Value>) -> BTreeSet<&'a str> {
    let mut needed = BTreeSet::new();
    let mut to_see = ours;
    while let Some(id) = to_see.pop() {
        if !needed.insert(id) {
            continue;
        }
        for dependency in nodes[id]["deps"].as_array().unwrap() {
            let mut kinds = dependency["dep_kinds"].as_array().unwrap().iter();
            if kinds.any(|kind| kind["kind"] != "dev") {
                to_see.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    needed
}

/// What a package says; none if it says nothing.
fn version(package: &Value) -> Option<(u32, u32)> {
    let mut parts = package["rust_version"].as_str()?.split('.');
    let mut next = || parts.next().and_then(|part| part.parse().ok());
    Some((next()?, next()?))
}
