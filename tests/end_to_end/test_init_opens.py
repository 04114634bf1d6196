"""What `init` writes is read as it stands, once the open lines are answered."""

import re

import pytest
import yaml

from features.intake.opening import open_store
from propensity.config.config import parse
from tests.training.init.made_up import by_region, hubspot, japanese, salesforce, telecom, written
from training.init.command import propose

ANSWERS = {
    "timezone": "Asia/Tokyo",
    "until": "closed",
    "stale_after_days": "60",
    "horizon_days": "60",
    "won_values": '["1"]',
}
SHAPES = {
    "salesforce": salesforce,
    "hubspot": hubspot,
    "telecom": telecom,
    "japanese": japanese,
    "by_region": by_region,
}


def answered(text: str) -> str:
    """The text with its open lines answered, and nothing else changed."""
    for key, value in ANSWERS.items():
        text = re.sub(rf"(?m)^(\s*{key}:)\s*# you decide.*$", rf"\1 {value}", text)
    text = re.sub(r'(?m)^(\s*"[^"]+":)\s*# you decide: lead, sales or.*$', r"\1 lead", text)
    levels = re.findall(r'(?m)^ *# ("[^"]+"): .*# you decide: write it into', text)
    added = "".join(f"\n      - {level}" for level in levels)
    return re.sub(r"(?m)^(    open_values:.*)$", rf"\1{added}", text) if levels else text


@pytest.mark.parametrize("name", SHAPES)
def test_a_proposal_is_read_without_a_lost_lead(name, tmp_path):
    frames = SHAPES[name]()
    text = answered(propose(written(frames, tmp_path), folder=tmp_path))
    config = parse(yaml.safe_load(text), base=tmp_path)
    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        assert store.rows("leads") == 120
        assert store.value("SELECT count(*) FROM episodes WHERE won") > 0
