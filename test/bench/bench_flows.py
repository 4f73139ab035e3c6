"""What is measured: each contender goes through its steps on a database of its own, fresh each time."""

import bench_packs
from bench_client import without_transaction

UPGRADE = "SELECT count(*) FROM whisper_upgrade('head')"
DOWNGRADE = "SELECT count(*) FROM whisper_downgrade('base', allow_data_loss => true)"


class Flow:
    """A contender: prepare() is not timed; steps() yields (name, function that returns a Measurement)."""

    def __init__(self, client, case, contender):
        self.client, self.case, self.contender = client, case, contender
        self.database = f"bench_{contender}".replace("-", "_").replace(" ", "_").replace(".", "")

    def prepare(self):
        self.client.create(self.database)

    def finish(self):
        self.client.drop(self.database)

    def sql(self, statement):
        """A statement in a session of its own."""
        return lambda: self.client.timed_psql(self.database, "-c", statement)

    def file(self, path, *options):
        return lambda: self.client.timed_psql(self.database, *options, "-f", str(path))

    def tool(self, *command, cwd=None):
        return lambda: self.client.timed_tool(self.database, command, cwd)


class Whisper(Flow):
    def __init__(self, client, case, location=None, profile=None, steps=()):
        super().__init__(client, case, "whisper_migrate")
        self.location, self.profile, self.wanted = location, profile, steps

    def prepare(self):
        super().prepare()
        for setting, value in (("script_location", self.location), ("profile", self.profile)):
            if value:
                self.client.psql(
                    self.database, "-c", f"ALTER DATABASE {self.database} SET whisper_migrate.{setting} = '{value}'"
                )

    STEPS = {
        "load": "SELECT count(*) FROM whisper_load()",
        "plan": "SELECT count(*) FROM whisper_plan()",
        "stamp": "SELECT count(*) FROM whisper_stamp('head')",
        "up": UPGRADE,
        "no-op": UPGRADE,
        "verify": "SELECT count(*) FROM whisper_verify() WHERE ok OR error_if_not(check_name, subject, detail)",
        "assert": "SELECT whisper_assert()",
        "down": DOWNGRADE,
    }

    def steps(self):
        for name in self.wanted:
            yield name, self.sql(self.STEPS[name])


class Psql(Flow):
    def __init__(self, client, case, up, down=None, single=True):
        super().__init__(client, case, "psql -1 -f" if single else "psql -f")
        self.options = ("-1",) if single else ()
        self.up, self.down = up, down

    def steps(self):
        yield "up", self.file(self.up, *self.options)
        if self.down:
            yield "down", self.file(self.down, *self.options)


class Adopt(Flow):
    """A database whose tables somebody else made; a dry run and the real one."""

    def __init__(self, client, case, up, profile):
        super().__init__(client, case, "whisper_migrate")
        self.up, self.profile = up, profile

    def prepare(self):
        super().prepare()
        self.client.psql(self.database, "-1", "-f", str(self.up))

    def steps(self):
        yield "adopt, dry run", self.sql(f"SELECT count(*) FROM whisper_adopt('{self.profile}')")
        yield "adopt", self.sql(
            f"SELECT count(*) FROM whisper_adopt('{self.profile}', apply => true, accept_differences => true)"
        )


class Alembic(Flow):
    def __init__(self, client, case, directory, down=True):
        super().__init__(client, case, "alembic")
        self.directory, self.down = directory, down

    def steps(self):
        yield "up", self.tool("alembic", "upgrade", "head", cwd=self.directory)
        yield "no-op", self.tool("alembic", "upgrade", "head", cwd=self.directory)
        if self.down:
            yield "down", self.tool("alembic", "downgrade", "base", cwd=self.directory)


class Dbmate(Flow):
    """Takes back one migration at a time: no way down to measure."""

    def __init__(self, client, case, program, directory):
        super().__init__(client, case, "dbmate")
        self.command = (program, "--no-dump-schema", "--migrations-dir", directory, "migrate")

    def steps(self):
        yield "up", self.tool(*self.command)
        yield "no-op", self.tool(*self.command)


class NodePgMigrate(Flow):
    def __init__(self, client, case, program, directory, count):
        super().__init__(client, case, "node-pg-migrate")
        self.command = (program, "--migrations-dir", directory, "--no-verbose")
        self.count = count

    def steps(self):
        yield "up", self.tool(*self.command, "up")
        yield "no-op", self.tool(*self.command, "up")
        yield "down", self.tool(*self.command, "down", self.count)


def script_of(client, work, profile):
    """The SQL of a profile's way up, without the engine's records, as a file for psql."""
    path = work / f"{profile}.sql"
    if not path.exists():
        script = client.psql("bench_template", "-c", f"SELECT whisper_sql('head', '{profile}')")
        path.write_text(without_transaction(script))
    return path


def bundled(client, work, name, profile):
    up = script_of(client, work, profile)
    return [
        Whisper(client, name, profile=profile, steps=("up", "no-op", "verify", "assert", "down")),
        Psql(client, name, up),
        Psql(client, name, up, single=False),
    ]


def linear(client, work, tools, count):
    name = f"{count:,} linear revisions"
    plain = bench_packs.make(work, "plain", count)
    flows = [
        Whisper(client, name, bench_packs.make(work, "native", count), steps=("up", "no-op", "verify", "down")),
        Psql(client, name, plain / "up.sql", plain / "down.sql"),
        Psql(client, name, plain / "up.sql", plain / "down.sql", single=False),
    ]
    if "alembic" in tools:
        flows.append(Alembic(client, name, bench_packs.make(work, "alembic", count)))
    if "dbmate" in tools:
        flows.append(Dbmate(client, name, tools["dbmate"], bench_packs.make(work, "dbmate", count)))
    if "node-pg-migrate" in tools:
        directory = bench_packs.make(work, "node_pg_migrate", count)
        flows.append(NodePgMigrate(client, name, tools["node-pg-migrate"], directory, count))
    return flows


def registry(client, work, count):
    name = f"{count:,} registered revisions"
    directory = bench_packs.make(work, "native", count)
    return [Whisper(client, name, directory, steps=("load", "plan", "stamp", "no-op"))]


def adoption(client, work):
    return [Adopt(client, "research tables made elsewhere", script_of(client, work, "research"), "research")]
