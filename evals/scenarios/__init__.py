"""Stories of simulated people and partners, told to the real server and graded on what was planned and bought."""
