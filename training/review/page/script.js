"use strict";
(() => {
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

  const paths = JSON.parse(document.getElementById("diagonals").textContent);

  const told = document.getElementById("segments");
  const segments = told ? JSON.parse(told.textContent) : [];
  // the segment whose figures stand in place of those of all leads
  let segment = null;

  const moveMaps = (place, told) => {
    all(".map-line").forEach((line) => { line.textContent = told; });
    all("[data-map]").forEach((map) => {
      const path = (paths[map.dataset.map] || [])[place];
      if (path !== undefined) {
        all(".mql-line path", map).forEach((line) => { line.setAttribute("d", path); });
      }
    });
  };

  const sliders = [];

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
      const figures = segment ? segment.lines[place] : data.figures[place];
      all("output[data-column]", slider).forEach((cell) => {
        const figure = figures ? figures[Number(cell.dataset.column)] : null;
        cell.textContent = figure === null ? "" : figure;
        // what is not told of a segment is not there
        cell.closest("dl > div").hidden = figure === null;
      });
      slider.querySelector(".sentence").hidden = segment !== null;
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
    sliders.push(() => { show(Number(range.value)); });
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

  const lines = (element, texts) => {
    element.replaceChildren(...texts.flatMap((text, place) => (place ? [document.createElement("br"), text] : [text])));
  };

  // every figure that a segment has too: how it is found, and how it is written
  const places = [
    ...all("[data-figure]").map((figure) => [figure, (of) => of.figures[figure.dataset.figure], (value) => {
      figure.querySelector("strong").textContent = value[0];
      figure.querySelector(".range").textContent = value[1];
      all(".source", figure).forEach((source) => { source.textContent = value[2]; });
    }, ["strong", ".range", ".source"].map((part) => (figure.querySelector(part) || {}).textContent)]),
    ...all("[data-points]").map((points) => [points, (of) => of.points[points.dataset.points], (value) => {
      points.textContent = value;
    }, points.textContent]),
    ...all("[data-quadrant]").map((cell) => [cell, (of) => of.quadrants[Number(cell.dataset.quadrant)], (value) => {
      lines(cell.querySelector(".told"), value);
    }, all(".told", cell).flatMap((told) => Array.from(told.childNodes).filter((node) => node.nodeType === 3).map((node) => node.textContent))]),
  ];

  const choose = document.getElementById("filter");
  const only = document.querySelector(".only");

  const filter = () => {
    segment = choose.value === "" ? null : segments[Number(choose.value)];
    places.forEach(([element, find, write, whole]) => {
      const value = segment ? find(segment) : undefined;
      write(value === undefined ? whole : value);
      element.classList.toggle("of-segment", value !== undefined);
    });
    all(".slider dl").forEach((list) => { list.classList.toggle("of-segment", segment !== null); });
    document.body.classList.toggle("filtered", segment !== null);
    only.hidden = segment === null;
    only.querySelector("p").textContent = segment ? segment.told : "";
    sliders.forEach((show) => { show(); });
  };

  if (choose) {
    choose.closest(".filter").hidden = false;
    choose.value = "";
    choose.addEventListener("change", filter);
    only.querySelector("button").addEventListener("click", () => {
      choose.value = "";
      filter();
      choose.focus();
    });
  }

  // a number stays one where one is proposed; any other text is quoted, and so is valid in YAML
  const isNumber = (text) => /^-?\d+(\.\d+)?$/.test(text);
  const written = (text, proposed) => (isNumber(text) && isNumber(proposed) ? text : JSON.stringify(text));

  all(".ballot").forEach((ballot) => {
    const take = ballot.querySelector(".take");
    const file = take.querySelector("textarea");
    const said = take.querySelector("[role=status]");
    const proposals = all(".proposal", ballot);

    // the row of a proposal; null where it is undecided, empty where something is missing
    const rowOf = (proposal) => {
      const answer = proposal.querySelector("input:checked");
      const value = proposal.querySelector(".value");
      const row = JSON.parse(proposal.dataset.row);
      const isOpen = row.to === "";
      value.hidden = !isOpen && !(answer && answer.value === "change");
      proposal.classList.toggle("answered", answer !== null);
      if (!answer) { return null; }
      const own = value.querySelector("input").value.trim();
      const [who, because] = [".who", ".because"].map((part) => proposal.querySelector(part).value.trim());
      const needsOwn = isOpen ? answer.value !== "reject" : answer.value === "change";
      if (!who || !because || (needsOwn && !own)) { return ""; }
      if (isOpen) { row.to = own ? JSON.stringify(own) : "null"; }
      row.decision = answer.value;
      if (!isOpen && answer.value === "change") { row.instead = written(own, row.to || ""); }
      row.who = JSON.stringify(who);
      row.because = JSON.stringify(because);
      return `  - {${Object.entries(row).map(([key, text]) => `${key}: ${text}`).join(", ")}}\n`;
    };

    const write = () => {
      const rows = proposals.map(rowOf).filter((row) => row !== null);
      const missing = rows.filter((row) => row === "").length;
      take.hidden = !rows.length;
      file.value = rows.some(Boolean) ? ballot.dataset.head + rows.join("") : "";
      said.textContent = missing ? said.dataset.missing.replace("{n}", missing) : "";
    };
    ballot.addEventListener("input", write);
    take.querySelector(".save").addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([file.value], { type: "application/yaml" }));
      link.download = "decisions.yaml";
      link.click();
      URL.revokeObjectURL(link.href);
    });
    write();
  });

  all(".switch").forEach((choice) => {
    choice.hidden = false;
    choice.addEventListener("change", () => {
      choice.closest("figure").classList.toggle("rates", choice.querySelector("input:checked").value === "rate");
    });
  });

  all(".find").forEach((find) => {
    const list = all("details", find.parentElement).filter((details) => details.parentElement === find.parentElement);
    const asked = find.querySelector("input");
    const said = find.querySelector("[role=status]");
    find.hidden = false;
    asked.addEventListener("input", () => {
      const text = asked.value.trim().toLowerCase();
      list.forEach((details) => {
        details.hidden = !details.querySelector("summary").textContent.toLowerCase().includes(text);
      });
      const left = list.filter((details) => !details.hidden).length;
      said.textContent = text ? said.dataset.told.replace("{n}", left).replace("{all}", list.length) : "";
    });
  });

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
