"""The explorer: a local page on which a feed is played, changed and explained. Started by `letdown explore`."""
