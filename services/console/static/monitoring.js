/* Makes a slider of the opened days: what it chooses, the form's list says too. */
"use strict";
(() => {
  const SETTLED_MS = 350;

  const slide = (form) => {
    const range = form.querySelector("input[type=range]");
    const list = form.querySelector("select");
    // The list names the latest first, the slider goes from left to right.
    const days = [...list.options].map((option) => option.value).reverse();
    const say = () => range.setAttribute("aria-valuetext", days[range.value]);
    range.max = String(days.length - 1);
    range.value = String(days.indexOf(list.value));
    range.hidden = false;
    form.classList.add("slides");
    say();
    let waiting = 0;
    range.addEventListener("input", () => {
      list.value = days[range.value];
      say();
      window.clearTimeout(waiting);
    });
    range.addEventListener("change", () => {
      window.clearTimeout(waiting);
      // Arrow keys change it step by step: the page is loaded once they rest.
      waiting = window.setTimeout(() => form.requestSubmit(), SETTLED_MS);
    });
    list.addEventListener("change", () => form.requestSubmit());
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form[data-as-of]").forEach(slide);
  });
})();
