//! Conversations of contacts that are found to be one person: on each line they become one.

use crate::conversation::Conversation;
use crate::id::ContactId;

/// The conversation of a line after its contacts have become one.
#[derive(Clone, Debug)]
pub struct Joined {
    /// As it is from now on, with the version at which the contact that stays had it; 0 if it had none.
    pub conversation: Conversation,
    /// Those it came from, as they were read: they go.
    pub from: Vec<Conversation>,
}

/// Makes the conversations `theirs`, of contacts that `keep` absorbs, those of `keep`, which so far has `ours`.
pub fn join(keep: &ContactId, mut ours: Vec<Conversation>, theirs: Vec<Conversation>) -> Vec<Joined> {
    let mut joined: Vec<Joined> = Vec::new();
    for theirs in theirs {
        let at = joined.iter().position(|joined| joined.conversation.line == theirs.line).unwrap_or_else(|| {
            let line = theirs.line.clone();
            let conversation = match ours.iter().position(|ours| ours.line == line) {
                Some(index) => ours.swap_remove(index),
                None => Conversation::new(keep.clone(), line, theirs.last_activity_at),
            };
            joined.push(Joined { conversation, from: Vec::new() });
            joined.len() - 1
        });
        if let Some(joined) = joined.get_mut(at) {
            joined.conversation.absorb(theirs.clone());
            joined.from.push(theirs);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LineId;
    use jiff::Timestamp;

    #[test]
    fn conversations_are_joined_line_by_line() {
        let of = |contact: &str, line: &str, unanswered| {
            let mut it = Conversation::new(ContactId::new(contact), LineId::new(line), Timestamp::UNIX_EPOCH);
            (it.unanswered, it.version) = (unanswered, 7);
            it
        };
        let theirs = vec![of("b", "1", 2), of("b", "2", 3), of("c", "1", 4)];
        let joined = join(&ContactId::new("a"), vec![of("a", "1", 1), of("a", "3", 9)], theirs);
        let told: Vec<_> = joined
            .iter()
            .map(|joined| {
                let it = &joined.conversation;
                (it.line.as_str(), it.contact.as_str(), it.unanswered, it.version, joined.from.len())
            })
            .collect();
        assert_eq!(told, [("1", "a", 7, 7, 2), ("2", "a", 3, 0, 1)]);
    }
}
