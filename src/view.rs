//! Markup that costs little: `view!` reads as Yew's `html!` does, and builds the same nodes.
//!
//! `html!` writes each element out as code of its own, some 400 bytes apiece. `view!` turns every
//! tag, attribute and child into one call of [`Build`], so that the page stays small. It knows
//! native elements only; a component is put in with [`part`].

use std::any::Any;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use yew::functional::{FunctionProvider, Hook, HookContext};
use yew::prelude::*;
use yew::virtual_dom::{AttributeOrProperty, Attributes, Key, Listener, VComp, VList, VTag, VText};

/// Builds nodes from tags in the order in which they are written.
#[derive(Default)]
pub struct Build {
    /// Elements that are open, outermost first.
    open: Vec<Open>,
    /// What has been finished at the outermost level.
    done: Vec<Html>,
}

/// An element, or a fragment, that is not closed yet.
struct Open {
    /// `None` for a fragment.
    tag: Option<VTag>,
    /// The attributes' names, and their values as far as they have been given.
    keys: &'static [&'static str],
    values: Vec<Value>,
    children: Vec<Html>,
}

/// The value of an attribute: text, or nothing.
pub type Value = Option<AttributeOrProperty>;

impl Build {
    /// Begins an element; a call of [`Attribute::give`] follows for each name.
    #[inline(never)]
    pub fn open(&mut self, tag: &'static str, keys: &'static [&'static str]) {
        self.begin(Some(VTag::new(tag)), keys);
    }

    #[inline(never)]
    pub fn open_fragment(&mut self) {
        self.begin(None, &[]);
    }

    fn begin(&mut self, tag: Option<VTag>, keys: &'static [&'static str]) {
        self.open.push(Open {
            tag,
            keys,
            values: Vec::with_capacity(keys.len()),
            children: Vec::new(),
        });
    }

    #[inline(never)]
    fn value(&mut self, value: Value) {
        if let Some(open) = self.open.last_mut() {
            open.values.push(value);
        }
    }

    /// The element that was opened last.
    fn tag(&mut self) -> Option<&mut VTag> {
        self.open.last_mut().and_then(|open| open.tag.as_mut())
    }

    #[inline(never)]
    fn set_key(&mut self, key: Key) {
        if let Some(tag) = self.tag() {
            tag.key = Some(key);
        }
    }

    pub fn key(&mut self, key: impl Into<Key>) {
        self.set_key(key.into());
    }

    #[inline(never)]
    pub fn node(&mut self, node: NodeRef) {
        if let Some(tag) = self.tag() {
            tag.node_ref = node;
        }
    }

    #[inline(never)]
    pub fn listen(&mut self, listener: Rc<dyn Listener>) {
        if let Some(tag) = self.tag() {
            tag.add_listener(listener);
        }
    }

    #[inline(never)]
    pub fn close(&mut self) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let mut children = open.children;
        let inside = match children.len() {
            1 => children.swap_remove(0),
            _ => Html::VList(Rc::new(VList::with_children(children, None))),
        };
        self.push(match open.tag {
            None => inside,
            Some(mut tag) => {
                tag.set_attributes(Attributes::Dynamic {
                    keys: open.keys,
                    values: open.values.into_boxed_slice(),
                });
                if let Some(place) = tag.children_mut() {
                    *place = inside;
                }
                Html::VTag(Rc::new(tag))
            }
        });
    }

    #[inline(never)]
    fn push(&mut self, child: Html) {
        match self.open.last_mut() {
            Some(open) => open.children.push(child),
            None => self.done.push(child),
        }
    }

    pub fn add(&mut self, piece: impl Piece) {
        piece.add_to(self);
    }

    pub fn list<P: Piece>(&mut self, pieces: impl IntoIterator<Item = P>) {
        for piece in pieces {
            piece.add_to(self);
        }
    }

    #[inline(never)]
    pub fn finish(mut self) -> Html {
        match self.done.len() {
            1 => self.done.swap_remove(0),
            _ => Html::VList(Rc::new(VList::with_children(self.done, None))),
        }
    }
}

