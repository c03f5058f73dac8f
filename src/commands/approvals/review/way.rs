//! The way through the requests of a review: forward, back, and back to what was skipped.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Skipped,
    Decided,
}

#[derive(Debug)]
pub(super) struct Way {
    marks: Vec<Mark>,
    /// Positions in the order in which they were skipped; some may have been opened again.
    skips: Vec<usize>,
}

impl Way {
    pub(super) fn new(all: usize) -> Self {
        Way { marks: vec![Mark::Open; all], skips: Vec::new() }
    }

    /// The next open request after this position, or the first one that was left open before it.
    pub(super) fn next(&self, from: usize) -> Option<usize> {
        let open = |&position: &usize| self.marks[position] == Mark::Open;
        (from..self.marks.len()).find(open).or_else(|| (0..from.min(self.marks.len())).find(open))
    }

    pub(super) fn skip(&mut self, position: usize) {
        self.marks[position] = Mark::Skipped;
        self.skips.push(position);
    }

    pub(super) fn decide(&mut self, position: usize) {
        self.marks[position] = Mark::Decided;
    }

    /// The nearest request before this position that is not decided.
    pub(super) fn previous(&self, position: usize) -> Option<usize> {
        (0..position).rev().find(|&earlier| self.marks[earlier] != Mark::Decided)
    }

    /// The request that was skipped last.
    pub(super) fn last_skipped(&self) -> Option<usize> {
        self.skips.iter().rev().copied().find(|&position| self.marks[position] == Mark::Skipped)
    }

    /// Opens a request again; a decision is final.
    pub(super) fn open(&mut self, position: usize) {
        if self.marks[position] == Mark::Skipped {
            self.marks[position] = Mark::Open;
        }
        self.skips.retain(|&skipped| skipped != position);
    }

    pub(super) fn skipped_count(&self) -> usize {
        self.marks.iter().filter(|&&mark| mark == Mark::Skipped).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decided_is_passed_over_both_ways() {
        let mut way = Way::new(4);
        way.skip(0);
        way.decide(1);
        assert_eq!((way.next(1), way.previous(2), way.previous(0)), (Some(2), Some(0), None));
        way.decide(0);
        assert_eq!((way.previous(2), way.last_skipped()), (None, None));
    }

    #[test]
    fn what_was_left_open_by_going_back_comes_again() {
        let mut way = Way::new(3);
        way.skip(0);
        way.skip(1);
        // Back from the third to the second, and on to the first.
        way.open(1);
        way.open(0);
        way.decide(0);
        assert_eq!(way.next(1), Some(1));
        way.skip(1);
        assert_eq!(way.next(2), Some(2));
        way.decide(2);
        assert_eq!((way.next(3), way.skipped_count()), (None, 1));
    }

    #[test]
    fn an_undo_goes_to_the_last_skip_and_then_to_the_one_before() {
        let mut way = Way::new(3);
        way.skip(0);
        way.decide(1);
        way.skip(2);
        assert_eq!(way.last_skipped(), Some(2));
        way.open(2);
        assert_eq!((way.next(3), way.last_skipped()), (Some(2), Some(0)));
    }
}
