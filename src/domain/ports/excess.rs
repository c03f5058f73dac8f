//! What exceeds the limit for selling a port, and who set that limit.

use crate::domain::approvals::{Approval, Kind, Source};
use crate::domain::ports::Share;
use crate::error::Error;
use crate::exit::Exit;
use crate::text::Uid;
use crate::text::{Mbps, words};

/// Ports that a question names.
const MOST_NAMED: usize = 3;

/// How much of a port may be sold, in percent of its speed, and by whom that is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ceiling {
    pub(crate) percent: u32,
    pub(crate) set_by: SetBy,
}

/// Who limits how much of a port is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetBy {
    /// Nobody: a port has no more than its speed.
    Nobody,
    Profile,
    /// An option or variable of this name.
    Option(&'static str),
}

impl Ceiling {
    /// Without a limit, more than a port's speed is worth a question.
    pub(crate) const NONE: Self = Ceiling { percent: 100, set_by: SetBy::Nobody };

    /// Whether more must not be sold unless a person agrees.
    pub(crate) fn is_limit(self) -> bool {
        self.set_by != SetBy::Nobody
    }

    /// What exceeding it is: `exceed the limit of 80% on SYD1-A`.
    fn exceed(self, ports: &str) -> String {
        match self {
            Ceiling { set_by: SetBy::Nobody, .. } => format!("oversubscribe {ports}"),
            Ceiling { percent, .. } => format!("exceed the limit of {percent}% on {ports}"),
        }
    }

    /// The limit, after an article: `profile's limit of 80%`.
    fn words(self) -> String {
        let Ceiling { percent, set_by } = self;
        match set_by {
            SetBy::Nobody => format!("limit of {percent}%"),
            SetBy::Profile => format!("profile's limit of {percent}%"),
            SetBy::Option(name) => format!("limit of {percent}% ({name})"),
        }
    }
}

/// Why accepting requires confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Excess {
    Above {
        port: String,
        share: Share,
        ceiling: Ceiling,
    },
    /// Can't be determined.
    NotKnown {
        why: String,
        ceiling: Ceiling,
    },
}

impl Excess {
    /// What exceeds the ceiling, by the room that was filled in. What isn't known is not within a limit.
    pub(crate) fn find(approval: &Approval, ceiling: Ceiling) -> Option<Self> {
        if approval.kind == Kind::TermChange {
            return None;
        }
        let not_known = |why: String| ceiling.is_limit().then_some(Excess::NotKnown { why, ceiling });
        let end = approval.my_end();
        let Some(port) = end
            .and_then(|end| end.product_name.clone().or_else(|| end.product_uid.clone().map(String::from)))
        else {
            return not_known("the request has no port".to_owned());
        };
        let Some(added) = approval.added_mbps() else {
            return not_known("the request has no speed".to_owned());
        };
        let Some((speed_mbps, left)) = approval.port_speed_mbps.zip(approval.room_after_mbps) else {
            // Orders of the queue may end on ports that aren't mine.
            let is_mine = approval.source == Source::Marketplace;
            return is_mine.then(|| not_known(format!("the speed of {port} is unknown"))).flatten();
        };
        let sold = i64::try_from(speed_mbps.0).unwrap_or(i64::MAX).saturating_sub(left);
        let after_mbps = Mbps(u64::try_from(sold).unwrap_or_default());
        let share = Share { speed_mbps, before_mbps: after_mbps.saturating_sub(added), after_mbps };
        share.is_above(ceiling.percent).then_some(Excess::Above { port, share, ceiling })
    }

