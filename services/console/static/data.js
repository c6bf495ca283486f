/* The data desk: from a fault to its place in what was typed; a key is marked as a whole. */
"use strict";
(() => {
  const typed = document.getElementById("typed");
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("[data-select]");
    if (!link || !typed) {
      return;
    }
    event.preventDefault();
    const start = Number(link.dataset.select);
    const end = typed.value.indexOf("\n", start);
    typed.focus();
    typed.setSelectionRange(start, end < 0 ? typed.value.length : end);
    // Lines are of one height: the line that is meant comes to the middle.
    const line = typed.value.slice(0, start).split("\n").length;
    const height = typed.scrollHeight / typed.value.split("\n").length;
    typed.scrollTop = Math.max(0, line * height - typed.clientHeight / 2);
  });
  document.querySelectorAll("[data-secret]").forEach((field) => {
    field.addEventListener("focus", () => field.select());
  });
})();
