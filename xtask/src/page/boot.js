// Starts the page. Where it cannot start, it says why in the page's own words.
(function () {
  function address(id) {
    return document.getElementById(id).href;
  }

  function fail(cause) {
    var reason = document.getElementById("boot-error-reason");
    var box = document.getElementById("boot-error");
    if (reason) reason.textContent = String((cause && cause.message) || cause);
    if (box) box.hidden = false;
    console.error(cause);
  }

  if (typeof WebAssembly === "undefined") {
    fail("This browser has no WebAssembly, or it is switched off.");
    return;
  }
  import(address("app-script"))
    .then(function (app) {
      return app.default({ module_or_path: address("app-wasm") });
    })
    .then(function () {
      performance.mark("app-started");
    }, fail);
})();
