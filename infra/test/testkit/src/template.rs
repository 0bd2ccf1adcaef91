//! Reads infra/template.yaml for tests and for the cost model.

use yaml_rust2::{Yaml, YamlLoader};

/// The text of infra/template.yaml.
const DEPLOYED: &str = include_str!("../../../template.yaml");

/// A parsed template. A CloudFormation short form is read as its argument: `!GetAtt Table.Arn` is `Table.Arn`.
pub struct Template(Yaml);

impl Template {
    /// Parses infra/template.yaml.
    ///
    /// # Errors
    /// The file is not YAML, or has no resources.
    pub fn deployed() -> Result<Self, String> {
        Self::parse(DEPLOYED)
    }

    /// Parses a template.
    ///
    /// # Errors
    /// The text is not YAML, or has no resources.
    pub fn parse(text: &str) -> Result<Self, String> {
        let root = YamlLoader::load_from_str(text).map_err(|error| error.to_string())?.into_iter().next();
        let root = root.filter(|root| root["Resources"].as_hash().is_some());
        root.map(Self).ok_or_else(|| "the template has no `Resources`".to_owned())
    }

    /// Returns a resource. A missing resource, and each of its fields, is [`Yaml::BadValue`].
    #[must_use]
    pub fn resource(&self, name: &str) -> &Yaml {
        &self.0["Resources"][name]
    }

    /// Returns the names and properties of the resources of a type.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Yaml)> {
        let resources = self.0["Resources"].as_hash().into_iter().flatten();
        let of_type = resources.filter(move |(_, resource)| resource["Type"].as_str() == Some(kind));
        of_type.map(|(name, resource)| (name.as_str().unwrap_or_default(), &resource["Properties"]))
    }

    /// Returns the default of a parameter.
    ///
    /// # Errors
    /// The template has no such parameter, or the parameter has no default.
    pub fn default_of(&self, parameter: &str) -> Result<String, String> {
        match &self.0["Parameters"][parameter]["Default"] {
            Yaml::String(text) | Yaml::Real(text) => Ok(text.clone()),
            Yaml::Integer(number) => Ok(number.to_string()),
            _ => Err(format!("the template has no parameter {parameter} with a default")),
        }
    }

    /// Returns the default of a parameter as a number.
    ///
    /// # Errors
    /// The parameter has no default, or the default is not a number.
    pub fn number(&self, parameter: &str) -> Result<f64, String> {
        let text = self.default_of(parameter)?;
        text.parse().map_err(|_| format!("the default of the parameter {parameter} is {text}, not a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_and_defaults_are_read_and_a_missing_one_is_an_error() {
        let template = Template::deployed().unwrap();
        assert_eq!(template.of_type("AWS::Serverless::Function").count(), 6);
        assert_eq!(template.resource("WebhookFunction")["Properties"]["Role"].as_str(), Some("WebhookRole.Arn"));
        assert_eq!(template.default_of("Architecture").as_deref(), Ok("arm64"));
        assert_eq!(template.default_of("AlarmEmail").as_deref(), Ok(""));
        assert!(template.number("VideoRetentionDays").unwrap() >= 7.0);
        assert!(template.default_of("Nothing").is_err() && template.number("Architecture").is_err());
        assert!(Template::parse("a: [").is_err() && Template::parse("").is_err());
    }
}
