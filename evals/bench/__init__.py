"""Benchmarks: each measures real processes over real HTTP and reports figures, never a verdict."""
