"""The members of a model as files, in their order.

``NN.txt`` a LightGBM text, ``NN.json`` a sum of terms.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from features.errors import ArtifactError
from features.files.canonical_json import RESTORE, canonical, parsed, short, validated
from features.spec import FeatureSpec
from propensity.contributions.terms import Terms
from propensity.model.model_parts import Member

_FILE = re.compile(r"members/[0-9]{2,4}\.(?:txt|json)")
_PARAMETERS = re.compile(r"^parameters:.*?^end of parameters$\n?", re.DOTALL | re.MULTILINE)


def is_member(name: str) -> bool:
    """Whether a file's name is that of a member."""
    return _FILE.fullmatch(name) is not None


def contents(members: Sequence[Member | Terms]) -> dict[str, bytes]:
    """The files; the weights are kept beside them."""
    return {
        _name(number, member): _content(number, member) for number, member in enumerate(members)
    }


def deciding(members: Sequence[Member | Terms]) -> dict[str, bytes]:
    """The files as they enter the hash: without LightGBM's ``parameters:`` block, which holds the
    number of threads.
    """
    return {
        _name(number, member): _PARAMETERS.sub("", member.text).encode()
        if isinstance(member, Member)
        else _content(number, member)
        for number, member in enumerate(members)
    }


def absent(names: Iterable[str]) -> list[str]:
    """Members that the names of others make one expect; there is at least one."""
    found = {name.partition(".")[0] for name in names if is_member(name)}
    n_files = sum(map(is_member, names)) or 1
    return [f"{stem}.txt" for stem in map(_stem, range(n_files)) if stem not in found]


def restored(
    files: Mapping[str, bytes], weights: Sequence[float], spec: FeatureSpec, folder: Path
) -> tuple[Member | Terms, ...]:
    """The members of a stored model.

    Raises:
        ArtifactError: A file does not hold what its name says, or there are more or fewer than
            weights.
    """
    names = sorted(filter(is_member, files), key=lambda name: int(re.findall(r"\d+", name)[0]))
    if len(names) != len(weights):
        raise ArtifactError(
            f"{folder / 'model.json'}: expected as many numbers as {{'weights': {len(names)}}}, "
            f"got {{'weights': {len(weights)}}}. {RESTORE}"
        )
    return tuple(
        _member(files[name], weight, folder / name)
        if name.endswith(".txt")
        else _terms(files[name], weight, spec, folder / name)
        for name, weight in zip(names, weights, strict=True)
    )


def _stem(number: int) -> str:
    return f"members/{number:02d}"


def _name(number: int, member: Member | Terms) -> str:
    return f"{_stem(number)}.{'txt' if isinstance(member, Member) else 'json'}"


def _content(number: int, member: Member | Terms) -> bytes:
    if isinstance(member, Member):
        return member.text.encode()
    return canonical(member.model_dump(mode="json", exclude={"weight"}), _name(number, member))


def _member(content: bytes, weight: float, path: Path) -> Member:
    try:
        return Member(text=content.decode(), weight=weight)
    except UnicodeDecodeError as error:
        raise ArtifactError(f"{path}: expected UTF-8 text, got {short(error)}. {RESTORE}") from None


def _terms(content: bytes, weight: float, spec: FeatureSpec, path: Path) -> Terms:
    try:
        raw = parsed(content)
    except ValueError as error:
        raise ArtifactError(f"{path}: expected JSON, got {short(error)}. {RESTORE}") from None
    if isinstance(raw, dict) and "weight" in raw:
        raise ArtifactError(
            f"{path}: expected the weight in model.json alone, got one here as well. {RESTORE}"
        )
    terms = validated(Terms, raw, path)
    misfits = list(terms.misfits(spec))
    if misfits:
        raise ArtifactError(
            f"{path}: expected terms of the features in features.json, got {misfits[0]}. {RESTORE}"
        )
    return terms.model_copy(update={"weight": weight})
