"""The Schema-Guided Dialogue benchmark: does the resolver understand services it has never seen?"""
