"""What people and programs ask of intake over HTTP."""
