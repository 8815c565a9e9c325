"""One module per kind of reading. What lies here is found when a design is read; nothing else knows of it."""
