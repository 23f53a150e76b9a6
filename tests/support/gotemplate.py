"""Renders the Go templates of a Helm chart, as far as ours uses them; whatever it does not know is an error.

Variables of a range, ``if``, ``define`` and ``include``, pipelines, and the functions in `FUNCTIONS`. A value that does
not exist is an error too, where Go would print nothing: typing errors are to be found.
https://pkg.go.dev/text/template
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

_ACTION = re.compile(r"\{\{(-\s)?\s*(.*?)\s*(\s-)?\}\}", re.DOTALL)
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|:=|[|(),]|\$?[\w.]*[\w.]|\$)')


class TemplateError(Exception):
    """The template uses what this does not know, or a value that is not there."""


@dataclass
class Text:
    text: str


@dataclass
class Output:
    pipeline: str


@dataclass
class Branch:
    """``if`` and ``else if``: conditions with their bodies; the last condition is None for ``else``."""

    branches: list[tuple[str | None, list["Node"]]]


@dataclass
class Range:
    names: list[str]
    pipeline: str
    body: list["Node"]


Node = Text | Output | Branch | Range


@dataclass
class Chart:
    """Templates that are parsed, and what they define."""

    defined: dict[str, list[Node]] = field(default_factory=dict)

    def parse(self, text: str) -> list[Node]:
        """Read a file; its definitions are known to all others."""
        actions = list(_split(text))
        nodes = self._nodes(actions, ())[0]
        if actions:
            raise TemplateError(f"{actions[0]} has no beginning")
        return nodes

    def render(self, nodes: Sequence[Node], dot: Any, variables: Mapping[str, Any] | None = None) -> str:
        """Return the text that the nodes make of ``dot``."""
        return _Rendering(self, dot, dict(variables or {"$": dot})).text(nodes)

    def _nodes(self, actions: list[tuple[str, str]], ends: tuple[str, ...]) -> tuple[list[Node], str]:
        nodes: list[Node] = []
        while actions:
            kind, said = actions.pop(0)
            word, _, rest = said.partition(" ")
            if kind == "text":
                nodes.append(Text(said))
            elif word in ends:
                return nodes, said
            elif word == "if":
                nodes.append(self._branch(actions, rest))
            elif word == "range":
                names, _, pipeline = rest.rpartition(":=")
                body, _ = self._nodes(actions, ("end",))
                nodes.append(Range([name.strip() for name in names.split(",") if name.strip()], pipeline.strip(), body))
            elif word == "define":
                self.defined[json.loads(rest)], _ = self._nodes(actions, ("end",))
            elif word in {"end", "else", "with", "block", "template"}:
                raise TemplateError(f"{said!r} cannot stand here")
            elif not said.startswith("/*"):
                nodes.append(Output(said))
        if ends:
            raise TemplateError(f"{ends} is missing at the end")
        return nodes, ""

    def _branch(self, actions: list[tuple[str, str]], condition: str) -> Branch:
        branches: list[tuple[str | None, list[Node]]] = []
        wanted: str | None = condition
        while True:
            body, end = self._nodes(actions, ("else", "end"))
            branches.append((wanted, body))
            if end == "end":
                return Branch(branches)
            wanted = end.removeprefix("else").strip().removeprefix("if").strip() or None


@dataclass
class _Rendering:
    chart: Chart
    dot: Any
    variables: dict[str, Any]

    def text(self, nodes: Sequence[Node]) -> str:
        return "".join(self._one(node) for node in nodes)

    def _one(self, node: Node) -> str:
        match node:
            case Text(text):
                return text
            case Output(pipeline):
                return _printed(self.value(pipeline))
            case Branch(branches):
                chosen = (body for condition, body in branches if condition is None or _truth(self.value(condition)))
                return self.text(next(chosen, []))
            case Range():
                return self._repeated(node)

    def _repeated(self, node: Range) -> str:
        found = self.value(node.pipeline)
        pairs = sorted(found.items()) if isinstance(found, Mapping) else list(enumerate(found))
        texts: list[str] = []
        for key, value in pairs:
            named = dict(zip(node.names, (key, value) if len(node.names) == 2 else (value,), strict=True))
            texts.append(_Rendering(self.chart, value, self.variables | named).text(node.body))
        return "".join(texts)

    def value(self, pipeline: str) -> Any:
        tokens = _tokens(pipeline)
        value = self._pipeline(tokens)
        if tokens:
            raise TemplateError(f"{pipeline!r}: {tokens} is left over")
        return value

    def _pipeline(self, tokens: list[str]) -> Any:
        value = self._command(tokens, [])
        while tokens and tokens[0] == "|":
            tokens.pop(0)
            value = self._command(tokens, [value])
        return value

    def _command(self, tokens: list[str], last: list[Any]) -> Any:
        name = tokens[0] if tokens else ""
        if name not in FUNCTIONS and name != "include":
            if last:
                raise TemplateError(f"{name!r} is no function that is known here")
            return self._operand(tokens)
        tokens.pop(0)
        arguments: list[Any] = []
        while tokens and tokens[0] not in {"|", ")"}:
            arguments.append(self._operand(tokens))
        arguments += last
        if name == "include":
            definition, dot = arguments
            return self.chart.render(self.chart.defined[definition], dot)
        return FUNCTIONS[name](*arguments)

    def _operand(self, tokens: list[str]) -> Any:
        token = tokens.pop(0)
        if token == "(":
            value = self._pipeline(tokens)
            if not tokens or tokens.pop(0) != ")":
                raise TemplateError("a ) is missing")
            return value
        if token.startswith('"'):
            return json.loads(token)
        if token.lstrip("-").isdecimal():
            return int(token)
        if token in {"true", "false"}:
            return token == "true"
        first, *names = token.split(".")
        if first and first not in self.variables:
            raise TemplateError(f"{token!r} is not known")
        return _field(self.variables[first] if first else self.dot, [name for name in names if name], token)


def _field(value: Any, names: Sequence[str], token: str) -> Any:
    for name in names:
        if not isinstance(value, Mapping) or name not in value:
            raise TemplateError(f"{token}: there is no {name}")
        value = value[name]
    return value


def _split(text: str) -> Iterator[tuple[str, str]]:
    position, trim = 0, False
    for found in _ACTION.finditer(text):
        before = text[position : found.start()]
        before = before.lstrip() if trim else before
        yield "text", before.rstrip() if found[1] else before
        yield "action", found[2].strip()
        position, trim = found.end(), found[3] is not None
    rest = text[position:]
    yield "text", rest.lstrip() if trim else rest


def _tokens(pipeline: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    while position < len(pipeline.rstrip()):
        found = _TOKEN.match(pipeline, position)
        if found is None:
            raise TemplateError(f"{pipeline!r} cannot be read from {position} on")
        tokens.append(found[1])
        position = found.end()
    return tokens


def _printed(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TemplateError(f"{value!r} is no text")


def _truth(value: Any) -> bool:
    return bool(value)


def _and(*values: Any) -> Any:
    return next((value for value in values if not _truth(value)), values[-1])


def _or(*values: Any) -> Any:
    return next((value for value in values if _truth(value)), values[-1])


def _required(message: str, value: Any) -> Any:
    if value is None or value == "":
        raise TemplateError(message)
    return value


def _nindent(width: int, text: str) -> str:
    return "\n" + "\n".join(" " * width + line for line in text.split("\n"))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "and": _and,
    "or": _or,
    "not": lambda value: not _truth(value),
    "eq": lambda first, *others: any(first == other for other in others),
    "default": lambda otherwise, value: value if _truth(value) else otherwise,
    "required": _required,
    "quote": lambda value: json.dumps(_printed(value), ensure_ascii=False),
    "printf": lambda form, *values: form % values,
    "join": lambda separator, values: separator.join(values),
    "nindent": _nindent,
    "toYaml": lambda value: yaml.safe_dump(value, default_flow_style=False, allow_unicode=True).rstrip("\n"),
}
