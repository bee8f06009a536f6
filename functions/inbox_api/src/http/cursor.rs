//! `next` of one page and `after` of the following one: where a list goes on, sealed with a sum, so that what was
//! changed on the way, or belongs to another list, is refused instead of leading anywhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// How many bytes of the sum there are.
const SUM: usize = 6;

/// The cursor of a position in a list; `list` names the list and what it is of.
pub(crate) fn sealed(list: &[&str], position: &str) -> String {
    let mut bytes = sum(list, position).to_vec();
    bytes.extend_from_slice(position.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The position of a cursor of this list; nothing for the first page.
pub(crate) fn opened(list: &[&str], after: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(after) = after else { return Ok(None) };
    let position = URL_SAFE_NO_PAD.decode(after).ok().and_then(|bytes| {
        let (sum_given, position) = bytes.split_at_checked(SUM)?;
        let position = std::str::from_utf8(position).ok()?;
        (sum_given == sum(list, position)).then(|| position.to_owned())
    });
    let detail = "`after` is not the `next` of a page of this list. Leave it out to begin at the first page.";
    position.map(Some).ok_or_else(|| Problem::bad_request(detail))
}

fn sum(list: &[&str], position: &str) -> [u8; SUM] {
    let mut hash = Sha256::new();
    for part in list.iter().chain([&position]) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut sum = [0; SUM];
    sum.copy_from_slice(&hash.finalize()[..SUM]);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_position_in_its_list_only() {
        for position in ["", "0001#a", "ñandú 🇨🇴"] {
            let cursor = sealed(&["messages", "c-1"], position);
            assert_eq!(opened(&["messages", "c-1"], Some(&cursor)).unwrap().as_deref(), Some(position));
            for other in [&["messages", "c-2"][..], &["reminders", "c-1"], &["messages", "c-", "1"], &[]] {
                assert!(opened(other, Some(&cursor)).is_err(), "{other:?}");
            }
        }
        assert_eq!(opened(&["messages"], None).unwrap(), None);
    }

    #[test]
    fn what_was_changed_is_refused() {
        let cursor = sealed(&["messages"], "0001#a");
        for index in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(opened(&["messages"], Some(&changed)).is_err(), "{changed}");
            assert!(opened(&["messages"], Some(&cursor[..index])).is_err(), "{index}");
        }
        for rubbish in ["", "x", "null", "0001#a", "%", &"A".repeat(3_000)] {
            assert!(opened(&["messages"], Some(rubbish)).is_err(), "{rubbish}");
        }
    }
}
