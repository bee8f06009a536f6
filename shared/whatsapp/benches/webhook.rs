//! What a webhook POST costs: the signature, the parsing, both. The budget of the whole function is 0.3 ms of CPU.
#![allow(missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

fn one_message() -> Vec<u8> {
    br#"{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Sheena Nelson","username":"sheena.n"},"wa_id":"16505551234","user_id":"US.13491208655302741918"}],"messages":[{"context":{"from":"15550783881","id":"wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA"},"from":"16505551234","from_user_id":"US.13491208655302741918","id":"wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTZBQzg0MzQ4QjRCM0NGNkVGOAA=","timestamp":"1750025136","type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"cancel-button","title":"Cancel"}}}]},"field":"messages"}]}]}"#.to_vec()
}

fn batch(messages: usize) -> Vec<u8> {
    let one = String::from_utf8(one_message()).unwrap_or_default();
    let (head, rest) = one.split_once(r#""messages":["#).unwrap_or_default();
    let (message, tail) = rest.split_once(r#"]},"field""#).unwrap_or_default();
    let messages = vec![message; messages].join(",");
    format!(r#"{head}"messages":[{messages}]}},"field"{tail}"#).into_bytes()
}

fn webhook(criterion: &mut Criterion) {
    for (name, body) in [("one message", one_message()), ("a thousand messages", batch(1000))] {
        let header = whatsapp::signature::sign("app-secret", &body);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("verify", |bencher| {
            bencher.iter(|| whatsapp::signature::verify(&["app-secret"], black_box(&body), Some(&header)));
        });
        group.bench_function("parse", |bencher| bencher.iter(|| whatsapp::parse(black_box(&body))));
        group.finish();
    }
}

criterion_group!(benches, webhook);
criterion_main!(benches);
