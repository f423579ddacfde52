"""A record in, a confirmed entry out: one file a target, driven by Playwright."""
