//! Schedules: their calls, their names, and that they fire.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use aws_sdk_scheduler::{
    Client,
    error::ProvideErrorMetadata,
    operation::create_schedule::builders::CreateScheduleFluentBuilder,
    types::{
        ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy,
        ScheduleState, SqsParameters, Target,
    },
};
use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use local_aws::{Invoke, InvokeError, LocalAws};
use serde_json::Value;

use crate::{scheduler_client, start, start_in, until};

const HOUR: i64 = 3_600_000;
const ROLE: &str = "arn:aws:iam::000000000000:role/schedules";

async fn fifo(aws: &LocalAws, content_deduplication: bool) {
    let mut attributes = vec![("FifoQueue", "true"), ("DeduplicationScope", "messageGroup")];
    if content_deduplication {
        attributes.push(("ContentBasedDeduplication", "true"));
    }
    let attributes = attributes.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    aws.sqs().ensure_queue("inbound.fifo", attributes).unwrap();
    aws.sqs().ensure_queue("dead", Default::default()).unwrap();
}

fn queue_target(aws: &LocalAws, input: &str) -> Target {
    Target::builder()
        .arn(aws.sqs().arn("inbound.fifo"))
        .role_arn(ROLE)
        .input(input)
        .sqs_parameters(SqsParameters::builder().message_group_id("person-1").build())
        .dead_letter_config(DeadLetterConfig::builder().arn(aws.sqs().arn("dead")).build())
        .build()
        .unwrap()
}

fn schedule(client: &Client, name: &str, expression: &str, target: Target) -> CreateScheduleFluentBuilder {
    let off = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().unwrap();
    client.create_schedule().name(name).schedule_expression(expression).flexible_time_window(off).target(target)
}

/// `at()` so many milliseconds from the simulated now.
fn at(aws: &LocalAws, milliseconds: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(aws.clock().now_ms() + milliseconds).unwrap();
    time.strftime("at(%Y-%m-%dT%H:%M:%S)").to_string()
}

fn received(aws: &LocalAws, queue: &str) -> Vec<String> {
    aws.sqs().peek(queue).unwrap().into_iter().map(|message| message.body).collect()
}

