//! What panicked in a run. A handler that panics is a process that dies: the message comes again, and the run may end well. That
//! it panicked is a defect all the same.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
};

thread_local! {
    /// A run is one thread.
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Does something and says what panicked on this thread meanwhile, caught or not; no result if it was this itself.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> (Option<T>, Vec<String>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            let is_noted =
                PANICS.with_borrow_mut(|caught| caught.as_mut().map(|caught| caught.push(panic.to_string())).is_some());
            if !is_noted {
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
    fn a_panic_is_noted_wherever_it_is_caught() {
        let (done, panics) = caught(|| catch_unwind(|| panic!("inside")).is_err());
        assert_eq!((done, panics.len()), (Some(true), 1));
        assert!(panics[0].contains("inside"), "{panics:?}");
        let (done, panics) = caught(|| if panics.is_empty() { 1 } else { panic!("outside") });
        assert!(done.is_none() && panics[0].contains("outside"), "{panics:?}");
        assert_eq!(caught(|| 5), (Some(5), vec![]));
    }
}
