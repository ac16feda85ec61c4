"""The bar of what runs, on every page, and the notice at its end."""
