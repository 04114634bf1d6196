"""From where on the leakage firewall speaks up about a column."""

from typing import Annotated

from pydantic import Field

from features.settings import StrictModel

Share = Annotated[float, Field(ge=0, le=1)]


class LeakLimits(StrictModel):
    """Limits of the leakage firewall.

    Attributes:
        rows: Leads looked at; beyond it they are sampled. The standard error of a share is then
            .001.
        model_rows: Rows of the models that say what a column carries: ranking hardly gains from
            more.
        least_leads: Leads a value needs to be judged, and to be named. At least 20: no finding is
            about a person.
        strong_auc: Suspect from here, alone. One thing that leads do or are rarely ranks them
            better than .70; an honest column may, so that strength alone is never called a leak.
        determining_auc: A leak from here: nothing known before the close tells so nearly who wins.
        determined_rate: Close rate, its lower bound, from which on a value is as good as the
            outcome.
        determined_wins: A leak where such values hold this share of the wins: one very good source
            of leads may nearly always win, but is rarely a fifth of all wins.
        suspect_wins: Suspect where they hold this share.
        missing_odds: A leak where the odds of winning with and without a value differ by this
            factor (bound of the 95 % interval next to 1). Who fills in an optional field of a form
            is up to two or three times as likely to buy; contact, after which sales fills it in,
            makes more of a difference than that.
        suspect_odds: Suspect where the odds differ by this factor, and the bound by half of it (on
            the log scale).
        closing_gap: A leak where wins and losses both differ so much from open leads of the same
            age in the share that has the value (or has none): what leads want differs between wins
            and losses, what closing writes does not.
        suspect_gap: Suspect where they differ by this share.
        closing_ratio: A leak, too, where open leads have any value at all only this often as wins
            and losses both have, and they differ by ``suspect_gap``: a field that few leads have is
            filled in by closing all the same.
        at_close: A leak where this share of the closed leads with an event saw the first one at the
            close or within a day after it.
        suspect_at_close: Suspect where this share did, and the day has five times as many as the
            days before it.
        last_days: Suspect where this share of the first events, of leads that were open for a
            fortnight and more, fell into the last three days before the close.
        carried: Suspect where leaving out the column alone costs this share of the model's skill
            (AUC above .5).
        clock: Suspect where the column explains this share of the variance of the rows' order in
            time.
        same: Share of the leads on which one column tells another's value, from which on the two
            are the same.
        joint_auc: Suspect from here: AUC of a small model of a group of columns that belong
            together, where it is beyond that of the best of them. Above ``strong_auc``: several
            honest columns rank better than one.
        joint_carried: Suspect where leaving out such a group, of at most half of the columns, costs
            this share of the model's skill and .05 of AUC. Below ``carried``: what is spread over
            several columns hides from that limit.
        after_time: A leak where this share of a date column lies after the row's own time: it was
            written later than the row. Less is a slip of the pen.
        ageing: Suspect where so much larger a share of the older rows than of the newest has a
            value: it is filled in as rows age.
        recognised: AUC by which a model may tell the rows whose value was drawn from the others.
            Above it, and beyond what the other columns tell without it, emptiness can be recognised
            all the same, and the column is dropped.
    """

    rows: Annotated[int, Field(ge=1000)] = 200_000
    model_rows: Annotated[int, Field(ge=1000)] = 30_000
    least_leads: Annotated[int, Field(ge=20)] = 20
    strong_auc: Share = 0.7
    determining_auc: Share = 0.95
    determined_rate: Share = 0.9
    determined_wins: Share = 0.2
    suspect_wins: Share = 0.03
    missing_odds: Annotated[float, Field(gt=1)] = 3.5
    suspect_odds: Annotated[float, Field(gt=1)] = 2.0
    closing_gap: Share = 0.25
    suspect_gap: Share = 0.08
    closing_ratio: Share = 0.5
    at_close: Share = 0.5
    suspect_at_close: Share = 0.15
    last_days: Share = 0.6
    carried: Share = 0.35
    clock: Share = 0.8
    same: Share = 0.98
    joint_auc: Share = 0.75
    joint_carried: Share = 0.2
    after_time: Share = 0.05
    ageing: Share = 0.15
    recognised: Annotated[float, Field(ge=0.5, le=1)] = 0.6
