"""What every page stands on: asking the services, forms, refusals, rendering."""
