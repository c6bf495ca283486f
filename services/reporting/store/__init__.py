"""MongoDB: names and alerts as others tell them, campaigns and papers that reporting owns."""
