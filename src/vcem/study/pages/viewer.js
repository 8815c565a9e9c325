// The pictures of a case in panels that share window, zoom and place.
import { LightBox } from "/page/lightbox.js";

const FULL = { centre: 32768, width: 65536 };
const MOST_MARKS = 20;
const FILLED = 0.98, SLENDER = 0.5; // of a panel by the breast that fits least; a breast's usual width beside its height
const REST_MS = 150, FAST_MS = 16, SLOW_MS = 31, TELL_MS = 100, MOST_COARSE = 4;
const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

function make(tag, className) { return Object.assign(document.createElement(tag), { className }); }

class Panel {
  constructor(given, rows, columns, breast) {
    Object.assign(this, { given, rows, columns });
    this.mirror = given.anchor === "right" ? -1 : 1;
    this.edge = { left: 0, right: 1 }[given.anchor] ?? 0.5;
    // the picture's point that is held at that edge and half way down, and how much of the picture the breast needs
    this.held = [this.edge === 0.5 ? (breast.left + breast.right) / 2 : this.edge * columns, (breast.top + breast.bottom) / 2];
    this.needed = [{ left: breast.right, right: columns - breast.left }[given.anchor] ?? breast.right - breast.left, breast.bottom - breast.top];
    this.element = make("div", `panel ${given.anchor}`);
    this.name = make("span", "name");
    this.marks = make("div", "marks");
    this.element.append(this.marks, this.name);
  }

  // The panel in whole pixels of the screen, and the zoom at which all of the breast is seen.
  measure(wall) {
    const own = this.element.getBoundingClientRect(), pixel = (length) => Math.round(length * devicePixelRatio);
    const left = pixel(own.left - wall.left), top = pixel(own.top - wall.top);
    this.box = [left, top, Math.max(1, pixel(own.right - wall.left) - left), Math.max(1, pixel(own.bottom - wall.top) - top)];
    this.fit = FILLED * Math.min(this.box[2] / this.needed[0], this.box[3] / this.needed[1]) / this.given.scale;
  }

  // Where the picture's corner lies, in whole pixels lest 1:1 be blurred, and how large a picture pixel is. Panels whose
  // chest walls meet move away from each other.
  layout(view) {
    const zoom = view.zoom * this.given.scale, [left, top, width, height] = this.box, [x, y] = this.held;
    return { zoom, x: left + Math.round(this.edge * width - x * zoom + this.mirror * view.x * view.zoom),
      y: top + Math.round(0.5 * height - y * zoom + view.y * view.zoom) };
  }

  layer(view) { return this.given.layers.find((layer) => layer.name === view.layer) ?? this.given.layers[0]; }

  // The part of the panel that the picture covers.
  covered({ x, y, zoom }) {
    const [left, top, width, height] = this.box;
    const x0 = clamp(x, left, left + width), y0 = clamp(y, top, top + height);
    return [x0, y0, clamp(Math.ceil(x + this.columns * zoom), left, left + width) - x0, clamp(Math.ceil(y + this.rows * zoom), top, top + height) - y0];
  }

  label(view) {
    const { title, layers, anchor } = this.given, layer = this.layer(view).name;
    this.name.textContent = title === layer || (layers.length === 1 && !anchor) ? title : `${title}  ${layer}`;
  }

  drawMarks(view) {
    const at = this.layout(view), own = view.marks.filter((mark) => mark.panel === this.given.title);
    this.marks.replaceChildren(...own.map((mark) => {
      const circle = make("i", "mark");
      circle.style.left = `${(at.x - this.box[0] + (mark.x + 0.5) * at.zoom) / devicePixelRatio}px`;
      circle.style.top = `${(at.y - this.box[1] + (mark.y + 0.5) * at.zoom) / devicePixelRatio}px`;
      return circle;
    }));
  }

  // An event's place on the panel, in pixels of the screen from its corner.
  at(event) {
    const own = this.element.getBoundingClientRect();
    return [(event.clientX - own.left) * devicePixelRatio, (event.clientY - own.top) * devicePixelRatio];
  }

  pixel(view, event) {
    const [across, down] = this.at(event), at = this.layout(view);
    if (across < 0 || down < 0 || across >= this.box[2] || down >= this.box[3]) return null;
    const x = Math.floor((across + this.box[0] - at.x) / at.zoom), y = Math.floor((down + this.box[1] - at.y) / at.zoom);
    return x >= 0 && y >= 0 && x < this.columns && y < this.rows ? { panel: this.given.title, x, y } : null;
  }
}

