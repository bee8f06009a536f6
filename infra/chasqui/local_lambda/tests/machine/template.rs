//! Templates: mistakes first, then what they mean on this machine, then the one that is deployed.

use local_lambda::template::{Machine, Source, Stack, Throttle};
use std::time::Duration;

fn machine() -> Machine {
    Machine::new("http://127.0.0.1:4566/")
}

fn function(properties: &str) -> String {
    format!(
        "
Parameters:
  Size: {{ Type: Number, Default: 128, MinValue: 128, MaxValue: 512 }}
  Stage: {{ Type: String, Default: dev, AllowedValues: [dev, live] }}
  Needed: {{ Type: String }}
Conditions:
  Live: !Equals [!Ref Stage, live]
Resources:
  Letters: {{ Type: AWS::SQS::Queue, Properties: {{ QueueName: letters, VisibilityTimeout: 60 }} }}
  Ordered: {{ Type: AWS::SQS::Queue, Properties: {{ FifoQueue: true }} }}
  Extra: {{ Type: AWS::SQS::Queue, Condition: Live }}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../functions/worker/
{}",
        properties.lines().map(|line| format!("      {line}\n")).collect::<String>()
    )
}

fn variable(value: &str) -> String {
    function(&format!("Environment:\n  Variables:\n    V: {value}"))
}

fn event(kind: &str, properties: &str) -> String {
    function(&format!("Events:\n  E:\n    Type: {kind}\n    Properties: {properties}"))
}

fn with(resource: &str) -> String {
    format!("Resources:\n  {resource}")
}

