//! Changes JSON as JSON. Most of the bytes of a file of flows hold it together: changed at random, it is hardly ever one
//! any more, and little of what reads it is reached.

use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Value, json};

/// Changes the file in `data`, up to a zero byte, or one time in four the bytes as they come. Gives the new size.
pub(crate) fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let end = data[..size].iter().position(|byte| *byte == 0).unwrap_or(size);
    let Ok(mut file) = serde_json::from_slice::<Value>(&data[..end]) else { return fuzzer_mutate(data, size, most) };
    if seed.is_multiple_of(4) {
        return fuzzer_mutate(data, size, most);
    }
    let mut chance = Chance(seed);
    let parts = parts(&file);
    let (at, other) = (chance.below(parts), chance.below(parts));
    let mut copied = None;
    visit(&mut file, &mut other.clone(), &mut |value| copied = Some(value.clone()));
    visit(&mut file, &mut at.clone(), &mut |value| change(value, copied.take().unwrap_or_default(), &mut chance));
    let mut written = file.to_string().into_bytes();
    written.extend_from_slice(&data[end..size]);
    if written.len() > most {
        return fuzzer_mutate(data, size, most);
    }
    data[..written.len()].copy_from_slice(&written);
    written.len()
}

/// Numbers that look like chance: a linear congruential generator.
struct Chance(u32);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % limit.max(1)
    }
}

fn change(value: &mut Value, other: Value, chance: &mut Chance) {
    match (value, chance.below(6)) {
        (Value::String(text), 0..3) => {
            let mut bytes = text.clone().into_bytes();
            let length = bytes.len();
            bytes.resize(length + 16, 0);
            let length = fuzzer_mutate(&mut bytes, length, length + 16);
            *text = String::from_utf8_lossy(&bytes[..length]).replace('\0', "");
        }
        (Value::Array(items), 0) if !items.is_empty() => drop(items.remove(chance.below(items.len()))),
        (Value::Array(items), 1 | 2) => items.insert(chance.below(items.len() + 1), other),
        (Value::Object(members), 0) if !members.is_empty() => {
            let name = members.keys().nth(chance.below(members.len())).cloned().unwrap_or_default();
            members.remove(&name);
        }
        (Value::Number(number), 0..3) => *number = ((number.as_i64().unwrap_or(0)) ^ (1 << chance.below(40))).into(),
        (value, 3) => {
            let simple = [Value::Null, json!({}), json!([]), json!(""), json!(true), json!(-1), json!([[["a"]]])];
            *value = simple[chance.below(simple.len())].clone();
        }
        (value, _) => *value = other,
    }
}

/// How many values there are in a value, itself included.
fn parts(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(parts).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(parts).sum::<usize>(),
        _ => 1,
    }
}

/// Shows the `at`th value to `see`, from the outside in.
fn visit(value: &mut Value, at: &mut usize, see: &mut dyn FnMut(&mut Value)) {
    if *at == 0 {
        see(value);
        *at = usize::MAX;
        return;
    }
    *at -= usize::from(*at != usize::MAX);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, at, see)),
        Value::Object(members) => members.values_mut().for_each(|member| visit(member, at, see)),
        _ => {}
    }
}
