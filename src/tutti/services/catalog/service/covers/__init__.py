"""Cover art: the sizes that are served, their cache, and images given by hand."""
