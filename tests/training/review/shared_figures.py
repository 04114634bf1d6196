"""Every figure that two outputs of a review share, read back out of each of them.

A figure is read the way a person meets it: out of the text, by the sentence of the catalogue that
tells it, or out of the cell of a table. So an output that computes for itself is found, whatever
function it calls.
"""

import csv
import html
import io
import re
from collections import defaultdict

import yaml
from pptx import Presentation

from propensity.language import CATALOGUES, catalogue
from training.review.document.blocks import KeyFigure, Map, Slider
from training.review.pack import pack, sections
from training.review.words import words_of
from training.threshold.sentences import StudySentences, count

_GAP = re.compile(r"\{([^}]*)\}")
_NUMBER = r"(\d+(?:[.,]\d+)*)(?:\s?%)?"
_RANGE = r"(\d+(?:[.,]\d+)*)\s?[–〜～]\s?(\d+(?:[.,]\d+)*)"


def read(text, template, gap):
    """What stands in a gap of a sentence; every value that is found."""
    pattern = ""
    for place, part in enumerate(_GAP.split(template)):
        if place % 2 == 0:
            pattern += re.escape(part)
        elif part == gap:
            pattern += _RANGE if gap == "range" else _NUMBER
        else:
            pattern += r".{0,160}?"
    found = re.findall(pattern, text)
    return sorted({"–".join(each) if isinstance(each, tuple) else each for each in found})


def visible(page):
    """The words of a page, without markup."""
    bare = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "\n", bare))


