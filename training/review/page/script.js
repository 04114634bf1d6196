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
    const row = slider.querySelector(".copy .row");
    const who = slider.querySelector(".copy .who");
    const because = slider.querySelector(".copy .because");
    const copied = slider.querySelector(".copied");
    const copying = slider.querySelector(".copying");
    const chosen = Number(range.dataset.chosen);

    const write = () => {
      const said = { who: who.value.trim(), because: because.value.trim() };
      row.value = data.rows[Number(range.value)].replace(/\{(who|because)\}/g, (_, name) => JSON.stringify(said[name]));
      copied.textContent = "";
    };

    const show = (place) => {
      range.setAttribute("aria-valuetext", data.lines[place]);
      slider.querySelector("output.line").textContent = data.lines[place];
      all("output[data-column]", slider).forEach((cell) => {
        cell.textContent = data.figures[place][Number(cell.dataset.column)];
      });
      slider.querySelector(".sentence").textContent = data.sentences[place];
      write();
      slider.classList.toggle("moved", place !== chosen);
      reset.hidden = place === chosen;
      if (data.maps) { moveMaps(place, data.shown[place]); }
    };

    const byHand = () => {
      row.focus();
      row.select();
      copied.textContent = copying.dataset.byHand;
    };

    range.value = String(chosen);
    range.addEventListener("input", () => { show(Number(range.value)); });
    reset.addEventListener("click", () => {
      range.value = String(chosen);
      show(chosen);
      range.focus();
    });
    who.addEventListener("input", write);
    because.addEventListener("input", write);
    copying.addEventListener("click", () => {
      const missing = [who, because].find((field) => !field.value.trim());
      if (missing) {
        missing.focus();
        copied.textContent = copying.dataset.first;
        return;
      }
      if (!navigator.clipboard) {
        byHand();
        return;
      }
      navigator.clipboard.writeText(row.value).then(() => { copied.textContent = copying.dataset.done; }, byHand);
    });
  };

  all(".slider").forEach(start);

  // a wide screen has room for the contents beside the text
  const isWide = window.matchMedia("(min-width: 64rem)");
  const contents = document.querySelector("nav details");
  const besideText = () => { contents.open = isWide.matches; };
  isWide.addEventListener("change", besideText);
  besideText();

  const openAll = document.querySelector(".open-all");
  if (openAll) {
    const told = [openAll.textContent, openAll.dataset.close];
    let open = false;
    openAll.hidden = false;
    openAll.addEventListener("click", () => {
      open = !open;
      all("main details:not(.answer, .behind, .long)").forEach((details) => { details.open = open; });
      openAll.textContent = told[Number(open)];
    });
  }

  // a table that is wider than its place says so
  const swiping = new ResizeObserver((seen) => {
    seen.forEach(({ target }) => {
      const table = target.closest(".scroll");
      table.previousElementSibling.hidden = table.scrollWidth <= table.clientWidth + 1;
    });
  });
  all(".scroll > table").forEach((table) => { swiping.observe(table); swiping.observe(table.parentElement); });

  const openTarget = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) { return; }
    const details = target.querySelector(":scope > details") || target.closest("details");
    if (details) {
      details.open = true;
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", openTarget);
  openTarget();
})();
