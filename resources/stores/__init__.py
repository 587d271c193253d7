"""Where events are kept: one contract, several stores, and the lake drawn from them."""
