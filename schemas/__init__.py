"""The nouns of the orchestrator: pure data, no behaviour beyond validation and arithmetic, no I/O."""
