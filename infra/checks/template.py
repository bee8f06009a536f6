"""House rules of infra/template.yaml that a general linter does not know.

Run from the top of the repository, with PyYAML at hand (it comes with aws-sam-cli):

    python3 infra/checks/template.py

Prints each broken rule on a line of its own and ends with 1 when there was one.
"""

import pathlib
import sys

import yaml

TEMPLATE = pathlib.Path("infra/template.yaml")
DAY = 24 * 60 * 60

# A function that is told of a resource is allowed one of these on it, or the variable is of no use.
NEEDED_BY_VARIABLE = {
    "_QUEUE_URL": ["sqs:SendMessage", "sqs:ChangeMessageVisibility"],
    "_SECRET_ARN": ["secretsmanager:GetSecretValue"],
    "TABLE_NAME": ["dynamodb:GetItem"],
    "SCHEDULE_ROLE_ARN": ["iam:PassRole"],
}

# How shared/store calls DynamoDB, alone or within a transaction, and the permission that takes.
TABLE_ACTIONS = {
    "dynamodb:GetItem": [".get_item()", "Get::builder"],
    "dynamodb:BatchGetItem": [".batch_get_item()"],
    "dynamodb:Query": [".query()"],
    "dynamodb:PutItem": [".put_item()", "Put::builder"],
    "dynamodb:UpdateItem": [".update_item()", "Update::builder"],
    "dynamodb:DeleteItem": [".delete_item()", "Delete::builder"],
    "dynamodb:BatchWriteItem": [".batch_write_item()"],
    "dynamodb:ConditionCheckItem": ["ConditionCheck::builder"],
}


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms: `!Ref X` becomes {"Ref": "X"}, `!GetAtt X.Arn` {"GetAtt": "X.Arn"}."""


def intrinsic(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", intrinsic)


def listed(value):
    return value if isinstance(value, list) else [value]


def sources(folder):
    return "".join(path.read_text(encoding="utf-8") for path in sorted(pathlib.Path(folder).glob("**/*.rs")))


def target(value):
    """The logical name that a Ref, GetAtt or Sub points at; None for anything else."""
    if not isinstance(value, dict):
        return None
    name = value.get("Ref") or value.get("GetAtt") or ""
    if "Sub" in value and value["Sub"].startswith("${"):
        name = value["Sub"][2:].split("}")[0]
    return name.split(".")[0] or None


class Rules:
    def __init__(self, template):
        self.resources = template["Resources"]
        self.globals = template["Globals"]["Function"]
        self.broken = []

    def of(self, kind):
        return {name: r["Properties"] for name, r in self.resources.items() if r["Type"] == kind and "Properties" in r}

    def expect(self, holds, name, rule):
        if not holds:
            self.broken.append(f"{name}: {rule}")

    # ---- what is kept ----

    def stateful_resources_outlive_the_stack(self):
        for name, resource in self.resources.items():
            if resource["Type"] in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"):
                for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
                    self.expect(resource.get(policy) == "Retain", name, f"{policy} must be Retain")

    # ---- queues ----

    def queues(self):
        queues = self.of("AWS::SQS::Queue")
        watched = [
            metric
            for alarm in self.of("AWS::CloudWatch::Alarm").values()
            for metric in [alarm] + [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
        ]
        alarmed = {
            target(dimension["Value"])
            for metric in watched
            if metric.get("MetricName") == "ApproximateNumberOfMessagesVisible"
            for dimension in metric["Dimensions"]
        }
        for name, queue in queues.items():
            self.expect(queue.get("SqsManagedSseEnabled") is True, name, "must be encrypted (SqsManagedSseEnabled)")
            if name.endswith("DeadLetters"):
                self.expect(name in alarmed, name, "needs an alarm on ApproximateNumberOfMessagesVisible")
                self.expect(queue.get("MessageRetentionPeriod") == 14 * DAY, name, "must keep messages for 14 days")
                continue
            dead = target(queue.get("RedrivePolicy", {}).get("deadLetterTargetArn"))
            self.expect(dead in queues, name, "needs a dead-letter queue of this template")
            self.expect(
                queue.get("FifoQueue") == queues.get(dead, {}).get("FifoQueue"), name, "and its dead letters must both be FIFO, or neither"
            )

    # ---- functions ----

    def functions(self):
        roles = set()
        for name, function in self.of("AWS::Serverless::Function").items():
            build = self.resources[name].get("Metadata", {})
            binary = build.get("BuildProperties", {}).get("Binary")
            self.expect(build.get("BuildMethod") == "rust-cargolambda", name, "BuildMethod must be rust-cargolambda")
            self.expect(function["CodeUri"] == f"../functions/{binary}", name, "CodeUri must be the folder of its Binary")

            role = target(function.get("Role"))
            self.expect(role in self.resources and role not in roles, name, "needs a role of its own")
            roles.add(role)

            logs = target(function.get("LoggingConfig", {}).get("LogGroup"))
            retention = self.resources.get(logs, {}).get("Properties", {}).get("RetentionInDays")
            self.expect(retention is not None, name, "needs a log group with a retention")

            timeout = function.get("Timeout", self.globals["Timeout"])
            for event_name, event in function.get("Events", {}).items():
                if event["Type"] != "SQS":
                    continue
                where = f"{name}.{event_name}"
                properties = event["Properties"]
                queue = self.resources[target(properties["Queue"])]["Properties"]
                self.expect(queue.get("VisibilityTimeout", 30) >= 6 * timeout, where, "the queue must hide messages for 6 timeouts")
                self.expect(
                    properties.get("FunctionResponseTypes") == ["ReportBatchItemFailures"], where, "must report failures message by message"
                )
                self.expect("ScalingConfig" in properties, where, "needs a MaximumConcurrency")

    # ---- permissions ----

    def statements(self, role):
        for policy in self.resources[role]["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield listed(statement["Action"]), listed(statement["Resource"])

    def roles_name_what_they_may_do(self):
        for name in self.of("AWS::IAM::Role"):
            for actions, resources in self.statements(name):
                self.expect(not any("*" in action for action in actions), name, f"wildcard in {actions}")
                self.expect("*" not in resources, name, f"{actions} on every resource")

    def permissions_match_settings(self):
        """A function may use what its variables name, and puts messages on no other queue."""
        for name, function in self.of("AWS::Serverless::Function").items():
            allowed = {}
            for actions, resources in self.statements(target(function["Role"])):
                for action in actions:
                    allowed.setdefault(action, set()).update(target(resource) for resource in resources)

            variables = function["Environment"]["Variables"]
            for variable, value in variables.items():
                for suffix, actions in NEEDED_BY_VARIABLE.items():
                    granted = any(target(value) in allowed.get(action, ()) for action in actions)
                    self.expect(granted or not variable.endswith(suffix), name, f"{variable} without {' or '.join(actions)}")

            known = {target(value) for value in variables.values()}
            on_failure = function.get("EventInvokeConfig", {}).get("DestinationConfig", {}).get("OnFailure", {})
            known.add(target(on_failure.get("Destination")))
            for queue in allowed.get("sqs:SendMessage", ()):
                self.expect(queue in known, name, f"may send to {queue}, which none of its variables names")

    # ---- the code ----

    def table_permissions_cover_the_store(self):
        """The local machine checks no permissions: a call of a new kind would only be refused on AWS."""
        store = sources("shared/store")
        used = {action for action, calls in TABLE_ACTIONS.items() if any(call in store for call in calls)}
        for name, function in self.of("AWS::Serverless::Function").items():
            if "TABLE_NAME" not in function["Environment"]["Variables"]:
                continue
            allowed = {action for actions, _ in self.statements(target(function["Role"])) for action in actions}
            self.expect(used <= allowed, name, f"shared/store needs {sorted(used - allowed)}")
            unused = {action for action in allowed if action.startswith("dynamodb:")} - used
            self.expect(not unused, name, f"no code needs {sorted(unused)}")

    def code_and_template_agree(self):
        """A variable that no function reads, or an alarm on a metric that nobody writes, is a slip of the pen."""
        source = sources("functions") + sources("shared")
        for name, function in self.of("AWS::Serverless::Function").items():
            for variable in function["Environment"]["Variables"]:
                self.expect(f'"{variable}"' in source, name, f"sets {variable}, which no code reads")
        for name, alarm in self.of("AWS::CloudWatch::Alarm").items():
            if alarm.get("Namespace") == "Chasqui":
                self.expect(f'"{alarm["MetricName"]}"' in source, name, f"watches {alarm['MetricName']}, which no code writes")


def main():
    template = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader)
    rules = Rules(template)
    rules.stateful_resources_outlive_the_stack()
    rules.queues()
    rules.functions()
    rules.roles_name_what_they_may_do()
    rules.permissions_match_settings()
    rules.table_permissions_cover_the_store()
    rules.code_and_template_agree()
    for line in rules.broken:
        print(line)
    print(f"{len(rules.resources)} resources, {len(rules.broken)} broken rules")
    return 1 if rules.broken else 0


if __name__ == "__main__":
    sys.exit(main())
