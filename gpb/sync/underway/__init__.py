"""What a run needs while it is carried out: the categories of its plan, and its journal beside the event loop."""
