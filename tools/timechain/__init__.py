"""Time chain."""

from tools.timechain.planner import best_plan
from tools.timechain.verifier import check
