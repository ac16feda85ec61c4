"""The Canvas of the sandbox: REST, the SIS bulk read and GraphQL."""
