// All pictures of a case on one WebGL2 canvas, in two steps: the greys of 16 bits are put on the screen's pixels, again only
// after a move, a zoom or another picture; then the window turns greys into light, which is all that a window change costs.
// Grey 0 is what lies outside the breast. It takes no part in any mean and stays black, for a bright surround blinds.
const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;
const HEAD = `#version 300 es
precision highp float; precision highp int; precision highp usampler2D;
uniform usampler2D grey;
float at(ivec2 p) { return float(texelFetch(grey, clamp(p, ivec2(0), textureSize(grey, 0) - 1), 0).r); }
`;
// half the rows and columns, so that no screen pixel has to read more than four greys however small the picture is shown
const HALVE = `${HEAD} out uint halved;
void main() {
  ivec2 p = 2 * ivec2(gl_FragCoord.xy);
  vec4 g = vec4(at(p), at(p + ivec2(1, 0)), at(p + ivec2(0, 1)), at(p + ivec2(1, 1)));
  float inside = dot(vec4(greaterThan(g, vec4(0.0))), vec4(1.0));
  halved = inside < 2.0 ? 0u : uint(dot(g, vec4(1.0)) / inside + 0.5);
}`;
const SHOW = `${HEAD} uniform vec2 origin; uniform vec2 given; uniform float zoom; uniform float reduced; uniform bool between; out uint shown;
void main() {
  vec2 p = (gl_FragCoord.xy - origin) / zoom;
  if (any(lessThan(p, vec2(0.0))) || any(greaterThanEqual(p, given))) { shown = 0u; return; }
  p /= reduced;
  if (!between) { shown = uint(at(ivec2(p))); return; }
  vec2 q = p - 0.5, f = fract(q); ivec2 i = ivec2(floor(q));
  vec4 g = vec4(at(i), at(i + ivec2(1, 0)), at(i + ivec2(0, 1)), at(i + ivec2(1, 1)));
  vec4 w = vec4((1.0 - f.x) * (1.0 - f.y), f.x * (1.0 - f.y), (1.0 - f.x) * f.y, f.x * f.y) * vec4(greaterThan(g, vec4(0.0)));
  float inside = dot(w, vec4(1.0));
  shown = inside < 0.5 ? 0u : uint(dot(w, g) / inside + 0.5);
}`;
const LIGHT = `${HEAD} uniform float slope; uniform float least; uniform float height; out vec4 colour;
void main() {
  float g = float(texelFetch(grey, ivec2(gl_FragCoord.x, height - gl_FragCoord.y), 0).r);
  float v = clamp(g * slope + least, 0.0, 1.0);
  colour = vec4(vec3(g == 0.0 ? 0.0 : v), 1.0);
}`;

// Where the breast lies, from the first column and row to behind the last: all of a picture that shows none. The breast is
// the same in all images of one exposure, so this tells nothing of which it is.
function breast(grey, rows, columns) {
  let [left, top, right, bottom] = [columns, rows, 0, 0];
  for (let y = 0; y < rows; y++) {
    const from = y * columns;
    let a = 0, b = columns;
    while (a < columns && !grey[from + a]) a++;
    if (a === columns) continue;
    while (!grey[from + b - 1]) b--;
    [left, top, right, bottom] = [Math.min(left, a), Math.min(top, y), Math.max(right, b), y + 1];
  }
  return bottom ? { left, top, right, bottom } : { left: 0, top: 0, right: columns, bottom: rows };
}

