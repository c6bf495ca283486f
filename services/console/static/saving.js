/* Saves a paper field by field as it is filled in. What could not be sent yet stays in this
   browser's storage and is sent again: a broken connection loses nothing. */
"use strict";
(() => {
  const WAIT_MS = 1200;
  const RETRY_MS = [2000, 4000, 8000, 15000, 30000];
  const BATCH_MAX = 100;
  const { read, write, words } = window.dualwatchFields;

  const begin = (sheet) => {
    const name = `dualwatch.draft/${sheet.dataset.who}/${sheet.dataset.paper}`;
    const status = document.getElementById("saving");
    const places = new Map(
      Array.from(sheet.querySelectorAll("[data-field]"), (one) => [one.dataset.field, one]),
    );
    // pending: typed, not sent; sent: on its way under its key; held: refused, kept until changed.
    let kept = { pending: {}, sent: null, held: {} };
    let busy = false;
    let tries = 0;
    let timer = 0;
    let stored = true;
    // What reporting has, as far as it was sent from here; and the step that waits for the rest.
    const known = new Map();
    let waiting = null;

    const keep = () => {
      const empty = !unsaved();
      try {
        if (empty) {
          window.localStorage.removeItem(name);
        } else {
          window.localStorage.setItem(name, JSON.stringify(kept));
        }
        stored = true;
      } catch {
        stored = false;
      }
    };
    const recall = () => {
      try {
        const found = JSON.parse(window.localStorage.getItem(name) || "null");
        if (found && found.pending) {
          kept = { pending: { ...found.held, ...found.pending }, sent: found.sent, held: {} };
        }
      } catch {
        stored = false;
      }
    };
    const unsaved = () =>
      Object.keys(kept.pending).length +
      (kept.sent ? kept.sent.fields.length : 0) +
      Object.keys(kept.held).length;

    const say = (state, detail = "") => {
      status.dataset.state = state;
      status.textContent = words(state).replace("{number}", String(unsaved())) + (detail && ` ${detail}`);
    };
    const tell = (place, text, kind = "wrong") => {
      const found = place.querySelector("[data-says]");
      found.textContent = text;
      found.dataset.kind = text ? kind : "";
      place.classList.toggle("is-wrong", Boolean(text) && kind === "wrong");
      place.querySelectorAll("input, select, textarea").forEach((one) => {
        one.setAttribute("aria-invalid", String(Boolean(text) && kind === "wrong"));
      });
    };

    const later = (wait) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(send, wait);
    };
    const note = (place, wait) => {
      const field = place.dataset.field;
      let value;
      try {
        value = read(place);
      } catch (error) {
        tell(place, words(error.message));
        return;
      }
      if (known.get(field) === JSON.stringify(value) && !kept.pending[field] && !kept.held[field]) {
        // Left after it was saved while it was typed: nothing is new.
        return;
      }
      tell(place, "");
      const version = Number(place.dataset.version);
      delete kept.held[field];
      kept.pending[field] = { value, version };
      place.dataset.state = "unsaved";
      keep();
      say("unsaved");
      later(wait);
    };

    const ask = () =>
      fetch(sheet.dataset.save, {
        method: "POST",
        redirect: "manual",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ request: kept.sent.key, fields: kept.sent.fields }),
      });

    async function send() {
      if (busy || !(kept.sent || Object.keys(kept.pending).length)) {
        return;
      }
      busy = true;
      if (!kept.sent) {
        const fields = Object.entries(kept.pending)
          .slice(0, BATCH_MAX)
          .map(([field, one]) => ({ field, ...one }));
        fields.forEach((one) => delete kept.pending[one.field]);
        kept.sent = { key: window.crypto.randomUUID ? window.crypto.randomUUID() : `${Date.now()}-${Math.random()}`, fields };
        keep();
      }
      say("sending");
      let answer = null;
      let told = {};
      try {
        answer = await ask();
        told = answer.type === "opaqueredirect" ? {} : await answer.json();
      } catch {
        answer = null;
      }
      busy = false;
      after(answer, told);
    }

    const after = (answer, told) => {
      if (answer && answer.type === "opaqueredirect") {
        say("signed_out");
        return;
      }
      if (!answer || answer.status >= 500) {
        say("away");
        later(RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
        return;
      }
      tries = 0;
      const fields = kept.sent.fields;
      kept.sent = null;
      if (answer.ok) {
        fields.forEach((one) => known.set(one.field, JSON.stringify(one.value)));
        done(told);
      } else {
        waiting = null;
        refused(fields, told);
      }
      keep();
      if (Object.keys(kept.pending).length) {
        later(0);
      } else if (!unsaved()) {
        say("saved");
        if (waiting) {
          const step = waiting;
          waiting = null;
          step.requestSubmit();
        }
      }
    };

    const done = (told) => {
      told.saved.forEach(({ field, version }) => settle(field, version));
      if (told.version) {
        document.querySelectorAll("input[name=version]").forEach((one) => {
          one.value = told.version;
        });
      }
      if (told.gaps) {
        list("gaps", told.gaps);
        document.getElementById("gaps-none").hidden = told.gaps.length > 0;
      }
      if (told.withdrawals) {
        list("withdrawals-list", told.withdrawals, "withdrawals");
        document.getElementById("withdrawals").hidden = told.withdrawals.length === 0;
      }
    };
    const settle = (field, version) => {
      const place = places.get(field);
      if (kept.pending[field]) {
        // Typed on while it was on its way: what follows builds on what was saved.
        kept.pending[field].version = version;
      }
      if (place) {
        place.dataset.version = version;
        place.dataset.state = kept.pending[field] ? "unsaved" : "saved";
        // It was said of what stood here before.
        place.querySelectorAll(".differs").forEach((said) => said.remove());
      }
    };
    const list = (id, told, name = id) => {
      document.getElementById(id).replaceChildren(
        ...told.map((one) => {
          const item = document.createElement("li");
          const link = document.createElement("a");
          link.href = `#${one.anchor}`;
          link.textContent = one.text;
          item.append(link);
          return item;
        }),
      );
      document.getElementById(`${name}-number`).textContent = String(told.length);
    };

    // All or nothing: what was not at fault goes once more, what was is shown where it stands.
    const refused = (fields, told) => {
      const stale = new Map((told.stale || []).map((one) => [one.field, one]));
      const faulty = told.pointer && [...places.keys()].find((key) => told.pointer.startsWith(key));
      const back = (one) => {
        kept.pending[one.field] = kept.pending[one.field] || { value: one.value, version: one.version };
      };
      fields.forEach((one) => {
        const place = places.get(one.field);
        const theirs = stale.get(one.field);
        if (theirs && JSON.stringify(theirs.value) === JSON.stringify(one.value)) {
          settle(one.field, theirs.version);
        } else if (theirs) {
          kept.held[one.field] = kept.pending[one.field] || { value: one.value, version: one.version };
          delete kept.pending[one.field];
          if (place) {
            clash(place, kept.held[one.field].value, theirs);
          }
        } else if (stale.size || (faulty && one.field !== faulty)) {
          back(one);
        } else {
          kept.held[one.field] = { value: one.value, version: one.version };
          if (place) {
            tell(place, told.problem || "");
          }
        }
      });
      say("refused", stale.size ? "" : told.problem || "");
    };

    // Both values are shown; whoever sits here decides which one holds.
    const clash = (place, mine, theirs) => {
      const field = place.dataset.field;
      const both = place.querySelector("[data-says]");
      const text = document.createElement("span");
      text.textContent = `${words("stale").replace("{who}", theirs.by || "–")} ${shown(theirs.value)}`;
      const choose = (label, act) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = words(label);
        button.addEventListener("click", () => {
          tell(place, "");
          place.dataset.version = theirs.version;
          delete kept.held[field];
          act();
          keep();
        });
        return button;
      };
      place.classList.add("is-wrong");
      both.dataset.kind = "wrong";
      both.replaceChildren(
        text,
        choose("mine", () => {
          kept.pending[field] = { value: mine, version: theirs.version };
          later(0);
        }),
        choose("theirs", () => {
          write(place, theirs.value);
          place.dataset.state = "saved";
          say(unsaved() ? "unsaved" : "saved");
        }),
      );
    };
    const shown = (value) =>
      value === null || value === "" ? words("empty") : typeof value === "string" ? value : JSON.stringify(value);

    recall();
    [...(kept.sent ? kept.sent.fields : []), ...Object.entries(kept.pending).map(([field, one]) => ({ field, ...one }))].forEach(
      (one) => {
        const place = places.get(one.field);
        if (place) {
          write(place, one.value);
          place.dataset.state = "unsaved";
        }
      },
    );
    sheet.addEventListener("input", (event) => {
      const place = event.target.closest("[data-field]");
      if (place && event.target.matches("textarea, input:not([type=checkbox]):not([type=radio]):not([type=file])")) {
        note(place, WAIT_MS);
      }
    });
    sheet.addEventListener("change", (event) => {
      const place = event.target.closest("[data-field]");
      if (place && !event.target.matches("input[type=file]")) {
        note(place, 0);
      }
    });
    // A text that was proposed becomes a statement when somebody says so.
    sheet.addEventListener("click", (event) => {
      if (event.target.matches("[data-adopt]")) {
        note(event.target.closest("[data-field]"), 0);
        event.target.hidden = true;
      }
    });
    sheet.addEventListener("dualwatch:noted", (event) => note(event.target, 0));
    document.querySelectorAll("form[data-after-saving]").forEach((one) =>
      one.addEventListener("submit", (event) => {
        if (unsaved() || sheet.querySelector(".is-wrong")) {
          event.preventDefault();
          waiting = one;
          say("first");
          status.focus();
          later(0);
        }
      }),
    );
    window.addEventListener("online", () => later(0));
    window.addEventListener("beforeunload", (event) => {
      if (!stored && unsaved()) {
        event.preventDefault();
      }
    });
    if (unsaved()) {
      say("recalled");
      later(0);
    } else {
      say("ready");
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    const sheet = document.querySelector("[data-paper]");
    if (sheet) {
      begin(sheet);
    }
  });
})();
