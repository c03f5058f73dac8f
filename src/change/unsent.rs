//! Changes that were not sent because the run ended before: people are told of them together, with their number.

use crate::text::words;

/// Ids named in the line.
const MOST_NAMED: usize = 5;

/// Those that were not sent for one reason.
#[derive(Debug)]
pub(super) struct Group {
    why: String,
    /// Whether a signal ended the run, which is no fault.
    pub(super) by_signal: bool,
    ids: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Unsent(Vec<Group>);

impl Unsent {
    /// Adds one.
    pub(super) fn add(&mut self, id: &str, why: &str, by_signal: bool) {
        match self.0.iter_mut().find(|group| group.why == why) {
            Some(group) => group.ids.push(id.to_owned()),
            None => self.0.push(Group { why: why.to_owned(), by_signal, ids: vec![id.to_owned()] }),
        }
    }

    /// Those to show, once for each reason.
    pub(super) fn take(&mut self) -> Vec<Group> {
        std::mem::take(&mut self.0)
    }
}

impl Group {
    /// How many they are, with the first of them. `noun` is what they are.
    pub(super) fn line(&self, noun: &str) -> String {
        let Group { why, ids, .. } = self;
        if let [id] = &ids[..] {
            return format!("{id} was not sent: {why}");
        }
        let (named, more) = ids.split_at(ids.len().min(MOST_NAMED));
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        let count = words::count(ids.len(), noun, &format!("{noun}s"));
        format!("{count} were not sent ({why}): {}{more}", named.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_named_and_of_many_the_first_few() {
        let line = |count: usize| {
            let mut unsent = Unsent::default();
            (0..count).for_each(|nth| unsent.add(&nth.to_string(), "interrupted", true));
            unsent.0[0].line("service key")
        };
        assert_eq!(line(1), "0 was not sent: interrupted");
        assert_eq!(line(2), "2 service keys were not sent (interrupted): 0 1");
        assert_eq!(line(5), "5 service keys were not sent (interrupted): 0 1 2 3 4");
        assert_eq!(line(5000), "5000 service keys were not sent (interrupted): 0 1 2 3 4 and 4995 more");
    }
}
