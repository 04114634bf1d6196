"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const MOST_FOUND = 12, MOST_DRAWN = 14, THINNEST = 10, FINE = 10000, LITTLE = 0.005;

  // every text becomes a text node: nothing in the data is ever read as HTML
  const made = (tag, content, name) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    (Array.isArray(content) ? content : [content]).forEach((child) => {
      if (child !== undefined && child !== null) element.append(child);
    });
    return element;
  };
  const drawn = (tag, attributes, content) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    if (content !== undefined) element.textContent = content;
    return element;
  };
  const say = (key, gaps = {}) => data.texts[key].replace(/\{(\w+)\}/g, (_, name) => String(gaps[name]));
  const many = (n) => n.toLocaleString("en-US");
  const chance = (share) => (100 * share).toFixed(1) + (data.language === "ja" ? "%" : "\u00a0%");
  const signed = (number, digits) => {
    const text = Math.abs(number).toFixed(digits);
    return (number < 0 && Number(text) !== 0 ? "\u2212" : "+") + text;
  };
  const logOdds = (fine) => signed(fine / FINE, 2);
  const sigmoid = (fine) => 1 / (1 + Math.exp(-fine / FINE));
  const points = (before, after) => signed(100 * (after - before), 1);
  const table = (heads, rows) => {
    const head = made("thead", made("tr", heads.map(([text, isNumber]) => made("th", text, isNumber ? "number" : ""))));
    return made("table", [head, made("tbody", rows)]);
  };
  const row = (cells, name) => made("tr", cells.map(([content, isNumber]) => made("td", content, isNumber ? "number" : "")), name);
  const show = (place, content) => place.replaceChildren(...content.filter(Boolean));

  // --- finding ---------------------------------------------------------------------------------

  const folded = (text) => text.normalize("NFKC").toLowerCase();
  const keys = data.leads.map((lead) => folded([lead[0], ...lead[1]].join("\n")));
  const called = (place) => [data.leads[place][0], ...data.leads[place][1]].filter(Boolean).join(" · ");

  const pick = (picker, onPick) => {
    const input = picker.querySelector("input"), list = picker.querySelector(".found");
    const choose = (place) => {
      input.value = called(place);
      list.replaceChildren();
      onPick(place);
    };
    input.addEventListener("input", () => {
      const wanted = folded(input.value.trim());
      const found = wanted ? keys.flatMap((key, place) => (key.includes(wanted) ? [place] : [])) : [];
      const items = found.slice(0, MOST_FOUND).map((place) => {
        const button = made("button", `${called(place)} · ${data.sides[0].grades[place]}`);
        button.type = "button";
        button.addEventListener("click", () => choose(place));
        return made("li", button);
      });
      if (found.length > MOST_FOUND) items.push(made("li", say("more found", { n: many(found.length - MOST_FOUND) }), "small"));
      if (wanted && !found.length) items.push(made("li", say("nothing found"), "small"));
      list.replaceChildren(...items);
    });
  };

  // --- one lead --------------------------------------------------------------------------------

  const text = (side, lead, concept) => {
    const place = side.values[lead][concept];
    return place < 0 ? say("unknown") : data.values[place];
  };

  const facts = (place) => {
    const [, who, quadrant, team, due, instruction, heldBack] = data.leads[place], side = data.sides[0];
    const told = [
      ...who.map((value, number) => [data.carried[number], value]),
      [say("chance"), chance(side.chances[place])],
      [say("grade"), [side.grades[place], quadrant].filter(Boolean).join(" ")],
      [say("instruction"), instruction],
      [say("team"), team],
      [say("due"), due],
      [say("held back"), heldBack],
    ];
    const list = made("dl", [], "facts");
    told.filter(([, value]) => value).forEach(([name, value]) => list.append(made("dt", name), made("dd", value)));
    return list;
  };

  const bar = (before, after, low, high) => {
    const span = high - low || 1, at = (value) => (100 * (value - low)) / span;
    const picture = drawn("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
    const width = Math.max(Math.abs(at(after) - at(before)), 0.8);
    picture.append(drawn("rect", {
      x: Math.min(at(before), at(after)), y: after < before ? 3 : 1, width, height: after < before ? 4 : 8, class: after < before ? "down" : "up",
    }));
    return picture;
  };

  const sumOf = (place) => {
    const side = data.sides[0], added = side.added[place];
    const onAxis = ["fit", "interest"].map((axis) => side.concepts
      .map(([name, own], concept) => ({ name, own, concept, added: added[concept] }))
      .filter((part) => part.own === axis)
      .sort((one, other) => Math.abs(other.added) - Math.abs(one.added)));
    let running = side.base, low = running, high = running;
    onAxis.flat().forEach((part) => {
      running += part.added;
      low = Math.min(low, running);
      high = Math.max(high, running);
    });
    running = side.base;
    const rows = [row([[say("start")], [""], [logOdds(side.base), 1], ["", 1], [chance(sigmoid(side.base)), 1]])];
    const step = (label, value, change) => {
      const before = running;
      running += change;
      const name = value === "" ? label : [made("span", label), made("div", value, "small")];
      rows.push(row([[name], [bar(before, running, low, high)], [logOdds(change), 1], [points(sigmoid(before), sigmoid(running)), 1], [chance(sigmoid(running)), 1]]));
    };
    onAxis.forEach((parts, number) => {
      if (!parts.length) return;
      const total = parts.reduce((sum, part) => sum + part.added, 0);
      rows.push(row([[say(["fit", "interest"][number])], [""], [logOdds(total), 1], ["", 1], ["", 1]], "axis"));
      const shown = parts.slice(0, MOST_DRAWN).filter((part) => Math.abs(part.added) >= THINNEST);
      shown.forEach((part) => step(part.name, text(side, place, part.concept), part.added));
      const rest = parts.slice(shown.length);
      if (rest.length) step(say("rest", { n: rest.length }), "", rest.reduce((sum, part) => sum + part.added, 0));
    });
    rows.push(row([[say("this lead")], [""], [logOdds(running), 1], ["", 1], [chance(side.chances[place]), 1]], "axis"));
    return table([[say("concept")], [""], [say("log odds"), 1], [say("points"), 1], [say("after"), 1]], rows);
  };

  const course = (place) => {
    const nights = data.leads[place][7];
    if (!nights.length) return [made("p", say("no nights"), "small")];
    const most = Math.max(...nights.map(([, share]) => share)), last = Math.max(data.nights.length - 1, 1);
    const picture = drawn("svg", { class: "course", viewBox: "0 0 400 90", role: "img" });
    const at = nights.map(([night, share]) => [20 + (360 * night) / last, 70 - (55 * share) / (most || 1)]);
    picture.append(drawn("polyline", { points: at.map((point) => point.join(",")).join(" ") }));
    at.forEach(([x, y], number) => {
      picture.append(drawn("circle", { cx: x, cy: y, r: 3 }));
      picture.append(drawn("text", { x, y: 86, "text-anchor": "middle" }, nights[number][2]));
    });
    const rows = nights.slice().reverse().map(([night, share, grade]) => row([[data.nights[night]], [chance(share), 1], [grade]]));
    return [picture, table([[say("night")], [say("chance"), 1], [say("grade")]], rows)];
  };

  const steps = (place) => {
    if (data.flat) return [made("p", say("no steps flat"), "small")];
    const side = data.sides[0], grade = side.grades[place], taken = data.taken[grade] || {};
    if (grade.endsWith("1")) return [made("p", say("best already"))];
    const told = data.leads[place][8].filter(([step]) => taken[step])
      .sort((one, other) => other[2] - one[2]);
    const about = made("p", say("steps about", { n: data.fewest }), "small");
    if (!told.length) return [about, made("p", say("no steps"))];
    return [about, made("ul", told.map(([step, then, share]) => {
      const [what, n] = data.steps[step], [leads, did, won, low, high, othersWon] = taken[step];
      const others = leads - did;
      return made("li", [
        made("strong", n === 1 ? say("step once", { what }) : say("step times", { what, n })),
        made("div", say("step to", { grade: `${grade} → ${then}`, before: chance(side.chances[place]), after: chance(share) })),
        made("div", say("step alike", { leads: many(leads), grade, did: many(did), days: data.days, won: many(won), low: chance(low), high: chance(high) })),
        others >= data.fewest ? made("div", say("step others", { n: many(others), won: many(othersWon) }), "small") : null,
      ]);
    }), "steps")];
  };

  const find = document.getElementById("find");
  pick(find.querySelector(".picker"), (place) => show(find.querySelector(".shown"), [
    made("h3", called(place)), facts(place),
    made("h3", say("sum title")), sumOf(place),
    made("h3", say("nights title")), ...course(place),
    made("h3", say("steps title")), ...steps(place),
  ]));

  // --- side by side ----------------------------------------------------------------------------

  // parts: [[name, axis], left, right]; a side is [value, added], or null where it is not in it
  const beside = (titles, base, parts, ends) => {
    const cell = (part) => (part === null ? say("not in it") : [made("div", part[0], "small"), logOdds(part[1])]);
    const rows = [row([[say("start")], [logOdds(base[0]), 1], [logOdds(base[1]), 1], [logOdds(base[1] - base[0]), 1]])];
    ["fit", "interest"].forEach((axis) => {
      const own = parts.filter(([[, on]]) => on === axis)
        .map(([[name], left, right]) => [name, left, right, (right ? right[1] : 0) - (left ? left[1] : 0)])
        .sort((one, other) => Math.abs(other[3]) - Math.abs(one[3]));
      if (!own.length) return;
      const total = (number) => own.reduce((sum, part) => sum + (part[number] ? part[number][1] : 0), 0);
      rows.push(row([[say(axis)], [logOdds(total(1)), 1], [logOdds(total(2)), 1], [logOdds(total(2) - total(1)), 1]], "axis"));
      own.forEach(([name, left, right, moved]) => rows.push(row([[name], [cell(left), 1], [cell(right), 1], [logOdds(moved), 1]])));
    });
    ends.forEach(([name, left, right, moved]) => rows.push(row([[name], [left, 1], [right, 1], [moved, 1]], "axis")));
    return table([[say("concept")], [titles[0], 1], [titles[1], 1], [say("difference"), 1]], rows);
  };

  const sumAt = (side, place) => side.added[place].reduce((sum, added) => sum + added, side.base);
  const ends = (one, first, other, second) => [
    [say("log odds"), logOdds(sumAt(one, first)), logOdds(sumAt(other, second)), logOdds(sumAt(other, second) - sumAt(one, first))],
    [say("chance"), chance(one.chances[first]), chance(other.chances[second]), points(one.chances[first], other.chances[second])],
    [say("grade"), one.grades[first], other.grades[second], ""],
  ];

  const pair = document.getElementById("pair"), chosen = [null, null];
  pair.querySelectorAll(".picker").forEach((picker, number) => pick(picker, (place) => {
    chosen[number] = place;
    const side = data.sides[0], [first, second] = chosen, where = pair.querySelector(".shown");
    if (first === null || second === null) { show(where, [made("p", say("pick two"))]); return; }
    const parts = side.concepts.map((concept, at) => [concept, ...[first, second].map((lead) => [text(side, lead, at), side.added[lead][at]])]);
    show(where, [beside([called(first), called(second)], [side.base, side.base], parts, ends(side, first, side, second))]);
  }));

  const versions = document.getElementById("versions"), [now, before] = data.sides;
  if (before) {
    pick(versions.querySelector(".picker"), (place) => {
      const named = (side) => new Map(side.concepts.map(([name, axis], at) => [name, { axis, part: [text(side, place, at), side.added[place][at]] }]));
      const left = named(before), right = named(now);
      const parts = [...new Set([...right.keys(), ...left.keys()])].map((name) => {
        const one = left.get(name), other = right.get(name);
        return [[name, (other || one).axis], one ? one.part : null, other ? other.part : null];
      });
      const titles = [before, now].map((side) => say("version", { n: side.version }));
      show(versions.querySelector(".shown"), [
        made("h3", called(place)), beside(titles, [before.base, now.base], parts, ends(before, place, now, place)),
      ]);
    });
  }

  // --- segments --------------------------------------------------------------------------------

  const selects = Array.from(document.querySelectorAll("#segments select"));
  if (selects.length) {
    const named = (each) => (each.name.length ? each.name.join(": ") : say("all leads"));
    const compare = () => {
      const two = selects.map((select) => data.segments[Number(select.value)]);
      const rate = (each) => each.won / each.leads;
      const concepts = data.segment_concepts.map((name, at) => [name, two[0].means[at], two[1].means[at]])
        .sort((one, other) => Math.abs(other[2] - other[1]) - Math.abs(one[2] - one[1]));
      const apart = concepts.filter(([, left, right]) => Math.abs(right - left) >= LITTLE), alike = concepts.length - apart.length;
      const range = (each) => (each.low === null ? "" : `${chance(each.low)}–${chance(each.high)}`);
      const rows = [
        row([[say("leads")], ...two.map((each) => [many(each.leads), 1]), ["", 1]]),
        row([[say("rate")], ...two.map((each) => [chance(rate(each)), 1]), [points(rate(two[0]), rate(two[1])), 1]]),
        row([[say("range")], ...two.map((each) => [range(each), 1]), ["", 1]]),
        row([[say("mean chance")], ...two.map((each) => [chance(each.chance), 1]), [points(two[0].chance, two[1].chance), 1]], "axis"),
        ...apart.map(([name, left, right]) => row([[name], [signed(left, 2), 1], [signed(right, 2), 1], [signed(right - left, 2), 1]])),
        ...(alike ? [row([[say("little apart", { n: alike })], ["", 1], ["", 1], ["", 1]])] : []),
      ];
      show(document.querySelector("#segments .shown"), [
        table([[say("concept")], ...two.map((each) => [named(each), 1]), [say("difference"), 1]], rows),
      ]);
    };
    selects.forEach((select, number) => {
      data.segments.forEach((each, place) => {
        const option = made("option", named(each));
        option.value = String(place);
        select.append(option);
      });
      select.value = String(Math.min(number + 1, data.segments.length - 1));
      select.addEventListener("change", compare);
    });
    compare();
  }
})();
