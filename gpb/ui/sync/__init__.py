"""How a page goes through the door: what speaks against a plan, and the button that begins it."""
