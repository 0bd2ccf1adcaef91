//! What the template allows.

use std::collections::BTreeSet;

use yaml_rust2::{Yaml, YamlLoader};

use super::{Permission, Uses};

/// What Lambda does as the function, for every function.
const LOGS: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
/// And for one that has a queue mapped to it.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>, the role's permissions.
const MAPPING: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/// A template, read. CloudFormation's short forms are read as what stands in them: `!GetAtt Table.Arn` is `Table.Arn`.
pub struct Template {
    functions: Vec<Function>,
}

struct Function {
    name: String,
    log_group: String,
    queues: Vec<String>,
    statements: Vec<Yaml>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// It is no YAML, or a function is not as ours are; the text says which and what.
    pub fn read(text: &str) -> Result<Self, String> {
        let documents = YamlLoader::load_from_str(text).map_err(|error| error.to_string())?;
        let resources = &documents.first().ok_or("an empty template")?["Resources"];
        let entries = resources.as_hash().ok_or("a template without resources")?;
        let functions: Result<Vec<Function>, String> = entries
            .iter()
            .filter(|(_, resource)| resource["Type"].as_str() == Some("AWS::Serverless::Function"))
            .map(|(name, function)| Function::read(name.as_str().unwrap_or_default(), &function["Properties"], resources))
            .collect();
        Ok(Self { functions: functions? })
    }

    /// Everything the roles allow.
    ///
    /// # Errors
    /// A statement is not as ours are, or names its table in two ways that are not the same.
    pub fn allowed(&self) -> Result<BTreeSet<Permission>, String> {
        let mut allowed = BTreeSet::new();
        for function in &self.functions {
            for statement in &function.statements {
                let wrong = |what: &str| format!("a statement of {} has {what}", function.name);
                if statement["Effect"].as_str() != Some("Allow") {
                    return Err(wrong("an effect other than Allow"));
                }
                for action in texts(&statement["Action"]).ok_or_else(|| wrong("no actions"))? {
                    for resource in resources(&statement["Resource"]).map_err(|what| wrong(&what))? {
                        let (function, action) = (function.name.clone(), action.clone());
                        allowed.insert(Permission { function, action, resource });
                    }
                }
            }
        }
        Ok(allowed)
    }

    /// What Lambda itself does with the roles, and what our functions do before their first call that a story sees: reading their
    /// secrets, which the worlds in one process are given.
    #[must_use]
    pub fn by_itself(&self) -> Uses {
        let mut uses = Uses::default();
        let mut note = |function: &str, what: &str, action: &str, resource: &str| {
            let permission = Permission { function: function.into(), action: action.into(), resource: resource.into() };
            uses.0.entry(permission).or_default().insert(what.to_owned());
        };
        for function in &self.functions {
            for action in LOGS {
                note(&function.name, "Lambda's log", action, &function.log_group);
            }
            note(&function.name, "at start", "ssm:GetParameter", "SecretsParameter");
            for (queue, action) in function.queues.iter().flat_map(|queue| MAPPING.map(|action| (queue, action))) {
                note(&function.name, "Lambda's queue mapping", action, queue);
            }
        }
        uses
    }
}

impl Function {
    fn read(logical: &str, properties: &Yaml, resources: &Yaml) -> Result<Self, String> {
        let missing = |what: &str| format!("{logical} has no {what}");
        let role = properties["Role"].as_str().and_then(|role| role.strip_suffix(".Arn")).ok_or_else(|| missing("role"))?;
        let policies = resources[role]["Properties"]["Policies"].as_vec().ok_or_else(|| missing("policies of its own"))?;
        let statements = policies.iter().map(|policy| policy["PolicyDocument"]["Statement"].as_vec());
        let events = properties["Events"].as_hash();
        let queues = events.into_iter().flatten().filter(|(_, event)| event["Type"].as_str() == Some("SQS"));
        let queue = |event: &Yaml| event["Properties"]["Queue"].as_str().map(logical_name);
        Ok(Self {
            name: logical.strip_suffix("Function").unwrap_or(logical).to_lowercase(),
            log_group: properties["LoggingConfig"]["LogGroup"].as_str().ok_or_else(|| missing("log group"))?.to_owned(),
            queues: queues.filter_map(|(_, event)| queue(event)).collect(),
            statements: statements.flatten().flatten().cloned().collect(),
        })
    }
}

