// The page of who runs the study. The secret came behind #; it is kept for this tab and shown in a header, never in a cookie.
import { content, reach } from "/page/talk.js";

const $ = (id) => document.getElementById(id);
if (location.hash.length > 1) {
  sessionStorage.setItem("secret", location.hash.slice(1));
  history.replaceState(null, "", "/");
}
let halted = false;

async function call(path, body) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem("secret") ?? ""}` };
  const options = body === undefined ? { headers } : { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return content(await reach(path, options));
}

function make(tag, facts, ...children) {
  const element = Object.assign(document.createElement(tag), facts);
  element.append(...children);
  return element;
}

async function refresh() {
  try {
    const now = await call("/progress");
    halted = now.halted;
    $("error").textContent = halted ? "The study is paused: no cases are shown." : "";
    $("study").textContent = now.study;
    $("halt").textContent = halted ? "Go on with the study" : "Pause the study";
    $("entries").textContent = `${now.entries} entries`;
    $("head").textContent = now.head;
    $("protocol").textContent = now.protocol;
    for (const cell of document.querySelectorAll(".secret")) cell.hidden = !now.passwords;
    $("readers").tBodies[0].replaceChildren(...now.readers.map((r) => row(r, now.passwords)));
    $("readers").hidden = false;
  } catch (error) { $("error").textContent = error.message; }
}

function row(r, passwords) {
  const cell = (text) => make("td", { textContent: text });
  const button = (text, act) => { const b = make("button", { type: "button", textContent: text }); b.addEventListener("click", act); return b; };
  const buttons = [button("New link", () => act("invite", r.reader)), button("End sessions", () => act("revoke", r.reader))];
  if (passwords) buttons.push(button("Password", () => ask(r.reader)));
  const last = r.last ? new Date(r.last).toLocaleString("sv-SE").slice(0, 16) : "never";
  return make("tr", {}, make("th", { scope: "row", textContent: r.reader }), cell(`${r.done} of ${r.total}`), cell(r.state), cell(last),
    cell(r.sessions), cell(r.link ? "yes" : "no"), ...(passwords ? [cell(r.password ? "yes" : "no")] : []), make("td", { className: "buttons" }, ...buttons));
}

async function act(what, reader, password) {
  try {
    const done = await call("/act", { do: what, reader, password });
    $("text").textContent = done.text ? (reader ? `${reader}: ${done.text}` : done.text) : "Done.";
    await refresh();
  } catch (error) { $("error").textContent = error.message; }
}

function ask(reader) {
  $("whose").textContent = `New password of ${reader}`;
  $("chosen").value = "";
  const dialog = $("ask");
  dialog.onclose = () => {
    if (dialog.returnValue === "set") act("password", reader, $("chosen").value);
    if (dialog.returnValue === "none") act("no password", reader);
    $("chosen").value = "";
  };
  dialog.returnValue = "";
  dialog.showModal();
}

$("halt").addEventListener("click", () => act(halted ? "go on" : "halt"));
$("verify").addEventListener("click", () => act("verify"));
refresh();
setInterval(refresh, 15000);
