//! Reads the permissions that the template's roles allow. An unknown form is an error, so that no permission is overlooked.

use std::collections::BTreeSet;

use testkit::{
    template::Template,
    uses::{Permission, Uses},
};
use yaml_rust2::Yaml;

/// The actions of Lambda's logging, which uses the role of each function.
const LOGS: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
/// The actions of Lambda's queue mapping, which uses the role of the mapped function.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>, the role's permissions.
const MAPPING: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
/// The properties of our roles: the principals that may assume the role, and its policies.
const OF_A_ROLE: [&str; 2] = ["AssumeRolePolicyDocument", "Policies"];
/// Types of resources that would add permissions to a role from outside its own policies.
const OUTSIDE_ROLES: [&str; 4] = ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy"];

struct Function {
    name: String,
    log_group: String,
    queues: Vec<String>,
    statements: Vec<Yaml>,
}

/// All permissions that the roles of a template's functions allow.
///
/// # Errors
/// A role or a statement has a form that this reader does not know, or names its table in two different ways. The text names the
/// function.
pub fn allowed(template: &Template) -> Result<BTreeSet<Permission>, String> {
    if let Some(kind) = OUTSIDE_ROLES.into_iter().find(|kind| template.of_type(kind).count() > 0) {
        return Err(format!("the template has a {kind}: put its permissions into the policies of the function's own role"));
    }
    let mut allowed = BTreeSet::new();
    for function in functions(template)? {
        for statement in &function.statements {
            let wrong = |form: &str| format!("a statement of {} has {form}", function.name);
            if statement["Effect"].as_str() != Some("Allow") {
                return Err(wrong("an effect other than Allow"));
            }
            for action in texts(&statement["Action"]).ok_or_else(|| wrong("no actions"))? {
                for resource in resources(&statement["Resource"]).map_err(|form| wrong(&form))? {
                    let (function, action) = (function.name.clone(), action.clone());
                    allowed.insert(Permission { function, action, resource });
                }
            }
        }
    }
    Ok(allowed)
}

/// The permissions that no scenario shows: those that Lambda itself uses with the roles, and the read of the secrets when a
/// function starts. The test environments pass the secrets to the functions directly.
///
/// # Errors
/// A function or its role has a form that this reader does not know.
pub fn by_itself(template: &Template) -> Result<Uses, String> {
    let mut uses = Uses::default();
    let mut insert = |function: &str, operation: &str, action: &str, resource: &str| {
        let permission = Permission { function: function.into(), action: action.into(), resource: resource.into() };
        uses.insert(permission, operation);
    };
    for function in functions(template)? {
        for action in LOGS {
            insert(&function.name, "Lambda's log", action, &function.log_group);
        }
        insert(&function.name, "at start", "ssm:GetParameter", "SecretsParameter");
        for (queue, action) in function.queues.iter().flat_map(|queue| MAPPING.map(|action| (queue, action))) {
            insert(&function.name, "Lambda's queue mapping", action, queue);
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
        let missing = |part: &str| format!("{logical} has no {part}");
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

/// The resources of a statement: one, several, or `!If [OwnTable, <the template's table>, <the existing table>]`.
fn resources(yaml: &Yaml) -> Result<Vec<String>, String> {
    let texts = texts(yaml).ok_or("resources of an unknown form")?;
    match texts.as_slice() {
        [condition, ours, other] if condition == "OwnTable" => {
            let (ours, other) = (logical_name(ours), logical_name(other));
            if ours == other {
                Ok(vec![ours])
            } else {
                Err(format!("{ours} for its own table and {other} for an existing table: both must name the same"))
            }
        }
        some => Ok(some.iter().map(|text| logical_name(text)).collect()),
    }
}

/// The logical name of a resource: `Table/index/due` for `${Table.Arn}/index/due` and for the same ARN in full.
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
    fn permissions_of_lambda_itself_follow_from_log_group_and_mapping() {
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
    fn an_unknown_form_of_a_role_is_an_error() {
        let changed = |from: &str, to: &str| {
            assert!(SMALL.contains(from));
            allowed_by(&SMALL.replacen(from, to, 1)).unwrap_err()
        };
        let two_names = changed("table/${ExistingTable}/index/due", "table/${ExistingTable}");
        assert_eq!(
            two_names,
            "a statement of sender has Table/index/due for its own table and Table for an existing table: both must name the same"
        );
        assert_eq!(changed("Role: !GetAtt SenderRole.Arn", "Tracing: Active"), "SenderFunction has no role");
        let managed = changed("      Policies:", "      ManagedPolicyArns: [everything]\n      Policies:");
        assert_eq!(managed, "the role of SenderFunction has ManagedPolicyArns");
        assert!(changed("Effect: Allow", "Effect: Deny").contains("other than Allow"));
        assert!(changed("{Queue: !GetAtt SendQueue.Arn}", "{Queue: [a]}").contains("no queue in an event"));
        let outside = changed("Resources:\n", "Resources:\n  More: {Type: AWS::IAM::Policy}\n");
        assert!(outside.contains("AWS::IAM::Policy"), "{outside}");
    }
}