export class Viewer {
  // `changed` is called after each drawing, `lost` when the pictures have to be loaded again.
  constructor(wall, changed, lost) {
    Object.assign(this, { wall, changed, panels: [], marking: false, coarse: 1, pace: FAST_MS, last: Infinity, told: 0, light: new LightBox(lost) });
    wall.append(this.light.canvas);
    new ResizeObserver(() => this.resize()).observe(wall);
    addEventListener("resize", () => this.resize()); // another pixel ratio, the same size
  }

  // Hang a case: all its pictures are there before the first is shown. Resolves when they are on the screen.
  hang(given) {
    this.panels = given.panels.map((panel) => new Panel(panel, given.rows, given.columns, this.light.pictures.get(panel.layers[0].image).breast));
    this.panels.forEach((panel) => this.listen(panel));
    this.wall.replaceChildren(this.light.canvas, ...this.panels.map((panel) => panel.element));
    this.layers = [...new Set(given.panels.flatMap((p) => p.layers.map((l) => l.name)))];
    this.layered = given.panels.some((p) => p.layers.length > 1);
    this.marking = false;
    this.cross?.remove();
    this.view = null;
    this.reset();
    return new Promise((seen) => { this.seen = seen; });
  }

  clear() {
    this.panels = [];
    this.wall.replaceChildren(this.light.canvas);
    this.light.keep(new Set());
    this.light.shine([], false);
  }

  reset() {
    this.measure();
    const windows = Object.fromEntries(this.layers.map((name) => [name, { ...FULL }]));
    this.view = { zoom: this.fit, x: 0, y: 0, inverted: false, between: true, layer: this.layered ? this.layers.at(-1) : "",
      marks: this.view?.marks ?? [], windows };
    this.draw(true);
  }

  // In rows as the study says, or all in one where breasts are larger so; the window alone decides, lest cases hang differently.
  arrange() {
    const most = (of) => 1 + Math.max(...this.panels.map((p) => p.given[of])), rows = most("row"), columns = most("column");
    const size = (across, down) => Math.min(this.wall.clientWidth / across / SLENDER, this.wall.clientHeight / down);
    const flat = size(rows * columns, 1) > size(columns, rows), share = (n) => `repeat(${n}, minmax(0, 1fr))`;
    this.wall.style.gridTemplateColumns = share(flat ? rows * columns : columns);
    this.wall.style.gridTemplateRows = share(flat ? 1 : rows);
    for (const { given, element } of this.panels) element.style.gridArea = flat ? `1 / ${given.row * columns + given.column + 1}` : `${given.row + 1} / ${given.column + 1}`;
  }

  measure() {
    this.arrange();
    const wall = this.wall.getBoundingClientRect();
    for (const panel of this.panels) panel.measure(wall);
    const pixels = (length) => Math.max(1, Math.round(length * devicePixelRatio / this.coarse));
    this.light.resize(pixels(wall.width), pixels(wall.height));
    this.fit = Math.min(...this.panels.map((p) => p.fit));
  }

  resize() {
    if (!this.panels.length) return;
    const fitted = this.view.zoom === this.fit;
    this.measure();
    if (fitted) this.view.zoom = this.fit;
    this.draw(true);
  }

