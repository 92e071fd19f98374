"""What every test of faults ends with: the sum over all streams is what the workers accepted, exactly,
per key."""

import collections

from processes import eventually


def accepted(installation, via):
    """Lines, over all runs of all workers that the runtime folder remembers."""
    return installation.metrics().value("kilometric_lines_accepted_total", via=via)


def drops(installation):
    return installation.metrics().value("kilometric_udp_drops_total")


def assert_exact(installation, *loads, udp_lost=False, within=60, workers_remembered=True, elsewhere=()):
    """`elsewhere`: keys that another instance has counted once each, over HTTP.
    `udp_lost`: nobody listened for a while, so less may have been accepted than was sent.
    `workers_remembered`: the workers' statistics have outlived all faults."""
    sent, answered, asked = (sum((getattr(load, name) for load in loads), collections.Counter())
                             for name in ("sent", "answered", "asked"))
    if not udp_lost:
        assert drops(installation) == 0, "the load was too much for the sockets' queues"
        if workers_remembered:
            eventually(lambda: accepted(installation, "udp") == sent.total(), within,
                       f"not all of {sent.total()} lines were accepted, but {accepted(installation, 'udp')}")
    installation.flush(within)
    sums = {key: int(total) for key, total in installation.sums().items()}
    udp = collections.Counter({key: total for key, total in sums.items() if key.startswith("udp.")})
    http = collections.Counter({key: total for key, total in sums.items() if key.startswith("http.")})
    http.subtract(elsewhere)
    if udp_lost:
        assert not udp - sent, f"doubled: {dict((udp - sent).most_common(5))}"
    else:
        assert udp == sent, f"lost {(sent - udp).total()}, doubled {(udp - sent).total()} of {sent.total()}"
    assert not answered - http, f"answered 204 and lost: {(answered - http).total()} of {answered.total()}"
    assert not http - asked, f"doubled: {(http - asked).total()} of {asked.total()}"
    if workers_remembered:
        assert (udp.total(), http.total()) == (accepted(installation, "udp"), accepted(installation, "http"))
    assert udp.total() > 0 and http.total() > 0, "there was no load"
    return udp.total() + http.total()
