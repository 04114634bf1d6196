"""All commands: those of use, and those of training on top.

The installed ``propensity`` starts here.
"""

from propensity import cli as use
from propensity.name_clash import refuse_shadows

refuse_shadows("training")

from training.commands import agree, learn  # noqa: E402 — a shadow would fail here, less plainly
from training.commands.definition import definition  # noqa: E402
from training.commands.monitor import monitor  # noqa: E402

for _command in (
    learn.init,
    learn.audit,
    learn.train,
    learn.compare,
    learn.evaluate,
    learn.backtest,
    learn.simulate,
):
    use.app.command(rich_help_panel="Learn")(_command)
for _other in (agree.closed_loop, agree.threshold, agree.review, agree.decide):
    use.app.command(_other.__name__.replace("_", "-"), rich_help_panel="Agree")(_other)
use.app.add_typer(definition, name="definition", rich_help_panel="Agree")
use.app.command(rich_help_panel="Use")(monitor)


def main() -> None:
    """Run the command line."""
    use.main(use.app)


if __name__ == "__main__":
    main()
