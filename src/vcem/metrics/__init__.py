"""One metric a file: `(y, y_hat, mask) -> one value an image`, y the true DES image and y_hat the virtual one."""
