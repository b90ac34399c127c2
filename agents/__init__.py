"""The specialists' judgement: what is meant, what is worth offering, what to do when something fails."""
