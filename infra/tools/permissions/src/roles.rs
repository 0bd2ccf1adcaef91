//! What the template allows. A form that is not known is an error, so that nothing it allows is passed over.

use std::collections::BTreeSet;

use testkit::{
    template::Template,
    uses::{Permission, Uses},
};
use yaml_rust2::Yaml;

/// What Lambda does as the function, for every function.
const LOGS: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
/// And for one that has a queue mapped to it.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>, the role's permissions.
const MAPPING: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/// The parts of our roles: the principals that may assume it, and what it allows.
const OF_A_ROLE: [&str; 2] = ["AssumeRolePolicyDocument", "Policies"];
/// Resources that would allow something beside the roles' own policies.
const BESIDE: [&str; 4] = ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"];

struct Function {
    name: String,
    log_group: String,
    queues: Vec<String>,
    statements: Vec<Yaml>,
}

/// Everything the roles of a template's functions allow.
///
/// # Errors
/// A role or a statement is not as ours are, or names its table in two ways that are not the same; the text says which.
pub fn allowed(template: &Template) -> Result<BTreeSet<Permission>, String> {
    if let Some(kind) = BESIDE.into_iter().find(|kind| template.of_type(kind).count() > 0) {
        return Err(format!("{kind}: only a function's own role may allow it something"));
    }
    let mut allowed = BTreeSet::new();
    for function in functions(template)? {
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

/// What Lambda itself does with the roles, and what our functions do before their first call that a scenario sees: reading their
/// secrets, which the test environments in one process are given.
///
/// # Errors
/// A function is not as ours are.
pub fn by_itself(template: &Template) -> Result<Uses, String> {
    let mut uses = Uses::default();
    let mut note = |function: &str, what: &str, action: &str, resource: &str| {
        let permission = Permission { function: function.into(), action: action.into(), resource: resource.into() };
        uses.insert(permission, what);
    };
    for function in functions(template)? {
        for action in LOGS {
            note(&function.name, "Lambda's log", action, &function.log_group);
        }
        note(&function.name, "at start", "ssm:GetParameter", "SecretsParameter");
        for (queue, action) in function.queues.iter().flat_map(|queue| MAPPING.map(|action| (queue, action))) {
            note(&function.name, "Lambda's queue mapping", action, queue);
        }
    }
    Ok(uses)
}

fn functions(template: &Template) -> Result<Vec<Function>, String> {
    let functions = template.of_type("AWS::Serverless::Function");
    functions.map(|(name, properties)| Function::read(name, properties, template)).collect()
}

impl Function {
    fn read(logical: &str, properties: &Yaml, template: &Template) -> Result<Self, String> {
        let missing = |what: &str| format!("{logical} has no {what}");
        let role = properties["Role"].as_str().and_then(|role| role.strip_suffix(".Arn")).ok_or_else(|| missing("role"))?;
        let role = &template.resource(role)["Properties"];
        let parts = role.as_hash().ok_or_else(|| missing("role in the template"))?;
        if let Some(other) = parts.keys().filter_map(Yaml::as_str).find(|part| !OF_A_ROLE.contains(part)) {
            return Err(format!("the role of {logical} has {other}"));
        }
        let mut statements = Vec::new();
        for policy in role["Policies"].as_vec().ok_or_else(|| missing("policies of its own"))? {
            let listed = policy["PolicyDocument"]["Statement"].as_vec();
            statements.extend(listed.ok_or_else(|| missing("list of statements"))?.iter().cloned());
        }
        let events = properties["Events"].as_hash().into_iter().flatten();
        let mut queues = Vec::new();
        for (_, event) in events.filter(|(_, event)| event["Type"].as_str() == Some("SQS")) {
            let queue = event["Properties"]["Queue"].as_str().ok_or_else(|| missing("queue in an event of one"))?;
            queues.push(logical_name(queue));
        }
        Ok(Self {
            name: logical.strip_suffix("Function").unwrap_or(logical).to_lowercase(),
            log_group: properties["LoggingConfig"]["LogGroup"].as_str().ok_or_else(|| missing("log group"))?.to_owned(),
            queues,
            statements,
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

    fn allowed_by(text: &str) -> Result<Vec<String>, String> {
        let allowed = allowed(&Template::parse(text).unwrap())?;
        Ok(allowed.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn short_forms_lists_and_conditions_are_read() {
        assert_eq!(
            allowed_by(SMALL).unwrap(),
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
        let by_itself = by_itself(&Template::parse(SMALL).unwrap()).unwrap();
        let by_itself: Vec<_> = by_itself.iter().map(|(permission, _)| permission.to_string()).collect();
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
    fn what_is_not_as_ours_is_an_error_and_not_passed_over() {
        let changed = |from: &str, to: &str| {
            assert!(SMALL.contains(from));
            allowed_by(&SMALL.replacen(from, to, 1)).unwrap_err()
        };
        let two_names = changed("table/${ExistingTable}/index/due", "table/${ExistingTable}");
        assert_eq!(two_names, "a statement of sender has Table/index/due and Table for the same");
        assert_eq!(changed("Role: !GetAtt SenderRole.Arn", "Tracing: Active"), "SenderFunction has no role");
        let managed = changed("      Policies:", "      ManagedPolicyArns: [everything]\n      Policies:");
        assert_eq!(managed, "the role of SenderFunction has ManagedPolicyArns");
        assert!(changed("Effect: Allow", "Effect: Deny").contains("other than Allow"));
        assert!(changed("{Queue: !GetAtt SendQueue.Arn}", "{Queue: [a]}").contains("no queue in an event"));
        let beside = changed("Resources:\n", "Resources:\n  More: {Type: AWS::IAM::Policy}\n");
        assert!(beside.contains("AWS::IAM::Policy"), "{beside}");
    }
}
