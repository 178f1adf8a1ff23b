/* The filter of a long list: claims, numbers, sources, polls and the other tables. Without this script the page is the full list.
   A filtered view has an address of its own (?status=disputed&topic=personnel&text=kim); a link to an entry wins over it. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  for (const list of document.querySelectorAll("[data-filter]")) {
    filter(list, list.dataset.filter, (list.dataset.choices ?? "").split(" ").filter(Boolean), "[data-item]", "[data-group]");
  }
  const claim = document.querySelector(".ledger-claim");
  if (claim) filter(claim.closest("section"), "claims", ["status", "topic"], ".ledger-claim", ".ledger-line");
});

function filter(list, noun, kinds, items, sections) {
  const groups = [...list.querySelectorAll(sections)];
  const entries = [...list.querySelectorAll(items)].map((card) => ({
    card, text: plain(card.textContent), codes: Object.fromEntries(kinds.map((kind) => [kind, code(card, kind)])),
  }));
  if (!entries.length) return;

  const form = make("form", { className: "list-filter", autocomplete: "off" });
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", `Filter the ${noun}`);
  const fields = { text: make("input", { type: "search", name: "text" }) };
  for (const kind of kinds) fields[kind] = choices(kind);
  for (const [name, field] of Object.entries(fields)) {
    const holder = make("label", { textContent: name === "text" ? "Words" : words(name) });
    holder.append(field);
    form.append(holder);
  }
  const clear = make("button", { type: "button", textContent: `Show all ${noun}` });
  const count = make("output", {});
  form.append(clear, count);
  (groups[0] ?? entries[0].card.closest("table") ?? entries[0].card.parentElement).before(form);

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
      const fits = kinds.every((kind) => !fields[kind].value || codes[kind].split(";").includes(fields[kind].value))
        && wanted.every((word) => text.includes(word));
      card.hidden = !fits;
      shown += fits;
    }
    for (const group of groups) group.hidden = !group.querySelector(`:is(${items}):not([hidden])`);
    count.textContent = `${shown.toLocaleString("en")} of ${entries.length.toLocaleString("en")} ${noun} shown`;
    const address = new URL(location);
    for (const [name, field] of Object.entries(fields)) {
      if (field.value) address.searchParams.set(name, field.value);
      else address.searchParams.delete(name);
    }
    try { if (address.href !== location.href) history.replaceState(history.state, "", address); } catch {}
  }

  function reset() {
    for (const field of Object.values(fields)) field.value = "";
    apply();
  }

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.matches(`${items}, ${sections}`)) return;
    if (target.closest("[hidden]")) reset();
    target.scrollIntoView();
  }

  function choices(kind) {
    const field = make("select", { name: kind });
    const found = new Map();
    for (const { codes } of entries) for (const value of codes[kind].split(";").filter(Boolean)) found.set(value, (found.get(value) ?? 0) + 1);
    field.append(make("option", { value: "", textContent: `All (${entries.length.toLocaleString("en")})` }));
    for (const [value, number] of [...found].sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]))) {
      field.append(make("option", { value, textContent: `${words(value)} (${number})` }));
    }
    return field;
  }

  function code(card, kind) {
    return card.dataset[kind] ?? [...card.classList].find((name) => name.startsWith(`${kind}-`))?.slice(kind.length + 1) ?? "";
  }

  function words(name) {
    const text = /[A-Z ]/.test(name) ? name : name.replaceAll("-", " ").replaceAll("_", " ");
    return text[0].toUpperCase() + text.slice(1);
  }

  function plain(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  }

  function make(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
  }
}
