"""The Focus of the sandbox: its native API and its OneRoster dialect."""
