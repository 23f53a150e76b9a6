"""``tutti("scan", "--json")`` over a data folder of its own."""

import io
from pathlib import Path

import pytest

from commands.terminal import NEVER_MS, Ran, Tutti, run_to_exit
from tutti.commands import context as context_module
from tutti.commands import library as library_module
from tutti.commands import serve as serve_module
from tutti.commands.context import context


@pytest.fixture
def tutti(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tutti:
    """``tutti("user", "create", "ada", stdin="…", TUTTI_PORT="1")``: the tokens, what is typed, the environment."""
    # Logging is set up once for a process, and this one is pytest's; test_entry.py looks at it from outside.
    for module in (context_module, serve_module):
        monkeypatch.setattr(module, "set_up_logs", lambda *_: None)
    for module in (library_module, serve_module):  # what is made for a process that serves, and this one is pytest's
        monkeypatch.setattr(module, "settle_heap", lambda: None)
    monkeypatch.delenv("COLUMNS", raising=False)

    def run(*tokens: str | Path, stdin: str = "", **environ: str) -> Ran:
        with monkeypatch.context() as patched:
            patched.setattr(context, "overrides", {})
            patched.setattr("sys.stdin", io.StringIO(stdin))
            for name, value in {"TUTTI_DATA_DIR": str(data_dir), "TUTTI_SLOW_QUERY_MS": NEVER_MS, **environ}.items():
                patched.setenv(name, value)
            capsys.readouterr()
            code = run_to_exit([str(token) for token in tokens])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run
