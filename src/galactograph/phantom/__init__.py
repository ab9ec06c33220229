"""Virtual women: outline, tissue, lobes, lesions."""
