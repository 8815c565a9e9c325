// The study's windows, one key each: Shift and a digit. They are the same for every case.
export class Presets {
  constructor(box, viewer) { Object.assign(this, { box, viewer, windows: [] }); }

  offer(windows) {
    this.windows = windows;
    this.box.replaceChildren(...windows.map((window, n) => {
      const key = Object.assign(document.createElement("kbd"), { textContent: `⇧${n + 1}` });
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.append(`${window.name} `, key);
      button.addEventListener("click", () => { this.choose(n); button.blur(); });
      return button;
    }));
  }

  choose(n) { const chosen = this.windows[n]; if (chosen) this.viewer.window(chosen.centre, chosen.width); }

  // Whether a key was one of these.
  took(event) {
    const digit = event.shiftKey && /^Digit([1-9])$/.exec(event.code);
    if (!digit || digit[1] > this.windows.length) return false;
    this.choose(digit[1] - 1);
    return true;
  }

  // The name of the window that is set, if it has one.
  name({ centre, width }) { return this.windows.find((window) => window.centre === centre && window.width === width)?.name ?? ""; }
}
