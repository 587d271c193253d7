"""What GitHub answers, understood: payloads in, events out, no reading."""
