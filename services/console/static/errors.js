/* What goes wrong in a page's scripts is told to the console: what kind, and where in our own files.
   Never what the page shows. A page that goes wrong again and again tells of it a few times only. */
"use strict";
(() => {
  const TOLD_MAX = 5;
  let told = 0;
  const tell = (kind, file, line) => {
    if (told >= TOLD_MAX) {
      return;
    }
    told += 1;
    let place = "";
    try {
      const address = new URL(file || "", window.location.href);
      place = address.origin === window.location.origin ? `${address.pathname}:${line || 0}` : "";
    } catch (_) {
      place = "";
    }
    navigator.sendBeacon("/client-errors", new URLSearchParams({ kind, place }));
  };
  window.addEventListener("error", (event) => tell("error", event.filename, event.lineno));
  window.addEventListener("unhandledrejection", () => tell("rejection", "", 0));
  document.addEventListener("securitypolicyviolation", (event) => tell("blocked", event.sourceFile, event.lineNumber));
})();
