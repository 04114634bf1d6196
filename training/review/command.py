"""`propensity review` as one call: gather, put into sections, draw, write."""

from pathlib import Path

from features.errors import ConfigError
from features.resources import UNLIMITED, Resources
from propensity.config.config import Config
from propensity.language import LANGUAGES
from propensity.progress import OnStep, silent
from training.review.findings.gather import gather
from training.review.pack import check_free, pack, renew, write
from training.review.sections.form import filled_before
from training.review.sheet.alone import sheet_alone

#: Parts of the pack that are made by themselves.
PARTS = ("sla",)


def review(
    config: Config,
    *,
    folder: Path,
    version: str | int | None = None,
    language: str | None = None,
    only: str | None = None,
    resources: Resources = UNLIMITED,
    on_step: OnStep = silent,
) -> tuple[Path, ...]:
    """Write the definition-review pack; the same sources and registry give the same bytes on any
    day.

    Args:
        config: Names the data, the registry and the definition.
        folder: Folder of the pack; an earlier pack there is replaced, anything else is left alone.
        version: Number or alias; by default the challenger, else the champion.
        language: ``en`` or ``ja``; default the configuration's.
        only: ``sla`` for the sheet alone, which needs no model; a pack that is there keeps
            everything else.
        resources: Memory and threads of the feature engine.
        on_step: Told about progress.

    Returns:
        The folder's files, the page first.

    Raises:
        ConfigError: No such language or part, the folder is no pack, or the definition does not fit
            the input.
        RegistryError: No such version, or the registry cannot be reached.
        DataError: The input cannot be used.
        RefusedError: The history is too short to hold out a part of it.
    """
    spoken = language or config.language
    if spoken not in LANGUAGES:
        raise ConfigError(
            f"--language: expected one of {', '.join(LANGUAGES)}, got {spoken!r:.40}."
        )
    if only is not None and only not in PARTS:
        raise ConfigError(f"--only: expected one of {', '.join(PARTS)}, got {only!r:.40}.")
    check_free(folder)
    if only == "sla":
        made = sheet_alone(config, language=spoken, resources=resources, on_step=on_step)
        renew(made, folder)
        return tuple(folder / name for name in made)
    material = gather(
        config,
        version=version,
        resources=resources,
        on_step=lambda what, share: on_step(what, 0.9 * share),
    )
    on_step("drawing", 0.92)
    files = {**pack(material, language=spoken), **filled_before(folder)}
    write(files, folder)
    on_step("done", 1.0)
    return tuple(folder / name for name in files)
