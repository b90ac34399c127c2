"""A city of partners to talk to: an outside party, reached over real HTTP only.

Forty businesses (or more) of an invented city publish UCP profiles, answer catalogue questions live, take checkouts,
hold real stock and send signed order webhooks. Everything about them is made from a seed, so that two runs meet the
same city; how each behaves (accepts, refuses, answers late …) can be set per partner while it runs. The package
imports nothing of the product: what the product knows of these partners, it learned over the wire.

``app.create_app`` is the ASGI application, ``server.serve`` runs it, ``python -m simulator`` starts it by hand.
"""
