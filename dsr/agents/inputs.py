"""What each tool is asked with. Everything has a size, and nothing that isn't named here is taken."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from dsr.actions import READS, Action
from dsr.connectors import looking
from dsr.languages import LANGUAGES
from dsr.models import Channel
from dsr.services.intake import MOST_IDENTIFIERS
from dsr.states import Kind, State

ConnectionName = Annotated[
    str, Field(max_length=100, description="A connection's name; needed where there are several in use.")
]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ListCases(Input):
    state: Literal[tuple(State.values)] | None = None  # type: ignore[valid-type]
    only_open: bool = True
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class GetCase(Input):
    reference: Annotated[str, Field(pattern=r"^DSR-\d{4}-\d{6,}$", max_length=20)]


_Line = Annotated[str, Field(min_length=1, max_length=320)]
_Lines = Annotated[list[_Line], Field(max_length=MOST_IDENTIFIERS)]


class FileRequest(Input):
    """An e-mail address or an external id is needed."""

    kind: Literal[tuple(Kind.values)]  # type: ignore[valid-type]
    subject_name: Annotated[str, Field(min_length=1, max_length=400, description="Who the request is about.")]
    emails: _Lines = []
    external_ids: _Lines = []
    received_on: Annotated[dt.date, Field(description="The day it arrived; the time limit is counted from it.")]
    channel: Annotated[Literal[tuple(Channel.values)], Field(description="How it came.")]  # type: ignore[valid-type]
    language: Literal[tuple(LANGUAGES)] | None = None  # type: ignore[valid-type]
    note: Annotated[str, Field(max_length=4000)] = ""
    connection: ConnectionName = ""
    although_open: Annotated[
        list[Annotated[str, Field(max_length=20)]],
        Field(max_length=50, description="References of open requests with the same identifier, which you know of."),
    ] = []


def of_action(action: Action) -> type[BaseModel]:
    """The action's own input, and over which connection."""
    return create_model(
        f"{action.value}_over", __base__=looking.INPUTS[action], connection=(ConnectionName, Field(default=""))
    )


READING: dict[Action, type[BaseModel]] = {action: of_action(action) for action in READS}