  // At most one drawing a frame, however many events there were.
  draw(moved = false) {
    this.moved ||= moved;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), REST_MS);
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame((now) => { this.waiting = false; if (this.panels.length) { this.keepPace(now); this.paint(now); } });
  }

  // A machine without a graphics processor draws every second row and column, or fourth, while the picture is on the move.
  keepPace(now) {
    if (now > this.last) this.pace += 0.2 * (Math.min(now - this.last, REST_MS) - this.pace); // milliseconds a frame, of late
    this.last = now;
    if (this.pace > SLOW_MS) this.coarsen(Math.min(MOST_COARSE, 2 * this.coarse));
  }

  coarsen(coarse) {
    if (this.coarse === coarse) return;
    [this.coarse, this.pace] = [coarse, FAST_MS];
    this.measure();
    this.moved = true;
  }

  rest() {
    if (!this.panels.length) return;
    const blurred = this.coarse > 1;
    this.coarsen(1);
    if (blurred) requestAnimationFrame(() => this.paint(0));
    [this.pace, this.last] = [FAST_MS, Infinity];
    this.changed(this.view);
  }

  paint(now) {
    if (!this.panels.length) return;
    const { view, panels, light, seen, coarse } = this, on = (box) => box.map((length) => Math.round(length / coarse));
    if (this.moved) for (const panel of panels) {
      const { x, y, zoom } = panel.layout(view);
      light.place({ name: panel.layer(view).image, box: on(panel.box), between: view.between, x: x / coarse, y: y / coarse, zoom: zoom / coarse });
      panel.label(view);
      panel.drawMarks(view);
    }
    this.moved = false;
    light.shine(panels.map((panel) => {
      const { centre, width } = view.windows[panel.layer(view).name];
      return { box: on(panel.covered(panel.layout(view))), centre, window: width };
    }), view.inverted);
    this.seen = null;
    if (seen) light.finished(seen);
    if (now - this.told < TELL_MS) return; // words cost more than greys
    this.told = now;
    this.changed(view);
  }

  // Without layers to switch between, one window serves all pictures: they are compared side by side.
  shown() { return this.view.layer ? [this.view.layer] : this.layers; }

  window(centre, width) {
    for (const name of this.shown()) this.view.windows[name] = { centre: clamp(Math.round(centre), -32768, 98303), width: clamp(Math.round(width), 256, 131072) };
    this.draw();
  }

  level(centre, width) {
    const now = this.view.windows[this.shown()[0]];
    this.window(now.centre + centre, now.width * width);
  }

  // Zoom about a place of a panel, or about the middle of the chest wall's side.
  zoomBy(factor, panel, place) {
    const zoom = clamp(this.view.zoom * factor, this.fit / 2, Math.max(16, 4 * this.fit));
    if (panel) this.hold(panel, place, zoom);
    this.view.zoom = zoom;
    this.move(0, 0);
  }

  hold(panel, [across, down], zoom) {
    const at = panel.layout(this.view), [left, top, width, height] = panel.box, next = zoom * panel.given.scale;
    const x = (across + left - at.x) / at.zoom, y = (down + top - at.y) / at.zoom;
    this.view.x = panel.mirror * (across - panel.edge * width - (x - panel.held[0]) * next) / zoom;
    this.view.y = (down - 0.5 * height - (y - panel.held[1]) * next) / zoom;
  }

  zoomTo(zoom) { Object.assign(this.view, { zoom, x: 0, y: 0 }); this.draw(true); }

  // Never so far that the picture is lost.
  move(dx, dy) {
    const { rows, columns } = this.panels[0], { view } = this;
    view.x = clamp(view.x + dx / view.zoom, -columns, columns);
    view.y = clamp(view.y + dy / view.zoom, -rows, rows);
    this.draw(true);
  }

  invert() { this.view.inverted = !this.view.inverted; this.draw(); }
  interpolate() { this.view.between = !this.view.between; this.draw(true); }
  nextLayer() { if (this.view.layer) { this.view.layer = this.layers[(this.layers.indexOf(this.view.layer) + 1) % this.layers.length]; this.draw(true); } }
  mark(mark) { if (mark && this.view.marks.length < MOST_MARKS) { this.view.marks.push(mark); this.draw(true); } }
  // Marking by keyboard: a cross that the arrows move over the panels.
  setMarking(on) {
    this.marking = on;
    if (on) this.cross ??= make("i", "cross");
    if (on) this.wall.append(this.cross); else this.cross?.remove();
    this.aimed = { x: this.wall.clientWidth / 2, y: this.wall.clientHeight / 2 };
    this.aim(0, 0);
    this.draw();
  }

  aim(dx, dy) {
    const x = clamp(this.aimed.x + dx, 0, this.wall.clientWidth), y = clamp(this.aimed.y + dy, 0, this.wall.clientHeight);
    this.aimed = { x, y };
    if (this.marking) Object.assign(this.cross.style, { left: `${x}px`, top: `${y}px` });
  }

  markHere() {
    const wall = this.wall.getBoundingClientRect(), event = { clientX: wall.left + this.aimed.x, clientY: wall.top + this.aimed.y };
    for (const panel of this.panels) if (this.marking) this.mark(panel.pixel(this.view, event));
  }

  unmark() { this.view.marks.pop(); this.draw(true); }

  listen(panel) {
    const element = panel.element;
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    element.addEventListener("wheel", (event) => { event.preventDefault(); this.zoomBy(Math.exp(-event.deltaY / 500), panel, panel.at(event)); }, { passive: false });
    element.addEventListener("pointerdown", (event) => {
      if (this.marking && event.button === 0) this.mark(panel.pixel(this.view, event));
      else element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      if (!element.hasPointerCapture(event.pointerId)) return;
      if (event.buttons === 1 && !event.shiftKey) this.level(event.movementY * 64, Math.exp(event.movementX / 200));
      else this.move(panel.mirror * event.movementX * devicePixelRatio, event.movementY * devicePixelRatio);
    });
  }
}
