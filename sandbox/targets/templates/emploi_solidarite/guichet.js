// One page that never loads again: every answer replaces a part of it. While a request is out a
// veil covers everything; the list also renews itself quietly, so its rows come and go.
"use strict";

const id = name => document.getElementById(name);
const VEIL_MS = 250, TOAST_MS = 6000, RENEWAL_MS = 4000;

let list = null;  // what the list was asked for: {file_number, tri, sens, page}
let file = null;  // the open file, with the nonce of its form

async function ask(path, values, method = "GET") {
  const body = new URLSearchParams(values);
  const answer = method === "GET"
    ? await fetch(`${path}?${body}`)
    : await fetch(path, { method, body });
  if (answer.status === 401) { location.reload(); return new Promise(() => {}); }
  if (!answer.ok && answer.status !== 422) throw new Error(`${answer.status}`);
  return answer.json();
}

async function veiled(work) {
  id("voile").classList.add("actif");
  try {
    await work();
  } catch (error) {
    announce(`Le service n'a pas répondu (erreur ${error.message}).`, "panne");
  } finally {
    setTimeout(() => id("voile").classList.remove("actif"), VEIL_MS);
  }
}

function announce(text, kind = "") {
  const toast = document.createElement("div");
  toast.className = kind;
  toast.textContent = text;
  id("annonces").append(toast);
  setTimeout(() => toast.remove(), TOAST_MS);
}

function row(words, button) {
  const line = document.createElement("tr");
  for (const word of words) line.insertCell().textContent = word;
  if (button) line.insertCell().append(button);
  return line;
}

async function showList(change) {
  const asked = list = { ...list, ...change };
  const answer = await ask("/api/dossiers", asked);
  if (asked !== list) return;  // a later request is out: its answer is the one that counts
  list.page = answer.page;
  id("lignes").replaceChildren(...answer.lignes.map(one => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Ouvrir";
    button.addEventListener("click", () => veiled(() => showFile(one.file_number)));
    return row(one.cellules, button);
  }));
  id("rang").textContent = `Page ${answer.page} de ${answer.pages}`;
  document.querySelector("[data-page='-1']").disabled = answer.page <= 1;
  document.querySelector("[data-page='1']").disabled = answer.page >= answer.pages;
  id("liste").hidden = false;
}

async function showFile(number) {
  file = await ask("/api/dossier", { file_number: number });
  id("entete").textContent = `Dossier ${file.file_number}`;
  id("fiche").replaceChildren(...file.fiche.flatMap(([label, value]) => {
    const term = document.createElement("dt"), said = document.createElement("dd");
    term.textContent = label;
    said.textContent = value;
    return [term, said];
  }));
  id("changements").replaceChildren(...file.changements.map(words => row(words)));
  closeForm();
  id("dossier").hidden = false;
}

function openForm() {
  for (const [name, value] of Object.entries(file.valeurs)) id(`e_${name}`).value = value;
  id("refus").replaceChildren();
  id("edition").classList.add("ouverte");
}

function closeForm() { id("edition").classList.remove("ouverte"); }

async function save() {
  const values = Object.fromEntries(new FormData(id("edition")));
  const answer = await ask("/api/changement",
    { ...values, file_number: file.file_number, nonce: file.nonce }, "POST");
  if (answer.refus) {
    id("refus").textContent = `Demande refusée : ${answer.refus.join(" ")}`;
    return;
  }
  announce(`Changement enregistré. No de confirmation : ${answer.confirmation}`);
  await showFile(file.file_number);
}

// Masks: what is typed takes its shape as it comes.
const digits = value => value.replace(/\D/g, "");
const masks = {
  effective_date: value => digits(value).slice(0, 8).replace(/^(\d{2})(\d)/, "$1-$2").replace(/^(\d{2}-\d{2})(\d)/, "$1-$2"),
  telephone: value => digits(value).slice(0, 10).replace(/^(\d{3})(\d)/, "($1) $2").replace(/^(\(\d{3}\) \d{3})(\d)/, "$1-$2"),
  postal_code: value => value.toUpperCase().replace(/\s/g, "").replace(/^(.{3})(.)/, "$1 $2"),
};
for (const [name, mask] of Object.entries(masks)) {
  id(`e_${name}`).addEventListener("input", event => { event.target.value = mask(event.target.value); });
}

id("recherche").addEventListener("submit", event => {
  event.preventDefault();
  id("dossier").hidden = true;
  veiled(() => showList({ file_number: id("numero").value, tri: "seen", sens: "desc", page: 1 }));
});
for (const head of document.querySelectorAll("[data-tri]")) {
  head.addEventListener("click", () => veiled(() => {
    const again = list.tri === head.dataset.tri && list.sens === "asc";
    return showList({ tri: head.dataset.tri, sens: again ? "desc" : "asc", page: 1 });
  }));
}
for (const turn of document.querySelectorAll("[data-page]")) {
  turn.addEventListener("click", () => veiled(() => showList({ page: list.page + Number(turn.dataset.page) })));
}
id("changer").addEventListener("click", openForm);
id("annuler").addEventListener("click", closeForm);
id("edition").addEventListener("submit", event => { event.preventDefault(); veiled(save); });
setInterval(() => { if (list && !id("voile").classList.contains("actif")) showList({}).catch(() => {}); }, RENEWAL_MS);