fn texts(yaml: &Yaml) -> Option<Vec<String>> {
    let text = |yaml: &Yaml| yaml.as_str().map(str::to_owned);
    yaml.as_vec().map_or_else(|| text(yaml).map(|text| vec![text]), |all| all.iter().map(text).collect())
}

/// The resources of a statement: one, several, or `!If [OwnTable, ours, the one that was there]`.
fn resources(yaml: &Yaml) -> Result<Vec<String>, String> {
    let texts = texts(yaml).ok_or("resources of another form")?;
    match texts.as_slice() {
        [condition, ours, other] if condition == "OwnTable" => {
            let (ours, other) = (logical_name(ours), logical_name(other));
            if ours == other { Ok(vec![ours]) } else { Err(format!("{ours} and {other} for the same")) }
        }
        some => Ok(some.iter().map(|text| logical_name(text)).collect()),
    }
}

/// `Table/index/due` of `${Table.Arn}/index/due`, and of an ARN that is spelt out.
fn logical_name(resource: &str) -> String {
    if let Some((_, table)) = resource.split_once(":table/") {
        return table.replace("${ExistingTable}", "Table");
    }
    if let Some((_, parameter)) = resource.split_once(":parameter") {
        return parameter.replace("${", "").replace('}', "");
    }
    resource.replace("${", "").replace('}', "").replace(".Arn", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
Resources:
  SenderRole:
    Properties:
      Policies:
        - PolicyDocument:
            Statement:
              - {Effect: Allow, Action: [sqs:SendMessage, sqs:DeleteMessage], Resource: !GetAtt SendQueue.Arn}
              - Effect: Allow
                Action: s3:GetObject
                Resource: [!Sub "${MediaBucket.Arn}/photos/*", !GetAtt MediaBucket.Arn]
              - Effect: Allow
                Action: dynamodb:Query
                Resource: !If [OwnTable, !Sub "${Table.Arn}/index/due", !Sub "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${ExistingTable}/index/due"]
              - Effect: Allow
                Action: ssm:GetParameter
                Resource: !Sub arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${SecretsParameter}
  SenderFunction:
    Type: AWS::Serverless::Function
    Properties:
      Role: !GetAtt SenderRole.Arn
      LoggingConfig: {LogGroup: !Ref SenderLogs}
      Events:
        Send:
          Type: SQS
          Properties: {Queue: !GetAtt SendQueue.Arn}
"#;

    #[test]
    fn short_forms_lists_and_conditions_are_read() {
        let allowed = Template::read(SMALL).unwrap().allowed().unwrap();
        let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
        assert_eq!(
            allowed,
            [
                "sender: dynamodb:Query on Table/index/due",
                "sender: s3:GetObject on MediaBucket",
                "sender: s3:GetObject on MediaBucket/photos/*",
                "sender: sqs:DeleteMessage on SendQueue",
                "sender: sqs:SendMessage on SendQueue",
                "sender: ssm:GetParameter on SecretsParameter",
            ]
        );
    }

    #[test]
    fn what_lambda_does_by_itself_is_known_by_log_group_and_mapping() {
        let by_itself = Template::read(SMALL).unwrap().by_itself();
        let by_itself: Vec<_> = by_itself.0.keys().map(ToString::to_string).collect();
        assert_eq!(
            by_itself,
            [
                "sender: logs:CreateLogStream on SenderLogs",
                "sender: logs:PutLogEvents on SenderLogs",
                "sender: sqs:DeleteMessage on SendQueue",
                "sender: sqs:GetQueueAttributes on SendQueue",
                "sender: sqs:ReceiveMessage on SendQueue",
                "sender: ssm:GetParameter on SecretsParameter",
            ]
        );
    }

    #[test]
    fn two_names_of_a_table_have_to_be_of_the_same() {
        let text = SMALL.replace("table/${ExistingTable}/index/due", "table/${ExistingTable}");
        let error = Template::read(&text).unwrap().allowed().unwrap_err();
        assert_eq!(error, "a statement of sender has Table/index/due and Table for the same");
    }

    #[test]
    fn a_function_without_a_role_of_its_own_is_an_error() {
        let text = SMALL.replace("Role: !GetAtt SenderRole.Arn", "Tracing: Active");
        assert_eq!(Template::read(&text).err(), Some("SenderFunction has no role".to_owned()));
        assert!(Template::read("a: [").is_err() && Template::read("").is_err());
    }
}
