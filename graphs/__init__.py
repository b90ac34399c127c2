"""The orchestrator's state graphs: which specialist works when, and what is waited for."""
