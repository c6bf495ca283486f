/* The inbox by keyboard: everything it does has a link or a button too, news come with the frame.
   And a rule's backtest, told while it goes on. */
"use strict";
(() => {
  const trial = document.querySelector("[data-backtest]");
  if (trial) {
    const source = new EventSource(trial.dataset.backtest);
    const put = (event) => {
      trial.innerHTML = JSON.parse(event.data).html;
    };
    const end = (event) => {
      source.close();
      put(event);
      trial.setAttribute("aria-busy", "false");
    };
    source.addEventListener("progress", put);
    source.addEventListener("report", end);
    source.addEventListener("failed", end);
    // Coming back by itself, the browser would have all of it reckoned anew.
    source.addEventListener("error", () => {
      source.close();
      trial.textContent = trial.dataset.away;
      trial.setAttribute("aria-busy", "false");
    });
  }

  const inbox = () => document.getElementById("inbox");
  const rows = () => Array.from(document.querySelectorAll("[data-alert]"));
  let at = -1;

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
    const off = document.body.dataset.keys !== "on";
    if (off || typing || !act || event.ctrlKey || event.metaKey || event.altKey || !inbox()) {
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
})();
