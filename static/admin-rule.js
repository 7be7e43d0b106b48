"use strict";
// Edits a segment's rule by choosing; the JSON in the text field stays what is saved.
(() => {
  const WAIT = 400;

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // JSON → nodes: {group, denied, parts} or {kind, name, test, denied, value}.
  const read = (rule) => {
    if (rule === null || typeof rule !== "object" || Array.isArray(rule)) throw new Error("shape");
    const [key] = Object.keys(rule);
    if (key === undefined) return { group: "all", denied: false, parts: [] };
    if (key === "all" || key === "any") {
      return { group: key, denied: false, parts: rule[key].map(read) };
    }
    if (key === "not") {
      const inner = read(rule.not);
      // Twice no is a group of its own.
      if (inner.denied) return { group: "all", denied: true, parts: [inner] };
      return { ...inner, denied: true };
    }
    if (key === "uses" || key === "in_segment") {
      return { kind: key, name: "", test: "is", denied: false, value: rule[key] };
    }
    const { field, ...tests } = rule;
    const [test] = Object.keys(tests);
    if (typeof field !== "string" || test === undefined) throw new Error("shape");
    const isAttribute = field.startsWith("attributes.");
    return {
      kind: isAttribute ? "attribute" : field,
      name: isAttribute ? field.slice("attributes.".length) : "",
      test,
      denied: false,
      value: tests[test],
    };
  };

  const write = (node) => {
    let rule;
    if (node.group) {
      rule = { [node.group]: node.parts.map(write) };
    } else if (node.kind === "uses" || node.kind === "in_segment") {
      rule = { [node.kind]: node.value };
    } else {
      const field = node.kind === "attribute" ? `attributes.${node.name}` : node.kind;
      rule = { field, [node.test]: node.value };
    }
    return node.denied ? { not: rule } : rule;
  };

  const edit = (text) => {
    const offer = JSON.parse(text.dataset.rule);
    const words = offer.words;
    const lists = `${text.id}-names`;
    const tree = make("div", { className: "kt-rule" });
    const said = make("p", { className: "kt-rule-said" });
    said.setAttribute("role", "status");
    const names = make("datalist", { id: lists });
    names.append(...offer.attributes.map((value) => make("option", { value })));
    const raw = make("details", { className: "kt-rule-raw" }, make("summary", { textContent: words.asText }));
    let root;

    const choose = (label, options, value, onchange) => {
      const select = make("select", { className: "kt-input" });
      select.setAttribute("aria-label", label);
      // What is there already stays choosable, also where it is offered no longer.
      if (value !== "" && !options.some(([one]) => one === value)) options = [...options, [value, value]];
      select.append(...options.map(([one, shown]) => make("option", { value: one, textContent: shown })));
      select.value = value;
      select.addEventListener("change", () => onchange(select.value));
      return select;
    };

    const button = (label, onclick) => {
      const made = make("button", { type: "button", className: "kt-rule-button", textContent: label });
      made.addEventListener("click", onclick);
      return made;
    };

    const fieldOf = (node) => offer.fields.find((one) => one.name === node.kind);

    const testsOf = (node) => {
      if (node.kind === "uses" || node.kind === "in_segment") return ["is"];
      return node.kind === "attribute" ? offer.attributeOperators : fieldOf(node)?.operators ?? [node.test];
    };

    const choicesOf = (node) => {
      if (node.kind === "in_segment") return Object.entries(offer.segments);
      if (node.kind === "uses") return offer.components.map((one) => [one, one]);
      return Object.entries(fieldOf(node)?.choices ?? {});
    };

    // A value that fits the test, so that what is shown is what is saved.
    const settle = (node) => {
      if (!testsOf(node).includes(node.test)) node.test = testsOf(node)[0];
      const choices = choicesOf(node);
      const first = choices.length ? choices[0][0] : "";
      if (node.test === "exists") node.value = true;
      else if (node.test === "one_of") node.value = Array.isArray(node.value) ? node.value : first ? [first] : [];
      else if (node.test === "less" || node.test === "more") node.value = Number(node.value) || 0;
      else if (Array.isArray(node.value) || typeof node.value === "boolean") node.value = first;
      if (choices.length && !Array.isArray(node.value) && !choices.some(([one]) => one === node.value)) {
        node.value = first;
      }
    };

    const valueOf = (node) => {
      const choices = choicesOf(node);
      if (node.test === "exists") return [];
      if (node.test === "one_of" && choices.length) {
        return [
          make("span", { className: "kt-rule-options" }, ...choices.map(([value, shown]) => {
            const box = make("input", { type: "checkbox", checked: node.value.includes(value) });
            box.addEventListener("change", () => {
              node.value = box.checked ? [...node.value, value] : node.value.filter((one) => one !== value);
              save();
            });
            return make("label", {}, box, ` ${shown}`);
          })),
        ];
      }
      if (choices.length) {
        return [choose(words.value, choices, node.value, (value) => { node.value = value; save(); })];
      }
      const isList = node.test === "one_of";
      const isNumber = node.test === "less" || node.test === "more";
      const input = make(isList ? "textarea" : "input", { className: "kt-input", rows: 3, spellcheck: false });
      if (isNumber) Object.assign(input, { type: "number", step: "any" });
      if (node.test === "before" || node.test === "after") input.placeholder = words.date;
      input.setAttribute("aria-label", isList ? words.values : words.value);
      if (isList) input.placeholder = words.values;
      input.value = isList ? node.value.join("\n") : node.value;
      input.addEventListener("input", () => {
        if (isList) node.value = input.value.split("\n").map((one) => one.trim()).filter(Boolean);
        else node.value = isNumber ? input.valueAsNumber : input.value;
        save();
      });
      return [input];
    };

    const kinds = [
      ...offer.fields.map((one) => [one.name, one.label]),
      ["attribute", words.attribute],
      ["uses", words.uses],
      ["in_segment", words.in_segment],
    ];

    const drawCondition = (node, remove) => {
      const row = make("div", { className: "kt-rule-row" });
      const redraw = () => {
        settle(node);
        const parts = [
          choose(words.field, kinds, node.kind, (kind) => {
            Object.assign(node, { kind, test: "equals", denied: false, value: "" });
            redraw();
            save();
            row.querySelector("select").focus();
          }),
        ];
        if (node.kind === "attribute") {
          const name = make("input", { className: "kt-input", value: node.name, spellcheck: false });
          name.setAttribute("list", lists);
          name.setAttribute("aria-label", words.attributeName);
          name.placeholder = words.attributeName;
          name.addEventListener("input", () => { node.name = name.value.trim(); save(); });
          parts.push(name);
        }
        const tests = testsOf(node).flatMap((one) => [[one, words[one]], [`!${one}`, words[`!${one}`]]]);
        const test = choose(words.test, tests, (node.denied ? "!" : "") + node.test, (value) => {
          node.denied = value.startsWith("!");
          node.test = value.replace("!", "");
          redraw();
          save();
          row.querySelector("[data-test]").focus();
        });
        test.dataset.test = "";
        row.replaceChildren(...parts, test, ...valueOf(node), button(words.remove, remove));
      };
      redraw();
      return row;
    };

    const drawGroup = (node, remove) => {
      const box = make("fieldset", { className: "kt-rule-group" });
      box.append(make("legend", { className: "kt-hidden", textContent: words.group }));
      const options = [["all", words.all], ["any", words.any], ["!all", words.notAll], ["!any", words.notAny]];
      const kind = choose(words.group, options, (node.denied ? "!" : "") + node.group, (value) => {
        node.denied = value.startsWith("!");
        node.group = value.replace("!", "");
        save();
      });
      const list = make("div");
      const add = (part) => {
        node.parts.push(part);
        draw();
        save();
        list.lastElementChild.querySelector("select").focus();
      };
      const fresh = () => ({ kind: "language", name: "", test: "equals", denied: false, value: "" });
      const adding = button(words.addCondition, () => add(fresh()));
      const draw = () => {
        list.replaceChildren(...node.parts.map((part) => {
          const away = () => {
            node.parts.splice(node.parts.indexOf(part), 1);
            draw();
            save();
            adding.focus();
          };
          return part.group ? drawGroup(part, away) : drawCondition(part, away);
        }));
        if (!node.parts.length && !remove) list.append(make("p", { className: "kt-note", textContent: words.empty }));
      };
      const buttons = make("div", { className: "kt-rule-row" }, adding,
        button(words.addGroup, () => add({ group: "any", denied: false, parts: [fresh()] })));
      if (remove) buttons.append(button(words.remove, remove));
      draw();
      box.append(kind, list, buttons);
      return box;
    };

    let waiting;
    let asked = 0;
    const check = async () => {
      const number = ++asked;
      const form = text.form;
      const body = new URLSearchParams({
        rule: text.value,
        slug: form.elements.slug?.value ?? "",
        pk: text.dataset.pk ?? "",
        csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
      });
      try {
        const answer = await fetch(offer.check, { method: "POST", body, signal: AbortSignal.timeout(15000) });
        const told = await answer.json();
        // An older question's answer may come later.
        if (number !== asked) return;
        said.className = told.error ? "kt-rule-said kt-danger" : "kt-rule-said";
        said.textContent = told.error ?? [told.sentence, told.counts].filter(Boolean).join(" — ");
      } catch {
        if (number === asked) said.textContent = words.unreachable;
      }
    };

    const soon = () => {
      clearTimeout(waiting);
      waiting = setTimeout(check, WAIT);
    };

    const save = () => {
      text.value = JSON.stringify(root.parts.length ? write(root) : {}, null, 2);
      text.dispatchEvent(new Event("change", { bubbles: true }));
      soon();
    };

    const load = () => {
      try {
        const node = read(JSON.parse(text.value.trim() || "{}") ?? {});
        root = node.group ? node : { group: "all", denied: false, parts: [node] };
        tree.replaceChildren(drawGroup(root, null));
        tree.hidden = false;
      } catch {
        tree.hidden = true;
        raw.open = true;
        said.className = "kt-rule-said kt-danger";
        said.textContent = words.unreadable;
        return false;
      }
      return true;
    };

    text.before(names, tree, said, raw);
    raw.append(text);
    text.addEventListener("input", () => { if (load()) soon(); });
    if (load()) soon();
  };

  const start = () => document.querySelectorAll("textarea[data-rule]").forEach(edit);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
