"""The two kinds of model everything else is made of.

Unknown fields are refused by name at every boundary, so that a misspelt field is an error a
caller can see and never a silently ignored wish.
"""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A record that may be built step by step; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Value(BaseModel):
    """An immutable value: two with the same fields are the same thing."""

    model_config = ConfigDict(extra="forbid", frozen=True)
