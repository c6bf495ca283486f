"""MongoDB as intake sees it: protocols, and the classes that keep them."""
