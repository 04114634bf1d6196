"""What a simulated sales team is like: how many they are, how fast, how thorough."""

from __future__ import annotations

from dataclasses import dataclass

LEADS_PER_PERSON = 2_500
"""Leads of the whole history for each person of a team that nobody sized."""
CALL, MAIL = "call_made", "sales_mail"


@dataclass(frozen=True)
class SalesTeam:
    """A team that works the leads it is handed, in the order of their deadlines, in office hours.

    Nothing it does changes who buys, unless ``call_effect`` says so.

    Attributes:
        people: How many work; None for one per 2,500 leads of the company, and at least two.
        contacts_per_day: Calls and mails that one of them makes on a working day.
        notices_after: Minutes, in the median, until somebody who is free sees a new lead.
        forgotten: Share of leads that fall under the table.
        skipped: Share of further calls and mails that are never made.
        reached: Share of calls that are answered.
        sent_back: Share of reached leads, of those that look good, that are sent back; students and
            the smallest companies are sent back three times as often and more.
        no_status: Share of leads whose verdict nobody writes down.
        opportunities: Share of accepted leads, of those that will not buy, that become an
            opportunity all the same.
        call_effect: What the first call to a lead adds to its log-odds from the next day on, 0 or
            more; the truth (``World.chances``) knows it.
        hours: Opening hours.
        holidays: Country whose public holidays are closed.
    """

    people: int | None = None
    contacts_per_day: int = 40
    notices_after: float = 12.0
    forgotten: float = 0.05
    skipped: float = 0.02
    reached: float = 0.35
    sent_back: float = 0.07
    no_status: float = 0.04
    opportunities: float = 0.3
    call_effect: float = 0.0
    hours: tuple[str, ...] = ("09:00-12:00", "13:00-18:00")
    holidays: str | None = "JP"

    def __post_init__(self) -> None:
        shares = ("forgotten", "skipped", "reached", "sent_back", "no_status", "opportunities")
        for name in shares:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, got {getattr(self, name)}.")
        if self.call_effect < 0:
            raise ValueError(f"call_effect must be 0 or more, got {self.call_effect}.")
        if self.people is not None and self.people < 1:
            raise ValueError(f"people must be 1 or more, got {self.people}.")
        if self.contacts_per_day < 1:
            raise ValueError(f"contacts_per_day must be 1 or more, got {self.contacts_per_day}.")

    def size(self, n_leads: int) -> int:
        """How many work for a company of so many leads."""
        return max(2, -(-n_leads // LEADS_PER_PERSON)) if self.people is None else self.people
