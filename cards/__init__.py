"""Pure functions from domain objects to answers: text, Adaptive Card and JSON-LD. No I/O, no clock."""