/// A component as a piece of markup.
///
/// Yew writes out a component's whole life for every type, some six kilobytes apiece. Here all are
/// one type, [`Part`], which knows by two functions what to render and when.
pub fn part<C: FunctionProvider>(key: &'static str, props: C::Properties) -> Html
where
    C::Properties: 'static,
{
    let run: Run = |context, props| match props.downcast_ref::<C::Properties>() {
        Some(props) => C::run(context, props),
        None => Ok(Html::default()),
    };
    let same: Same = |one, other| {
        let one = one.downcast_ref::<C::Properties>();
        one.is_some() && one == other.downcast_ref()
    };
    let props = PartProps {
        run,
        same,
        props: Rc::new(props),
    };
    // Another component in the same place is another key, so that neither takes the other's hooks.
    let key = [key, ":", &(run as usize).to_string()].concat();
    part_of(props, key)
}

#[inline(never)]
fn part_of(props: PartProps, key: String) -> Html {
    let key = Some(Key::from(key));
    Html::VComp(Rc::new(VComp::new::<Part>(Rc::new(props), key)))
}

type Run = fn(&mut HookContext, &dyn Any) -> HtmlResult;
type Same = fn(&dyn Any, &dyn Any) -> bool;

#[derive(Clone, Properties)]
struct PartProps {
    run: Run,
    same: Same,
    props: Rc<dyn Any>,
}

impl PartialEq for PartProps {
    fn eq(&self, other: &PartProps) -> bool {
        (self.same)(&*self.props, &*other.props)
    }
}

/// Any component.
#[component]
fn Part(props: &PartProps) -> HtmlResult {
    use_part(props)
}

fn use_part(props: &PartProps) -> impl Hook<Output = HtmlResult> {
    struct Inner<'a>(&'a PartProps);
    impl Hook for Inner<'_> {
        type Output = HtmlResult;

        fn run(self, context: &mut HookContext) -> HtmlResult {
            (self.0.run)(context, &*self.0.props)
        }
    }
    Inner(props)
}

/// What may stand between tags.
pub trait Piece {
    fn add_to(self, build: &mut Build);
}

impl Piece for Html {
    fn add_to(self, build: &mut Build) {
        build.push(self);
    }
}

impl Piece for &'static str {
    #[inline(never)]
    fn add_to(self, build: &mut Build) {
        build.push(Html::VText(VText::new(self)));
    }
}

impl Piece for String {
    #[inline(never)]
    fn add_to(self, build: &mut Build) {
        build.push(Html::VText(VText::new(self)));
    }
}

impl Piece for AttrValue {
    #[inline(never)]
    fn add_to(self, build: &mut Build) {
        build.push(Html::VText(VText::new(self)));
    }
}

impl Piece for u64 {
    #[inline(never)]
    fn add_to(self, build: &mut Build) {
        self.to_string().add_to(build);
    }
}

/// What may be the value of an attribute.
pub trait Attribute {
    /// Gives the element that was opened last its next value.
    fn give(self, build: &mut Build);
}

impl Attribute for &'static str {
    #[inline(never)]
    fn give(self, build: &mut Build) {
        build.value(Some(AttributeOrProperty::Static(self)));
    }
}

impl Attribute for AttrValue {
    #[inline(never)]
    fn give(self, build: &mut Build) {
        build.value(Some(AttributeOrProperty::Attribute(self)));
    }
}

impl Attribute for String {
    #[inline(never)]
    fn give(self, build: &mut Build) {
        AttrValue::from(self).give(build);
    }
}

/// Present or absent, as `hidden` and `disabled` are.
impl Attribute for bool {
    #[inline(never)]
    fn give(self, build: &mut Build) {
        build.value(self.then_some(AttributeOrProperty::Static("")));
    }
}

impl<A: Attribute> Attribute for Option<A> {
    #[inline(never)]
    fn give(self, build: &mut Build) {
        match self {
            Some(value) => value.give(build),
            None => build.value(None),
        }
    }
}

/// What a control holds now, such as the `value` of an input or whether it is `checked`. The
/// attribute would count only until the reader touches the control.
pub struct Held(pub JsValue);

impl Attribute for Held {
    #[inline(never)]
    fn give(self, build: &mut Build) {
        build.value(Some(AttributeOrProperty::Property(self.0)));
    }
}

/// Several classes as one; empty ones are passed over.
#[inline(never)]
pub fn classes(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}

/// Markup as nodes; see the module's own words.
macro_rules! view {
    ($($markup:tt)*) => {{
        #[allow(unused_mut)]
        let mut build = $crate::view::Build::default();
        $crate::view::markup!(build $($markup)*);
        build.finish()
    }};
}

