"""Where the figures of the meeting come from, in words, and what the goal is called."""

from datetime import date

from training.review.findings.material import Material
from training.review.sections.case_names import role_name
from training.review.words import Words


class FigureSources:
    """Says where figures come from.

    Args:
        material: They were made of.
        words: Words of any section; gives the language.
    """

    def __init__(self, material: Material, words: Words) -> None:
        self.material, self.words = material, words.of("origin")

    def goal(self, form: str) -> str:
        """What the goal is called, such as ``closed`` for what leads did."""
        return self.words.of_goal(form)

    def role(self, role: str) -> str:
        """What the company calls a role."""
        return role_name(role, self.material.definition, self.words)

    @property
    def unseen(self) -> str:
        """The leads with outcomes that the recipe had not seen."""
        unseen, n = self.material.unseen, len(self.material.unseen)
        if unseen.first is None or unseen.last is None:
            return self._part(self.words.say("unseen flat", n=n))
        known = unseen.judged.known
        found = self.words.say(
            "unseen" if known.any() else "unseen new",
            n=n,
            known=self.words.write(float(known.mean()), "share"),
            first=self._day(unseen.first),
            last=self._day(unseen.last),
            horizon=unseen.horizon_days,
        )
        return self._part(found)

    @property
    def resampled(self) -> str:
        """What moves chances, and how steadily."""
        return self.words.say(
            "resampled", source=self.unseen, times=self.material.config.review.resamplings
        )

    def crossed(self, judged: int) -> str:
        """Leads that newly came over the line."""
        study = self.material.study
        if study is None:
            return self._part(
                self.words.say("over flat", judged=judged, n=len(self.material.unseen))
            )
        found = self.words.say(
            "replay",
            judged=judged,
            first=self._day(study.frame.first),
            last=self._day(study.frame.last),
            horizon=study.frame.horizon_days,
            weeks=round(study.weeks),
        )
        return self._part(found)

    @property
    def lines(self) -> str:
        """The figures of all lines."""
        study = self.material.study
        if study is None:
            return self.words.say("flat lines", n=len(self.material.unseen))
        found = self.words.say(
            "replayed",
            first=self._day(study.frame.first),
            last=self._day(study.frame.last),
            weeks=round(study.weeks),
            n=round(self.material.scale * study.open_leads),
        )
        return self._scaled(found)

    def open_leads(self, n: float) -> str:
        """The leads that are open now."""
        day = self._day(self.material.observed) if self.material.observed else "–"
        return self._scaled(self.words.say("open", n=round(n), day=day))

    def best(self, n: int) -> str:
        """The best by the company's present score."""
        return self.words.say("best", n=n)

    def _part(self, source: str) -> str:
        """Counts as they are, of leads that were drawn."""
        return (
            source
            if self.material.scale == 1.0
            else self.words.say("part", source=source, n=self.material.leads)
        )

    def _scaled(self, source: str) -> str:
        if self.material.scale == 1.0:
            return source
        return self.words.say("drawn", source=source, n=self.material.leads)

    def _day(self, day: date) -> str:
        return self.words.day(day)
