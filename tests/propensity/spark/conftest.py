"""One Spark for all tests of a process: two cores of this machine."""

import os
import shutil
import sys
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def needs_spark():
    """Skips where there is no PySpark or no Java."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpark's own, of pandas 3 and of sockets
        pytest.importorskip("pyspark", reason="needs PySpark: make spark")
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").is_file() if home else shutil.which("java")):
        pytest.skip("needs Java 17 or later: apt-get install openjdk-17-jre-headless")


@pytest.fixture(scope="session")
def executors_find_us():
    """Python processes of Spark are this Python, and import the package from here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        yield


@pytest.fixture(scope="session")
def spark(needs_spark, executors_find_us):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").appName("tests")
        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.session.timeZone": "America/New_York",  # of no meaning for us
        }
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    yield session
    session.stop()
