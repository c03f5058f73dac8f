//! How many requests may be decided without anybody having counted them. A person types the number, and a script gives it
//! with `--max`.

use crate::change::Permit;
use crate::error::Error;
use crate::exit::Exit;
use crate::text::words;

/// More than these have to be counted, however they were selected.
const MANY: usize = 50;

/// How requests are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Way {
    /// Each by its ID on the command line or by its decision in a file, or by the rules of a policy, which have limits.
    EachByItself,
    /// By a filter, or a file of IDs.
    Together,
    /// By `--all`: whatever is pending by then.
    All,
}

/// Whether a person who is asked about so many has to type the number.
pub(super) fn is_typed(selected: usize, is_everything: bool) -> bool {
    selected > MANY || (is_everything && selected > 1)
}

/// Refuses more requests than `--max` (exit 15), and those that nobody is asked about and nobody has counted (exit 2).
pub(in crate::commands) fn check(
    selected: usize,
    most: Option<u64>,
    way: Way,
    permit: &Permit,
) -> Result<(), Error> {
    let selected_words = || {
        let count = words::count(selected, "request", "requests");
        format!("{count} {} selected", if selected == 1 { "is" } else { "are" })
    };
    let is_uncounted = match way {
        Way::EachByItself => false,
        Way::Together => selected > MANY,
        Way::All => selected > 0,
    };
    match most {
        Some(most) if selected as u64 > most => Err(Error::new(
            Exit::Refused,
            format!("{}, but --max is {most}; nothing was sent", selected_words()),
        )
        .hint("preview with --dry-run, then select fewer requests or use a larger --max")),
        None if is_uncounted && !permit.must_ask && !permit.dry_run => {
            let with = if selected > MANY { "" } else { " by --all" };
            Err(Error::usage(format!("--max is required: {}{with} without a prompt", selected_words()))
                .hint(format!("preview with --dry-run, then add --max {selected}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_is_asked_about_is_counted() {
        let unasked = Permit::asking(false);
        let asked = Permit::asking(true);
        for (selected, most, way, exit) in [
            (50, None, Way::Together, None),
            (51, None, Way::Together, Some(Exit::Usage)),
            (51, Some(51), Way::Together, None),
            (51, Some(50), Way::Together, Some(Exit::Refused)),
            (1000, None, Way::EachByItself, None),
            (2, Some(1), Way::EachByItself, Some(Exit::Refused)),
            (0, None, Way::All, None),
            (1, None, Way::All, Some(Exit::Usage)),
            (1, Some(5), Way::All, None),
        ] {
            let found = |permit| check(selected, most, way, permit).err().map(|error| error.exit);
            assert_eq!(found(&unasked), exit, "{selected} {most:?} {way:?}");
            let refused = exit.filter(|exit| *exit == Exit::Refused);
            assert_eq!(found(&asked), refused, "{selected} {most:?} {way:?}");
            assert_eq!(found(&Permit::to_show()), refused, "{selected} {most:?} {way:?}");
        }
    }
}
