"""The targets of published StatsD dashboards draw: expressions of the shapes that those of OpenStack's Zuul and
nodepool, GOV.UK's publishing, Swift and PacketFence have, over what a StatsD client sends through a real ingestd."""

import time
import urllib.parse

import pytest

import wire
from harness import Installation

PROVIDERS = ("rax-dfw", "rax-iad", "ovh-gra1")
QUEUES = ("default", "high_priority")
HOSTS = ("web-1", "web-2")

COUNTERS = [f"zuul.pipeline.{pipeline}.all_jobs" for pipeline in ("check", "gate")]
COUNTERS += [f"zuul.pipeline.gate.job.unit-tests.{result}" for result in ("SUCCESS", "FAILURE")]
COUNTERS += [f"zuul.tenant.main.pipeline.gate.project.git_example_org.org_nova.master.job.unit-tests.{result}"
             for result in ("SUCCESS", "FAILURE")]
COUNTERS += [f"nodepool.launch.provider.{provider}.{end}" for provider in PROVIDERS for end in ("ready", "error.timeout", "error.quota")]
COUNTERS += [f"gerrit.event.{event}" for event in ("comment-added", "change-merged")]
COUNTERS += [f"{host}.nginx_logs.mail.http_{code}" for host in HOSTS for code in ("2xx", "4xx", "5xx")]
COUNTERS += [f"{host}.proxy-server.object.{verb}.200.errors" for host in HOSTS for verb in ("GET", "PUT")]
COUNTERS += [f"govuk.app.mail.{host}.emails.{end}" for host in HOSTS for end in ("success", "failure")]
COUNTERS += [f"{host}.freeradius__main__authenticate.count" for host in HOSTS]

GAUGES = [f"nodepool.nodes.{state}" for state in ("building", "ready", "used", "delete")]
GAUGES += [f"nodepool.provider.{provider}.nodes.{state}" for provider in PROVIDERS for state in ("building", "ready", "used")]
GAUGES += [f"nodepool.provider.{provider}.max_servers" for provider in PROVIDERS]
GAUGES += [f"zuul.pipeline.{pipeline}.current_changes" for pipeline in ("check", "release-post")]
GAUGES += [f"zuul.geard.queue.{state}" for state in ("running", "total")]
GAUGES += [f"zuul.executor.ze0{number}.openstack.org.{end}" for number in (1, 2) for end in ("load_average", "running_builds")]
GAUGES += [f"govuk.app.mail.workers.queues.{queue}.{end}" for queue in QUEUES for end in ("enqueued", "latency")]
GAUGES += ["govuk.app.mail.workers.retry_set_size"]

TIMERS = [f"nodepool.task.{provider}.{task}" for provider in PROVIDERS for task in ("ComputePostServers", "ListFloatingIPsTask")]
TIMERS += [f"nodepool.launch.provider.{provider}.ready" for provider in PROVIDERS]
TIMERS += ["nodepool.job.unit-tests.master.ubuntu.rax-dfw.runtime", "zuul.pipeline.gate.resident_time"]
TIMERS += [f"{host}.nginx_logs.mail.time_request" for host in HOSTS]
TIMERS += [f"{host}.proxy-server.object.{verb}.200.timing" for host in HOSTS for verb in ("GET", "PUT")]
TIMERS += [f"{host}.api__authorize.timing" for host in HOSTS] + [f"{host}.ntlm_auth.time" for host in HOSTS]

JOB = "stats_counts.zuul.tenant.main.pipeline.gate.project.git_example_org.org_nova.*.job.unit-tests"

