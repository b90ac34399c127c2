"""The city and its lines of business, as data: one JSON file each."""
