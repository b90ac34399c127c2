"""The routes of the orchestrator itself. They bring the partners' tools along, which other graphs do without."""

from server.routes import memories, offers, orders, partners, plans, webhooks

ROUTERS = [orders.router, memories.router, partners.router, offers.router, plans.router, webhooks.router]
