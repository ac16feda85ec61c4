"""``python -m benchmarks.desk``: the tasks alone."""

from benchmarks.desk.tasks import main

main()
