//! What components keep between two renderings, and what they do after one.
//!
//! Yew writes its own hooks out for every type of state, of dependency and of closure, a kilobyte
//! apiece. These forget the types first, so that each exists once.

use std::any::Any;
use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

/// Where a component keeps one value.
#[derive(Clone)]
struct Place {
    value: Rc<RefCell<Option<Rc<dyn Any>>>>,
    redraw: UseForceUpdateHandle,
}

impl Place {
    fn kept(&self) -> Option<Rc<dyn Any>> {
        self.value.borrow().clone()
    }

    fn keep(&self, value: Rc<dyn Any>) {
        self.value.replace(Some(value));
    }

    /// The value, or the first one if there is none yet.
    fn value_or<T: 'static>(&self, first: impl FnOnce() -> T) -> Rc<T> {
        let kept = self.kept().and_then(|value| value.downcast().ok());
        kept.unwrap_or_else(|| {
            let value = Rc::new(first());
            self.keep(value.clone());
            value
        })
    }
}

#[hook]
fn use_place() -> Place {
    let redraw = use_force_update();
    let value = use_mut_ref(|| None);
    Place { value, redraw }
}

/// A value as it was at a rendering; setting another one renders the component again.
pub struct State<T> {
    value: Rc<T>,
    place: Place,
}

impl<T: PartialEq + 'static> State<T> {
    /// Keeps another value, unless it equals the one that is kept.
    pub fn set(&self, value: T) {
        let kept = self.place.kept();
        if kept.is_none_or(|kept| kept.downcast_ref() != Some(&value)) {
            self.place.keep(Rc::new(value));
            self.place.redraw.force_update();
        }
    }
}

impl<T> Clone for State<T> {
    fn clone(&self) -> State<T> {
        State {
            value: Rc::clone(&self.value),
            place: self.place.clone(),
        }
    }
}

impl<T: PartialEq> PartialEq for State<T> {
    fn eq(&self, other: &State<T>) -> bool {
        self.value == other.value
    }
}

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A state that begins with a value.
pub fn use_value<T: 'static>(first: fn() -> T) -> impl Hook<Output = State<T>> {
    struct Value<T>(fn() -> T);
    impl<T: 'static> Hook for Value<T> {
        type Output = State<T>;

        fn run(self, context: &mut HookContext) -> State<T> {
            let place = use_place().run(context);
            State {
                value: place.value_or(self.0),
                place,
            }
        }
    }
    Value(first)
}

/// A value that is made once and lives as long as the component.
pub fn use_once<T: 'static>(make: impl FnOnce() -> T) -> impl Hook<Output = Rc<T>> {
    struct Once<F>(F);
    impl<T: 'static, F: FnOnce() -> T> Hook for Once<F> {
        type Output = Rc<T>;

        fn run(self, context: &mut HookContext) -> Rc<T> {
            use_place().run(context).value_or(self.0)
        }
    }
    Once(make)
}

type Effect = Box<dyn FnOnce() -> Box<dyn Any>>;

/// Does something after the first rendering, and again after each for which the numbers differ.
/// What it returns is dropped before the next time, or with the component.
pub fn use_after<R: 'static>(
    numbers: &[u64],
    effect: impl FnOnce() -> R + 'static,
) -> impl Hook<Output = ()> {
    use_effect_of(numbers.to_vec(), Box::new(move || Box::new(effect())))
}

#[hook]
fn use_effect_of(numbers: Vec<u64>, effect: Effect) {
    use_effect_with(numbers, move |_| {
        let kept = effect();
        move || drop(kept)
    });
}

/// Opens a dialog over everything else, and closes it.
#[hook]
pub fn use_modal(node: &NodeRef, open: bool) {
    let node = node.clone();
    use_after(&[u64::from(open)], move || {
        if let Some(dialog) = node.cast::<web_sys::HtmlDialogElement>() {
            if open && !dialog.open() {
                let _ = dialog.show_modal();
            } else if !open && dialog.open() {
                dialog.close();
            }
        }
    });
}
