//! Paints shapes on a canvas that fills its host.

use crate::palette::Tokens;
use gloo::utils::window;
use std::f64::consts::TAU;
use synod_scene::{Anchor, Form, Ink, Shape};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::NodeRef;

/// How many shapes are painted at once: a path of thousands of lines that cross is slower to fill
/// than its parts.
const MOST_AT_ONCE: u32 = 32;

/// A canvas's width and height in CSS pixels; `None` while it cannot be seen.
pub fn size(node: &NodeRef) -> Option<(f64, f64)> {
    let canvas = node.cast::<HtmlCanvasElement>()?;
    let room = canvas.get_bounding_client_rect();
    (room.width() > 0.0 && room.height() > 0.0).then_some((room.width(), room.height()))
}

/// Clears the canvas and paints the shapes, in order.
pub fn paint(node: &NodeRef, shapes: &[Shape]) {
    let Some((canvas, (width, height))) = node.cast::<HtmlCanvasElement>().zip(size(node)) else {
        return;
    };
    let ratio = window().device_pixel_ratio();
    paint_at(&canvas, (width, height), ratio, shapes);
}

/// Paints shapes on a canvas of this size, with so many points a pixel.
pub fn paint_at(
    canvas: &HtmlCanvasElement,
    (width, height): (f64, f64),
    ratio: f64,
    shapes: &[Shape],
) {
    let Some(context) = context(canvas) else {
        return;
    };
    let (wide, high) = ((width * ratio) as u32, (height * ratio) as u32);
    if canvas.width() != wide || canvas.height() != high {
        canvas.set_width(wide);
        canvas.set_height(high);
    }
    let _ = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, width, height);
    let mut tokens = Tokens::read();
    let mut open: Option<&Shape> = None;
    let mut count = 0;
    for shape in shapes {
        // Neighbours that look alike are painted at once.
        if count >= MOST_AT_ONCE || !open.is_some_and(|last| alike(last, shape)) {
            finish(&context, open.take(), &mut tokens);
            context.begin_path();
            count = 0;
        }
        count += 1;
        if matches!(shape.form, Form::Text { .. }) {
            write(&context, shape, &mut tokens);
        } else {
            trace(&context, shape);
            open = Some(shape);
        }
    }
    finish(&context, open, &mut tokens);
    context.set_global_alpha(1.0);
}

fn alike(one: &Shape, other: &Shape) -> bool {
    let look = |shape: &Shape| {
        (
            shape.fill,
            shape.stroke,
            shape.width,
            shape.dash,
            shape.alpha,
        )
    };
    !matches!(other.form, Form::Text { .. }) && look(one) == look(other)
}

/// Adds a form to the current path.
fn trace(context: &CanvasRenderingContext2d, shape: &Shape) {
    match &shape.form {
        Form::Path { points, closed } => {
            for (k, point) in points.iter().enumerate() {
                if k == 0 {
                    context.move_to(point.x, point.y);
                } else {
                    context.line_to(point.x, point.y);
                }
            }
            if *closed {
                context.close_path();
            }
        }
        Form::Circle { at, r } => {
            context.move_to(at.x + r, at.y);
            let _ = context.arc(at.x, at.y, *r, 0.0, TAU);
        }
        Form::Text { .. } => {}
    }
}

/// Paints the current path as a shape says.
fn finish(context: &CanvasRenderingContext2d, shape: Option<&Shape>, tokens: &mut Tokens) {
    let Some(shape) = shape else { return };
    context.set_global_alpha(shape.alpha);
    if let Some(ink) = shape.fill {
        context.set_fill_style_str(tokens.colour(ink));
        context.fill();
    }
    if let Some(ink) = shape.stroke {
        context.set_stroke_style_str(tokens.colour(ink));
        context.set_line_width(shape.width);
        let dash = js_sys::Array::new();
        if shape.dash > 0.0 {
            dash.push(&shape.dash.into());
        }
        let _ = context.set_line_dash(&dash);
        context.stroke();
    }
}

fn write(context: &CanvasRenderingContext2d, shape: &Shape, tokens: &mut Tokens) {
    let Form::Text {
        at,
        text,
        size,
        anchor,
        bold,
    } = &shape.form
    else {
        return;
    };
    context.set_global_alpha(shape.alpha);
    context.set_fill_style_str(tokens.colour(shape.fill.unwrap_or(Ink::Ink)));
    let weight = if *bold { "600 " } else { "" };
    let size = crate::stage::svg::number(*size);
    context.set_font(&[weight, &size, "px system-ui, sans-serif"].concat());
    context.set_text_align(match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "center",
        Anchor::End => "end",
    });
    let _ = context.fill_text(text, at.x, at.y);
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}
