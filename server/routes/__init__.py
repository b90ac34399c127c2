"""One router a noun: they parse, call and answer."""
