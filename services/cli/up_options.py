"""The options of `dualwatch up`."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(help="Where data, logs and the key are kept; a restart continues there."),
]
Reset = Annotated[bool, typer.Option("--reset", help="Delete the data directory's content first.")]
PortsFrom = Annotated[
    int | None,
    typer.Option(metavar="N", help="Use the 8 ports from N on, 8 more for each further one."),
]
Brokers = Annotated[int, typer.Option(metavar="N", help="Kafka brokers: 1 or 3.")]
MongoMembers = Annotated[
    int, typer.Option(metavar="N", help="Members of MongoDB's replica set: 1 or 3.")
]
Instances = Annotated[
    int, typer.Option(metavar="N", help="Processes of each service; each has own ports.")
]
Secure = Annotated[
    bool,
    typer.Option(
        "--secure", help="Kafka with passwords, TLS and a rule for each right; see operations."
    ),
]
Publishers = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="With --secure: who may write to publish.NAME (default: demo)."
    ),
]
JsonLine = Annotated[
    bool, typer.Option("--json", help="Print one line of JSON on stdout when ready.")
]
Demo = Annotated[bool, typer.Option("--demo", help="Publish the demonstration data once ready.")]
Once = Annotated[
    bool, typer.Option("--once", help="With --demo: end when the demonstration is done.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="With --demo: write its results there.")
]
City = Annotated[
    int,
    typer.Option(metavar="N", min=0, help="With --demo: projects of the synthetic city; 0: none."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Do not show the logs.")]
Stores = Annotated[
    bool,
    typer.Option("--stores", help="Kafka and MongoDB alone, without services: to restore them."),
]
