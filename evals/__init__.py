"""Proofs anyone can rerun: benchmarks now, evaluations beside them. They use the product as its clients do."""
