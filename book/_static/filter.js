/* The filter of a long list: claims, computed numbers, sources. Without this script the page is the full list.
   A filtered view has an address of its own (?status=disputed&topic=personnel&text=kim); a link to an entry wins over it. */
"use strict";

const LISTS = [
  { noun: "claims", items: ".ledger-claim", groups: ".ledger-line", choices: { status: ".ledger-status", topic: ".ledger-topic" } },
  { noun: "numbers", items: ".number-entry", groups: ".filtered-group", choices: {} },
  { noun: "sources", items: "div.citation", groups: ".citation-list", choices: {} },
];

document.addEventListener("DOMContentLoaded", () => {
  const list = LISTS.find(({ items }) => document.querySelector(items));
  if (!list) return;
  const kinds = Object.keys(list.choices);
  const groups = [...document.querySelectorAll(list.groups)];
  const entries = [...document.querySelectorAll(list.items)].map((card) => ({
    card,
    text: plain(card.textContent),
    codes: Object.fromEntries(kinds.map((kind) => [kind, code(card, `${kind}-`)])),
  }));

  const form = make("form", { className: "list-filter", autocomplete: "off" });
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", `Filter the ${list.noun}`);
  const fields = { text: make("input", { type: "search", name: "text" }) };
  for (const kind of kinds) fields[kind] = choices(kind);
  for (const [name, field] of Object.entries(fields)) {
    const holder = make("label", { textContent: name === "text" ? "Words" : name[0].toUpperCase() + name.slice(1) });
    holder.append(field);
    form.append(holder);
  }
  const clear = make("button", { type: "button", textContent: `Show all ${list.noun}` });
  const count = make("output", {});
  form.append(clear, count);
  (groups[0] ?? entries[0].card).before(form);

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  clear.addEventListener("click", () => { reset(); fields.text.focus(); });
  addEventListener("hashchange", reveal);

  const asked = new URLSearchParams(location.search);
  for (const [name, field] of Object.entries(fields)) field.value = asked.get(name) ?? "";
  for (const name of kinds) if (fields[name].selectedIndex < 0) fields[name].value = "";
  apply();
  reveal();

  function apply() {
    const wanted = plain(fields.text.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { card, text, codes } of entries) {
      const fits = kinds.every((kind) => !fields[kind].value || codes[kind] === fields[kind].value)
        && wanted.every((word) => text.includes(word));
      card.hidden = !fits;
      shown += fits;
    }
    for (const group of groups) group.hidden = !group.querySelector(`:is(${list.items}):not([hidden])`);
    count.textContent = `${shown} of ${entries.length} ${list.noun} shown`;
    const address = new URL(location);
    for (const [name, field] of Object.entries(fields)) {
      if (field.value) address.searchParams.set(name, field.value);
      else address.searchParams.delete(name);
    }
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }

  function reset() {
    for (const field of Object.values(fields)) field.value = "";
    apply();
  }

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.matches(`${list.items}, ${list.groups}`)) return;
    if (target.closest("[hidden]")) reset();
    target.scrollIntoView();
  }

  function choices(kind) {
    const field = make("select", { name: kind });
    const found = new Map();
    for (const { codes } of entries) found.set(codes[kind], (found.get(codes[kind]) ?? 0) + 1);
    field.append(make("option", { value: "", textContent: `All (${entries.length})` }));
    for (const [value, number] of [...found].sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]))) {
      const words = entries.find(({ codes }) => codes[kind] === value).card.querySelector(list.choices[kind]).textContent;
      field.append(make("option", { value, textContent: `${words} (${number})` }));
    }
    return field;
  }

  function code(card, start) {
    return [...card.classList].find((name) => name.startsWith(start)).slice(start.length);
  }

  function plain(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  }

  function make(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
  }
});
