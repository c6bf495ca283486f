/* The frame around every page: what is pressed, what takes long, and news while a page is open.
   Each of it has a link, a button or a form too. */
"use strict";
(() => {
  const WORDS = JSON.parse(document.body.dataset.words || "{}");
  const byId = (id) => document.getElementById(id);
  const FIELDS = "input:not([type=checkbox]):not([type=radio]):not([type=hidden]), select, textarea, [contenteditable]";

  /* Keys: never while somebody types, never with a modifier, and not at all once turned off. */
  const GO_MS = 2000;
  let going = 0;
  const keysOn = () => document.body.dataset.keys === "on";
  const go = (letter) => {
    const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
    if (link) {
      link.click();
    }
    return Boolean(link);
  };
  const pressed = (event) => {
    if (event.key === "Escape" && document.activeElement === byId("search")) {
      byId("search").blur();
      byId("main").focus();
      return;
    }
    const typing = event.target.closest && event.target.closest(FIELDS);
    if (!keysOn() || typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      return;
    }
    const waiting = Date.now() - going < GO_MS;
    going = 0;
    let done = true;
    if (waiting) {
      done = go(event.key);
      // What `g` was pressed before is no key of the page's own.
      event.stopImmediatePropagation();
    } else if (event.key === "/" && byId("search")) {
      byId("search").focus();
      byId("search").select();
    } else if (event.key === "?" && byId("keys")) {
      byId("keys").open ? byId("keys").close() : byId("keys").showModal();
    } else if (event.key === "g") {
      going = Date.now();
    } else {
      done = false;
    }
    if (done) {
      event.preventDefault();
    }
  };
  document.addEventListener("keydown", pressed, true);

  /* Busy: anything that is not there after a moment is said to be on its way. */
  const SOON_MS = 300;
  const LONG_MS = 5000;
  let shown = 0;
  const busy = (said) => {
    const began = Date.now();
    const place = byId("busy");
    const ticking = window.setInterval(() => {
      const passed = Date.now() - began;
      if (passed >= LONG_MS) {
        place.querySelector("span").textContent = WORDS.busy.long.replace("{{n}}", String(Math.floor(passed / 1000)));
      }
    }, 1000);
    const waiting = window.setTimeout(() => {
      shown += 1;
      place.querySelector("span").textContent = said;
      place.hidden = false;
    }, SOON_MS);
    let over = false;
    return () => {
      if (over) {
        return;
      }
      over = true;
      window.clearInterval(ticking);
      window.clearTimeout(waiting);
      if (Date.now() - began >= SOON_MS && shown) {
        shown -= 1;
      }
      place.hidden = shown === 0;
    };
  };
  const endings = new Map();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const quiet = event.detail.elt.closest("[data-quiet]");
    if (!quiet) {
      endings.set(event.detail.xhr, busy(WORDS.busy.loading));
      event.detail.elt.setAttribute("aria-busy", "true");
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const end = endings.get(event.detail.xhr);
    endings.delete(event.detail.xhr);
    event.detail.elt.removeAttribute("aria-busy");
    if (end) {
      end();
    }
  });
  const leaving = [];
  document.addEventListener("submit", (event) => {
    const form = event.target;
    window.setTimeout(() => {
      const kept = event.defaultPrevented || form.method === "dialog" || form.closest("[data-quiet]");
      if (kept) {
        return;
      }
      // The page goes away: until it does, it says that it works, and takes no second press.
      const button = event.submitter;
      if (button) {
        button.setAttribute("aria-busy", "true");
      }
      form.dataset.sent = "yes";
      leaving.push(busy(form.method === "post" ? WORDS.busy.sending : WORDS.busy.loading));
    }, 0);
    if (form.dataset.sent === "yes" && form.method === "post") {
      event.preventDefault();
    }
  });
  // A file comes beside the page, which stays: nothing would say when it is there.
  const FILES = /\.(csv|xlsx|docx|pdf|zip|jsonl?)$|\/(file|workbook|template|export|evidence)(\/|$)/;
  const file = (link) => FILES.test(link.pathname) || /[?&]format=/.test(link.search);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const here = link && link.origin === window.location.origin && !link.hash && !link.target;
    if (here && !link.download && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey && !link.closest("[data-quiet]") && !link.hasAttribute("hx-get") && !file(link)) {
      leaving.push(busy(WORDS.busy.loading));
    }
  });
  // Back from the browser's memory, or a file that came instead of a page: nothing is on its way.
  const calm = () => {
    leaving.splice(0).forEach((end) => end());
    document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent);
    document.querySelectorAll("button[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  };
  window.addEventListener("pageshow", calm);
  window.addEventListener("focus", () => window.setTimeout(calm, 1500));

  /* News: sections marked data-live are read anew when something happened, unless somebody works
     in them; then the page says that there is news. */
  const QUICK_MS = 30;
  const REST_MS = 2000;
  const live = () => Array.from(document.querySelectorAll("[data-live][id]"));
  const inUse = (section) => {
    const active = document.activeElement;
    const typing = section.contains(active) && active.matches(FIELDS);
    const unsent = Array.from(section.querySelectorAll("input, select, textarea")).some(changed);
    const picked = window.getSelection();
    const marked = picked && !picked.isCollapsed && section.contains(picked.anchorNode);
    return typing || unsent || marked;
  };
  const changed = (field) => {
    if (field.type === "checkbox" || field.type === "radio") {
      return field.checked !== field.defaultChecked;
    }
    if (field.tagName === "SELECT") {
      const said = Array.from(field.options).findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(0, said);
    }
    return field.value !== field.defaultValue;
  };
  // Forms carry a mark of their own each time: that alone is no news.
  const told = (section) => {
    const copy = section.cloneNode(true);
    copy.querySelectorAll("input[name=request], canvas").forEach((part) => part.remove());
    copy.querySelectorAll("[_echarts_instance_], .chart").forEach((part) => {
      part.removeAttribute("_echarts_instance_");
      part.removeAttribute("style");
      part.replaceChildren();
    });
    copy.classList.remove("fresh");
    copy.querySelectorAll("details").forEach((part) => part.removeAttribute("open"));
    return copy.outerHTML;
  };
  const known = new Map();
  const remember = () => live().forEach((section) => known.set(section.id, told(section)));
  const replace = (section, fresh) => {
    const active = section.contains(document.activeElement) ? document.activeElement : null;
    const href = active && active.getAttribute("href");
    const id = active && active.id;
    const open = Array.from(section.querySelectorAll("details")).map((part) => part.open);
    const scrolled = Array.from(section.querySelectorAll("[tabindex]")).map((part) => [part.scrollLeft, part.scrollTop]);
    const made = document.importNode(fresh, true);
    section.replaceWith(made);
    made.querySelectorAll("details").forEach((part, at) => {
      part.open = open[at] || part.open;
    });
    made.querySelectorAll("[tabindex]").forEach((part, at) => {
      if (scrolled[at]) {
        [part.scrollLeft, part.scrollTop] = scrolled[at];
      }
    });
    const again = id ? byId(id) : href && Array.from(made.querySelectorAll("a")).find((link) => link.getAttribute("href") === href);
    if (again) {
      again.focus({ preventScroll: true });
    }
    made.classList.add("fresh");
    if (window.htmx) {
      window.htmx.process(made);
    }
    made.dispatchEvent(new CustomEvent("live:replaced", { bubbles: true }));
  };
  const say = (state, words) => {
    const place = byId("live");
    if (place) {
      place.hidden = false;
      place.dataset.state = state;
      place.querySelector("span").textContent = words;
    }
  };
  const update = async () => {
    const answer = await window.fetch(window.location.href, { headers: { "X-Live": "1" }, cache: "no-store" });
    if (!answer.ok || answer.redirected) {
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    let held = false;
    live().forEach((section) => {
      const other = fresh.getElementById(section.id);
      if (!other || told(other) === known.get(section.id)) {
        return;
      }
      if (inUse(section)) {
        held = true;
        return;
      }
      known.set(section.id, told(other));
      replace(section, other);
    });
    byId("held").hidden = !held;
    say("on", WORDS.live.updated.replace("{{time}}", new Date().toLocaleTimeString([], { hour12: false })));
  };
  let running = false;
  let wanted = false;
  let timer = 0;
  let last = -REST_MS;
  const news = () => {
    wanted = true;
    if (running || timer) {
      return;
    }
    // The first news at once; while many come, one look every now and then is enough.
    const pause = Math.max(QUICK_MS, last + REST_MS - Date.now());
    timer = window.setTimeout(async () => {
      timer = 0;
      wanted = false;
      running = true;
      last = Date.now();
      try {
        await update();
      } catch (error) {
        say("lost", WORDS.live.lost);
      }
      running = false;
      if (wanted) {
        news();
      }
    }, pause);
  };

  let source = null;
  let cursor = "";
  const listening = () => document.body.dataset.stream && (live().length || document.querySelector("[data-follows]"));
  const follow = () => {
    if (source || !window.EventSource || !listening() || document.hidden) {
      return;
    }
    const address = new URL(document.body.dataset.stream, window.location.href);
    if (cursor) {
      address.searchParams.set("cursor", cursor);
    }
    source = new EventSource(address);
    source.addEventListener("following", () => say("on", WORDS.live.following));
    source.addEventListener("news", (event) => {
      cursor = event.lastEventId || cursor;
      // Pages with a way of their own to take news in are told; the rest is read anew.
      document.dispatchEvent(new CustomEvent("dualwatch:news", { detail: JSON.parse(event.data) }));
      if (live().length) {
        news();
      }
    });
    source.addEventListener("error", () => say("lost", WORDS.live.lost));
  };
  const rest = () => {
    if (source) {
      source.close();
      source = null;
    }
  };
  // A browser has few connections: a page that nobody sees lets go of its own, and comes back.
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : follow()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", follow);
  document.addEventListener("DOMContentLoaded", () => {
    remember();
    follow();
  });
})();
