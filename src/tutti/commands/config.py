"""``tutti config``."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tutti.commands.context import build, context
from tutti.commands.output import print_json, print_table, say_warning
from tutti.kit.gateway import GatewaySettings
from tutti.kit.rpc.settings import RpcSettings
from tutti.kit.settings import Setting, Settings

Json = Annotated[bool, Parameter(name="--json", help="Print JSON for scripts.", negative="")]


def config(*, as_json: Json = False) -> None:
    """List every setting, its value, and where the value came from."""
    settings = context.settings()
    known, unknown = _look_through(settings)
    if as_json:
        print_json(known)
    else:
        print_table(
            ["Setting", "Value", "From", "Meaning"],
            [(s.name, s.value, s.origin, s.description) for s in known],
            empty="No settings.",
        )
    for name in unknown:
        say_warning(f"{name} is set, and no setting has that name.")


def _look_through(settings: Settings) -> tuple[list[Setting], list[str]]:
    """Have every service read its section, over a data folder that goes again: looking must not make anything."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Settings(os.environ, context.overrides | {"data_dir": Path(folder)})
        build(scratch)
        scratch.section("gateway", GatewaySettings)  # which `tutti nginx` alone reads,
        scratch.section("rpc", RpcSettings)  # and only processes that are not alone
    known = {each.name: each for each in (*scratch.known(), *settings.known())}
    return [known[name] for name in sorted(known)], scratch.unknown()
