//! What a figure was measured on.

use serde_json::{Value, json};

/// Facts of this machine, as far as it tells them.
pub fn facts() -> Value {
    let first = |path: &str, label: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(label));
        line.map(|value| value.trim_start_matches([' ', '\t', ':', '=']).trim_matches('"').to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({
        "processor": first("/proc/cpuinfo", "model name"),
        "cores": cores,
        "memory": first("/proc/meminfo", "MemTotal:"),
        "kernel": std::fs::read_to_string("/proc/sys/kernel/osrelease").ok().map(|text| text.trim().to_owned()),
        "system": first("/etc/os-release", "PRETTY_NAME"),
        "merkato": env!("CARGO_PKG_VERSION"),
        "postgresql": postgresql(),
    })
}

fn postgresql() -> Option<String> {
    let output =
        std::process::Command::new(merkato_tests_postgres::program("pgbench")?).arg("--version").output();
    Some(String::from_utf8(output.ok()?.stdout).ok()?.trim().to_owned())
}