    /// The consequence, without a full stop.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Excess::Above { port, share, ceiling } => {
                let percent = share.after_percent().unwrap_or_default();
                let sold = format!("({} of {} Mbps)", share.after_mbps, share.speed_mbps);
                match ceiling.set_by {
                    SetBy::Nobody => format!("{port} would be oversubscribed: {percent}% sold {sold}"),
                    _ => format!("{port} would be {percent}% sold {sold}, above the {}", ceiling.words()),
                }
            }
            Excess::NotKnown { why, ceiling } => {
                format!("can't check the {} sold: {why}", ceiling.words())
            }
        }
    }

    /// The sentence for one that was accepted.
    pub(crate) fn sentence_after(&self) -> String {
        match self {
            Excess::Above { port, share, .. } => {
                let change = share.change().unwrap_or_default();
                format!("{port} is now oversubscribed: {change} sold")
            }
            Excess::NotKnown { .. } => self.sentence(),
        }
    }

    /// What several exceed, for a question: a sentence for each port, and `oversubscribe SYD1-A and MEL2-B`.
    pub(crate) fn combine<'a>(excesses: impl IntoIterator<Item = &'a Excess>) -> (Vec<String>, String) {
        let mut most: Vec<(&str, &Excess)> = Vec::new();
        for excess in excesses {
            let port = excess.port();
            match most.iter_mut().find(|(known, _)| *known == port) {
                // The later one comes on top of the earlier.
                Some((_, known)) => *known = excess,
                None => most.push((port, excess)),
            }
        }
        let sentences = most.iter().map(|(_, excess)| excess.sentence()).collect();
        let ports: Vec<&str> = most.iter().map(|(port, _)| *port).collect();
        let (named, more) = ports.split_at(ports.len().min(MOST_NAMED));
        let named = named.join(", ");
        let ports = match more.len() {
            0 => named,
            more => format!("{named} and {}", words::count(more, "other port", "other ports")),
        };
        (sentences, most.first().map(|(_, excess)| excess.ceiling().exceed(&ports)).unwrap_or_default())
    }

    fn port(&self) -> &str {
        match self {
            Excess::Above { port, .. } => port,
            Excess::NotKnown { .. } => "an unknown port",
        }
    }

    pub(crate) fn ceiling(&self) -> Ceiling {
        match self {
            Excess::Above { ceiling, .. } | Excess::NotKnown { ceiling, .. } => *ceiling,
        }
    }

    /// Whether who agreed to `agreed` has agreed to this, too.
    pub(crate) fn is_within(&self, agreed: &Excess) -> bool {
        match (self, agreed) {
            (Excess::Above { port, share, .. }, Excess::Above { port: other, share: most, .. }) => {
                port == other && share.after_mbps <= most.after_mbps
            }
            (Excess::NotKnown { .. }, Excess::NotKnown { .. }) => true,
            _ => false,
        }
    }

    /// The error if nobody can be asked (exit 15).
    pub(crate) fn refusal(&self, id: &Uid, profile: &str) -> Error {
        let message = match self.ceiling().set_by {
            SetBy::Option(name) => format!("not allowed by {name}"),
            _ => format!("not allowed by the limit of profile '{profile}'"),
        };
        Error::new(Exit::Refused, message).reason(self.sentence()).resource(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn above(port: &str, after: u64) -> Excess {
        let share = Share {
            speed_mbps: Mbps(1000),
            before_mbps: Mbps(after.saturating_sub(100)),
            after_mbps: Mbps(after),
        };
        Excess::Above { port: port.to_owned(), share, ceiling: Ceiling::NONE }
    }

    fn unknown(why: &str) -> Excess {
        Excess::NotKnown { why: why.to_owned(), ceiling: Ceiling { percent: 80, set_by: SetBy::Profile } }
    }

    #[test]
    fn consent_covers_no_more_than_what_was_agreed_on_the_same_port() {
        for (excess, agreed, is_covered) in [
            (above("A", 1200), above("A", 1200), true),
            (above("A", 1100), above("A", 1200), true),
            (above("A", 1201), above("A", 1200), false),
            (above("B", 1100), above("A", 1200), false),
            (unknown("no speed"), above("A", 1200), false),
            (above("A", 1200), unknown("no speed"), false),
            (unknown("no speed"), unknown("no port"), true),
        ] {
            assert_eq!(excess.is_within(&agreed), is_covered, "{excess:?} {agreed:?}");
        }
    }

    #[test]
    fn several_are_told_once_for_each_port_with_the_last_sum() {
        let told = |excesses: &[Excess]| Excess::combine(excesses);
        let one = "A would be oversubscribed: 120% sold (1200 of 1000 Mbps)".to_owned();
        assert_eq!(told(&[above("A", 1100), above("A", 1200)]), (vec![one], "oversubscribe A".to_owned()));
        let ports = ["A", "B", "C", "D", "E"].map(|port| above(port, 1100));
        let (sentences, what) = told(&ports);
        assert_eq!((sentences.len(), what.as_str()), (5, "oversubscribe A, B, C and 2 other ports"));
        let (sentences, what) = told(&[unknown("the request has no speed")]);
        assert_eq!(sentences, ["can't check the profile's limit of 80% sold: the request has no speed"]);
        assert_eq!(what, "exceed the limit of 80% on an unknown port");
        assert_eq!(told(&[]), (Vec::new(), String::new()));
    }
}