/// Tags and what stands between them, one after another.
macro_rules! markup {
    ($b:ident) => {};
    ($b:ident < > $($rest:tt)*) => {
        $b.open_fragment();
        $crate::view::markup!($b $($rest)*);
    };
    ($b:ident < / > $($rest:tt)*) => {
        $b.close();
        $crate::view::markup!($b $($rest)*);
    };
    ($b:ident < / $tag:ident > $($rest:tt)*) => {
        $b.close();
        $crate::view::markup!($b $($rest)*);
    };
    ($b:ident < $tag:ident $($rest:tt)*) => {
        $crate::view::attributes!($b $tag [] [] [] $($rest)*);
    };
    ($b:ident { for $($pieces:tt)* } $($rest:tt)*) => {
        $b.list($($pieces)*);
        $crate::view::markup!($b $($rest)*);
    };
    ($b:ident { $($piece:tt)* } $($rest:tt)*) => {
        $b.add({ $($piece)* });
        $crate::view::markup!($b $($rest)*);
    };
    ($b:ident $text:literal $($rest:tt)*) => {
        $b.add($text);
        $crate::view::markup!($b $($rest)*);
    };
}

/// A tag's attributes: names, values, and what is done once the element is there.
macro_rules! attributes {
    ($b:ident $tag:ident [$($n:expr,)*] [$($v:tt)*] [$($then:tt)*] / > $($rest:tt)*) => {
        $crate::view::attributes!($b $tag [$($n,)*] [$($v)*] [$($then)*] > < / $tag > $($rest)*);
    };
    ($b:ident $tag:ident [$($n:expr,)*] [$($v:tt)*] [$($then:tt)*] > $($rest:tt)*) => {
        #[allow(unused_braces)]
        {
            $b.open(stringify!($tag), &[$($n,)*]);
            $($crate::view::Attribute::give($v, &mut $b);)*
        }
        $($then)*
        $crate::view::markup!($b $($rest)*);
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] key = $key:tt $($rest:tt)*) => {
        $crate::view::attributes!($b $tag $n $v [$($then)* $b.key($key);] $($rest)*);
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] ref = $node:tt $($rest:tt)*) => {
        $crate::view::attributes!($b $tag $n $v [$($then)* $b.node($node);] $($rest)*);
    };
    ($b:ident $tag:ident $n:tt $v:tt $then:tt { $name:ident } $($rest:tt)*) => {
        $crate::view::attributes!($b $tag $n $v $then $name = { $name } $($rest)*);
    };
    ($b:ident $tag:ident [$($n:expr,)*] [$($v:tt)*] $then:tt
        $first:ident $(- $more:ident)* = $value:tt $($rest:tt)*) => {
        $crate::view::attribute!(
            $b $tag [$($n,)*] [$($v)*] $then ($first $(- $more)*) $value $($rest)*
        );
    };
}

/// One attribute: a listener, or a name and its value.
macro_rules! attribute {
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onclick) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::click($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onkeydown) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::keydown($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onscroll) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::scroll($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onchange) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::change($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (oninput) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::input($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onclose) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::close($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onsubmit) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::submit($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onpointerdown) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::pointerdown($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onpointermove) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::pointermove($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onpointerup) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::pointerup($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onpointercancel) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::pointercancel($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident $n:tt $v:tt [$($then:tt)*] (onpointerleave) $call:tt $($rest:tt)*) => {
        $crate::view::attributes!(
            $b $tag $n $v [$($then)* $b.listen($crate::view::on::pointerleave($call));] $($rest)*
        );
    };
    ($b:ident $tag:ident [$($n:expr,)*] [$($v:tt)*] $then:tt
        ($first:ident $(- $more:ident)*) $value:tt $($rest:tt)*) => {
        $crate::view::attributes!($b $tag
            [$($n,)* concat!(stringify!($first) $(, "-", stringify!($more))*),]
            [$($v)* $value] $then $($rest)*);
    };
}

pub(crate) use {attribute, attributes, markup};

/// Listeners, by what they listen to.
pub mod on {
    use super::Rc;
    use yew::Callback;
    use yew::html;
    use yew::virtual_dom::Listener;

    macro_rules! listeners {
        ($($name:ident $module:ident $event:ident;)*) => {$(
            #[inline(never)]
            pub fn $name(callback: Callback<yew::$event>) -> Rc<dyn Listener> {
                Rc::new(html::$module::Wrapper::new(callback))
            }
        )*};
    }

    listeners! {
        click onclick MouseEvent;
        keydown onkeydown KeyboardEvent;
        scroll onscroll Event;
        change onchange Event;
        input oninput InputEvent;
        close onclose Event;
        submit onsubmit SubmitEvent;
        pointerdown onpointerdown PointerEvent;
        pointermove onpointermove PointerEvent;
        pointerup onpointerup PointerEvent;
        pointercancel onpointercancel PointerEvent;
        pointerleave onpointerleave PointerEvent;
    }
}
