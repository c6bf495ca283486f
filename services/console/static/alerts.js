/* The inbox: news as they come, and work by keyboard. Everything it does has a link or a button too. */
"use strict";
(() => {
  const inbox = () => document.getElementById("inbox");
  const rows = () => Array.from(document.querySelectorAll("[data-alert]"));
  const chosen = () => document.querySelectorAll("[data-alert] input:checked").length;
  let at = -1;

  // A list that somebody works on does not change under their hands: they are told, and reload it.
  const news = () => {
    const notice = document.getElementById("news");
    if (chosen() || inbox().contains(document.activeElement)) {
      notice.hidden = false;
      return;
    }
    notice.hidden = true;
    htmx.trigger(inbox(), "news");
  };

  const follow = () => {
    const address = inbox() && inbox().dataset.stream;
    if (!address || !window.EventSource) {
      return;
    }
    let waiting = 0;
    const source = new EventSource(address);
    source.addEventListener("alert", () => {
      // Many come at once when a day is opened: one look at the list is enough.
      window.clearTimeout(waiting);
      waiting = window.setTimeout(news, 400);
    });
    window.addEventListener("pagehide", () => source.close());
  };

  // Whoever came to a row by Tab or by mouse goes on from there.
  const look = () => {
    const row = document.activeElement.closest("[data-alert]");
    if (row) {
      at = rows().indexOf(row);
    }
  };

  const move = (step) => {
    const all = rows();
    if (!all.length) {
      return;
    }
    at = Math.max(0, Math.min(all.length - 1, at + step));
    all[at].querySelector("a.open").focus();
  };

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const row = rows()[at];
      if (row) {
        const box = row.querySelector("input");
        box.checked = !box.checked;
      }
    },
    o: () => {
      const row = rows()[at];
      if (row) {
        row.querySelector("a.open").click();
      }
    },
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    const act = keys[event.key];
    if (typing || !act || event.ctrlKey || event.metaKey || event.altKey || !inbox()) {
      return;
    }
    event.preventDefault();
    look();
    act();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "drawer") {
      // What was refused is said at its head.
      event.target.scrollTop = 0;
      event.target.focus();
    }
  });
  document.addEventListener("DOMContentLoaded", follow);
})();
