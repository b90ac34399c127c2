"""The first specialist: a sentence in ordinary words becomes a typed ``Intent`` against capabilities known at run time."""
