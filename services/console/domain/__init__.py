"""What pages show, worked out without asking anybody: figures, words, order."""
