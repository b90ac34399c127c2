"""The evaluation harness: cases are run, outcomes graded, figures compared with those of before, all of it shown."""
