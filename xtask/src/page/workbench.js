// The page's workbench: answers the requests of the page with a program of its own. The page asks
// by number; answers carry it back.
import init, { answer } from "./synod-tools.js";

const ready = init({ module_or_path: new URL("./synod-tools_bg.wasm", import.meta.url) });

self.onmessage = function (event) {
  const { id, kind, input } = event.data;
  ready
    .then(function () {
      return { id, ok: answer(kind, input) };
    })
    .catch(function (error) {
      return { id, error: typeof error === "string" ? error : String(error) };
    })
    .then(function (message) {
      self.postMessage(message);
    });
};
