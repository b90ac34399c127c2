"""How well one message is understood: what people write, and exactly what it says."""
