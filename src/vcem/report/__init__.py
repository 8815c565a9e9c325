"""Tables, figures and the page; knows no network."""
