// The reading page: shows a case, asks, stores the answer, and only then shows the next.
import { login } from "/page/login.js";
import { Presets } from "/page/presets.js";
import { content, reach } from "/page/talk.js";
import { Viewer } from "/page/viewer.js";

const $ = (id) => document.getElementById(id);
const viewer = new Viewer($("wall"), said, () => complain("The graphics of this browser were interrupted", () => location.reload()));
const presets = new Presets($("windows"), viewer);
const arriving = new Map(); // pictures on their way, by name
const passwords = document.body.dataset.passwords === "yes";
let current = null, answers = {}, times = null, busy = false, paused = false, failed = null, ended = false, pending = null, receipt = "";

function said(view) {
  const set = view.windows[viewer.shown()[0]], zoom = view.zoom === 1 ? "1:1" : `${(view.zoom / viewer.fit).toFixed(1)} × fit`;
  const also = [presets.name(set), view.inverted && "inverted", !view.between && "plain pixels", viewer.marking && "marking"].filter(Boolean);
  $("window").textContent = `level ${Math.round(set.centre / 655.36)} %, window ${Math.round(set.width / 655.36)} %, zoom ${zoom}${also.map((word) => `, ${word}`).join("")}`;
  $("small").hidden = viewer.wall.clientWidth >= 800 && viewer.wall.clientHeight >= 600;
  if (current) { const had = answers.marks?.length ?? 0; answers.marks = [...view.marks]; if (had !== view.marks.length) keep(); }
}

