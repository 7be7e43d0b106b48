"""How fast messages go out, beside what the mail server takes at most and what a peer reaches."""
