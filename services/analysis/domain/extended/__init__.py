"""Extended monitoring 延伸监控: milestones, checks, problems, assets (Art. 7, 8(3), 10)."""
