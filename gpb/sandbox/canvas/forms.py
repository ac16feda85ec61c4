"""Request bodies as Canvas takes them: JSON, or a form whose names nest in brackets."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from gpb.sandbox.canvas import errors
from gpb.sandbox.replies import json_reply

PART = re.compile(r"[^\[\]]+|\[\]")


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the object that form fields such as `a[b][c]=1` and `a[]=1` mean; every value stays a text."""
    result: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = PART.findall(name) or [name]
        place: Any = result
        for part in path if last != "[]" else path[:-1]:
            inner = place.get(part)
            place[part] = inner if isinstance(inner, dict) else {}
            place = place[part]
        if last == "[]":
            place.setdefault(path[-1], []).append(value)
        else:
            place[last] = value
    return result


def without_nulls(value: Any) -> Any:
    """Return what Rails hands on of sent JSON: null items of arrays are dropped, null values of keys stay."""
    if isinstance(value, list):
        return [without_nulls(item) for item in value if item is not None]
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items()}
    return value


async def parameters_of(request: Request) -> dict[str, Any]:
    """Return the parameters of a write, from its query and its body; refuse JSON that does not parse with 400."""
    found = nested(request.query_params.multi_items())
    body = await request.body()
    if not body:
        return found
    if "json" not in request.headers.get("content-type", ""):
        return found | nested(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        sent = json.loads(body)
    except ValueError as error:
        body_error = {"errors": [{"message": "There was an error parsing the request document"}]}
        raise errors.refuse(json_reply(body_error, 400)) from error
    return found | without_nulls(sent) if isinstance(sent, dict) else found
