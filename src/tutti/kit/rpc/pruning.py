"""Reading what a newer version wrote: fields that are not known here are taken out before strict types see them."""

from typing import Any, cast

from msgspec import inspect


def prune(value: object, kind: inspect.Type) -> object:
    """Return ``value`` (decoded MessagePack) without the fields that ``kind`` has not, at any depth."""
    match kind:
        case inspect.Metadata():
            return prune(value, kind.type)
        case inspect.StructType() if isinstance(value, dict):
            known = {field.encode_name: field.type for field in kind.fields}
            fields = cast(dict[str, object], value)
            kept = {name: prune(each, known[name]) for name, each in fields.items() if name in known}
            return kept if kind.tag_field is None else {**kept, kind.tag_field: fields.get(kind.tag_field)}
        case inspect.DictType() if isinstance(value, dict):
            entries = cast(dict[object, object], value)
            return {key: prune(each, kind.value_type) for key, each in entries.items()}
        case inspect.CollectionType() if isinstance(value, list):
            return [prune(each, kind.item_type) for each in cast(list[object], value)]
        case inspect.TupleType() if isinstance(value, list):
            items = cast(list[object], value)
            return [prune(each, item) for each, item in zip(items, kind.item_types, strict=False)]
        case inspect.UnionType():
            member = next((each for each in kind.types if _fits(value, each)), None)
            return value if member is None else prune(value, member)
        case _:
            return value


def _fits(value: object, kind: inspect.Type) -> bool:
    """Whether ``value`` can only be of this member of a union: msgspec allows one of each shape, or tagged structs."""
    match kind:
        case inspect.Metadata():
            return _fits(value, kind.type)
        case inspect.StructType() if kind.tag_field is not None and isinstance(value, dict):
            return cast(dict[str, Any], value).get(kind.tag_field) == kind.tag
        case inspect.StructType() | inspect.DictType():
            return isinstance(value, dict)
        case inspect.CollectionType() | inspect.TupleType():
            return isinstance(value, list)
        case _:
            return False
