"""`vcem study serve`: the reading room in a browser."""

from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say


@dataclass(frozen=True)
class Serve:
    """Serve a study to its readers; each enters by a personal link that works once. Stop it with Ctrl-C at any time."""

    study: Annotated[Positional[Path], arg(metavar="STUDY")]
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
    passwords: bool = False
    """Let readers choose a password when they first enter, and come back with it instead of a new link."""
    admin_port: int | None = None
    """Also serve the pages of who runs the study, on this port of this machine only; 0 takes any that is free."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Serve, words, "study serve")
    from vcem.folders.study import truth_beside
    from vcem.study.folder import open_study, refuse_changed
    from vcem.study.record import Record
    from vcem.study.web.access import Access, to_invite
    from vcem.study.web.address import Address, Served, serve
    from vcem.study.web.admin import Admin
    from vcem.study.web.clock import steady_clock
    from vcem.study.web.passwords import Passwords
    from vcem.study.web.room import Room
    from vcem.study.web.server import create

    study = open_study(args.study)
    refuse_changed(study)
    address = Address(args.host, args.port, args.certificate, args.key)
    address.check()
    with ExitStack() as open_things:
        record = open_things.enter_context(closing(Record(study.folder, study.protocol)))
        access = open_things.enter_context(closing(Access(study.folder)))
        passwords = open_things.enter_context(closing(Passwords(study.folder))) if args.passwords else None
        bound = open_things.enter_context(address.listen())
        record.verify()
        room = Room(study, record, access, steady_clock())
        base = address.base(bound)
        served = [Served(create(room, address.secure, address.hosts, passwords), address, bound)]
        for reader in to_invite(tuple(r.name for r in study.design.readers), access, args.invite):
            say(f"{reader}: {base}/enter/{access.issue(reader, room.clock())}")
        if args.admin_port is not None:
            at_home = Address(port=args.admin_port)
            admin, door = Admin(room, base, passwords), open_things.enter_context(at_home.listen())
            served.append(Served(admin.app(), at_home, door))
            say(f"admin: {at_home.base(door)}/#{admin.secret}")
        if late := record.clock_went_back(room.clock()):
            say(f"the clock was once at {late} and is earlier now: set it right, washouts count by it")
        if (near := truth_beside(study.folder)).exists():
            say(f"beware: {near} lies beside the study; take the sealed truth away from the machine that serves")
        say(f"serving {study.design.name} at {base}")
        try:
            serve(*served)
        finally:
            say(f"the log ends with {record.head()}; note it for vcem study verify --head")
    return 0
