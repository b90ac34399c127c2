"""A graph of five nodes that do nothing but one that echoes: what is left is the server's own overhead."""

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph


def nothing(state: MessagesState) -> dict[str, list[AIMessage]]:
    """Do nothing."""
    return {}


def echo(state: MessagesState) -> dict[str, list[AIMessage]]:
    """Answer with the person's own words."""
    return {"messages": [AIMessage(content=str(state["messages"][-1].content))]}


builder = StateGraph(MessagesState)
names = ["one", "two", "three", "four"]
for name in names:
    builder.add_node(name, nothing)
builder.add_node("echo", echo)
for first, second in zip([START, *names, "echo"], [*names, "echo", END], strict=True):
    builder.add_edge(first, second)

graph = builder.compile(name="five_nodes")
