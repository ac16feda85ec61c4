"""Where snapshots lie: a folder of this machine, or object storage that is named by a URL."""
