"""What every page stands in: the session, the sidebar, links, addresses, the bar of a run."""
