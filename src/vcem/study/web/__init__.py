"""The server of the reading room: who may come in, what is sent, what is stored when."""
