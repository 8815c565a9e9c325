"""vcem: virtual contrast-enhanced mammography, measured honestly."""

__version__ = "0.1.0"
