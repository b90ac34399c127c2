"""What is remembered: servers, pools, migrations, repositories, checkpoints, jobs, cache. All SQL lives here."""
