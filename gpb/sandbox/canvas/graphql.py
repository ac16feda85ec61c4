"""`POST /api/graphql`: parsed, validated and executed by graphql-core, within Canvas' limits (contract: reading)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    parse,
    validate,
)
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpb.sandbox.canvas.access import signed_in
from gpb.sandbox.canvas.graphql_nodes import Nodes
from gpb.sandbox.canvas.graphql_schema import make_schema
from gpb.sandbox.replies import charge, json_reply
from gpb.sandbox.tokens import Keyring
from gpb.sandbox.world import World

DEEPEST, MOST_ALIASES = 15, 20
COST_OF_BYTE = 0.000002


class GraphqlRoute:
    """The one route of GraphQL; its errors come with HTTP 200 in `errors`."""

    def __init__(self, world: World, keyring: Keyring) -> None:
        """Answer from a world, to the holders of a keyring's tokens."""
        self.world = world
        self.keyring = keyring
        self.schema = make_schema()
        self.routes = [Route("/graphql", self.query, methods=["POST"])]

    async def query(self, request: Request) -> Response:
        """Execute one query; `variables` may come as an object or, in a form, as JSON text."""
        token = signed_in(request, self.keyring)
        sent = await _sent(request)
        result = self._execute(sent, Nodes(self.world, token).root())
        reply = json_reply(result.formatted)
        charge(request, COST_OF_BYTE * len(reply.body))
        return reply

    def _execute(self, sent: dict[str, Any], root: Any) -> ExecutionResult:
        try:
            document = parse(str(sent.get("query") or ""))
        except GraphQLError as error:
            return ExecutionResult(None, [error])
        problems = validate(self.schema, document) or _beyond_limits(document)
        if problems:
            return ExecutionResult(None, problems)
        return execute_sync(
            self.schema,
            document,
            root,
            variable_values=sent.get("variables"),
            operation_name=sent.get("operationName"),
        )


async def _sent(request: Request) -> dict[str, Any]:
    body = await request.body()
    if "json" in request.headers.get("content-type", ""):
        try:
            sent = json.loads(body)
        except ValueError:
            return {}
        return sent if isinstance(sent, dict) else {}
    fields: dict[str, Any] = dict(parse_qsl(body.decode("utf-8", "replace")))
    if "variables" in fields:
        fields["variables"] = json.loads(fields["variables"])
    return fields


def _beyond_limits(document: DocumentNode) -> list[GraphQLError]:
    """Return the errors of a query that is too deep or has too many aliases; validation has excluded cycles."""
    fragments = {
        one.name.value: one.selection_set for one in document.definitions if isinstance(one, FragmentDefinitionNode)
    }
    problems = []
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            depth, aliases = _measure(operation.selection_set, fragments)
            if depth > DEEPEST:
                problems.append(GraphQLError(f"Query has depth of {depth}, which exceeds max depth of {DEEPEST}"))
            if aliases > MOST_ALIASES:
                problems.append(GraphQLError(f"Query has {aliases} aliases, which exceeds the limit of {MOST_ALIASES}"))
    return problems


def _measure(selections: SelectionSetNode | None, fragments: dict[str, SelectionSetNode]) -> tuple[int, int]:
    """Return how deep a selection goes and how many aliases it holds."""
    deepest = aliases = 0
    for one in selections.selections if selections else ():
        if isinstance(one, FieldNode):
            depth, below = _measure(one.selection_set, fragments)
            depth += 1
            aliases += one.alias is not None
        elif isinstance(one, FragmentSpreadNode):
            depth, below = _measure(fragments[one.name.value], fragments)
        else:
            depth, below = _measure(getattr(one, "selection_set", None), fragments)
        deepest = max(deepest, depth)
        aliases += below
    return deepest, aliases
