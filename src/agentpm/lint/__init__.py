"""Whether an agent file is fit to publish: one small rule a function."""
