// Keys for the list of requests. Everything they do can be done without them, and without this file.
"use strict";
(() => {
  const OFF = "dsr-keys-off";
  const keys = document.getElementById("keys");
  const way = document.querySelector("[data-keys]");
  const off = keys.querySelector("[data-off]");
  const rows = [...document.querySelectorAll("#result_list tbody tr")];
  const isOff = () => localStorage.getItem(OFF) === "1";
  const isTyping = (place) =>
    place.isContentEditable || place.matches("textarea, select, input:not([type=checkbox], [type=radio])");

  // The link of a row takes the focus, so that Enter opens it and a screen reader says where one is.
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));
  const go = (to) => rows[to]?.querySelector("a.row").focus();
  const show = () => keys.showModal();

  const acts = {
    j: () => go(here() + 1),
    k: () => go(here() < 0 ? rows.length - 1 : here() - 1),
    x: () => rows[here()]?.querySelector("[name=case]")?.click(),
    "/": () => document.getElementById("find_wanted").focus(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || keys.open) return;
    const act = event.key === "?" ? show : isOff() ? undefined : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const tell = () => off.setAttribute("aria-pressed", String(isOff()));
  off.addEventListener("click", () => {
    localStorage.setItem(OFF, isOff() ? "0" : "1");
    tell();
  });
  tell();
  way.querySelector("button").addEventListener("click", show);
  way.hidden = false;
})();
