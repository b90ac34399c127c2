"""Transport: HTTP, SSE, webhooks and the command line. It decides nothing."""
