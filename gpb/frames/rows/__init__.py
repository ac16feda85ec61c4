"""What the association frame is made of: numbers in the place of texts, which are looked up once each."""
