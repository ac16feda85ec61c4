"""What a person picks becomes a draft, whichever page it was picked on."""
