// The page of who runs the study. The secret came behind #; it is kept for this tab and shown in a header, never in a cookie.
import { content, reach } from "/page/talk.js";

const $ = (id) => document.getElementById(id);
if (location.hash.length > 1) {
  sessionStorage.setItem("secret", location.hash.slice(1));
  history.replaceState(null, "", "/");
}
let halted = false, last = null;

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
    [halted, last] = [now.halted, now];
    $("error").textContent = now.ended ? "The reading has ended for good." : halted ? "The study is paused: no cases are shown." : "";
    for (const id of ["halt", "invite"]) $(id).hidden = now.ended;
    $("looks").textContent = now.looks.join(" ");
    $("end").textContent = now.ended ? "Analyse" : "End the reading and analyse";
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
  const buttons = [button("Invite", () => invite([r])), button("End sessions", () => act("revoke", r.reader))];
  if (passwords) buttons.push(button("Password", () => ask(r.reader)));
  const active = r.last ? new Date(r.last).toLocaleString("sv-SE").slice(0, 16) : "never";
  return make("tr", {}, make("th", { scope: "row", textContent: r.reader }), make("td", {}, ...r.by_session.map(([value, max]) => make("progress", { value, max, title: `${value} of ${max}` })), `${r.done} of ${r.total}`), cell(r.state), cell(pace(r.pace)), cell(left(r)), cell(active),
    cell(r.sessions), cell(r.link ? "yes" : "no"), ...(passwords ? [cell(r.password ? "yes" : "no")] : []), make("td", { className: "buttons" }, ...buttons));
}

const pace = (found) => (found ? `${found[1]} s (${found[0]} to ${found[2]})` : "");
const left = (r) => (r.pace && r.done < r.total ? `about ${Math.ceil(((r.total - r.done) * r.pace[1]) / 60)} min` : "");

async function act(what, reader, more) {
  try {
    const done = await call("/act", { do: what, reader, ...more });
    $("text").textContent = done.text ? (reader ? `${reader}: ${done.text}` : done.text) : "Done.";
    await refresh();
    return done;
  } catch (error) {
    await refresh();
    $("error").textContent = `${last?.ended ? "The reading has ended. " : ""}${error.message}`;
    $("text").textContent = "";
  }
}

// Sheets to print, one a reader, each with a new link. They live in this page alone: links are kept as check sums only.
async function invite(readers) {
  const sheets = [];
  for (const r of readers) {
    const done = await act("invite", r.reader);
    if (done) sheets.push(sheet(r, done.text));
  }
  $("sheets").replaceChildren(...sheets);
  $("invitations").hidden = !sheets.length;
  $("invitations").scrollIntoView();
}

function sheet(r, link) {
  const { expect, passwords, study } = last, many = r.by_session.length, days = expect.days_between;
  const filled = $("sheet").content.cloneNode(true), words = { study, reader: r.reader, link, until: expect.until, questions: expect.questions.join(" · "),
    practice: expect.practice ? "Practice cases come first and do not count." : "",
    amount: `${r.total} cases${many > 1 ? ` in ${many} sessions${days ? `, at least ${days} days apart` : ""}` : ""}`,
    return: passwords ? "When you enter you may choose a password to come back with." : "To come back on the same computer, open the same page; for another one you get a new link." };
  for (const place of filled.querySelectorAll("[data-fill]")) place.textContent = words[place.dataset.fill];
  return filled;
}

// Whether it shall be done, and why if answers are missing.
function sure(text, yes, why) {
  const dialog = $("sure");
  $("sure-text").textContent = text;
  $("yes").textContent = yes;
  $("because").value = "";
  $("sure-why").hidden = !why;
  $("because").required = why;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((then) => { dialog.onclose = () => then(dialog.returnValue === "yes" && { because: $("because").value }); });
}

async function end() {
  const text = `Ends the reading for good: no reader can go on, and nothing undoes it. Then the sealed truth is opened. ${last.missing ? `${last.missing}.` : "All is read."}`;
  const said = last.ended ? {} : await sure(text, "End it", Boolean(last.missing));
  const done = said && await act("end", "", said);
  if (!done?.page) return;
  $("results").href = URL.createObjectURL(new Blob([done.page], { type: "text/html" }));
  $("results").hidden = false;
}

function ask(reader) {
  $("whose").textContent = `New password of ${reader}`;
  $("chosen").value = "";
  const dialog = $("ask");
  dialog.onclose = () => {
    if (dialog.returnValue === "set") act("password", reader, { password: $("chosen").value });
    if (dialog.returnValue === "none") act("no password", reader);
    $("chosen").value = "";
  };
  dialog.returnValue = "";
  dialog.showModal();
}

$("halt").addEventListener("click", () => act(halted ? "go on" : "halt"));
$("end").addEventListener("click", end);
$("invite").addEventListener("click", async () => {
  const out = last.readers.filter((r) => !r.last), held = out.filter((r) => r.link).length;
  if (!out.length) $("text").textContent = "Everybody has come in.";
  else if (!held || await sure(`${held} of them hold a link that they have not used yet. It ends when a new one is made.`, "Make new links", false)) await invite(out);
});
$("print").addEventListener("click", () => print());
$("away").addEventListener("click", () => { $("sheets").replaceChildren(); $("invitations").hidden = true; });
$("verify").addEventListener("click", () => act("verify"));
refresh();
setInterval(refresh, 15000);