#[test]
fn mistakes_name_their_place() {
    for (template, message) in [
        ("a: [", "not valid YAML"),
        ("Outputs: {}", "Resources: is missing"),
        ("Resources: { A: {} }", "A: has no Type"),
        ("Resources: { A: { Type: AWS::Lambda::Function } }", "A.Type: AWS::Lambda::Function cannot be run"),
        (
            &variable("!Ref Nothing"),
            r#"Worker.Properties.Environment.Variables.V: nothing in the template is named "Nothing""#,
        ),
        (&variable("!GetAtt Letters.Colour"), "Variables.V: AWS::SQS::Queue has no attribute Colour"),
        (&variable("!Sub '${Letters.Arn'"), "Variables.V: Fn::Sub"),
        (&variable("!Ref Needed"), "Parameters.Needed: has no Default and no value was given"),
        (&variable("!Ref Extra"), "Variables.V: Extra does not exist here: its condition Live is false"),
        (&variable("!ImportValue x"), "Variables.V: Fn::ImportValue has no value on one machine"),
        (&variable("!If [Nope, a, b]"), r#"Variables.V: no condition is named "Nope""#),
        (&variable("!If [Live, a]"), "Variables.V: Fn::If takes a list of 3"),
        (&variable("[a]"), "Variables.V: must be text, not a list"),
        (&variable("!Select [4, [a, b]]"), "Variables.V: Fn::Select: no item 4 in a list of 2"),
        (&variable("!FindInMap [A, b, c]"), "Mappings.A.b.c does not exist"),
        (
            &function("Environment: { Variables: { AWS_REGION: x } }"),
            "AWS_REGION: is a variable that Lambda sets itself",
        ),
        (&function("FunctionUrlConfig: { AuthType: NONE }"), "Worker.Properties.FunctionUrlConfig: is not honoured"),
        (&function("Timeout: soon"), r#"Worker.Properties.Timeout: must be a number that fits, not "soon""#),
        (&function("FunctionName: !Sub '${Worker}-x'"), "refers to itself"),
        (
            &with("A: { Type: AWS::SQS::Queue, Properties: { QueueName: a.fifo } }"),
            "A.Properties.QueueName: \"a.fifo\"",
        ),
        (
            &with(
                "A: { Type: AWS::DynamoDB::Table, Properties: { AttributeDefinitions: [], KeySchema: [{ AttributeName: pk, KeyType: HASH }] } }",
            ),
            "A.Properties.AttributeDefinitions: does not define the key attribute \"pk\"",
        ),
        (
            &with("A: { Type: AWS::Serverless::HttpApi }\n  B: { Type: AWS::Serverless::HttpApi }"),
            "B: is a second HTTP API",
        ),
        (
            &with("A: { Type: AWS::Serverless::HttpApi, Properties: { RouteSettings: { GET /x: {} } } }"),
            "A.Properties.RouteSettings.GET /x: no function has a route",
        ),
        (
            &function("Events:\n  A: { Type: HttpApi }\n  B: { Type: HttpApi }"),
            "Worker.Events: route $default already belongs to function worker",
        ),
        (&event("Kafka", "{}"), "Worker.Properties.Events.E.Type: Kafka events cannot be run"),
        (&event("SQS", "{}"), "Worker.Properties.Events.E.Properties.Queue: is missing"),
        (&event("SQS", "{ Queue: 'arn:aws:sqs:x:y:z' }"), "Worker: reads arn:aws:sqs:x:y:z, which is no queue"),
        (&event("SQS", "{ Queue: !GetAtt Letters.Arn, BatchSize: 0 }"), "BatchSize: must be 1 to 10000"),
        (&event("SQS", "{ Queue: !GetAtt Letters.Arn, BatchSize: 11 }"), "needs MaximumBatchingWindowInSeconds"),
        (&event("SQS", "{ Queue: !GetAtt Ordered.Arn, MaximumBatchingWindowInSeconds: 1 }"), "Ordered is FIFO"),
        (
            &event("SQS", "{ Queue: !GetAtt Letters.Arn, ScalingConfig: { MaximumConcurrency: 1 } }"),
            "must be 2 to 1000",
        ),
        (&event("SQS", "{ Queue: !GetAtt Letters.Arn, FilterCriteria: {} }"), "messages are not filtered"),
        (&event("HttpApi", "{ Path: v1, Method: GET }"), r#"Path "v1" must begin with /"#),
        (&event("HttpApi", "{ Path: /v1, Method: GET, Auth: {} }"), "Auth: authorizers of the gateway do not run"),
        (
            &function("Timeout: 31\nEvents: { E: { Type: SQS, Properties: { Queue: !GetAtt Ordered.Arn } } }"),
            "Worker: works up to 31 s on messages that Ordered hides for 30 s",
        ),
    ] {
        let error = Stack::parse(template, &machine()).unwrap_err().to_string();
        assert!(error.contains(message), "expected {message:?} in {error:?}");
    }
}

#[test]
fn values_chosen_at_deployment_are_checked() {
    for (name, value, message) in [
        ("Colour", "red", "Parameters.Colour: is no parameter of the template; it has Size, Stage, Needed"),
        ("Stage", "prod", r#"Parameters.Stage: "prod" is not one of dev, live"#),
        ("Size", "64", "Parameters.Size: 64 is outside MinValue and MaxValue"),
        ("Size", "big", r#"Parameters.Size: "big" is no number"#),
    ] {
        let mut machine = machine();
        machine.parameters.insert(name.into(), value.into());
        let error = Stack::parse(&function(""), &machine).unwrap_err().to_string();
        assert_eq!(error, message);
    }
    let mut machine = machine();
    machine.environment.insert("GRAPH_URL".into(), "http://127.0.0.1:1".into());
    let error = Stack::parse(&function(""), &machine).unwrap_err().to_string();
    assert!(error.contains(r#"no function has a variable "GRAPH_URL""#), "{error}");
}

#[test]
fn intrinsic_functions_have_their_documented_values() {
    for (expression, value) in [
        ("!Ref Letters", "http://127.0.0.1:4566/000000000000/letters"),
        ("{ Ref: Letters }", "http://127.0.0.1:4566/000000000000/letters"),
        ("!GetAtt Letters.Arn", "arn:aws:sqs:us-east-1:000000000000:letters"),
        ("{ 'Fn::GetAtt': [Letters, QueueName] }", "letters"),
        ("!GetAtt Ordered.QueueName", "chasqui-Ordered.fifo"),
        ("!GetAtt Worker.Arn", "arn:aws:lambda:us-east-1:000000000000:function:worker"),
        ("!GetAtt WorkerRole.Arn", "arn:aws:iam::000000000000:role/chasqui-WorkerRole"),
        ("!Ref Size", "128"),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Sub '${AWS::StackName}/${Letters.QueueName}/${!kept}/${Stage}'", "chasqui/letters/${kept}/dev"),
        ("!Sub ['${a}-${Stage}', { a: !Ref Size }]", "128-dev"),
        ("!Join ['-', [a, !Ref Stage, 7]]", "a-dev-7"),
        ("!Select [1, !Split [',', 'x,y']]", "y"),
        ("!If [Live, a, !If [Live, b, c]]", "c"),
        ("true", "true"),
        ("2.50", "2.5"),
    ] {
        let stack = Stack::parse(&variable(expression), &machine()).unwrap();
        assert_eq!(stack.functions[0].environment["V"], value, "{expression}");
    }
    let stack = Stack::parse(&variable("!If [Live, a, !Ref AWS::NoValue]"), &machine()).unwrap();
    assert!(stack.functions[0].environment.is_empty());
}

#[test]
fn conditions_decide_what_exists() {
    let queues = |machine: &Machine| Stack::parse(&function(""), machine).unwrap().queues.len();
    assert_eq!(queues(&machine()), 2);
    let mut live = machine();
    live.parameters.insert("Stage".into(), "live".into());
    assert_eq!(queues(&live), 3);
}

#[test]
fn globals_are_defaults_and_variables_are_merged() {
    let template = r"
Globals:
  Function:
    Timeout: 7
    MemorySize: 512
    Environment: { Variables: { A: global, B: global } }
Resources:
  One:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: shared } }
    Properties: { MemorySize: 256, Environment: { Variables: { B: own } } }
  Two:
    Type: AWS::Serverless::Function
    Metadata: { BuildProperties: { Binary: shared } }
    Properties: { FunctionName: named, ReservedConcurrentExecutions: 1 }
";
    let mut machine = machine();
    machine.environment.insert("A".into(), "local".into());
    let stack = Stack::parse(template, &machine).unwrap();
    let [one, two] = stack.functions.as_slice() else { panic!() };
    assert_eq!((one.timeout, one.memory_mb, two.memory_mb), (Duration::from_secs(7), 256, 512));
    assert_eq!((one.reserved_concurrency, two.reserved_concurrency), (None, Some(1)));
    assert_eq!((one.environment["A"].as_str(), one.environment["B"].as_str()), ("local", "own"));
    assert_eq!((one.name.as_str(), two.name.as_str(), two.binary.as_str()), ("One", "named", "shared"));
}

/// What the deployed template must give, in the words of the functions that depend on it.
#[test]
fn the_template_that_is_deployed_runs_here() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");
    let mut machine = machine();
    machine.environment.insert("GRAPH_URL".into(), "http://127.0.0.1:9000".into());
    let stack = Stack::read(path, &machine).unwrap();

    for (binary, variables) in [
        ("webhook", &["INBOUND_QUEUE_URL", "STATUSES_QUEUE_URL", "WEBHOOK_SECRET_ARN"][..]),
        ("journeys", &["TABLE_NAME", "OUTBOUND_QUEUE_URL", "INBOUND_QUEUE_ARN", "SCHEDULE_GROUP", "SCHEDULE_ROLE_ARN"]),
        ("sender", &["TABLE_NAME", "GRAPH_SECRET_ARN", "GRAPH_URL", "GRAPH_VERSION"]),
        ("receipts", &["TABLE_NAME"]),
        ("dead_letters", &["TABLE_NAME", "INBOUND_DEAD_LETTERS_ARN", "SCHEDULE_DEAD_LETTERS_ARN"]),
        ("reminders", &["TABLE_NAME", "BULK_QUEUE_URL", "INBOUND_QUEUE_URL"]),
        ("inbox_api", &["TABLE_NAME", "OUTBOUND_QUEUE_URL", "REMINDERS_FUNCTION_ARN"]),
    ] {
        let function = stack.function(binary).unwrap_or_else(|| panic!("no function {binary}"));
        for variable in variables {
            assert!(function.environment.get(*variable).is_some_and(|value| !value.is_empty()), "{binary} {variable}");
        }
    }
    assert_eq!(stack.function("SenderFunction").unwrap().environment["GRAPH_URL"], "http://127.0.0.1:9000");

    for (queue, reader, batch) in [
        ("InboundQueue", "journeys", 10),
        ("OutboundQueue", "sender", 10),
        ("BulkQueue", "sender", 10),
        ("StatusesQueue", "receipts", 100),
    ] {
        let at = stack.queues.iter().position(|each| each.logical_id == queue).unwrap();
        let letters =
            stack.queues.iter().position(|each| each.logical_id == queue.replace("Queue", "DeadLetters")).unwrap();
        assert!(letters < at, "{queue} is created after its dead-letter queue");
        assert!(stack.queues[at].attributes["RedrivePolicy"].contains(&stack.queues[letters].arn), "{queue}");
        let source =
            stack.function(reader).unwrap().queue_sources().find(|source| source.arn == stack.queues[at].arn).unwrap();
        assert_eq!((source.batch_size, source.report_failures), (batch, true), "{queue}");
    }
    let inbound = stack.queue("InboundQueue").unwrap();
    assert!(inbound.fifo && inbound.url.starts_with("http://127.0.0.1:4566/") && inbound.url.ends_with(".fifo"));
    assert_eq!(inbound.attributes["ContentBasedDeduplication"], "true");

    let [table] = stack.tables.as_slice() else { panic!("{:?}", stack.tables) };
    assert_eq!(table.expiry_attribute.as_deref(), Some("expires_at"));
    let request = table.create_request();
    assert_eq!(request["KeySchema"][0]["AttributeName"], "pk");
    assert_eq!(request["GlobalSecondaryIndexes"][0]["IndexName"], "inbox");
    assert_eq!(request["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES");

    let keys: Vec<_> = stack.http.routes.iter().map(|route| (route.key(), route.function.as_str())).collect();
    for expected in [
        ("GET /webhook", "webhook"),
        ("POST /webhook", "webhook"),
        ("ANY /health", "inbox_api"),
        ("ANY /v1/{proxy+}", "inbox_api"),
    ] {
        assert!(keys.contains(&(expected.0.to_owned(), expected.1)), "{expected:?} in {keys:?}");
    }
    let throttle = |key: &str| stack.http.routes.iter().find(|route| route.key() == key).unwrap().throttle;
    assert!(throttle("POST /webhook").unwrap().rate > throttle("ANY /health").unwrap().rate);
    assert!(matches!(throttle("ANY /health"), Some(Throttle { .. })));

    assert_eq!(stack.secrets.len(), 2);
    let secret = &stack.function("webhook").unwrap().environment["WEBHOOK_SECRET_ARN"];
    assert_eq!(secret, "arn:aws:secretsmanager:us-east-1:000000000000:secret:chasqui-WebhookSecret-31262c");
    assert_eq!(stack.schedule_groups.len(), 1);
    assert_eq!(
        stack.function("reminders").unwrap().on_failure,
        stack.queue("ScheduleDeadLetters").map(|queue| queue.arn.clone())
    );
    assert!(
        stack
            .functions
            .iter()
            .flat_map(|function| &function.sources)
            .all(|source| !matches!(source, Source::Stream { .. }))
    );
}
