"""What a GraphQL query costs, and how much it asks for."""

from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

_MOST = 100
_NODES = 500_000

CONNECTIONS = frozenset(
    [
        "assignees",
        "comments",
        "commits",
        "discussions",
        "files",
        "history",
        "issues",
        "labels",
        "parents",
        "pullRequests",
        "refs",
        "releases",
        "replies",
        "repositories",
        "reviewRequests",
        "reviews",
        "stargazers",
        "timelineItems",
    ]
)


@dataclass
class Cost:
    """Attributes: ``requests`` that the query stands for, and ``nodes`` it may give."""

    requests: int = 0
    nodes: int = 0

    @property
    def points(self) -> int:
        return max(round(self.requests / 100), 1)


class Weighing:
    """Goes through a query."""

    def __init__(self, document: DocumentNode, variables: dict[str, Any]) -> None:
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._variables = variables
        self._document = document

    def weigh(self) -> Cost:
        """Say what it costs.

        Raises:
            GraphQLError: it asks for too much, or does not say for how much.
        """
        cost = Cost()
        for one in self._document.definitions:
            if isinstance(one, OperationDefinitionNode):
                self._defaults(one)
                self._add(one.selection_set, 1, cost)
        if cost.nodes > _NODES:
            words = f"This query requests up to {cost.nodes:,} possible nodes, over {_NODES:,}."
            raise GraphQLError(words, extensions={"type": "MAX_NODE_LIMIT_EXCEEDED"})
        return cost

    def _defaults(self, operation: OperationDefinitionNode) -> None:
        for one in operation.variable_definitions or ():
            if isinstance(one.default_value, IntValueNode):
                value = int(one.default_value.value)
                self._variables.setdefault(one.variable.name.value, value)

    def _add(self, selections: SelectionSetNode | None, times: int, cost: Cost) -> None:
        for one in selections.selections if selections else ():
            match one:
                case FieldNode() if one.name.value in CONNECTIONS:
                    size = self._size(one)
                    cost.requests += times
                    cost.nodes += times * size
                    self._add(one.selection_set, times * size, cost)
                case FieldNode() | InlineFragmentNode():
                    self._add(one.selection_set, times, cost)
                case FragmentSpreadNode():
                    self._add(self._fragments[one.name.value].selection_set, times, cost)
                case _:
                    pass

    def _size(self, field: FieldNode) -> int:
        for argument in field.arguments:
            if argument.name.value in {"first", "last"}:
                match argument.value:
                    case IntValueNode(value=value):
                        return _check(field, int(value))
                    case VariableNode(name=name):
                        return _check(field, int(self._variables.get(name.value) or 0))
                    case _:
                        pass
        words = f"You must provide a `first` or `last` value to paginate `{field.name.value}`."
        raise GraphQLError(words, extensions={"type": "MISSING_PAGINATION_BOUNDARIES"})


def _check(field: FieldNode, size: int) -> int:
    if size > _MOST:
        words = (
            f"Requesting {size} records on `{field.name.value}` exceeds the `first` limit of 100."
        )
        raise GraphQLError(words, extensions={"type": "EXCESSIVE_PAGINATION"})
    return size
