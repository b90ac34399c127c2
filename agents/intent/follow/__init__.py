"""Conversations with services that are talked to step by step, followed by learned judgements."""