TARGETS = [
    # pipelines and nodes
    "stats.gauges.zuul.pipeline.check.current_changes",
    "stats.gauges.zuul.pipeline.release-post.current_changes",
    "alias(stats.gauges.nodepool.nodes.building, 'Building')",
    "alias(sumSeries(stats.gauges.nodepool.provider.*.max_servers), 'Max')",
    "sumSeries(stats.gauges.nodepool.provider.rax-*.nodes.building)",
    "sumSeries(stats.gauges.nodepool.provider.*.nodes.{building,ready,used})",
    "alias(stats.gauges.zuul.geard.queue.total, 'Total Jobs')",
    "aliasByNode(stats.gauges.zuul.executor.*.openstack.org.running_builds, 4)",
    "aliasByNode(scale(stats.gauges.zuul.executor.*.openstack.org.load_average, 0.01), 4)",
    "alias(summarize(sumSeries(stats_counts.zuul.pipeline.*.all_jobs), '1h'), 'All Jobs')",
    "alias(summarize(stats_counts.gerrit.event.comment-added, '1h'), 'Comment added')",
    "alias(smartSummarize(stats_counts.nodepool.launch.provider.rax-dfw.ready, '1m'), 'DFW')",
    "alias(smartSummarize(sumSeries(stats_counts.nodepool.launch.provider.rax-iad.error.*), '1m'), 'IAD')",
    "alias(scale(stats.timers.nodepool.task.rax-dfw.ComputePostServers.mean, '0.001'), 'DFW')",
    "alias(averageSeries(stats.timers.nodepool.task.rax-*.ListFloatingIPsTask.mean), 'RAX')",
    "alias(scale(averageSeries(stats.timers.nodepool.task.ovh-gra1.ListFloatingIPsTask.mean), '0.001'), 'OVH')",
    "alias(scale(stats.timers.nodepool.launch.provider.ovh-gra1.ready.mean, '0.001'), 'GRA')",
    "alias(scale(stats.timers.nodepool.job.unit-tests.master.ubuntu.rax-dfw.runtime.mean, '0.001'), 'DFW')",
    "alias(movingAverage(stats.timers.zuul.pipeline.gate.resident_time.mean, '30min'), 'Gate')",
    # how often jobs fail
    f"alias(movingAverage(asPercent(transformNull({JOB}.FAILURE), transformNull(sumSeries({JOB}.{{SUCCESS,FAILURE}}))), '24hours'), 'unit-tests')",
    f"alias(asPercent(summarize(sum({JOB}.FAILURE), '24hours'), summarize(sum({JOB}.{{SUCCESS,FAILURE}}), '24hours')), 'unit-tests')",
    "alias(movingAverage(asPercent(stats.zuul.pipeline.gate.job.unit-tests.FAILURE, "
    "sum(stats.zuul.pipeline.gate.job.unit-tests.{SUCCESS,FAILURE})), '24hours'), 'unit-tests')",
    # web servers and queues
    "aliasByNode(stats.gauges.govuk.app.mail.workers.queues.*.enqueued, 7)",
    "aliasByNode(stats.gauges.govuk.app.mail.workers.queues.{default,high_priority}.latency, 7)",
    "stats.gauges.govuk.app.mail.workers.retry_set_size",
    "alias(summarize(sumSeries(stats.govuk.app.mail.*.emails.success), '1h', 'sum', false), 'Sent')",
    "alias(sumSeries(stats_counts.govuk.app.mail.*.emails.{success,failure}), 'All')",
    "alias(keepLastValue(maxSeries(stats.gauges.govuk.app.mail.workers.queues.*.enqueued)), 'Longest')",
    "aliasByNode(stats.*.nginx_logs.mail.http_5xx, 1)",
    "alias(sumSeries(stats.*.nginx_logs.mail.http_*xx), 'Requests')",
    "aliasSub(sortByMaxima(stats.*.nginx_logs.mail.http_4xx), '^stats\\.([^.]+)\\..*', '\\1')",
    "transformNull(offset(scale(removeBelowValue(maxSeries(stats.timers.*.nginx_logs.mail.time_request.upper_90),0.850),0),1))",
    "offset(scale(transformNull(maxSeries(stats.timers.*.nginx_logs.mail.time_request.upper_90)),0),1)",
    "aliasByNode(stats.timers.*.nginx_logs.mail.time_request.{mean,upper_90,mean_90}, 2, 6)",
    "alias(divideSeries(sumSeries(stats.*.nginx_logs.mail.http_5xx), sumSeries(stats.*.nginx_logs.mail.http_2xx)), 'Ratio')",
    # an object store
    "alias(secondYAxis(avg(stats.timers.*.proxy-server.object.PUT.200.timing.median)), 'PUT timing')",
    "alias(sum(stats.counters.*.proxy-server.object.GET.200.errors.rate), 'GET errors')",
    "summarize(stats.counters.*.proxy-server.object.*.200.errors.count, '1min', 'sum', false)",
    "sortByMaxima(summarize(groupByNode(stats.counters.*.proxy-server.object.*.200.errors.count, 5, \"sum\"), \"1min\"))",
    "alias(movingAverage(averageSeries(stats.timers.*.proxy-server.object.GET.200.timing.mean_90), 50), 'GET')",
    "stats_counts.web-1.proxy-server.object.GET.200.errors",
    # an authentication server
    "aliasByNode(stats.timers.*.api__authorize.timing.mean_90,2)",
    "removeBelowValue(diffSeries(stats.counters.web-1.freeradius__main__authenticate.count.count,stats.timers.web-1.ntlm_auth.time.count),0)",
    "aliasSub(aliasByNode(group(stats.counters.web-1.freeradius__main__authenticate.count.count, "
    "stats.timers.web-1.ntlm_auth.time.count), 2), \"^(\\w+)\", \"\\1 timeouts\")",
    # a service's front page
    "perSecond(stats_counts.web-1.nginx_logs.mail.http_2xx)",
    "highestAverage(stats.timers.*.nginx_logs.mail.time_request.count_ps, 5)",
    "aliasByMetric(stats.timers.web-1.nginx_logs.mail.time_request.{lower,upper,mean,sum,std,count})",
    "aliasByMetric(stats.timers.web-1.nginx_logs.mail.time_request.{count_90,sum_90,sum_squares,sum_squares_90,upper_99_9})",
    "alias(sum(stats.timers.*.*.*.time_request.count,stats.timers.*.*.time.count), 'Timed')",
    "consolidateBy(stats.sets.users.count, 'max')",
]

