"""Example values for a JSON Schema: always the same ones, of the right shape and within the limits."""

from typing import Any

Schema = dict[str, Any]

_DEEPEST = 8
_BY_FORMAT: dict[str, Any] = {
    "uuid": "01932c07-209d-7b2e-9d9b-0a8c2f1e6d4a",
    "date-time": "2026-11-21T18:30:00Z",
    "date": "2026-11-21",
    "uri": "https://tutti.example/",
    "email": "ada@example.org",
    "binary": "",
}
_BY_NAME: dict[str, Any] = {
    "nextCursor": "lKV0aXRsZaZBbmdlbHM",
    "email": "ada@example.org",
    "name": "Ada",
    "title": "Night River",
    "isrc": "GBAYE6800011",
}


def example_of(schema: Schema, schemas: Schema, name: str = "", depth: int = 0) -> Any:
    """Return an example of ``schema``, whose references are found in ``schemas``; ``name`` is that of the property."""
    schema = _resolved(schema, schemas)
    for given in ("const", "example", "default"):
        if schema.get(given) is not None:
            return schema[given]
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf") or ():
        if choice.get("type") != "null":
            return example_of(choice, schemas, name, depth)
    return _of_type(schema, schemas, name, depth)


def _of_type(schema: Schema, schemas: Schema, name: str, depth: int) -> Any:
    match _type(schema):
        case "object":
            return _object(schema, schemas, depth)
        case "array":
            return [] if depth >= _DEEPEST else [example_of(schema.get("items", {}), schemas, name, depth + 1)]
        case "string":
            return _string(schema, name)
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return True
        case _:
            return None


def _type(schema: Schema) -> str:
    kinds: list[str] | str = schema.get("type", "object" if "properties" in schema else "")
    return kinds if isinstance(kinds, str) else next(each for each in kinds if each != "null")


def _object(schema: Schema, schemas: Schema, depth: int) -> dict[str, Any]:
    if depth >= _DEEPEST:
        return {}
    properties: Schema = schema.get("properties", {})
    return {name: example_of(field, schemas, name, depth + 1) for name, field in properties.items()}


def _string(schema: Schema, name: str) -> str:
    text = str(_BY_FORMAT.get(schema.get("format", ""), _BY_NAME.get(name, "text")))
    return text.ljust(schema.get("minLength", 0), "x")[
        : schema.get("maxLength", len(text) + schema.get("minLength", 0))
    ]


def _number(schema: Schema) -> float:
    lowest = schema.get("minimum", schema.get("exclusiveMinimum", 0) + ("exclusiveMinimum" in schema))
    return max(lowest, min(1, schema.get("maximum", 1)))


def _resolved(schema: Schema, schemas: Schema) -> Schema:
    reference = schema.get("$ref")
    return schemas[reference.rpartition("/")[2]] if reference else schema
