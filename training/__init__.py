"""Train the learned segmenter: simulated pieces, network, weights. Needs `[train]`."""
