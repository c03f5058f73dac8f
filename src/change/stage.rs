//! How far a change has come: the run and what sends it tell, and the renderer shows.

use std::cell::Cell;
use std::rc::Rc;

/// How far a change has come, in this order. One that is sent again starts over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is being read, booked and asked about.
    #[default]
    Started,
    /// It may be sent.
    Checked,
    Sending,
    /// The backend said yes.
    Answered,
    /// No answer came, or none that tells.
    Lost,
    /// What became of it is known, or that nobody can tell.
    ReadBack,
    /// It is sent again after a pause.
    Waiting,
}

impl Stage {
    /// What is being done, for whoever waits. `noun` is what is changed.
    fn words(self, noun: &str) -> String {
        match self {
            Stage::Started => format!("reading the {noun}"),
            Stage::Checked => format!("checking the {noun}"),
            Stage::Sending => "sending the change".to_owned(),
            Stage::Answered => "confirmed by the API; waiting for it to take effect".to_owned(),
            Stage::Lost => "the response was lost; checking the current state".to_owned(),
            Stage::ReadBack => "recording the outcome".to_owned(),
            Stage::Waiting => "waiting to send it again".to_owned(),
        }
    }
}

/// The stages of one change, over all its attempts.
#[derive(Debug, Default)]
pub(super) struct Track {
    stage: Cell<Stage>,
    /// How often the backend has said yes in this run, to whatever change.
    answers: Rc<Cell<usize>>,
}

impl Track {
    pub(super) fn new(answers: &Rc<Cell<usize>>) -> Self {
        Track { stage: Cell::default(), answers: Rc::clone(answers) }
    }

    pub(super) fn reach(&self, stage: Stage) {
        if stage == Stage::Answered {
            self.answers.set(self.answers.get() + 1);
        }
        self.stage.set(stage);
    }

    pub(super) fn words(&self, noun: &str) -> String {
        self.stage.get().words(noun)
    }

    pub(super) fn answers(&self) -> usize {
        self.answers.get()
    }
}
