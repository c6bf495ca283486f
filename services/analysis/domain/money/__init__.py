"""Sums of money: a line's day buckets, what they amount to, what is committed and disbursed."""
