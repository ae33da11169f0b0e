//! Icons, drawn as lines on a 16 by 16 grid. They stand beside a name, never for one.

use yew::prelude::*;

/// What is stroked, and what is filled.
fn paths(name: &str) -> (&'static str, &'static str) {
    match name {
        "play" => ("", "M4.5 2.8v10.4L13 8Z"),
        "pause" => ("", "M4 3h3v10H4zM9 3h3v10H9z"),
        "step" => ("M13 3v10", "M3 3v10l7.5-5Z"),
        "restart" => ("M3.2 8a4.8 4.8 0 1 0 1.6-3.6M4.6 1.6v3h3", ""),
        "dice" => (
            "M3 3h10v10H3z",
            "M5 5h2v2H5zM9 9h2v2H9zM9 5h2v2H9zM5 9h2v2H5z",
        ),
        "hold" => (
            "M5 8V4.2M7.3 7.6V2.8M9.6 7.6V3.2M11.9 8.4V4.8M5 8 3.6 9.6l2.2 3.6h5.6l.5-4.8",
            "",
        ),
        "help" => (
            "M5.8 6a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.1.9-1.1 1.9",
            "M7.1 11.4h1.8v1.8H7.1z",
        ),
        "sun" => (
            "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8\
             h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9",
            "",
        ),
        "moon" => ("M13 9.6A5.4 5.4 0 0 1 6.4 3 5.4 5.4 0 1 0 13 9.6Z", ""),
        "auto" => (
            "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11",
            "M8 2.5a5.5 5.5 0 0 1 0 11Z",
        ),
        "crash" => ("M9 1.8 4.2 9h3.6L7 14.2 11.8 7H8.2Z", ""),
        "power" => ("M8 2v5.4M4.6 4.4a5 5 0 1 0 6.8 0", ""),
        "timeout" => (
            "M8 4.5a5 5 0 1 0 0 10 5 5 0 0 0 0-10M8 7v2.6M6.2 1.6h3.6",
            "",
        ),
        "clock" => (
            "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2.2 1.4",
            "",
        ),
        "cut" => (
            "M5.4 6 13 12.6M5.4 10 13 3.4M4 6.4a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8M4 13.4a1.9\
             1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8",
            "",
        ),
        "join" | "heal" | "link" => (
            "M6.6 9.4a2.6 2.6 0 0 1 0-3.7l2-2a2.6 2.6 0 0 1 3.7 3.7l-1 1M9.4 6.6a2.6 2.6 0 0 1 0 \
             3.7l-2 2a2.6 2.6 0 0 1-3.7-3.7l1-1",
            "",
        ),
        "leader" => ("M2.6 12.6h10.8M3 5l2.6 2.6L8 3l2.4 4.6L13 5l-1 5.4H4Z", ""),
        "close" | "cross" => ("M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4", ""),
        "check" => ("M3 8.6l3.2 3.2L13 4.6", ""),
        "warn" => ("M8 2.4 14.2 13H1.8ZM8 6.4v3", "M7.2 10.6h1.6v1.4H7.2z"),
        "message" | "send" => ("M2.4 4h11.2v8H2.4zM2.4 4.4 8 8.8l5.6-4.4", ""),
        "disk" => (
            "M3 4.2c0-2.4 10-2.4 10 0v7.6c0 2.4-10 2.4-10 0ZM3 4.2c0 2.4 10 2.4 10 0M3 8c0 2.4 10 \
             2.4 10 0",
            "",
        ),
        "deliver" => ("M2 8h8M7 4.6 10.4 8 7 11.4M13.4 3v10", ""),
        "drop" => ("M3 4.4h10M6 4V2.4h4V4M4.2 4.4l.8 9h6l.8-9", ""),
        "duplicate" => ("M5.4 5.4h8v8h-8zM10.6 5.2V2.6h-8v8h2.6", ""),
        "delay" => (
            "M4 2.2h8M4 13.8h8M4.8 2.4c0 4 6.4 4.6 6.4 11.2M11.2 2.4c0 4-6.4 4.6-6.4 11.2",
            "",
        ),
        "older" => ("M10 3.4 5.4 8l4.6 4.6", ""),
        "newer" => ("M6 3.4 10.6 8 6 12.6", ""),
        "down" => ("M8 3v9.4M4.2 8.8 8 12.6l3.8-3.8", ""),
        _ => ("", "M6 6h4v4H6z"),
    }
}

/// An icon by name; hidden from those who cannot see it.
pub fn icon(name: &str) -> Html {
    let (line, solid) = paths(name);
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d={line} />
            <path class="solid" d={solid} />
        </svg>
    }
}
