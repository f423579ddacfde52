// A 3270 terminal in the page. The server says what the 24 x 80 positions hold and which of them
// may be typed over; each attention key sends the modified fields back and waits for the next
// display. Nothing typed while the keyboard is locked is kept. Rows and columns count from 1.
"use strict";

const ROWS = 24, COLUMNS = 80;
const grid = document.getElementById("grille");
const block = document.getElementById("curseur");
const status = { lock: id("verrou"), mode: id("mode"), place: id("position") };

let display = { rows: [], fields: [], bright: [], cursor: [1, 1] };
let cursor = [1, 1];
let lock = "";
let inserting = false;

function id(name) { return document.getElementById(name); }

function clamp(value, low, high) { return Math.max(low, Math.min(high, value)); }

function fieldAt([row, column]) {
  return display.fields.find(f => f.row === row && column >= f.column && column < f.column + f.length);
}

function draw() {
  const signs = display.rows.map(row => [...row.padEnd(COLUMNS)].slice(0, COLUMNS));
  const kinds = signs.map(row => row.map(() => "protege"));
  for (const [row, column, length] of display.bright) {
    kinds[row - 1].fill("intense", column - 1, column - 1 + length);
  }
  for (const field of display.fields) {
    kinds[field.row - 1].fill("saisie", field.column - 1, field.column - 1 + field.length);
    const shown = field.hidden ? "" : field.text;
    [...shown.padEnd(field.length)].forEach((sign, i) => { signs[field.row - 1][field.column - 1 + i] = sign; });
  }
  grid.replaceChildren(...signs.map((row, y) => drawRow(row, kinds[y])));
  drawStatus();
}

function drawRow(signs, kinds) {
  const line = document.createElement("div");
  line.className = "ligne";
  for (let start = 0, end; start < COLUMNS; start = end) {
    end = start + 1;
    while (end < COLUMNS && kinds[end] === kinds[start]) end++;
    const run = document.createElement("span");
    run.className = kinds[start];
    run.textContent = signs.slice(start, end).join("");
    line.append(run);
  }
  return line;
}

function drawStatus() {
  block.style.setProperty("--ligne", cursor[0] - 1);
  block.style.setProperty("--colonne", cursor[1] - 1);
  status.lock.textContent = lock;
  status.mode.textContent = inserting ? "^" : "";
  status.place.textContent = cursor.map(n => String(n).padStart(3, "0")).join("/");
}

function moveTo(row, column) {
  cursor = [clamp(row, 1, ROWS), clamp(column, 1, COLUMNS)];
  drawStatus();
}

function step(by) {
  const place = (cursor[0] - 1) * COLUMNS + cursor[1] - 1 + by;
  const around = (place + ROWS * COLUMNS) % (ROWS * COLUMNS);
  moveTo(Math.floor(around / COLUMNS) + 1, around % COLUMNS + 1);
}

function tab(back) {
  const order = display.fields.map(f => [f.row, f.column]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const after = ([row, column]) => row > cursor[0] || (row === cursor[0] && column > cursor[1]);
  const before = ([row, column]) => row < cursor[0] || (row === cursor[0] && column < cursor[1]);
  const next = back ? order.filter(before).at(-1) ?? order.at(-1) : order.find(after) ?? order[0];
  if (next) moveTo(...next);
}

function refuse(why) { lock = why; drawStatus(); }

function edit(change) {
  const field = fieldAt(cursor);
  if (!field) return refuse("X <-o-> PROT");
  const at = cursor[1] - field.column;
  const text = change([...field.text.padEnd(field.length)], at, field);
  if (text === null) return;
  field.text = text.slice(0, field.length).join("").trimEnd();
  field.modified = true;
  draw();
}

function type(sign) {
  sign = sign.toUpperCase();
  if (!/^[\x20-\x7e]$/.test(sign)) return refuse("X -f CODE");
  edit((signs, at, field) => {
    if (field.numeric && !/[0-9]/.test(sign)) { refuse("X <-o-> NUM"); return null; }
    if (inserting && signs.at(-1) !== " ") { refuse("X <-o-> >"); return null; }
    signs.splice(at, inserting ? 0 : 1, sign);
    step(1);
    return signs;
  });
}

async function send(key) {
  const body = {
    key, cursor, display: display.id,
    fields: display.fields.filter(f => f.modified).map(f => [f.row, f.column, f.text]),
  };
  lock = "X SYSTEM";
  drawStatus();
  let answer;
  try {
    answer = await fetch("ecran", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    return refuse("X COMM 504");
  }
  if (!answer.ok) return refuse(`X PROG ${answer.status}`);
  display = await answer.json();
  cursor = display.cursor;
  lock = "";
  draw();
}

const keys = {
  Enter: () => send("ENTER"),
  Tab: event => tab(event.shiftKey),
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  ArrowUp: () => step(-COLUMNS),
  ArrowDown: () => step(COLUMNS),
  Home: () => { moveTo(1, 1); if (!fieldAt(cursor)) tab(false); },
  End: () => edit((signs, at) => signs.slice(0, at)),
  Backspace: () => {
    if (!fieldAt([cursor[0], cursor[1] - 1])) return refuse("X <-o-> PROT");
    step(-1);
    edit((signs, at) => { signs.splice(at, 1); return signs; });
  },
  Delete: () => edit((signs, at) => { signs.splice(at, 1); return signs; }),
  Insert: () => { inserting = !inserting; drawStatus(); },
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const attention = /^F([1-9]|1[0-2])$/.test(event.key);
  const action = attention ? () => send(event.key) : keys[event.key];
  if (!action && event.key !== "Escape" && event.key.length !== 1) return;
  event.preventDefault();
  // "RAZ": an operator's mistake is forgiven, a host that is still at work is not.
  if (event.key === "Escape") { if (lock !== "X SYSTEM") { lock = ""; inserting = false; drawStatus(); } return; }
  if (lock) return;
  action ? action(event) : type(event.key);
}

function clicked(event) {
  const frame = grid.getBoundingClientRect();
  moveTo(Math.floor((event.clientY - frame.top) / (frame.height / ROWS)) + 1,
         Math.floor((event.clientX - frame.left) / (frame.width / COLUMNS)) + 1);
}

document.addEventListener("keydown", pressed);
grid.addEventListener("mousedown", clicked);
for (const button of document.querySelectorAll("button[data-touche]")) {
  button.addEventListener("click", () => { if (!lock) send(button.dataset.touche); });
}
send("");
