//! Writes what several ask for at the same time together, in one go.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use tokio::sync::Notify;

/// Collects what is to be written while an earlier group is on its way.
#[derive(Debug)]
pub(super) struct Groups<T, R> {
    next: RefCell<Rc<Group<T, R>>>,
    is_writing: Cell<bool>,
    written: Notify,
}

/// What is written together.
#[derive(Debug)]
struct Group<T, R> {
    items: RefCell<Vec<T>>,
    /// A result for each item, in their order.
    ended: OnceCell<Vec<R>>,
}

impl<T, R> Default for Group<T, R> {
    fn default() -> Self {
        Group { items: RefCell::default(), ended: OnceCell::new() }
    }
}

impl<T, R> Default for Groups<T, R> {
    fn default() -> Self {
        Groups { next: RefCell::default(), is_writing: Cell::default(), written: Notify::new() }
    }
}

/// While it lives, others wait; one of them goes on when it is dropped.
struct Writing<'a> {
    is_writing: &'a Cell<bool>,
    written: &'a Notify,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.is_writing.set(false);
        self.written.notify_waiters();
    }
}

impl<T: Clone, R: Clone> Groups<T, R> {
    /// Writes an item with those that others hand in meanwhile, and returns how that ended for it. `write` gets the items of
    /// a group and returns one result for each.
    pub(super) async fn write(&self, item: T, write: impl AsyncFn(&[T]) -> Vec<R>) -> R {
        let group = Rc::clone(&self.next.borrow());
        let place = group.items.borrow().len();
        group.items.borrow_mut().push(item);
        loop {
            if let Some(ended) = group.ended.get() {
                return ended[place].clone();
            }
            if self.is_writing.get() {
                self.written.notified().await;
                continue;
            }
            self.is_writing.set(true);
            let _writing = Writing { is_writing: &self.is_writing, written: &self.written };
            // Others that are about to write add their items first.
            tokio::task::yield_now().await;
            if Rc::ptr_eq(&group, &self.next.borrow()) {
                self.next.take();
            }
            let items = group.items.borrow().clone();
            let _ = group.ended.set(write(&items).await);
        }
    }
}
