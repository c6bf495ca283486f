"""What an operator's commands do in MongoDB itself: backup, restore, and the doctor's look."""
