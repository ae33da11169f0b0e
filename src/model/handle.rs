//! One model, shared by the components and the frame loop.

use super::Model;
use crate::hooks::use_after;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use yew::prelude::*;

/// A share in the page's model. Two handles are equal if they share the same one.
#[derive(Clone)]
pub struct Handle(Rc<Shared>);

struct Shared {
    model: RefCell<Model>,
    revision: Cell<u64>,
    subscribers: RefCell<Vec<(u64, Callback<()>)>>,
    next_subscriber: Cell<u64>,
}

impl PartialEq for Handle {
    fn eq(&self, other: &Handle) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Handle {
    pub fn new(model: Model) -> Handle {
        Handle(Rc::new(Shared {
            model: RefCell::new(model),
            revision: Cell::new(0),
            subscribers: RefCell::new(Vec::new()),
            next_subscriber: Cell::new(0),
        }))
    }

    pub fn read(&self) -> Ref<'_, Model> {
        self.0.model.borrow()
    }

    /// Changes the model and tells everyone.
    pub fn update<R>(&self, f: impl FnOnce(&mut Model) -> R) -> R {
        let result = self.update_quietly(f);
        self.notify();
        result
    }

    /// Changes the model and tells no one; the frame loop calls [`Handle::notify`] when it is time.
    pub fn update_quietly<R>(&self, f: impl FnOnce(&mut Model) -> R) -> R {
        f(&mut self.0.model.borrow_mut())
    }

    /// Tells everyone that the model has changed.
    pub fn notify(&self) {
        self.0.revision.set(self.0.revision.get() + 1);
        let called: Vec<Callback<()>> = self
            .0
            .subscribers
            .borrow()
            .iter()
            .map(|(_, callback)| callback.clone())
            .collect();
        for callback in called {
            callback.emit(());
        }
    }

    /// Counted up at each notification.
    pub fn revision(&self) -> u64 {
        self.0.revision.get()
    }

    /// Calls back at each notification, as long as the subscription lives.
    pub fn subscribe(&self, callback: Callback<()>) -> Subscription {
        let id = self.0.next_subscriber.get();
        self.0.next_subscriber.set(id + 1);
        self.0.subscribers.borrow_mut().push((id, callback));
        Subscription {
            handle: self.clone(),
            id,
        }
    }
}

/// Ends when it is dropped.
pub struct Subscription {
    handle: Handle,
    id: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.handle
            .0
            .subscribers
            .borrow_mut()
            .retain(|(id, _)| *id != self.id);
    }
}

/// Renders the component again when the model has changed; returns the model's revision.
#[hook]
pub fn use_model(handle: &Handle) -> u64 {
    let trigger = use_force_update();
    let shared = handle.clone();
    use_after(&[], move || {
        shared.subscribe(Callback::from(move |()| trigger.force_update()))
    });
    handle.revision()
}
