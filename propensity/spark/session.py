"""The session of a command: the one that is there, or a new one."""

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import ConfigError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Memory of Java on the driver where nobody says another: with the gigabyte that Spark gives it by
#: itself, a million leads on one machine ended it.
_DRIVER_MEMORY = "4g"


@contextmanager
def session_of_process() -> "Iterator[SparkSession]":
    """A session that is there is used, and a new one stopped at the end; it is as Spark's own
    settings say, and on all cores of this machine where they say nothing.

    Raises:
        ConfigError: PySpark or Java is absent.
    """
    # we give Spark no table of pandas, and it warns of every pandas from 3 on
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 — only where Spark is asked for
    except ImportError as error:
        raise ConfigError(
            "--engine spark: expected PySpark, got none. Install lead-propensity[spark]."
        ) from error
    active = SparkSession.getActiveSession()
    if active is not None:
        yield active
        return
    _refuse_without_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    # spark.driver.memory, wherever it is set, goes before it
    os.environ.setdefault("SPARK_DRIVER_MEMORY", _DRIVER_MEMORY)
    builder = SparkSession.builder.appName("propensity").config("spark.log.level", "ERROR")
    spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


def _refuse_without_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if Path(home, "bin", "java").is_file() if home else shutil.which("java"):
        return
    where = f"none in JAVA_HOME ({home})" if home else "none"
    raise ConfigError(
        f"--engine spark: expected Java 17 or later, got {where}. Install it, or leave --engine"
        " away: one machine needs no Java."
    )
