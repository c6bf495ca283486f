/* Reads and writes the fields of a paper as reporting takes them, and attaches files to them. */
"use strict";
(() => {
  const FILE_BYTES_MAX = 20 * 1024 * 1024;
  // Digits by which a money unit's point stands further left than the wire's.
  const SHIFTS = { yuan: 0, wan: 4, yi: 8 };
  const AMOUNT = /^(\d{0,15})(?:\.(\d*))?$/;
  const LIKE_NUMBER = /^[-+]?\d[\d,]{0,60}(?:\.\d{0,60})?$/;
  const GROUPED = /^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/;
  const NUMBER = /^-?(?:0|[1-9]\d{0,17})(?:\.\d{1,6})?$/;
  const DAY = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/;
  const PER_CENT = ["%", "百分比"];

  const words = (key) => {
    const found = document.getElementById("words");
    return (found && JSON.parse(found.textContent)[key]) || key;
  };

  // Input methods for Chinese write full-width digits and signs: they are the same.
  const plainly = (text) => (text || "").normalize("NFKC").replace(/\s/g, "");
  // Commas between thousands are dropped; one elsewhere may be meant as a point.
  const ungrouped = (number, wrong) => {
    if (number.includes(",") && !GROUPED.test(number)) {
      throw new Error(wrong);
    }
    return number.replace(/,/g, "");
  };
  // A number with or without its unit, as it is read of a workbook; null: it is words.
  const numbered = (text, measure) => {
    const plain = plainly(text);
    const unit = plainly(measure);
    const bare = plain.endsWith("%") ? plain.slice(0, -1) : plain;
    let body = PER_CENT.includes(unit) ? bare : plain;
    if (unit && !PER_CENT.includes(unit) && bare !== plain && LIKE_NUMBER.test(bare)) {
      throw new Error("not_per_cent");
    }
    body = unit && body.endsWith(unit) ? body.slice(0, -unit.length) : body;
    if (!LIKE_NUMBER.test(body)) {
      return null;
    }
    const number = ungrouped(body, "not_number");
    if (NUMBER.test(number)) {
      return number;
    }
    const [, sign, whole, rest] = /^([-+]?)0*(\d+)(?:\.(\d*?)0*)?$/.exec(number);
    const shortest = `${sign === "-" ? "-" : ""}${whole}${rest ? `.${rest}` : ""}`;
    if (!NUMBER.test(shortest)) {
      throw new Error("not_number");
    }
    return shortest;
  };
  // A day as people write it; null: it is none.
  const dayed = (text) => {
    const found = DAY.exec(plainly(text));
    if (!found) {
      return null;
    }
    const [year, month, day] = found.slice(1).map(Number);
    const made = new Date(0);
    // Date.UTC takes years below 100 for those of the last century.
    made.setUTCFullYear(year, month - 1, day);
    if (made.getUTCMonth() !== month - 1 || made.getUTCDate() !== day) {
      throw new Error("no_such_day");
    }
    return made.toISOString().slice(0, 10);
  };

  // Exact, by moving the point: 1.2345 万元 is 12345.00; what is finer than a fen is no amount.
  const wired = (text, unit) => {
    const found = AMOUNT.exec(ungrouped(plainly(text), "not_amount"));
    if (!found || !(found[1] || found[2])) {
      throw new Error("not_amount");
    }
    const shift = SHIFTS[unit] || 0;
    const rest = (found[2] || "").padEnd(shift + 2, "0");
    if (/[1-9]/.test(rest.slice(shift + 2))) {
      throw new Error("too_fine");
    }
    const whole = ((found[1] || "0") + rest.slice(0, shift)).replace(/^0+(?=\d)/, "");
    return `${whole}.${rest.slice(shift, shift + 2)}`;
  };
  const typed = (amount, unit) => {
    if (!amount) {
      return "";
    }
    const [whole, rest] = amount.split(".");
    const shift = SHIFTS[unit] || 0;
    const all = whole.padStart(shift + 1, "0");
    const digits = `${all.slice(all.length - shift)}${rest || ""}`.slice(shift ? 0 : all.length);
    const after = (shift ? digits : rest || "").replace(/0+$/, "");
    return all.slice(0, all.length - shift) + (after && `.${after}`);
  };

  const one = (place) => place.querySelector("input:not([type=file]), select, textarea");
  const boxes = (place) => Array.from(place.querySelectorAll("input[type=checkbox], input[type=radio]"));
  const unit = (place) => place.closest("[data-unit]").dataset.unit;

  const kinds = {
    text: {
      read: (place) => one(place).value,
      write: (place, value) => { one(place).value = value || ""; },
    },
    choice: {
      read: (place) => one(place).value || null,
      write: (place, value) => { one(place).value = value || ""; },
    },
    amount: {
      read: (place) => {
        const text = one(place).value.trim();
        return text ? wired(text, unit(place)) : null;
      },
      write: (place, value) => { one(place).value = typed(value, unit(place)); },
    },
    several: {
      read: (place) => boxes(place).filter((box) => box.checked).map((box) => box.value),
      write: (place, value) => boxes(place).forEach((box) => { box.checked = (value || []).includes(box.value); }),
    },
    radio: {
      read: (place) => (boxes(place).find((box) => box.checked) || { value: null }).value || null,
      write: (place, value) => boxes(place).forEach((box) => { box.checked = box.value === (value || ""); }),
    },
    result: {
      // As written; a number, a date or a grade beside it, so that it can be counted with.
      read: (place) => {
        const text = place.querySelector("input").value.trim();
        const grade = place.querySelector("select").value;
        if (!text && !grade) {
          return null;
        }
        const label = place.querySelector("select").selectedOptions[0].textContent.trim();
        const day = dayed(text);
        const number = day ? null : numbered(text, place.dataset.measure);
        return {
          value_text: text || label,
          ...(number ? { value: number } : {}),
          ...(day ? { value_date: day } : {}),
          ...(grade ? { grade } : {}),
        };
      },
      write: (place, value) => {
        place.querySelector("input").value = (value && value.value_text) || "";
        place.querySelector("select").value = (value && value.grade) || "";
      },
    },
    files: {
      read: (place) => JSON.parse(place.dataset.value || "[]"),
      write: (place, value) => {
        place.dataset.value = JSON.stringify(value || []);
        list(place);
      },
    },
  };

  const list = (place) => {
    const files = kinds.files.read(place);
    place.querySelector("ul").replaceChildren(
      ...files.map((file) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = `${place.dataset.files}/${file.sha256}`;
        link.textContent = file.name;
        item.append(link);
        if (!place.dataset.single) {
          const drop = document.createElement("button");
          drop.type = "button";
          drop.className = "link";
          drop.textContent = "×";
          drop.setAttribute("aria-label", words("drop").replace("{name}", file.name));
          drop.addEventListener("click", () => {
            change(place, kinds.files.read(place).filter((other) => other.sha256 !== file.sha256));
          });
          item.append(drop);
        }
        return item;
      }),
    );
  };
  const change = (place, files) => {
    kinds.files.write(place, files);
    if (place.dataset.single) {
      place.closest("form").querySelector("input[name=scan]").value = JSON.stringify(files[0] || null);
    } else {
      place.dispatchEvent(new Event("dualwatch:noted", { bubbles: true }));
    }
  };

  const attach = async (place, file) => {
    const says = place.querySelector("[data-says]");
    if (file.size > FILE_BYTES_MAX) {
      says.textContent = words("too_large");
      return;
    }
    says.textContent = words("attaching").replace("{name}", file.name);
    const address = `${place.dataset.files}?subject=${encodeURIComponent(place.dataset.subject)}&name=${encodeURIComponent(file.name)}`;
    let told = {};
    let answer = null;
    try {
      answer = await fetch(address, {
        method: "POST",
        redirect: "manual",
        headers: { "Content-Type": file.type || "application/octet-stream" },
        body: file,
      });
      told = answer.type === "opaqueredirect" ? { problem: words("signed_out") } : await answer.json();
    } catch {
      told = { problem: words("not_attached") };
    }
    if (!answer || !answer.ok) {
      says.textContent = told.problem || words("not_attached");
      return;
    }
    says.textContent = "";
    const others = place.dataset.single ? [] : kinds.files.read(place).filter((one) => one.sha256 !== told.sha256);
    change(place, [...others, told]);
  };

  const fill = async (input) => {
    const says = document.getElementById("workbook-says");
    const file = input.files[0];
    says.textContent = words("attaching").replace("{name}", file.name);
    let told = {};
    try {
      // The same file again is the same request; another one is another.
      const answer = await fetch(`${input.dataset.workbook}-${file.size}-${file.lastModified}`, {
        method: "POST",
        redirect: "manual",
        body: file,
      });
      told = await answer.json();
      says.textContent = answer.ok ? words("workbook_done") : told.problem || words("not_attached");
    } catch {
      says.textContent = words("not_attached");
    }
    input.value = "";
    const cells = told.errors || told.cells || [];
    document.getElementById("workbook-cells").replaceChildren(
      ...cells.map((cell) => {
        const item = document.createElement("li");
        const zh = document.documentElement.lang.startsWith("zh");
        const said = (zh && (cell.text_zh || cell.reason_zh)) || cell.text || cell.reason || "";
        item.textContent = [cell.sheet, cell.cell, said].filter(Boolean).join(" · ");
        return item;
      }),
    );
  };

  document.addEventListener("change", async (event) => {
    if (event.target.matches("input[data-workbook]") && event.target.files.length) {
      await fill(event.target);
    }
    const place = event.target.matches("input[type=file]") && event.target.closest("[data-kind=files]");
    if (place) {
      for (const file of Array.from(event.target.files)) {
        await attach(place, file);
      }
      event.target.value = "";
    }
    if (event.target.matches("[data-all]")) {
      document.querySelectorAll(event.target.dataset.all).forEach((box) => {
        box.checked = event.target.checked;
      });
    }
  });
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-kind=files]").forEach(list));

  window.dualwatchFields = {
    words,
    wired,
    typed,
    read: (place) => kinds[place.dataset.kind].read(place),
    write: (place, value) => kinds[place.dataset.kind].write(place, value),
  };
})();
