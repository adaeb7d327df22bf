//! The figures of a run, for people and for programs.

use serde_json::{Value, json};

use super::{load::Figure, machine};

/// Rows in the order in which they were measured.
#[derive(Default)]
pub struct Table(Vec<Row>);

struct Row {
    name: String,
    text: String,
    value: Value,
}

impl Table {
    /// A plain figure.
    pub fn value(&mut self, name: &str, value: f64, unit: &str) {
        let text = format!("{value:.2} {unit}");
        self.push(name, text, json!({ "name": name, "value": value, "unit": unit }));
    }

    /// How many a second, and how long each took.
    pub fn rate(&mut self, name: &str, figure: &Figure) {
        let mut value = figure.to_json();
        value["name"] = name.into();
        self.push(name, figure.to_string(), value);
    }

    /// How the row above compares to something else of this run, and what we are after.
    pub fn ratio(&mut self, against: &str, ratio: f64, wanted: f64) {
        let name = format!("... against {against}");
        let text = format!("{ratio:.2} times (wanted: {wanted})");
        let value = json!({ "name": name, "value": ratio, "unit": "times", "wanted": wanted });
        self.push(&name, text, value);
    }

    fn push(&mut self, name: &str, text: String, value: Value) {
        eprintln!("  {name}: {text}");
        self.0.push(Row { name: name.to_owned(), text, value });
    }

    /// For people.
    pub fn print(&self) {
        let width = self.0.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
        for Row { name, text, .. } in &self.0 {
            println!("{name:width$}  {text}");
        }
    }

    /// For programs, with what it was measured on.
    pub fn to_json(&self) -> Value {
        let figures = self.0.iter().map(|row| row.value.clone()).collect::<Vec<_>>();
        json!({ "machine": machine::facts(), "figures": figures })
    }
}
