"use strict";
// Helps where a template is written: inserts what is known, and counts what a text becomes.
(() => {
  const WAIT = 400;
  const OPEN = /\{\{\s*([a-z_]*)$/;
  const fields = "[data-words]";
  let latest = null;
  let shown = null;

  const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);
  // The fields of one variant: a block of its own on a template's page, else the whole form.
  const variantOf = (field) => field.closest(".form-group") ?? field.form;
  const chosen = (field, name) => {
    const select = variantOf(field).querySelector(`select[name$="${name}"]`);
    return select?.value ?? variantOf(field).querySelector(".kt-insertables")?.dataset[name] ?? "";
  };
  const stageOf = (list) => list.closest("form").querySelector("select[name=stage]")?.value || list.dataset.stage;

  const mark = (list) => {
    const stage = stageOf(list);
    const isPublic = chosen(list.parentElement.querySelector(fields), "detail") === "public";
    for (const one of list.querySelectorAll("[data-insert]")) {
      one.hidden = isPublic && "internal" in one.dataset;
      one.querySelector("[data-may-be-empty]").hidden = one.dataset.sure.split(" ").includes(stage);
    }
  };

  const offered = (field) =>
    [...variantOf(field).querySelectorAll("[data-insert]")].filter((one) => !one.hidden);

  // What may be empty is asked for, unless the question stands around it already.
  const written = (one, before) => {
    const name = one.dataset.insert;
    const asked = before.lastIndexOf(`{% if ${name} %}`) > before.lastIndexOf("{% endif %}");
    if (asked || one.querySelector("[data-may-be-empty]").hidden) return `{{ ${name} }}`;
    return `{% if ${name} %}{{ ${name} }}{% endif %}`;
  };

  const insert = (field, one) => {
    const before = field.value.slice(0, field.selectionStart);
    const begun = before.match(OPEN);
    const start = begun ? begun.index : before.length;
    const closed = begun ? field.value.slice(field.selectionEnd).match(/^\s*\}\}/)?.[0].length ?? 0 : 0;
    const text = written(one, before.slice(0, start));
    field.focus();
    field.setRangeText(text, start, field.selectionEnd + closed, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const close = () => {
    if (!shown) return;
    shown.list.remove();
    shown.field.removeAttribute("aria-activedescendant");
    shown = null;
  };

  const point = (number) => {
    const options = [...shown.list.children];
    shown.at = (number + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === shown.at)));
    options[shown.at].scrollIntoView({ block: "nearest" });
    shown.field.setAttribute("aria-activedescendant", options[shown.at].id);
  };

  const offer = (field) => {
    close();
    const begun = field.value.slice(0, field.selectionStart).match(OPEN);
    const found = begun ? offered(field).filter((one) => one.dataset.insert.startsWith(begun[1])) : [];
    if (!found.length) return;
    const list = make("ul", { className: "kt-complete", id: `${field.id}-complete` });
    list.setAttribute("role", "listbox");
    found.forEach((one, index) => {
      const option = make("li", { id: `${list.id}-${index}` });
      option.setAttribute("role", "option");
      option.append(
        make("code", { textContent: one.dataset.insert }),
        " ",
        make("span", { textContent: one.children[1].textContent }),
      );
      // The field keeps the focus.
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        close();
        insert(field, one);
      });
      list.append(option);
    });
    field.after(list);
    shown = { field, list, found, at: 0 };
    point(0);
  };

  const steps = { ArrowDown: 1, ArrowUp: -1 };
  const press = (event) => {
    if (!shown || event.target !== shown.field) return;
    if (event.key in steps) point(shown.at + steps[event.key]);
    else if (event.key === "Enter" || event.key === "Tab") {
      const { field, found, at } = shown;
      close();
      insert(field, found[at]);
    } else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  };

  const timers = new WeakMap();
  const asked = new WeakMap();
  const count = async (field) => {
    const number = (asked.get(field) ?? 0) + 1;
    asked.set(field, number);
    let said = field.parentElement.querySelector(".kt-counted");
    if (!said) {
      said = make("p", { className: "kt-counted" });
      said.setAttribute("role", "status");
      field.after(said);
    }
    const body = new URLSearchParams({
      csrfmiddlewaretoken: field.form.elements.csrfmiddlewaretoken.value,
      name: field.dataset.words,
      text: field.value,
      language: chosen(field, "language"),
      detail: chosen(field, "detail"),
      stage: stageOf(variantOf(field).querySelector(".kt-insertables")),
    });
    try {
      const answer = await fetch(field.dataset.count, { method: "POST", body, signal: AbortSignal.timeout(15000) });
      const told = await answer.json();
      // An older question's answer may come later.
      if (asked.get(field) !== number) return;
      said.classList.toggle("kt-danger", "error" in told);
      said.classList.toggle("kt-warning", "hint" in told);
      said.textContent = told.error ?? [told.said, told.hint].filter(Boolean).join(" — ");
    } catch {
      // It is counted again with the next letter; an old number would be wrong.
      said.textContent = "";
    }
  };
  const countSoon = (field) => {
    clearTimeout(timers.get(field));
    timers.set(field, setTimeout(() => count(field), WAIT));
  };

  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
  const isReal = (field) => !field.name.includes("__prefix__");

  document.addEventListener("DOMContentLoaded", () => {
    each(".kt-insertables", (list) => list.classList.add("kt-can-insert"));
    each("[data-count]", (field) => isReal(field) && field.value && count(field));
  });
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches?.(fields)) latest = target;
  });
  document.addEventListener("focusout", close);
  document.addEventListener("keydown", press);
  document.addEventListener("input", ({ target }) => {
    if (!target.matches(fields)) return;
    offer(target);
    if (target.dataset.count) countSoon(target);
  });
  document.addEventListener("change", ({ target }) => {
    if (!/(stage|detail|language)$/.test(target.name ?? "")) return;
    each(".kt-insertables", mark);
    each("[data-count]", (field) => isReal(field) && field.value && countSoon(field));
  });
  document.addEventListener("click", ({ target }) => {
    const one = target.closest?.("[data-insert]");
    if (!one) return;
    const own = one.closest(".kt-insertables").parentElement.querySelector(fields);
    const isNear = latest && variantOf(latest) === variantOf(own);
    insert(isNear ? latest : own, one);
  });
})();