export class LightBox {
  // `lost` is called when the browser takes the graphics memory away: all pictures have to be loaded again.
  constructor(lost) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "light";
    this.canvas.addEventListener("webglcontextlost", () => lost());
    const gl = this.gl = this.canvas.getContext("webgl2", { antialias: false, alpha: false, depth: false, stencil: false });
    if (!gl) throw new Error("This browser has no WebGL2");
    [this.halve, this.show, this.light] = [HALVE, SHOW, LIGHT].map((text) => program(gl, text));
    this.frame = gl.createFramebuffer();
    this.pictures = new Map();
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.clearColor(0, 0, 0, 1);
    gl.enable(gl.SCISSOR_TEST);
  }

  has(name) { return this.pictures.has(name); }

  // Keep a picture in the memory of the graphics.
  take(name, rows, columns, grey) {
    const gl = this.gl;
    if (Math.max(rows, columns) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) throw new Error("The picture is too large for this display");
    if (grey.length !== rows * columns) throw new Error("A picture did not arrive whole");
    this.pictures.set(name, { rows, columns, breast: breast(grey, rows, columns), levels: [texture(gl, rows, columns, grey)] });
  }

  // Forget all pictures but these.
  keep(names) {
    for (const [name, picture] of this.pictures) {
      if (names.has(name)) continue;
      for (const level of picture.levels) this.gl.deleteTexture(level.texture);
      this.pictures.delete(name);
    }
  }

  // Make what a picture needs to be shown at a zoom; returns how often it is halved.
  prepare(name, zoom) {
    const picture = this.pictures.get(name), wanted = Math.max(0, Math.floor(Math.log2(1 / zoom) + 1e-6));
    while (picture.levels.length <= wanted) {
      const last = picture.levels.at(-1), rows = (last.rows + 1) >> 1, columns = (last.columns + 1) >> 1;
      const next = texture(this.gl, rows, columns, null);
      this.#into(next, this.halve, last.texture, [0, 0, columns, rows]);
      picture.levels.push(next);
    }
    return wanted;
  }

  resize(width, height) {
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    if (this.grid?.rows === height && this.grid.columns === width) return;
    if (this.grid) this.gl.deleteTexture(this.grid.texture);
    this.grid = texture(this.gl, height, width, null);
    this.moved = true;
  }

  // Put the greys of one picture on the screen's pixels. `box` is [left, top, width, height], `x` and `y` its corner.
  place({ name, box, x, y, zoom, between }) {
    const gl = this.gl, picture = this.pictures.get(name), level = between ? this.prepare(name, zoom) : 0;
    this.#into(this.grid, this.show, picture.levels[level].texture, box, (at) => {
      gl.uniform2f(at("origin"), x, y);
      gl.uniform2f(at("given"), picture.columns, picture.rows);
      gl.uniform1f(at("zoom"), zoom);
      gl.uniform1f(at("reduced"), 2 ** level);
      gl.uniform1i(at("between"), between ? 1 : 0);
    });
  }

  // Turn greys into light; `parts` have a box, a centre and a width.
  shine(parts, inverted) {
    const gl = this.gl, { width, height } = this.canvas;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, width, height);
    gl.scissor(0, 0, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (!parts.length) return;
    gl.useProgram(this.light.program);
    gl.bindTexture(gl.TEXTURE_2D, this.grid.texture);
    gl.uniform1f(this.light.at("height"), height);
    for (const { box, centre, window } of parts) {
      // (g - (centre - 0.5)) / (width - 1) + 0.5, PS3.3 C.11.2.1.2
      const slope = 1 / Math.max(window - 1, 1), least = 0.5 - (centre - 0.5) * slope;
      gl.uniform1f(this.light.at("slope"), inverted ? -slope : slope);
      gl.uniform1f(this.light.at("least"), inverted ? 1 - least : least);
      gl.scissor(box[0], height - box[1] - box[3], box[2], box[3]);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
  }

  // Call back once the graphics have finished what they were given.
  finished(then) {
    const gl = this.gl, fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    const ask = () => {
      if (!gl.isContextLost() && gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) return void setTimeout(ask, 2);
      gl.deleteSync(fence);
      then();
    };
    setTimeout(ask, 0);
  }

  #into(target, { program, at }, source, box, given = () => {}) {
    const gl = this.gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, target.texture, 0);
    gl.viewport(0, 0, target.columns, target.rows);
    gl.scissor(...box);
    gl.useProgram(program);
    gl.bindTexture(gl.TEXTURE_2D, source);
    given(at);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }
}

function texture(gl, rows, columns, grey) {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R16UI, columns, rows);
  if (grey) gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, columns, rows, gl.RED_INTEGER, gl.UNSIGNED_SHORT, grey);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
  return { texture: made, rows, columns };
}

function program(gl, fragment) {
  const made = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made) ?? "The graphics of this browser were interrupted");
  const places = {};
  return { program: made, at: (name) => places[name] ??= gl.getUniformLocation(made, name) };
}