#[tokio::test]
async fn names_are_unique_and_unknown_ones_are_not_found() {
    let aws = start().await;
    fifo(&aws, true).await;
    let client = scheduler_client(&aws);
    client.create_schedule_group().name("timers").send().await.unwrap();
    let again = client.create_schedule_group().name("timers").send().await.unwrap_err();
    assert!(again.into_service_error().is_conflict_exception());
    let create = |name: &str, group: &str| {
        schedule(&client, name, "rate(1 hour)", queue_target(&aws, "{}"))
            .group_name(group)
            .state(ScheduleState::Disabled)
    };
    let created = create("timer.1", "timers").client_token("t1").send().await.unwrap();
    assert_eq!(created.schedule_arn(), "arn:aws:scheduler:us-east-1:000000000000:schedule/timers/timer.1");
    let conflict = create("timer.1", "timers").send().await.unwrap_err().into_service_error();
    assert!(conflict.is_conflict_exception());
    // The same request again, its answer lost: no conflict.
    create("timer.1", "timers").client_token("t1").send().await.unwrap();
    let group = create("timer.1", "nowhere").send().await.unwrap_err().into_service_error();
    assert!(group.is_resource_not_found_exception());
    for name in ["has space", &"n".repeat(65)] {
        assert!(create(name, "timers").send().await.unwrap_err().into_service_error().is_validation_exception());
    }
    let bad = schedule(&client, "x", "rate(1 second)", queue_target(&aws, "{}")).send().await.unwrap_err();
    let bad = bad.into_service_error();
    assert!(bad.is_validation_exception());
    assert!(bad.message().unwrap().contains("rate(1 second)"));
    create("timer.2", "timers").send().await.unwrap();
    let listed = async |max| {
        client.list_schedules().group_name("timers").name_prefix("timer").max_results(max).send().await.unwrap()
    };
    let page = listed(1).await;
    assert_eq!((page.schedules().len(), page.next_token().is_some()), (1, true));
    assert_eq!(listed(10).await.schedules().len(), 2);
    let get = || client.get_schedule().group_name("timers").name("timer.1").send();
    let got = get().await.unwrap();
    assert_eq!((got.schedule_expression(), got.state()), (Some("rate(1 hour)"), Some(&ScheduleState::Disabled)));
    assert_eq!(got.target().unwrap().sqs_parameters().unwrap().message_group_id(), Some("person-1"));
    let off = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().unwrap();
    let update = client.update_schedule().group_name("timers").name("timer.1").flexible_time_window(off);
    update.schedule_expression("rate(2 hours)").target(queue_target(&aws, "{}")).send().await.unwrap();
    assert_eq!(get().await.unwrap().schedule_expression(), Some("rate(2 hours)"));
    let delete = || client.delete_schedule().group_name("timers").name("timer.1").send();
    delete().await.unwrap();
    assert!(delete().await.unwrap_err().into_service_error().is_resource_not_found_exception());
    assert!(get().await.unwrap_err().into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn a_timer_fires_into_the_fifo_queue_when_the_clock_is_moved_and_deletes_itself() {
    let aws = start().await;
    fifo(&aws, true).await;
    let client = scheduler_client(&aws);
    let input = r#"{"timer":"t1","due":"<aws.scheduler.scheduled-time>","arn":"<aws.scheduler.schedule-arn>","try":<aws.scheduler.attempt-number>}"#;
    let timer = schedule(&client, "t1", &at(&aws, 23 * HOUR), queue_target(&aws, input));
    timer.action_after_completion(ActionAfterCompletion::Delete).send().await.unwrap();
    schedule(&client, "t2", &at(&aws, 30 * HOUR), queue_target(&aws, "second")).send().await.unwrap();
    aws.clock().advance(22 * HOUR).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(received(&aws, "inbound.fifo").is_empty());
    aws.clock().advance(HOUR).unwrap();
    until("the timer fires", async || received(&aws, "inbound.fifo").len() == 1).await;
    let message = &aws.sqs().peek("inbound.fifo").unwrap()[0];
    assert_eq!(message.attributes["MessageGroupId"], "person-1");
    let body: Value = serde_json::from_str(&message.body).unwrap();
    assert_eq!((&body["try"], body["arn"].as_str().unwrap().ends_with("default/t1")), (&Value::from(1), true));
    let due: jiff::Timestamp = body["due"].as_str().unwrap().parse().unwrap();
    assert!((due.as_millisecond() - aws.clock().now_ms()).abs() < 5_000);
    until("it deletes itself", async || {
        let get = client.get_schedule().name("t1").send().await;
        get.is_err_and(|error| error.into_service_error().is_resource_not_found_exception())
    })
    .await;
    aws.clock().advance(7 * HOUR).unwrap();
    until("the second fires", async || received(&aws, "inbound.fifo").len() == 2).await;
    // Without DELETE it stays, and never fires again.
    client.get_schedule().name("t2").send().await.unwrap();
    aws.clock().advance(48 * HOUR).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(received(&aws, "inbound.fifo").len(), 2);
}

#[tokio::test]
async fn everything_due_fires_in_order_when_the_clock_jumps() {
    let aws = start().await;
    fifo(&aws, true).await;
    let client = scheduler_client(&aws);
    let target = || queue_target(&aws, "<aws.scheduler.scheduled-time> <aws.scheduler.schedule-arn>");
    let start = jiff::Timestamp::from_millisecond(aws.clock().now_ms() + HOUR).unwrap();
    let end = jiff::Timestamp::from_millisecond(aws.clock().now_ms() + 6 * HOUR - 1_000).unwrap();
    let date = |time: jiff::Timestamp| aws_smithy_types::DateTime::from_millis(time.as_millisecond());
    let hourly = schedule(&client, "hourly", "rate(1 hour)", target());
    hourly.start_date(date(start)).end_date(date(end)).send().await.unwrap();
    schedule(&client, "late", &at(&aws, 3 * HOUR + HOUR / 2), target()).send().await.unwrap();
    let daily =
        schedule(&client, "daily", "cron(0 0 * * ? *)", target()).schedule_expression_timezone("America/Bogota");
    daily.end_date(date(start + jiff::SignedDuration::from_hours(72))).send().await.unwrap();
    aws.clock().advance(30 * 24 * HOUR).unwrap();
    until("all fire", async || received(&aws, "inbound.fifo").len() >= 9).await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let fired: VecDeque<String> = received(&aws, "inbound.fifo").into();
    assert_eq!(fired.len(), 9, "{fired:?}");
    let times: Vec<&str> = fired.iter().map(|body| body.split(' ').next().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let count = |name: &str| fired.iter().filter(|body| body.ends_with(name)).count();
    assert_eq!((count("/hourly"), count("/late"), count("/daily")), (5, 1, 3));
    assert!(fired.iter().filter(|body| body.ends_with("/daily")).all(|body| body.contains("T05:00:00Z")));
}

#[tokio::test]
async fn a_fifo_target_without_content_deduplication_ends_in_the_dead_letters() {
    let aws = start().await;
    fifo(&aws, false).await;
    let client = scheduler_client(&aws);
    schedule(&client, "t", &at(&aws, HOUR), queue_target(&aws, "lost?")).send().await.unwrap();
    aws.clock().advance(2 * HOUR).unwrap();
    until("it is a dead letter", async || received(&aws, "dead").len() == 1).await;
    let dead = &aws.sqs().peek("dead").unwrap()[0];
    assert_eq!(dead.body, "lost?");
    let text = |name: &str| dead.message_attributes[name].string_value.clone().unwrap();
    assert_eq!(text("ERROR_CODE"), "InvalidParameterValue");
    assert_eq!(text("TARGET_ARN"), aws.sqs().arn("inbound.fifo"));
    assert!(received(&aws, "inbound.fifo").is_empty());
}

/// A function that fails as often as told, and remembers its events.
struct Function {
    failures: Mutex<Vec<InvokeError>>,
    events: Mutex<Vec<Bytes>>,
}

impl Function {
    fn failing(failures: Vec<InvokeError>) -> Arc<Self> {
        Arc::new(Self { failures: Mutex::new(failures), events: Mutex::default() })
    }

    fn calls(&self) -> usize {
        self.events.lock().unwrap().len()
    }
}

impl Invoke for Function {
    fn invoke<'a>(&'a self, _: &'a str, payload: Bytes) -> BoxFuture<'a, Result<Bytes, InvokeError>> {
        self.events.lock().unwrap().push(payload);
        let failure = self.failures.lock().unwrap().pop();
        async move { failure.map_or(Ok(Bytes::new()), Err) }.boxed()
    }
}

async fn fire_function(function: &Arc<Function>) -> LocalAws {
    let aws = start().await;
    fifo(&aws, true).await;
    aws.set_invoke(function.clone());
    let target = Target::builder()
        .arn("arn:aws:lambda:us-east-1:000000000000:function:reminders")
        .role_arn(ROLE)
        .input(r#"{"id":"<aws.scheduler.execution-id>"}"#)
        .retry_policy(RetryPolicy::builder().maximum_retry_attempts(3).build())
        .dead_letter_config(DeadLetterConfig::builder().arn(aws.sqs().arn("dead")).build())
        .build()
        .unwrap();
    schedule(&scheduler_client(&aws), "r", &at(&aws, HOUR), target).send().await.unwrap();
    aws.clock().advance(2 * HOUR).unwrap();
    aws
}

#[tokio::test]
async fn a_failing_function_is_tried_three_times_with_the_same_event() {
    let failed = InvokeError::Failed("boom".to_owned());
    let function = Function::failing(vec![failed; 5]);
    let aws = fire_function(&function).await;
    until("three attempts", async || function.calls() == 3).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let events = function.events.lock().unwrap().clone();
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| *event == events[0]) && events[0].starts_with(b"{\"id\":\""));
    assert!(received(&aws, "dead").is_empty());
}

#[tokio::test]
async fn a_missing_function_is_a_dead_letter() {
    let function = Function::failing(vec![InvokeError::NoSuchFunction("reminders".to_owned())]);
    let aws = fire_function(&function).await;
    until("it is a dead letter", async || received(&aws, "dead").len() == 1).await;
    assert_eq!(function.calls(), 1);
}

#[tokio::test]
async fn schedules_survive_a_restart_and_fire_late_rather_than_never() {
    let folder = tempfile::tempdir().unwrap();
    let aws = start_in(folder.path()).await;
    fifo(&aws, true).await;
    let client = scheduler_client(&aws);
    client.create_schedule_group().name("timers").send().await.unwrap();
    let timer = schedule(&client, "t", &at(&aws, HOUR), queue_target(&aws, "kept")).group_name("timers");
    timer.action_after_completion(ActionAfterCompletion::Delete).send().await.unwrap();
    let clock = aws.clock().clone();
    aws.stop();
    clock.advance(3 * HOUR).unwrap();
    let aws = start_in(folder.path()).await;
    until("it fires", async || received(&aws, "inbound.fifo") == ["kept"]).await;
}
