"""What goes out by itself over connections that stay open: the tail of a stream. Served by a process of its own."""
