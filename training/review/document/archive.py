"""Office files without the moment at which they were saved: the same content is the same bytes, on
any day.
"""

import io
import re
import zipfile

#: The first moment that a zip archive can name.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SAVED = re.compile(rb"<dcterms:modified[^>]*>[^<]*</dcterms:modified>")


def without_clock(content: bytes) -> bytes:
    """An ``.xlsx`` or ``.pptx`` file in which no part says when it was saved, those in it neither.

    Args:
        content: Content of the file, as a library saved it.
    """
    found = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in archive.namelist():
            part = archive.read(name)
            if name == "docProps/core.xml":
                part = _SAVED.sub(b"", part)
            elif name.endswith(".xlsx"):
                part = without_clock(part)
            target.writestr(zipfile.ZipInfo(name, date_time=_EPOCH), part, zipfile.ZIP_DEFLATED)
    return found.getvalue()
