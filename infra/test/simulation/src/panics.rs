//! Records the panics of a run. After a handler panics, its message is delivered again, and the run may still end well. The panic
//! is a defect all the same.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
};

thread_local! {
    /// The panics of this thread while a run records them: a run uses one thread.
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Calls `run` and returns its result with every panic on this thread meanwhile, caught or not. `None` if `run` itself panicked.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> (Option<T>, Vec<String>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            let is_recorded =
                PANICS.with_borrow_mut(|caught| caught.as_mut().map(|caught| caught.push(panic.to_string())).is_some());
            if !is_recorded {
                before(panic);
            }
        }));
    });
    PANICS.set(Some(Vec::new()));
    let done = catch_unwind(AssertUnwindSafe(run)).ok();
    (done, PANICS.take().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_recorded_whether_it_is_caught_or_not() {
        let (done, panics) = caught(|| catch_unwind(|| panic!("inside")).is_err());
        assert_eq!((done, panics.len()), (Some(true), 1));
        assert!(panics[0].contains("inside"), "{panics:?}");
        let (done, panics) = caught(|| if panics.is_empty() { 1 } else { panic!("outside") });
        assert!(done.is_none() && panics[0].contains("outside"), "{panics:?}");
        assert_eq!(caught(|| 5), (Some(5), vec![]));
    }
}
