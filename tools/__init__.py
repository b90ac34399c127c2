"""Typed capabilities over partners and Postgres: one file a capability, a request and a result model each."""
