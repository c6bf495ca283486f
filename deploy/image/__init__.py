"""What runs in our image: one program for all services, and the question whether one lives."""
