"""One metric per file: `(y, y_hat, mask) -> one value per image`, y the true DES image and y_hat the virtual one."""
