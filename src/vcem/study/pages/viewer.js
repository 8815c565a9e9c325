// Grey pictures of 16 bits in panels that share window, zoom and place. WebGL2; nothing is resampled but by the shader.
const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;
// below 1:1 each screen pixel is the mean of up to nine picture pixels under it, above it lies between four picture pixels
const FRAGMENT = `#version 300 es
precision highp float; precision highp int; precision highp usampler2D;
uniform usampler2D grey; uniform vec2 origin; uniform float zoom; uniform vec2 screen;
uniform vec2 window; uniform bool inverted; out vec4 colour;
float at(ivec2 p, ivec2 size) { return float(texelFetch(grey, clamp(p, ivec2(0), size - 1), 0).r); }
float between(vec2 p, ivec2 size) {
  vec2 q = p - 0.5; ivec2 i = ivec2(floor(q)); vec2 f = q - floor(q);
  return mix(mix(at(i, size), at(i + ivec2(1, 0), size), f.x),
             mix(at(i + ivec2(0, 1), size), at(i + ivec2(1, 1), size), f.x), f.y);
}
void main() {
  ivec2 size = textureSize(grey, 0);
  vec2 p = (vec2(gl_FragCoord.x, screen.y - gl_FragCoord.y) - origin) / zoom;
  if (any(lessThan(p, vec2(0.0))) || any(greaterThanEqual(p, vec2(size)))) { colour = vec4(0.0, 0.0, 0.0, 1.0); return; }
  // what lies outside the breast is exactly 0; it stays black, for a bright surround blinds
  if (texelFetch(grey, ivec2(p), 0).r == 0u) { colour = vec4(0.0, 0.0, 0.0, 1.0); return; }
  int n = int(clamp(ceil(1.0 / zoom), 1.0, 3.0)); float sum = 0.0;
  if (n == 1) sum = between(p, size);
  else for (int a = 0; a < n; a++) for (int b = 0; b < n; b++)
    sum += at(ivec2(floor(p + ((vec2(a, b) + 0.5) / float(n) - 0.5) / zoom)), size);
  float v = clamp((sum / float(n * n) - (window.x - 0.5)) / max(window.y - 1.0, 1.0) + 0.5, 0.0, 1.0); // PS3.3 C.11.2.1.2
  colour = vec4(vec3(inverted ? 1.0 - v : v), 1.0);
}`;
const FULL = { centre: 32768, width: 65536 };

class Panel {
  constructor(given, rows, columns) {
    Object.assign(this, { given, rows, columns, textures: {} });
    this.element = document.createElement("div");
    this.element.className = `panel ${given.anchor}`;
    this.element.style.gridArea = `${given.row + 1} / ${given.column + 1}`;
    this.canvas = document.createElement("canvas");
    this.name = document.createElement("span");
    this.name.className = "name";
    this.marks = document.createElement("canvas");
    this.marks.className = "marks";
    this.element.append(this.canvas, this.marks, this.name);
    this.gl = this.canvas.getContext("webgl2", { antialias: false, alpha: false });
    if (!this.gl) throw new Error("this browser has no WebGL2");
    this.program = link(this.gl);
  }

  place(name) { return this.gl.getUniformLocation(this.program, name); }

  load(layer, grey) {
    const gl = this.gl;
    if (Math.max(this.rows, this.columns) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) throw new Error("the picture is too large for this display");
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, this.columns, this.rows, 0, gl.RED_INTEGER, gl.UNSIGNED_SHORT, grey);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    this.textures[layer] = texture;
  }

  measure() {
    const box = this.element.getBoundingClientRect();
    const w = Math.max(1, Math.round(box.width * devicePixelRatio)), h = Math.max(1, Math.round(box.height * devicePixelRatio));
    for (const canvas of [this.canvas, this.marks]) if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    this.fit = Math.min(w / (this.columns * this.given.scale), h / (this.rows * this.given.scale));
  }

  // Where the picture's corner lies and how large a pixel is. Panels whose chest walls meet move away from each other.
  layout(view) {
    const zoom = view.zoom * this.given.scale;
    const edge = { left: 0, right: 1 }[this.given.anchor] ?? 0.5;
    const mirror = this.given.anchor === "right" ? -1 : 1;
    return { zoom, x: edge * (this.canvas.width - this.columns * zoom) + mirror * view.x * view.zoom,
      y: 0.5 * (this.canvas.height - this.rows * zoom) + view.y * view.zoom };
  }

  draw(view) {
    const gl = this.gl, at = this.layout(view);
    const layer = this.textures[view.layer] ? view.layer : Object.keys(this.textures)[0];
    const { centre, width } = view.windows[layer] ?? FULL;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.useProgram(this.program);
    gl.bindTexture(gl.TEXTURE_2D, this.textures[layer]);
    gl.uniform2f(this.place("origin"), at.x, at.y);
    gl.uniform1f(this.place("zoom"), at.zoom);
    gl.uniform2f(this.place("screen"), this.canvas.width, this.canvas.height);
    gl.uniform2f(this.place("window"), centre, width);
    gl.uniform1i(this.place("inverted"), view.inverted ? 1 : 0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    this.name.textContent = this.given.title === layer ? layer : this.given.layers.length > 1 || this.given.anchor ? `${this.given.title}  ${layer}` : this.given.title;
    this.drawMarks(view, at);
  }

  drawMarks(view, at) {
    const pen = this.marks.getContext("2d");
    pen.clearRect(0, 0, this.marks.width, this.marks.height);
    pen.strokeStyle = "#c9a24a";
    pen.lineWidth = 2 * devicePixelRatio;
    for (const mark of view.marks.filter((m) => m.panel === this.given.title)) {
      pen.beginPath();
      pen.arc(at.x + (mark.x + 0.5) * at.zoom, at.y + (mark.y + 0.5) * at.zoom, 14 * devicePixelRatio, 0, 7);
      pen.stroke();
    }
  }

  pixel(view, event) {
    const box = this.element.getBoundingClientRect(), at = this.layout(view);
    const x = Math.floor(((event.clientX - box.left) * devicePixelRatio - at.x) / at.zoom);
    const y = Math.floor(((event.clientY - box.top) * devicePixelRatio - at.y) / at.zoom);
    return x >= 0 && y >= 0 && x < this.columns && y < this.rows ? { panel: this.given.title, x, y } : null;
  }

  end() { this.gl.getExtension("WEBGL_lose_context")?.loseContext(); this.element.remove(); }
}

