/* The book's own few scripts: colours, dialogs, the place in the contents, and what stands behind a number. Every page works without. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const root = document.documentElement;

  /* Colours: as the system, light, dark. */
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => { root.dataset.theme = root.dataset.mode === "auto" ? (dark.matches ? "dark" : "light") : root.dataset.mode; };
  dark.addEventListener("change", paint);
  const order = () => dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];

  /* Sidebars become dialogs where there is no room beside the text. */
  const drawer = (name) => {
    const dialog = document.getElementById(`pst-${name}-sidebar-modal`), bar = document.getElementById(`pst-${name}-sidebar`);
    if (!dialog || !bar) return;
    while (bar.firstChild) dialog.append(bar.firstChild);
    dialog.classList.add(`bd-sidebar-${name}`);
    dialog.showModal();
    const close = () => dialog.close();
    dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("a[href]")) close(); });
    dialog.addEventListener("close", () => { while (dialog.firstChild) bar.append(dialog.firstChild); dialog.classList.remove(`bd-sidebar-${name}`); }, { once: true });
  };
  /* A table that scrolls inside itself is reached by keyboard. */
  for (const table of document.querySelectorAll(".pst-scrollable-table-container")) {
    if (table.scrollWidth > table.clientWidth || table.scrollHeight > table.clientHeight) table.tabIndex = 0;
  }

  const search = document.getElementById("search-dialog");
  const act = {
    theme: () => {
      const modes = order();
      root.dataset.mode = modes[(modes.indexOf(root.dataset.mode) + 1) % 3];
      try { localStorage.setItem("mode", root.dataset.mode); } catch {}
      paint();
    },
    search: () => search.showModal(),
    chapters: () => drawer("primary"),
    contents: () => drawer("secondary"),
  };
  document.addEventListener("click", (event) => act[event.target.closest("[data-do]")?.dataset.do]?.());
  search?.addEventListener("click", (event) => { if (event.target === search) search.close(); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); act.search(); }
  });

  /* Where in the contents the reader is. */
  const links = new Map([...document.querySelectorAll("#pst-page-toc-nav a[href^='#']")].map((link) => [link.hash.slice(1), link]));
  if (links.size) {
    const seen = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) links.get(target.id)?.classList.toggle("active", isIntersecting);
    }, { rootMargin: "-10% 0px -70% 0px" });
    for (const id of links.keys()) { const section = document.getElementById(id); if (section) seen.observe(section); }
  }

  /* A number: click or focus shows what stands behind it; the link still leads to its entry. */
  const known = {};
  window.hanoiNumbers = (chapter, numbers) => { known[chapter] = numbers; };
  const loading = {};
  const load = (chapter, base) => loading[chapter] ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL(`../../_static/numbers/${chapter}.js`, base).href;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  const box = document.createElement("div");
  box.id = "number-box";
  box.hidden = true;
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", "What stands behind this number");
  let opened = null;
  const hide = (back) => { if (!opened) return; box.hidden = true; opened.removeAttribute("aria-expanded"); if (back) opened.focus(); opened = null; };
  const make = (name, text, attributes = {}) => Object.assign(document.createElement(name), text === undefined ? {} : { textContent: text }, attributes);

  async function show(link) {
    const address = new URL(link.href), [, chapter] = address.pathname.match(/numbers\/([\w-]+)\.html$/) ?? [];
    if (!chapter) return false;
    try { await load(chapter, address); } catch { return false; }
    const number = known[chapter]?.[address.hash.slice(1).split("--").slice(1).join("--")];
    if (!number) return false;
    hide(false);
    opened = link;
    const head = make("p"), rows = number.rows.map((part) => {
      const line = make("p", `${part.text}${part.keys.length ? ": " + part.keys.join("; ") : ""}`, { className: "number-rows" });
      const from = make("p", "", { className: "number-sources" });
      part.sources.forEach(([name, url], place) => {
        from.append(place ? "; " : "Sources: ", url ? make("a", name, { href: url }) : name);
      });
      if (part.more) from.append(` and more, ${part.more} in all`);
      return [line, from];
    });
    head.append(make("strong", number.text), ` ${number.unit}`);
    const whole = make("a", "The full entry, with all rows and sources", { href: link.href });
    const close = make("button", "Close", { type: "button" });
    close.addEventListener("click", () => hide(true));
    box.replaceChildren(head, ...(number.interval ? [make("p", number.interval)] : []), make("p", number.how), ...rows.flat(), make("p"), close);
    box.querySelector("p:last-of-type").append(whole);
    link.after(box);
    box.hidden = false;
    link.setAttribute("aria-expanded", "true");
    const place = link.getBoundingClientRect(), room = link.closest("article").getBoundingClientRect();
    box.style.left = "0px";
    const here = box.getBoundingClientRect();
    box.style.left = `${Math.max(room.left, Math.min(place.left, room.right - here.width)) - here.left}px`;
    return true;
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.number");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      if (opened === link) return hide(false);
      show(link).then((shown) => { if (!shown) location.href = link.href; });
    } else if (opened && !box.contains(event.target)) hide(false);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("a.number:focus-visible") && opened !== event.target) show(event.target);
    else if (opened && event.target !== opened && !box.contains(event.target)) hide(false);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(true); });
});
