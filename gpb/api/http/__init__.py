"""How requests travel: one module that imports httpx, the limiter, retries, credentials, and what refusals mean."""
