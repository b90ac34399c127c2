"""What Prometheus may ask about this process; ``GET /metrics`` shows it."""

from prometheus_client import Counter, Gauge, Histogram

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)

RUNS = Counter("uso_runs_total", "Runs that ended, by graph and status", ["graph", "status"])
RUN_SECONDS = Histogram("uso_run_seconds", "How long a run worked in this process", ["graph"], buckets=_QUICK)
FIRST_EVENT_SECONDS = Histogram(
    "uso_first_event_seconds", "From the request to the first event a client can see", buckets=_QUICK
)
LIVE_RUNS = Gauge("uso_live_runs", "Runs this process works on")
LIVE_STREAMS = Gauge("uso_live_streams", "Open event streams")
TAKEN_OVER = Counter("uso_runs_taken_over_total", "Runs whose former owner was gone")
LOG_ERRORS = Counter("uso_event_log_errors_total", "Appends to the event log that failed; the run went on without")
HISTORY_GAPS = Counter("uso_history_gaps_total", "Streams that had to tell their client that history is partial")
HTTP_REQUESTS = Counter("uso_http_requests_total", "Requests answered", ["method", "route", "status"])
HTTP_SECONDS = Histogram(
    "uso_http_seconds", "Until the answer began (for streams: the headers)", ["route"], buckets=_QUICK
)
