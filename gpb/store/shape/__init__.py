"""What is known of how a Canvas keeps associations: what readings have shown, and what people have confirmed."""