VARIABLES = {"stats.gauges.govuk.app.*": ["mail"], "stats.gauges.govuk.app.mail.workers.queues.*": list(QUEUES),
             "stats.gauges.nodepool.provider.*": sorted(PROVIDERS), "stats.timers.nodepool.task.rax-*": ["rax-dfw", "rax-iad"],
             "stats.counters.*": sorted({key.split(".")[0] for key in COUNTERS}), "stats_counts.gerrit.event.*": ["change-merged", "comment-added"]}


@pytest.fixture(scope="module", params=["plain", "statsd"])
def installation(request):
    with Installation(graphite_names=request.param, flush_interval=1) as installation:
        for _ in range(2):
            for number, key in enumerate(COUNTERS):
                installation.send_datagram(f"{key}:{number + 1}|c".encode())
            for number, key in enumerate(GAUGES):
                installation.send_datagram(f"{key}:{number + 1}|g".encode())
            for key in TIMERS:
                installation.send_datagram("\n".join(f"{key}:{ms}|ms" for ms in (3, 20, 170.5, 1200)).encode())
            installation.send_datagram(b"users:alice|s\nusers:bob|s")
            installation.await_received()
            installation.flush()
        yield installation


def form(installation, path, **fields):
    return wire.request(installation.reader_port, "POST", path, body=urllib.parse.urlencode(fields, doseq=True).encode(),
                        headers={"Content-Type": "application/x-www-form-urlencoded"})


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_draws(installation, target):
    now = int(time.time())
    answer = form(installation, "/render", target=target, until=now + 1, format="json", maxDataPoints=600, **{"from": now - 3600})
    assert answer.status == 200, answer
    series = answer.json()
    assert series and all(any(value is not None for value, _ in each["datapoints"]) for each in series), series


@pytest.mark.parametrize("query", VARIABLES)
def test_a_variable_has_its_values(installation, query):
    answer = form(installation, "/metrics/find", query=query)
    assert answer.status == 200, answer
    assert sorted(node["text"] for node in answer.json()) == VARIABLES[query]
