"""The gateway's HTTP layer alone: requests that reach no storage."""

from functools import partial

from ..results import Measure
from ..rounds import OURS, Contender, Context, Values, measure

NGINX = "nginx, fixed 202"


def run(context: Context) -> None:
    # The fast lane reads, parses, validates and answers; what it leaves goes through the router.
    refused = "POST of a body that is refused, 400"
    health = "GET /health/live through the router, 200"
    measures = [Measure("http", name, "1/s", limits=(NGINX,)) for name in (refused, health)]
    body = '{"name":"Ada Lovelace","email":"no address"}'
    headers = ("Content-Type: application/json", "Idempotency-Key: one")

    def requests(url: str, has_health: bool) -> dict[str, float]:
        report = context.load.http(f"{url}/users", method="POST", body=body, headers=headers).expect(400)
        values = Values()
        values[refused] = report.rate
        if has_health:
            with values.part(health):
                values[health] = context.load.http(f"{url}/health/live").expect(200).rate
        return values

    def peer(variant: str) -> dict[str, float]:
        with context.peers[variant].running("gateway") as system:
            return requests(system.gateway, has_health=False)

    def nginx() -> dict[str, float]:
        url = f"{context.nginx.url}/accepted"
        return {
            refused: context.load.http(url, method="POST", body=body, headers=headers).expect(202).rate,
            health: context.load.http(url).expect(202).rate}

    measure(context, measures, [
        Contender(OURS, "ours", [refused, health], lambda: requests(context.ours.gateway, has_health=True)),
        *[Contender(f"peer, {variant}", "none", [refused], partial(peer, variant))
          for variant in context.peers],
        Contender(NGINX, "none", [refused, health], nginx),
    ])