function link(gl) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  return program;
}

export class Viewer {
  constructor(wall, changed) {
    Object.assign(this, { wall, changed, panels: [], marking: false, frames: 0 });
    addEventListener("resize", () => this.resize());
  }

  // Hang a case: all its pictures are there before the first is shown.
  hang(given, pictures) {
    this.clear();
    this.panels = given.panels.map((panel) => new Panel(panel, given.rows, given.columns));
    for (const panel of this.panels) {
      for (const layer of panel.given.layers) panel.load(layer.name, pictures[layer.image]);
      this.wall.append(panel.element);
      this.listen(panel);
    }
    const share = (n) => `repeat(${n}, minmax(0, 1fr))`;
    this.wall.style.gridTemplateColumns = share(1 + Math.max(...given.panels.map((p) => p.column)));
    this.wall.style.gridTemplateRows = share(1 + Math.max(...given.panels.map((p) => p.row)));
    this.layers = [...new Set(given.panels.flatMap((p) => p.layers.map((l) => l.name)))];
    this.reset();
  }

  clear() { for (const panel of this.panels) panel.end(); this.panels = []; }

  reset() {
    this.measure();
    const layered = this.panels.some((p) => p.given.layers.length > 1);
    this.view = { zoom: this.fit, x: 0, y: 0, inverted: false, layer: layered ? this.layers.at(-1) : "", marks: this.view?.marks ?? [],
      windows: Object.fromEntries(this.layers.map((name) => [name, { ...FULL }])) };
    this.draw();
  }

  measure() { for (const panel of this.panels) panel.measure(); this.fit = Math.min(...this.panels.map((p) => p.fit)); }

  resize() {
    if (!this.panels.length) return;
    const fitted = this.view.zoom === this.fit;
    this.measure();
    if (fitted) this.view.zoom = this.fit;
    this.draw();
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.frames++; for (const p of this.panels) p.draw(this.view); this.changed(this.view); });
  }

  // Without layers to switch between, one window serves all pictures: they are compared side by side.
  shown() { return this.view.layer ? [this.view.layer] : this.layers; }

  level(centre, width) {
    for (const name of this.shown()) {
      const own = this.view.windows[name];
      own.centre = Math.round(Math.min(98303, Math.max(-32768, own.centre + centre)));
      own.width = Math.round(Math.min(131072, Math.max(256, own.width * width)));
    }
    this.draw();
  }

  zoomBy(factor) { this.view.zoom = Math.min(16, Math.max(this.fit / 2, this.view.zoom * factor)); this.draw(); }
  zoomTo(zoom) { Object.assign(this.view, { zoom, x: 0, y: 0 }); this.draw(); }
  move(dx, dy) { this.view.x += dx / this.view.zoom; this.view.y += dy / this.view.zoom; this.draw(); }
  invert() { this.view.inverted = !this.view.inverted; this.draw(); }
  nextLayer() { if (this.view.layer) { this.view.layer = this.layers[(this.layers.indexOf(this.view.layer) + 1) % this.layers.length]; this.draw(); } }

  listen(panel) {
    const element = panel.element;
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    element.addEventListener("wheel", (event) => { event.preventDefault(); this.zoomBy(Math.exp(-event.deltaY / 500)); }, { passive: false });
    element.addEventListener("pointerdown", (event) => {
      if (this.marking && event.button === 0) {
        const mark = panel.pixel(this.view, event);
        if (mark && this.view.marks.length < 20) { this.view.marks.push(mark); this.draw(); }
        return;
      }
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      if (!element.hasPointerCapture(event.pointerId)) return;
      const mirror = panel.given.anchor === "right" ? -1 : 1;
      if (event.buttons === 1 && !event.shiftKey) this.level(event.movementY * 64, Math.exp(event.movementX / 200));
      else this.move(mirror * event.movementX * devicePixelRatio, event.movementY * devicePixelRatio);
    });
  }
}
