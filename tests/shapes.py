"""The type checker that the tests put around every function of vcem: shapes and types, an int may stand for a float."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
