"use strict";
const wipe = document.getElementById("wipe");
const real = (cell, kind) => cell.closest(".strip").querySelector(`[data-kind="${kind}"] .base`);
const cells = [...document.querySelectorAll('[data-kind="virtual"]')].filter((cell) => real(cell, "des"));
if (wipe && cells.length) {
  const part = (name) => wipe.querySelector(name);
  const pick = part("select"), at = part("input"), stage = part(".stage");
  const put = (name, image) => {
    part(name).hidden = !image;
    if (image) part(name).src = image.src;
  };
  const show = () => {
    const cell = cells[pick.selectedIndex];
    put(".le", real(cell, "le"));
    put(".under", real(cell, "des"));
    wipe.classList.toggle("wide", part(".under").naturalWidth > 0.75 * part(".under").naturalHeight);
    put(".over", cell.querySelector(".base"));
    put(".error", cell.querySelector(".error"));
    put(".outlines", cell.querySelector(".outlines"));
  };
  const choose = (k) => {
    pick.selectedIndex = (k + cells.length) % cells.length;
    show();
  };
  const cut = () => stage.style.setProperty("--at", at.value + "%");
  for (const cell of cells) {
    const heading = cell.closest(".strip").querySelector(".heading").textContent;
    pick.add(new Option(heading + " · " + cell.querySelector(".name").textContent));
    cell.addEventListener("click", () => {
      choose(cells.indexOf(cell));
      wipe.scrollIntoView({ block: "nearest" });
    });
  }
  pick.addEventListener("change", show);
  part("button").addEventListener("click", () => choose(pick.selectedIndex - 1));
  part("button:last-child").addEventListener("click", () => choose(pick.selectedIndex + 1));
  at.addEventListener("input", cut);
  wipe.hidden = false;
  cut();
  show();
}
