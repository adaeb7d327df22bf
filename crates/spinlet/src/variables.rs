//! Application variables and the `{{ templates }}` that components read them through.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Error;
use crate::manifest::{Component, Manifest};

/// The values of the variables that one component sees, by name; templates are already filled in.
pub(crate) type ComponentVariables = Arc<BTreeMap<String, String>>;

/// The values of all application variables.
pub(crate) struct Values(BTreeMap<String, String>);

impl Values {
    /// Takes each variable's value from `given`, or else its default; names every one that has neither.
    pub(crate) fn resolve(manifest: &Manifest, given: &BTreeMap<String, String>) -> Result<Values, Error> {
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, variable) in &manifest.variables {
            match given.get(name).or(variable.default.as_ref()) {
                Some(value) => {
                    values.insert(name.clone(), value.clone());
                }
                None => missing.push(name.clone()),
            }
        }
        if missing.is_empty() {
            Ok(Values(values))
        } else {
            Err(Error::VariablesMissing { manifest: manifest.path.clone(), names: missing })
        }
    }

    /// Fills in a template.
    pub(crate) fn fill_in(&self, template: &str) -> Result<String, String> {
        let mut text = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((literal, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else {
                return Err(format!("`{{{{` without `}}}}` in template `{template}`"));
            };
            let name = name.trim();
            let value = self
                .0
                .get(name)
                .ok_or_else(|| format!("unknown variable `{name}` in template `{template}`"))?;
            text.push_str(literal);
            text.push_str(value);
            rest = after;
        }
        text.push_str(rest);
        Ok(text)
    }

    /// Fills in the variables of one component.
    pub(crate) fn of_component(
        &self,
        manifest: &Manifest,
        id: &str,
        component: &Component,
    ) -> Result<ComponentVariables, Error> {
        let mut variables = BTreeMap::new();
        for (name, template) in &component.variables {
            let value = self.fill_in(&template.value).map_err(|reason| {
                manifest.error(template.line, Some(id), format!("variable `{name}`: {reason}"))
            })?;
            variables.insert(name.clone(), value);
        }
        Ok(Arc::new(variables))
    }
}

/// Names must survive becoming environment variables: small letters, digits and single underscores between.
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        Err("a name must start with a lower-case letter")
    } else if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        Err("a name has only lower-case letters, digits and underscores")
    } else if name.ends_with('_') || name.contains("__") {
        Err("underscores in a name stand one at a time between other characters")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn manifest(variables: &str) -> Manifest {
        let text = format!(
            "spin_manifest_version = 2\n[application]\nname = \"a\"\n[variables]\n{variables}\n\
             [component.c]\nsource = \"c.wasm\"\nvariables = {{ x = \"a{{{{ b }}}}c\", y = \"{{{{ b \" }}\n"
        );
        Manifest::parse(Path::new("spin.toml"), &text).unwrap()
    }

    #[test]
    fn a_given_value_wins_over_the_default() {
        let manifest = manifest("a = { default = \"1\" }\nb = { default = \"2\", secret = true }");
        let values = Values::resolve(&manifest, &BTreeMap::from([("a".to_owned(), "3".to_owned())])).unwrap();
        assert_eq!(values.fill_in("{{ a }}-{{b}}-{{a}} }}").unwrap(), "3-2-3 }}");
    }

    #[test]
    fn all_missing_variables_are_named_at_once() {
        let manifest = manifest(
            "z = { required = true }\nb = { default = \"\" }\na = { required = true, secret = true }",
        );
        let Err(error) = Values::resolve(&manifest, &BTreeMap::new()) else { panic!("z has no value") };
        assert_eq!(
            error.to_string(),
            "spin.toml: no value for required variable(s) a, z: set SPIN_VARIABLE_<NAME in capitals>"
        );
    }

    #[test]
    fn an_unknown_variable_in_a_template_is_named_with_its_component_and_line() {
        let manifest = manifest("a = { default = \"1\" }");
        let values = Values::resolve(&manifest, &BTreeMap::new()).unwrap();
        let error = values.of_component(&manifest, "c", &manifest.components["c"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "spin.toml:8: component `c`: variable `x`: unknown variable `b` in template `a{{ b }}c`"
        );
    }

    #[test]
    fn braces_must_be_closed() {
        let manifest = manifest("b = { default = \"1\" }");
        let values = Values::resolve(&manifest, &BTreeMap::new()).unwrap();
        assert!(values.of_component(&manifest, "c", &manifest.components["c"]).is_err());
    }

    #[test]
    fn names_follow_the_rules_of_spin() {
        for good in ["a", "abc", "a1b2c3", "a_1", "a_1_b_3"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "aX", "1bc", "_x", "x.y", "x_", "a__b", "x-y"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
