"use strict";
// What a page does beside being read: dark and light, and tables that can be copied and saved. Without it every page reads as well.
const page = document.documentElement;
const words = JSON.parse(document.getElementById("words").textContent);
const THEME = "community-governance.theme";

function remembered() { try { return localStorage.getItem(THEME); } catch { return null; } }
function remember(theme) { try { localStorage.setItem(THEME, theme); } catch { /* a browser that keeps nothing */ } }

function isDark() {
  return page.dataset.theme ? page.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

if (remembered()) page.dataset.theme = remembered();

function element(name, properties, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}

// The clipboard takes a table both as text and as a table; this way needs no permission and works from a disk.
function copy(text, html) {
  document.addEventListener("copy", event => {
    event.clipboardData.setData("text/plain", text);
    if (html) event.clipboardData.setData("text/html", html);
    event.preventDefault();
  }, { once: true });
  document.execCommand("copy");
}

function save(name, type, content) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

const markup = text => text.replace(/[&<>"]/g, sign => `&#${sign.codePointAt(0)};`);
const tabbed = rows => rows.map(row => row.map(cell => cell.replace(/\s+/g, " ")).join("\t")).join("\n");
const asHtml = rows =>
  `<table>${rows.map(row => `<tr>${row.map(cell => `<td>${markup(cell)}</td>`).join("")}</tr>`).join("")}</table>`;

// A cell that a spreadsheet would take for a formula has a quote mark before it, as in the files beside the page.
const harmless = cell => /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell;
const asCsv = rows =>
  "\ufeff" + rows.map(row => row.map(cell => {
    const text = harmless(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",") + "\r\n").join("");

// A workbook is a zip of XML. Every cell is text as it is printed: a formula stays text, and 0.50 keeps its zero.
function asWorkbook(rows) {
  const cell = text =>
    `<c t="inlineStr"><is><t xml:space="preserve">${markup(text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ""))}</t></is></c>`;
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const formats = "http://schemas.openxmlformats.org/";
  const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.";
  const relations = (target, type) =>
    `${head}<Relationships xmlns="${formats}package/2006/relationships"><Relationship Id="r1" Type="${formats}officeDocument/2006/relationships/${type}" Target="${target}"/></Relationships>`;
  const sheet = rows.map(row => `<row>${row.map(cell).join("")}</row>`).join("");
  return zipped({
    "[Content_Types].xml": `${head}<Types xmlns="${formats}package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${kind}sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${kind}worksheet+xml"/></Types>`,
    "_rels/.rels": relations("xl/workbook.xml", "officeDocument"),
    "xl/workbook.xml": `${head}<workbook xmlns="${formats}spreadsheetml/2006/main" xmlns:r="${formats}officeDocument/2006/relationships"><sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relations("worksheets/sheet1.xml", "worksheet"),
    "xl/worksheets/sheet1.xml": `${head}<worksheet xmlns="${formats}spreadsheetml/2006/main"><sheetData>${sheet}</sheetData></worksheet>`,
  });
}

const CHECKSUMS = Uint32Array.from({ length: 256 }, (_, sum) => {
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
  return sum;
});

function checksum(bytes) {
  let sum = ~0;
  for (const byte of bytes) sum = CHECKSUMS[(sum ^ byte) & 255] ^ (sum >>> 8);
  return ~sum;
}

// Stored, not compressed, and dated 1 January 1980, so that the same table is the same file.
function zipped(texts) {
  const numbers = fields => fields.flatMap(([number, size]) => Array.from({ length: size }, (_, i) => (number >>> (8 * i)) & 255));
  const files = [], entries = [];
  let offset = 0, directory = 0;
  for (const [name, text] of Object.entries(texts)) {
    const path = new TextEncoder().encode(name), content = new TextEncoder().encode(text);
    const about = [[20, 2], [0x800, 2], [0, 4], [0x21, 2], [checksum(content), 4], [content.length, 4], [content.length, 4], [path.length, 2], [0, 2]];
    const file = Uint8Array.from([...numbers([[0x04034b50, 4], ...about]), ...path]);
    const entry = Uint8Array.from([...numbers([[0x02014b50, 4], [20, 2], ...about, [0, 6], [0, 4], [offset, 4]]), ...path]);
    files.push(file, content);
    entries.push(entry);
    offset += file.length + content.length;
    directory += entry.length;
  }
  const end = numbers([[0x06054b50, 4], [0, 4], [entries.length, 2], [entries.length, 2], [directory, 4], [offset, 4], [0, 2]]);
  return new Blob([...files, ...entries, Uint8Array.from(end)]);
}

const WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

// Buttons that copy and save a table: its name, and functions that give its rows and what stands around them.
function tools(name, rows, around = { above: [], below: [] }) {
  const bar = element("div", { className: "bar tools" });
  const file = `${name}.${page.lang.slice(0, 2)}`;
  const button = (word, act) => {
    const made = element("button", { type: "button", textContent: words[word] });
    made.onclick = () => act(made);
    bar.append(made);
  };
  button("page_copy", made => {
    copy(tabbed(rows()), asHtml(rows()));
    made.textContent = words.page_copied;
    setTimeout(() => { made.textContent = words.page_copy; }, 2000);
  });
  button("page_csv", () => save(`${file}.csv`, "text/csv", asCsv(rows())));
  button("page_xlsx", () => save(`${file}.xlsx`, WORKBOOK, asWorkbook([...around.above, ...rows(), ...around.below])));
  return bar;
}

const cellsOf = table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent.trim()));

function equip(figure) {
  const lines = selector => [...figure.querySelectorAll(selector)].map(line => [line.textContent]);
  const table = figure.querySelector("table");
  figure.append(tools(figure.dataset.name, () => cellsOf(table), { above: lines("figcaption"), below: lines(".notes") }));
  // One stop of the Tab key for the numbers of a table; arrow keys go from one to the next.
  const numbers = [...table.querySelectorAll(".n")];
  numbers.forEach((number, place) => { number.tabIndex = place ? -1 : 0; });
}

function move(event) {
  const cell = event.target.closest?.("td");
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!cell || !steps) return;
  const row = cell.closest("table").rows[cell.parentNode.rowIndex + steps[0]];
  const next = row?.cells[cell.cellIndex + steps[1]]?.querySelector(".n");
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

// What a number is: its measure, how many it rests on, and the id by which it can be cited.
function explain(number) {
  const dialog = document.getElementById("number");
  const definition = document.getElementById(number.hash.slice(1));
  const row = number.closest("tr").cells[0].textContent;
  const column = number.closest("table").rows[0].cells[number.closest("td").cellIndex].textContent;
  const facts = [
    [words.page_row, `${row} · ${column}`],
    [words.page_n, number.dataset.n],
    [words.page_id, element("code", { textContent: number.dataset.id })],
    [words.page_mark, element("code", { textContent: number.dataset.mark })],
  ];
  const close = element("button", { type: "button", textContent: words.page_close, onclick: () => dialog.close() });
  const put = element("button", { type: "button", textContent: words.page_copy });
  put.onclick = () => { copy(`${number.textContent} ${number.dataset.mark}`); put.textContent = words.page_copied; };
  const measure = element("a", { href: number.hash, textContent: words.page_definition, onclick: () => dialog.close() });
  dialog.replaceChildren(
    element("h2", { id: "number-title", textContent: number.textContent }),
    element("p", {}, element("strong", { textContent: definition?.textContent ?? "" }), " ", definition?.nextElementSibling.textContent ?? ""),
    element("dl", {}, ...facts.filter(([, fact]) => fact).flatMap(([name, fact]) => [element("dt", { textContent: name }), element("dd", {}, fact)])),
    element("div", { className: "bar" }, measure, put, close),
  );
  dialog.showModal();
  close.focus();
}

// What a mark of a figure says is shown where it is pointed at, touched or reached by keys. A figure is one stop of the Tab
// key, as a table is; arrow keys go from mark to mark. The title that a browser would show by itself becomes the mark's name.
function tell(drawing, told) {
  const marks = [...drawing.querySelectorAll(".tip")];
  if (!marks.length) return;
  drawing.querySelector("svg").setAttribute("role", "group");
  drawing.querySelector(".scroll").removeAttribute("tabindex");
  marks.forEach((mark, place) => {
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", mark.textContent.trim());
    mark.replaceChildren();
    mark.tabIndex = place ? -1 : 0;
  });
  const show = mark => {
    told.textContent = mark.getAttribute("aria-label");
    told.hidden = false;
    const at = mark.getBoundingClientRect(), [wide, tall] = [told.offsetWidth, told.offsetHeight];
    const left = Math.max(4, Math.min(at.left + at.width / 2 - wide / 2, page.clientWidth - wide - 4));
    const top = at.top >= tall ? at.top - tall : at.bottom;
    Object.assign(told.style, { left: `${left + scrollX}px`, top: `${top + scrollY}px` });
  };
  drawing.addEventListener("pointerover", event => event.target.matches(".tip") && show(event.target));
  drawing.addEventListener("focusin", event => event.target.matches(".tip") && show(event.target));
  drawing.addEventListener("focusout", () => { told.hidden = true; });
  drawing.addEventListener("keydown", event => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const next = marks[marks.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

document.addEventListener("DOMContentLoaded", () => {
  const theme = document.getElementById("theme");
  const show = () => theme.setAttribute("aria-pressed", isDark());
  theme.hidden = false;
  theme.onclick = () => {
    page.dataset.theme = isDark() ? "light" : "dark";
    remember(page.dataset.theme);
    show();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
  document.querySelectorAll("figure.table").forEach(equip);
  const told = element("div", { id: "told", hidden: true, ariaHidden: "true" });
  document.querySelector("main").append(told);
  document.querySelectorAll("figure.drawing").forEach(drawing => tell(drawing, told));
  document.addEventListener("pointerover", event => { if (!event.target.closest?.(".tip, #told")) told.hidden = true; });
  document.body.append(Object.assign(document.createElement("dialog"), { id: "number" }));
  document.getElementById("number").setAttribute("aria-labelledby", "number-title");
  document.addEventListener("keydown", event => { if (event.key === "Escape") told.hidden = true; });
  document.addEventListener("keydown", move);
  document.addEventListener("click", event => {
    const number = event.target.closest?.("a.n");
    if (!number || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    explain(number);
  });
});
