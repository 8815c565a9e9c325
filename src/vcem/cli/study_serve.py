"""`vcem study serve`: the reading room in a browser."""

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tyro.conf import Positional

from vcem.cli.words import parse, say


@dataclass(frozen=True)
class Serve:
    """Serve a study to its readers; each enters by a personal link that works once. Stop it with Ctrl-C at any time."""

    study: Positional[Path]
    """Folder made by vcem study new."""
    host: str = "127.0.0.1"
    """Address to listen at; others than this machine need TLS."""
    port: int = 8400
    """Port; 0 takes any that is free."""
    certificate: Path | None = None
    """Certificate for TLS, PEM."""
    key: Path | None = None
    """Key of the certificate, PEM."""
    invite: tuple[str, ...] = ()
    """Print new links for these readers; their unused links end. Readers never invited before get one anyway."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Serve, words, "study serve")
    from vcem.study.access import Access, to_invite
    from vcem.study.folder import open_study
    from vcem.study.record import Record
    from vcem.study.room import Room
    from vcem.study.server import Address, serve

    study = open_study(args.study)
    address = Address(args.host, args.port, args.certificate, args.key)
    address.check()
    with (
        closing(Record(study.folder, study.protocol)) as record,
        closing(Access(study.folder)) as access,
        address.listen() as bound,
    ):
        record.verify()
        room = Room(study, record, access, lambda: datetime.now(UTC))
        base = address.base(bound)
        for reader in to_invite(tuple(r.name for r in study.design.readers), access, args.invite):
            say(f"{reader}: {base}/enter/{access.issue(reader, room.clock())}")
        say(f"serving {study.design.name} at {base}")
        serve(room, address, bound)
    return 0
