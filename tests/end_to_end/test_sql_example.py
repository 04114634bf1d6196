"""The way by SQL of docs/input.md, run on a SQLite file with the tables of a CRM."""

import re
import sqlite3
from pathlib import Path

import yaml

from features.intake import open_store
from propensity.config.config import parse

DOCS = (Path(__file__).parents[2] / "docs" / "input.md").read_text(encoding="utf-8")
TABLES = """
CREATE TABLE account (id INTEGER, industry TEXT, employees INTEGER);
CREATE TABLE lead (id TEXT, created TEXT, account_id INTEGER);
CREATE TABLE call (lead_id TEXT, started TEXT, direction TEXT, minutes REAL);
CREATE TABLE mail (lead_id TEXT, sent TEXT, opened TEXT, subject TEXT);
CREATE TABLE meeting (id INTEGER, held TEXT, title TEXT);
CREATE TABLE participant (meeting_id INTEGER, lead_id TEXT);
CREATE TABLE deal (lead_id TEXT, closed TEXT, stage TEXT, amount REAL);
INSERT INTO account VALUES (1, 'bank', 500), (2, 'shop', 20);
INSERT INTO lead VALUES ('L1', '2024-01-02 09:00', 1), ('L2', '2024-01-03 10:00', 2),
  ('L3', '2024-01-04 11:00', NULL);
INSERT INTO call VALUES ('L1', '2024-01-05 09:00', 'inbound', 12), ('L2', '2024-01-06 09:00',
  'outbound', 3);
INSERT INTO mail VALUES ('L1', '2024-01-05 10:00', '2024-01-05 12:00', 'Offer'), ('L2',
  '2024-01-07 10:00', NULL, 'Offer');
INSERT INTO meeting VALUES (7, '2024-01-09 14:00', 'Demo');
INSERT INTO participant VALUES (7, 'L1'), (7, 'L3');
INSERT INTO deal VALUES ('L1', '2024-02-01', 'Closed Won', 900), ('L2', '2024-02-02',
  'Closed Lost', NULL), ('L3', '2024-03-01', 'Negotiation', 100);
"""


def test_one_query_makes_one_table_of_several(tmp_path):
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.executescript(TABLES)
    database.close()
    text = re.search(r"```yaml\n# crm.yaml\n(.*?)```", DOCS, re.DOTALL)[1]
    text = text.replace("sqlite:///crm.db", f"sqlite:///{tmp_path / 'crm.db'}")
    config = parse(yaml.safe_load(text), base=tmp_path)

    with open_store(config.input, config.columns, purpose="train", quarantine=None) as store:
        events = store.connection.execute(
            "SELECT l.lead_id, event_type, value, detail FROM events e JOIN leads l USING (lead)"
        ).fetchall()
        won = store.connection.execute(
            "SELECT l.lead_id, won FROM episodes e JOIN leads l USING (lead) ORDER BY 1"
        ).fetchall()

    assert sorted(events, key=str) == [  # values in millionths
        ("L1", "call inbound", 12_000_000, None),
        ("L1", "mail opened", None, "Offer"),
        ("L1", "mail sent", None, "Offer"),
        ("L1", "meeting", None, "Demo"),
        ("L2", "call outbound", 3_000_000, None),
        ("L2", "mail sent", None, "Offer"),
        ("L3", "meeting", None, "Demo"),
    ]
    assert won == [("L1", True), ("L2", False), ("L3", None)]