def slides(deck):
    """The words of a deck, its tables and notes included."""
    found = []
    for slide in Presentation(io.BytesIO(deck)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
        if slide.has_notes_slide:
            found.append(slide.notes_slide.notes_text_frame.text)
    return "\n".join(found)


def table_of(files, name):
    return list(csv.reader(io.StringIO(files[f"tables/{name}.csv"].decode("utf-8-sig"))))


def every(made, kind):
    def inside(blocks):
        for block in blocks:
            if isinstance(block, kind):
                yield block
            yield from inside(getattr(block, "blocks", ()))

    return [block for section in made for block in inside(section.blocks)]


class Shared:
    """Figures by name, each with its value in every output that tells it.

    Args:
        material: What the pack is made of.
        language: Of the pack.
        shown: What ``definition show`` says.
        studied: What ``threshold`` says; None of a flat table.
        loop: What ``closed-loop`` says.
        scored: The summary of ``score`` on the newest day under the same pair; None without.
        gate: The document of the gate; None where the version never met it.
    """

    def __init__(self, material, language, *, shown, studied, loop, scored=None, gate=None):
        self.material, self.language = material, language
        self.words = words_of("line", language)
        self.found = defaultdict(dict)
        self.files = pack(material, language=language)
        self.made = sections(material, language=language)
        self.page, self.deck = (
            visible(self.files["review.html"].decode()),
            slides(self.files["review.pptx"]),
        )
        self.media = {"page": self.page, "deck": self.deck}
        self.unseen(shown)
        self.choosing(loop, gate)
        if studied is not None:
            self.flow(studied)
            self.stock(studied, scored)
        self.line()

    def add(self, name, where, value):
        """A value as it is told; several different ones in one output are kept as they are."""
        if value in (None, [], ""):
            return
        whole = value if isinstance(value, list) else [value]
        for number, each in enumerate(whole):
            self.found[name][where if not number else f"{where} ({number + 1})"] = each

    def sentence(self, name, section, key, gap, *, media=("page", "deck")):
        words = words_of(section, self.language, goal=self.material.goal)
        template = words.texts.of_goal(None if self.material.goal == "won" else self.material.goal)[
            key
        ]
        for medium in media:
            value = read(self.media[medium], template, gap)
            self.add(name, f"{medium}: {section}.{key}", value)

    # --- leads whose outcome the model had not seen -----------------------------------------------

    def unseen(self, shown):
        worth, material = shown.worth, self.material
        words = CATALOGUES[self.language]
        self.add("unseen leads", "definition show", f"{worth.leads:,}")
        known = material.unseen.judged.known.any()
        key = "unseen flat" if material.is_flat else "unseen" if known else "unseen new"
        self.sentence("unseen leads", "origin", key, "n")
        for cell in worth.areas:
            for name, value in (("leads", cell.leads), ("close rate", cell.rate)):
                figure = f"{cell.name}: {name}"
                self.add(figure, "definition show", round(value, 9))
                for block in every(self.made, Map):
                    at = [each for each in block.quadrants if each[0] == words[cell.name]]
                    told = at[0][1 if name == "leads" else 2] if at else None
                    if told is not None:  # of few leads the page tells no rate
                        self.add(figure, "map", round(told, 9))
        if "tables/grades.csv" in self.files:
            of = {cell.name: cell for cell in worth.grades}
            for row in table_of(self.files, "grades")[1:]:
                self.add(f"{row[0]}: leads", "definition show", str(of[row[0]].leads))
                self.add(f"{row[0]}: leads", "tables/grades.csv", row[1])
        figures = every(self.made, KeyFigure)
        rates = [figure.value for figure in figures[1:2]]
        self.add("close rate of all", "page: key figure", [round(rate, 9) for rate in rates])
        self.add("close rate of all", "definition show", round(worth.close_rate, 9))
        self.add(
            "close rate of all, of 100", "definition show", self.words.hundred(worth.close_rate)
        )
        self.sentence("close rate of all, of 100", "minute", "of all", "n")

    # --- leads that newly cross -------------------------------------------------------------------

    def flow(self, studied):
        focus, lines = studied.focus, studied.rule or studied.lines
        low, high = focus.promise.precision.low, focus.promise.precision.high
        weekly = count(self.material.scale * focus.promise.per_week.expected)
        for name, value in (
            ("newly over the line, a week", weekly),
            (
                "of 100 newly over the line close",
                self.words.hundred(focus.promise.precision.expected),
            ),
            ("range of that", read(self.words.hundreds(low, high), "{range}", "range")),
            ("judged", f"{focus.promise.judged:,}"),
        ):
            self.add(name, "threshold", value)
        terminal = "\n".join(StudySentences(studied, self.language).focus(focus, lines))
        texts = catalogue("training.threshold", self.language).of_goal(None)
        self.add("newly over the line, a week", "terminal", read(terminal, texts["line"], "n"))
        self.add("judged", "terminal", read(terminal, texts["basis"], "judged"))
        for section, key in (("line", "headline"), ("line", "a week"), ("promise", "forecast")):
            self.sentence("newly over the line, a week", section, key, "n", media=("page",))
        self.sentence("newly over the line, a week", "line", "headline", "n", media=("deck",))
        name = "of 100 newly over the line close"
        self.sentence(name, "minute", "headline", "n")
        self.sentence(name, "line", "headline", "rate")
        self.sentence(name, "promise", "forecast closes", "n")
        self.sentence("range of that", "minute", "headline", "range")
        self.sentence("range of that", "line", "promise", "range")
        self.sentence("judged", "origin", "replay", "judged")

    # --- who is open today ------------------------------------------------------------------------

    def stock(self, studied, scored):
        material, figures = self.material, (studied.rule or studied.lines).figures
        scale, place = material.scale, studied.focus.place
        self.add("open leads", "threshold", f"{round(scale * studied.open_leads):,}")
        self.sentence("open leads", "origin", "replayed", "n")
        self.sentence("open leads", "origin", "open", "n")
        self.add("waiting on day one", "threshold", f"{int(figures.backlog[place]):,}")
        terminal = "\n".join(
            StudySentences(studied, self.language).focus(studied.focus, studied.lines)
        )
        texts = catalogue("training.threshold", self.language).of_goal(None)
        self.add("waiting on day one", "terminal", read(terminal, texts["backlog"], "n"))
        cases = material.monday.now.by_case
        self.add("waiting on day one", "monday", f"{round(cases.get('MQL', 0.0)):,}")
        (slider,) = every(self.made, Slider)
        said = slider.sentences[slider.chosen]
        words = words_of("line", self.language).texts
        self.add("waiting on day one", "slider", read(said, words["day one"], "n"))
        self.sentence("waiting on day one", "line", "day one", "n", media=("page",))
        house = studied.focus.house
        for gap, of in (("fit", house.fit), ("followed", house.followed)):
            name = f"{gap} of 100 open leads"
            self.add(name, "threshold", self.words.hundred(of / house.leads))
            self.add(name, "slider", read(said, words["house"], gap))
            terminal = "\n".join(StudySentences(studied, self.language).rules(studied.focus))
            at = read(terminal, texts["house list"], gap)
            self.add(name, "terminal", at)
        if scored is None:
            return
        self.add("open leads", "score", f"{scored.leads:,}")
        self.add("waiting on day one", "score", f"{scored.cases['MQL']:,}")
        for case, n in scored.cases.items():
            self.add(f"{case}: open leads", "score", n)
            self.add(f"{case}: open leads", "monday", round(cases.get(case, 0.0)))
        good = scored.quadrants["hot"] + scored.quadrants["nurture"]
        self.add("fit of 100 open leads", "score", self.words.hundred(good / scored.leads))
        followed = scored.cases["MQL"] + scored.cases.get("hand-raiser", 0)
        self.add("followed of 100 open leads", "score", self.words.hundred(followed / scored.leads))

    # --- what the model adds ----------------------------------------------------------------------

    def choosing(self, loop, gate):
        comparison = loop.comparison
        if comparison is None or self.material.loop.comparison is None:
            return
        ours = self.material.loop.comparison
        name = "looks before a close, by the points table"
        self.add(name, "closed-loop", self.words.hundred(comparison.agreements["points"].captured))
        self.add(name, "material", self.words.hundred(ours.agreements["points"].captured))
        for key in ("added", "adds nothing"):
            self.sentence(name, "actions", key, "points", media=("page",))
            own = "looks before a close, by the model"
            self.sentence(own, "actions", key, "model", media=("page",))
        self.add(
            "looks before a close, by the model",
            "material",
            self.words.hundred(ours.agreements["model"].captured),
        )
        rows = table_of(self.files, "actions-ways-to-choose")[1:]
        for row, way in zip(rows, ours.agreements, strict=True):
            figure = {"model": "model", "points": "points table"}.get(way)
            if figure:
                self.add(
                    f"looks before a close, by the {figure}",
                    "csv",
                    self.words.hundred(float(row[2])),
                )
        captured = next(
            (check for check in (gate or {}).get("checks", ()) if check["name"] == "captured wins"),
            {},
        ).get("figures", {})
        if "points_table" in captured:
            self.add(name, "gate", self.words.hundred(captured["points_table"]["rival"]))
            self.add(
                "looks before a close, by the model",
                "gate",
                self.words.hundred(captured["points_table"]["challenger"]),
            )

    # --- the line ---------------------------------------------------------------------------------

    def line(self):
        definition = self.material.definition
        enter = definition.mql.enter if definition else None
        if enter is None:
            return
        written = words_of("line", self.language).write(enter, "chance")
        written = written.removesuffix("%").strip()
        self.add("line", "definition", written)
        self.sentence("line", "line", "headline", "line")
        one = visible(self.files["definition.html"].decode())
        words = words_of("one_page", self.language).texts.of_goal(None)
        self.add("line", "one page", read(one, words["chance in days"], "enter"))
        (slider,) = every(self.made, Slider)
        at = words_of("line", self.language).write(slider.lines[slider.chosen], "chance")
        self.add("line", "slider", at.removesuffix("%").strip())
        form = yaml.safe_load(self.files["decisions.yaml"].decode())
        for row in form.get("decisions", form) if isinstance(form, dict) else form:
            if isinstance(row, dict) and row.get("do") == "line":
                assert 0 < row["to"] < 1

    @property
    def differing(self):
        """Figures that two outputs tell differently."""
        return {name: at for name, at in self.found.items() if len(set(at.values())) > 1}

    @property
    def alone(self):
        """Figures that only one output tells: nothing was compared."""
        return [name for name, at in self.found.items() if len(at) < 2]
