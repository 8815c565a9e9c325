"""Tables, figures and the page; reads CSV and PNG only."""
