"use strict";
(() => {
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

  const paths = JSON.parse(document.getElementById("diagonals").textContent);

  const moveMaps = (place, told) => {
    all(".map-line").forEach((line) => { line.textContent = told; });
    all("[data-map]").forEach((map) => {
      const path = (paths[map.dataset.map] || [])[place];
      if (path !== undefined) {
        all(".mql-line path", map).forEach((line) => { line.setAttribute("d", path); });
      }
    });
  };

  const start = (slider) => {
    const data = JSON.parse(slider.querySelector('script[type="application/json"]').textContent);
    const range = slider.querySelector('input[type="range"]');
    const reset = slider.querySelector(".reset");
    const key = slider.querySelector(".copy input");
    const copied = slider.querySelector(".copied");
    const copying = slider.querySelector(".copying");
    const chosen = Number(range.dataset.chosen);

    const show = (place) => {
      range.setAttribute("aria-valuetext", data.lines[place]);
      slider.querySelector("output.line").textContent = data.lines[place];
      all("output[data-column]", slider).forEach((cell) => {
        cell.textContent = data.figures[place][Number(cell.dataset.column)];
      });
      slider.querySelector(".sentence").textContent = data.sentences[place];
      key.value = data.keys[place];
      copied.textContent = "";
      slider.classList.toggle("moved", place !== chosen);
      reset.hidden = place === chosen;
      if (data.maps) { moveMaps(place, data.shown[place]); }
    };

    const byHand = () => {
      key.focus();
      key.select();
      copied.textContent = copying.dataset.byHand;
    };

    range.value = String(chosen);
    range.addEventListener("input", () => { show(Number(range.value)); });
    reset.addEventListener("click", () => {
      range.value = String(chosen);
      show(chosen);
      range.focus();
    });
    copying.addEventListener("click", () => {
      if (!navigator.clipboard) {
        byHand();
        return;
      }
      navigator.clipboard.writeText(key.value).then(() => { copied.textContent = copying.dataset.done; }, byHand);
    });
  };

  all(".slider").forEach(start);

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = all("details:not([open], .answer, .long)");
    opened.forEach((details) => { details.open = true; });
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((details) => { details.open = false; });
    opened = [];
  });

  const openTarget = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = target && target.closest("details");
    if (details) { details.open = true; }
  };
  window.addEventListener("hashchange", openTarget);
  openTarget();
})();