async function call(path, body, priority = "high") {
  const options = body === undefined ? { priority } : { method: "POST", body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-CSRF": document.body.dataset.csrf } };
  const answer = await reach(path, options);
  if (answer.status === 401) { if (priority === "high") expire(); throw null; }
  if (!answer.ok) await content(answer);
  return answer;
}

// The session has ended: the case stays behind the cover with all that was given, until the reader is in again.
function expire() {
  ended = true;
  clockHidden();
  const how = passwords ? "Enter your password" : "Open a new personal link in another tab of this browser";
  cover(`Your session has ended. What you answered is saved, and what you had begun is kept here. ${how}, then go on.`, ...(passwords ? [] : ["go-on"]));
  $("again").hidden = !passwords;
}

async function comeBack() {
  try {
    const known = await reach(`/token?item=${current?.item ?? ""}`);
    if (known.status === 401) return expire();
    const { csrf, yours } = await content(known);
    document.body.dataset.csrf = csrf;
    ended = paused = false;
    clockHidden();
    if (!current || !yours) { pending = null; return start(); }
    $("cover").hidden = true;
    if (pending) return send(pending);
    $("submit").disabled = !complete();
  } catch (error) { complain(error, comeBack); }
}

// What is begun outlives the page: kept for this tab, by the opaque name of the case.
function keep() { sessionStorage.setItem(`draft ${current.item}`, JSON.stringify(answers)); }

function kept(given) {
  try { return JSON.parse(sessionStorage.getItem(`draft ${given.item}`)) ?? given.given ?? {}; } catch { return given.given ?? {}; }
}

function cover(text, ...buttons) {
  $("cover-text").textContent = text;
  $("again").hidden = true;
  for (const id of ["go-on", "elsewhere", "finish", "back-end", "leave"]) $(id).hidden = !buttons.includes(id);
  $("receipt").textContent = receipt && buttons.includes("leave") ? `After your last saved answer the log ended with ${receipt.replace(/(:.{16}).*/, "$1")}.` : "";
  $("cover").hidden = false;
  if (buttons[0] !== "leave") $(buttons[0])?.focus(); // a second Enter must not log out
}

function complain(error, retry) {
  if (!error) return;
  failed = retry;
  cover(`${error.message || error}. Nothing that was confirmed is lost.`, "go-on");
}

async function next(given) {
  current = null;
  if (given.state === "halted") { viewer.clear(); failed = start; return cover("The study is paused by those who run it. All your answers are saved.", "go-on", "leave"); }
  if (given.state === "ended") { viewer.clear(); return cover(`${given.unsaved ? "This answer is not saved: those who run the study ended the reading before it. All others that you saved are kept." : "The reading has ended. All answers that you saved are kept."} Thank you.`, "leave"); }
  if (given.state === "close") {
    viewer.clear();
    $("back-end").dataset.item = given.earlier;
    return cover("All cases of this session are answered. You can go back and change answers, or finish: then they are final.", "back-end", "finish"); // a second Enter must not finish
  }
  if (given.state === "finished") { viewer.clear(); return cover("You have read all cases. Thank you.", "leave"); }
  if (given.state === "wait") { viewer.clear(); return cover(`This session is complete. Session ${given.session} opens on ${given.until}; the same study, your own link.`, "elsewhere", "leave"); }
  const asked = performance.now(), slow = setTimeout(() => cover("Loading"), 200);
  times = { asked, paint: null, input: null, hidden: 0, since: document.hidden ? asked : null };
  answers = {};
  try {
    const images = pictures(given);
    await Promise.all(images.map((image) => load(image, given)));
    viewer.light.keep(new Set([...images, ...given.next]));
    await viewer.hang(given);
  } finally { clearTimeout(slow); }
  times.paint = performance.now();
  current = given;
  $("cover").hidden = true;
  ask(given);
  fill(given, kept(given));
  prefetch(given);
}

function fill(given, known) {
  if (Array.isArray(known.marks)) { viewer.view.marks = [...known.marks]; viewer.draw(true); }
  for (const question of given.questions) {
    const value = known[question.name];
    if (question.kind === "choice" && question.options.includes(value)) choose(question, value);
    const range = question.kind === "scale" && Number.isInteger(value) && document.querySelector(`#form input[name="${question.name}"]`);
    if (range) { range.value = value; range.dispatchEvent(new Event("input")); }
  }
}

const pictures = (given) => given.panels.flatMap((p) => p.layers.map((l) => l.image));
const idle = () => new Promise((then) => (window.requestIdleCallback ?? setTimeout)(then, { timeout: 300 }));

// A picture comes once, whether for the case on the screen or ahead of its time.
function load(image, { rows, columns }, priority = "high") {
  if (viewer.light.has(image)) return null;
  if (!arriving.has(image)) arriving.set(image, fetched(image, rows, columns, priority).finally(() => arriving.delete(image)));
  return arriving.get(image);
}

async function fetched(image, rows, columns, priority) {
  const grey = new Uint16Array(await (await call(`/image/${image}`, undefined, priority)).arrayBuffer());
  if (priority === "low") await idle();
  viewer.light.take(image, rows, columns, grey);
}

// The next case's pictures come while this one is read. They are not shown, and no clock runs for them.
async function prefetch(given) {
  try {
    for (const image of given.next) {
      await load(image, given, "low");
      if (current !== given) return;
      await idle();
      viewer.light.prepare(image, viewer.fit);
    }
  } catch { /* they are asked for again when they are needed */ }
}

function ask(given) {
  $("place").textContent = `${given.practice ? "Practice, " : ""}case ${given.done + 1} of ${given.total}${given.sessions > 1 ? `, session ${given.session} of ${given.sessions}` : ""}${given.given ? ", answered" : ""}`;
  $("back").hidden = !given.earlier;
  $("forward").hidden = !given.given;
  for (const id of ["turn-keys", "turn-text"]) $(id).hidden = !given.earlier && !given.given;
  $("progress").max = given.total;
  $("progress").value = given.done;
  $("about").textContent = given.about ? `Please judge the ${given.about}.` : "";
  $("error").hidden = true;
  const layered = given.panels.some((p) => p.layers.length > 1), marks = given.questions.some((q) => q.kind === "marks");
  for (const id of ["layer-keys", "layer-text"]) $(id).hidden = !layered;
  for (const id of ["scale-keys", "scale-text"]) $(id).hidden = !given.questions.some((q) => q.kind === "scale");
  for (const id of ["mark-keys", "mark-text"]) $(id).hidden = !marks;
  const submit = make("button", { id: "submit", textContent: "Save and go on", disabled: true });
  $("form").replaceChildren(...given.questions.filter((q) => q.kind !== "marks").map(field), submit);
  presets.offer(given.windows);
  document.activeElement?.blur();
}

function make(tag, facts, ...children) {
  const element = Object.assign(document.createElement(tag), facts);
  element.append(...children);
  return element;
}

function field(question) {
  const legend = make("legend", { textContent: question.text });
  if (question.kind === "scale") {
    const value = make("output", { textContent: "not given" });
    const range = make("input", { type: "range", min: 0, max: 100, step: 1, value: 50, name: question.name, className: "unset" });
    range.setAttribute("aria-label", question.text);
    const taken = () => { range.className = ""; value.textContent = range.value; take(question.name, Number(range.value)); };
    for (const kind of ["input", "click"]) range.addEventListener(kind, taken);
    return make("fieldset", {}, legend, range, make("div", { className: "ends" }, make("span", { textContent: question.low }), value, make("span", { textContent: question.high })));
  }
  return make("fieldset", {}, legend, ...question.options.map((option, n) => {
    const input = make("input", { type: "radio", name: question.name, value: option });
    input.addEventListener("change", () => choose(question, option));
    return make("label", { className: "option" }, input, make("span", { textContent: question.labels[n] }), make("kbd", { textContent: question.keys[n].toUpperCase() }));
  }));
}

function choose(question, option) {
  for (const input of document.getElementsByName(question.name)) input.checked = input.value === option;
  if (question.name === "place") for (const p of viewer.panels) p.element.classList.toggle("chosen", p.given.title === option);
  take(question.name, option);
}

const complete = () => current.questions.every((q) => q.kind === "marks" || q.name in answers);

function take(name, value) {
  if (!current) return;
  answers[name] = value;
  keep();
  if ($("submit")) $("submit").disabled = !complete();
}

// Back to an answered case of this session and forward again, where the design lets answers be changed.
async function turn(item) {
  if (busy) return;
  current = null;
  try { await next(await content(await call(item ? `/case/${item}` : "/case"))); } catch (error) { complain(error, () => turn(item)); }
}

async function store() {
  if (busy || !current || $("submit").disabled) return;
  busy = true;
  $("submit").disabled = true;
  const now = performance.now(), since = (t) => Math.max(0, Math.round((t ?? now) - times.asked));
  const hidden = times.hidden + (times.since === null ? 0 : now - times.since);
  const message = { item: current.item,
    answers: Object.fromEntries(current.questions.map((q) => [q.name, q.kind === "marks" ? viewer.view.marks : answers[q.name]])),
    times: { paint_ms: since(times.paint), input_ms: since(times.input), submit_ms: since(now), hidden_ms: Math.round(hidden) },
    window: Object.fromEntries(Object.entries(viewer.view.windows).map(([name, w]) => [name, [w.centre, w.width]]).slice(0, 2)) };
  await send(message);
}

async function send(message) {
  let given;
  [pending, busy] = [message, true];
  try { given = await content(await call("/answer", message)); }
  catch (error) { busy = false; return complain(error && new Error(`This answer is not saved yet: ${error.message}`), () => send(message)); }
  [pending, busy] = [null, false];
  if (given.receipt) { receipt = given.receipt; tellSaved(); }
  sessionStorage.removeItem(`draft ${message.item}`);
  try { await next(given); } catch (error) { complain(error, start); }
}

// Each answer that the server confirmed, said until the next one.
function tellSaved() {
  $("saved").textContent = `✓ ${current.practice ? "Practice case" : "Case"} ${current.done + 1} saved`;
  $("saved").animate([{ background: "#24401f", color: "#e4f2df" }, {}], 2500);
}

async function start() {
  try { await next(await content(await call("/case"))); } catch (error) { complain(error, start); }
}

async function pause(stop) {
  if (stop === paused || (stop && !current) || busy) return;
  paused = stop;
  clockHidden();
  if (stop) cover("Paused. All answers up to here are saved. Logging out drops what you have begun of this case.", "go-on", "elsewhere", "leave"); else $("cover").hidden = true;
  $("link").textContent = "";
  try { await call("/pause", { paused: stop }); } catch (error) { if (error) $("link").textContent = "The server does not answer; go on when it does."; }
}

function help() {
  if ($("help").open) return $("help").close();
  $("help").showModal();
  clockHidden();
}

// Time in which the pictures cannot be seen: the tab is hidden, the reading paused, or the help open.
function clockHidden() {
  if (!times) return;
  const unseen = document.hidden || paused || ended || $("help").open, now = performance.now();
  if (unseen && times.since === null) times.since = now;
  if (!unseen && times.since !== null) { times.hidden += now - times.since; times.since = null; }
}

// Arrows move what is seen, or the cross while marks are set; fine steps with Shift.
function arrow(x, y) {
  return (event) => viewer.marking ? viewer.aim(x * (event.shiftKey ? 1 : 12), y * (event.shiftKey ? 1 : 12)) : viewer.move(-40 * x, -40 * y);
}

const KEYS = {
  w: () => viewer.level(0, 0.9), e: () => viewer.level(0, 1 / 0.9), u: () => viewer.level(-1311, 1), j: () => viewer.level(1311, 1),
  "+": () => viewer.zoomBy(1.2), "=": () => viewer.zoomBy(1.2), "-": () => viewer.zoomBy(1 / 1.2),
  o: () => viewer.zoomTo(1), f: () => viewer.zoomTo(viewer.fit), i: () => viewer.invert(), 0: () => viewer.reset(), p: () => pause(true), "?": help,
  ArrowLeft: arrow(-1, 0), ArrowRight: arrow(1, 0), ArrowUp: arrow(0, -1), ArrowDown: arrow(0, 1), x: () => viewer.markHere(),
  " ": () => viewer.nextLayer(), Enter: () => store(),
  m: () => { if (current.questions.some((q) => q.kind === "marks")) { viewer.setMarking(!viewer.marking); } },
  Backspace: () => viewer.unmark(),
  n: () => viewer.interpolate(),
  PageUp: () => { if (current.earlier) turn(current.earlier); }, PageDown: () => { if (current.given) turn(current.later); },
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !current || !$("cover").hidden) return;
  if ($("help").open && event.key !== "?") return;
  const onScale = event.target.type === "range" && event.key.startsWith("Arrow");
  const onButton = ["BUTTON", "SUMMARY"].includes(event.target.tagName) && ["Enter", " "].includes(event.key);
  if (onScale || onButton) return;
  if (presets.took(event)) return event.preventDefault();
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const question = current.questions.find((q) => q.kind === "choice" && q.keys.includes(key));
  const scale = key === "c" && document.querySelector("#form input[type=range]");
  if (!question && !scale && !KEYS[key]) return;
  event.preventDefault();
  if (question) choose(question, question.options[question.keys.indexOf(key)]);
  else if (scale) scale.focus();
  else if (!event.repeat || !["Enter", "p", "?", "i", " ", "m", "n", "x", "PageUp", "PageDown"].includes(key)) KEYS[key](event);
});
for (const kind of ["keydown", "pointerdown", "wheel"]) addEventListener(kind, () => { if (current && times.input === null) times.input = performance.now(); }, { capture: true, passive: true });
addEventListener("visibilitychange", clockHidden);
$("form").addEventListener("submit", (event) => { event.preventDefault(); store(); });
$("pause").addEventListener("click", () => pause(true));
$("out").addEventListener("click", () => pause(true));
$("ask").addEventListener("click", help);
$("help").addEventListener("close", clockHidden);
$("reset").addEventListener("click", () => viewer.reset());
$("back").addEventListener("click", () => turn(current.earlier));
$("forward").addEventListener("click", () => turn(current.later));
$("back-end").addEventListener("click", () => turn($("back-end").dataset.item));
$("finish").addEventListener("click", async () => {
  try { await next(await content(await call("/finish", {}))); } catch (error) { complain(error, start); }
});
$("again").addEventListener("submit", async (event) => {
  event.preventDefault();
  try { await login($("again")); $("again-error").textContent = ""; await comeBack(); }
  catch (error) { $("again-error").textContent = error.message; }
});
$("go-on").addEventListener("click", () => {
  if (ended) return comeBack();
  if (!failed) return pause(false);
  const retry = failed;
  failed = null;
  cover("Loading");
  retry();
});
$("leave").addEventListener("click", async () => {
  try { await call("/leave", {}); sessionStorage.clear(); location.assign("/?left"); }
  catch (error) { if (error) $("link").textContent = error.message; }
});
$("elsewhere").addEventListener("click", async () => {
  try { $("link").textContent = location.origin + (await content(await call("/elsewhere", {}))).path; }
  catch (error) { if (error) $("link").textContent = error.message; }
});
start();
