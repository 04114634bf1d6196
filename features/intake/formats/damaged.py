"""Which Parquet files are damaged inside, looked for when a read has failed."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_BATCH = 65_536


def damaged(files: Iterable[tuple[str, Path]]) -> list[str]:
    """A sentence for each Parquet file that cannot be read to its end.

    Args:
        files: Table and file.
    """
    return [
        f"{table}: {file.name} is damaged: it ends or changes in the middle. Export it again."
        for table, file in files
        if not _is_whole(file)
    ]


def _is_whole(file: Path) -> bool:
    with file.open("rb") as content:
        if content.read(4) != b"PAR1":
            return True
    try:
        for _ in pq.ParquetFile(file).iter_batches(_BATCH, use_threads=False):
            pass
    except (pa.ArrowException, OSError):
        return False
    return True
