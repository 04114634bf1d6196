"""On which day of a round a lead is looked at: a hash of who it is, which nothing else moves."""

from features.store import Store

#: Before the id that is hashed, so that nobody else's hash of the same ids falls together with it.
SALT = "propensity phase"


def make_phases(store: Store, every_days: int) -> None:
    """Create the table ``phases``: ``lead`` and its ``phase``, 0 to ``every_days`` - 1.

    A phase is the first 8 hexadecimal digits of the MD5 of ``SALT:id`` in UTF-8, modulo
    ``every_days``. All people of an account have the phase of the one who was created first (of
    several, the least lead_id): they are looked at together. So a phase depends on no number that
    an intake gives out, no order of rows, and no version of anything.
    """
    store.connection.execute(f"""
        CREATE OR REPLACE TABLE phases AS
        WITH named AS (
            SELECT lead, CASE WHEN account IS NULL THEN lead_id ELSE first_value(lead_id)
                OVER (PARTITION BY account ORDER BY created_at, lead_id) END AS id
            FROM leads
        )
        SELECT lead,
            (('0x' || left(md5('{SALT}:' || id), 8))::BIGINT % {every_days})::INTEGER AS phase
        FROM named
    """)
