"""The Canvas of the sandbox: REST and the SIS bulk read."""
