"""Reading access logs beside the parser that one would write by hand."""
