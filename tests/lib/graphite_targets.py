"""Random targets over random series, for Graphite's evaluator and ours."""

PATHS = ("web.*.hits", "web.1.hits", "db.*.{read,write}", "seriesByTag('name=cpu')", "cpu;dc=eu;host=1", "missing.*")
AGGREGATIONS = ("sum", "average", "avg", "min", "max", "median", "diff", "stddev", "count", "range", "multiply", "last")
COMBINING = ("sum", "average", "avg", "min", "max", "median", "diff", "stddev", "count", "range", "multiply",
             "sumSeries", "maxSeries", "countSeries", "averageSeries", "multiplySeries")
INTERVALS = ("10s", "20s", "30s", "1min", "2min", "5min", "90s", "1h")


def values(random, count):
    kind = random.randrange(4)
    result, counter = [], 0
    for _ in range(count):
        counter += random.randrange(50) if random.random() > 0.05 else -counter
        value = (random.randrange(20), round(random.uniform(-50, 50), 3), counter, random.choice((0, 1, 1e6)))[kind]
        result.append(None if random.random() < random.choice((0, 0.05, 0.4)) else value)
    return result


def series(random, count=200):
    """{path: [(name, tags, values)]}"""
    def some(*names):
        return [(name, {"name": name}, values(random, count)) for name in names]
    tagged = [(f"cpu;dc={dc};host={host}", {"name": "cpu", "dc": dc, "host": host}, values(random, count))
              for dc, host in (("eu", "1"), ("eu", "2"), ("us", "1"))]
    web = some("web.1.hits", "web.10.hits", "web.2.hits")
    return {"web.*.hits": web, "web.1.hits": web[:1], "db.*.{read,write}": some("db.a.read", "db.a.write", "db.b.read"),
            "seriesByTag('name=cpu')": tagged, "cpu;dc=eu;host=1": tagged[:1]}


class Targets:
    """target() is a random expression, of at most so many calls one within the other."""

    def __init__(self, random):
        self.random = random

    def one(self, *choices):
        return self.random.choice(choices)

    def number(self):
        return self.one("0", "1", "2", "10", "0.5", "-3", "1.25", "100", "1e3")

    def quoted(self, text):
        return self.one('"%s"', "'%s'") % text

    def target(self, depth=3):
        if depth == 0 or self.random.random() < 0.15:
            return self.random.choice(PATHS[:-1] if self.random.random() < 0.95 else PATHS)
        name = self.random.choice(list(FUNCTIONS))
        arguments = [self.argument(kind, depth - 1) for kind in FUNCTIONS[name].split()]
        return f"{name}({','.join(argument for argument in arguments if argument)})"

    def argument(self, kind, depth):
        if kind.endswith("?"):
            return self.argument(kind[:-1], depth) if self.random.random() < 0.5 else ""
        return {
            "list": lambda: self.target(depth),
            "one": lambda: self.one("web.1.hits", f"sumSeries({self.target(depth)})"),
            "lists": lambda: ",".join(self.target(depth) for _ in range(self.one(1, 1, 2))),
            "number": self.number,
            "positive": lambda: self.one("1", "5", "25", "50", "90", "99.9"),
            "small": lambda: self.one("1", "2", "3"),
            "integer": lambda: self.one("-2", "1", "2", "5"),
            "node": lambda: self.one("0", "1", "2", "-1", "5", '"dc"', "'host'"),
            "nodes": lambda: ",".join(self.argument("node", depth) for _ in range(self.one(1, 1, 2))),
            "position": lambda: self.one("0", "1", "2", "1,2"),
            "tags": lambda: self.one('"dc"', '"host"', '"name"', '"dc","host"', '"dc","name"'),
            "aggregation": lambda: self.quoted(self.random.choice(AGGREGATIONS)),
            "combining": lambda: self.quoted(self.random.choice(COMBINING)),
            "interval": lambda: self.quoted(self.random.choice(INTERVALS)),
            "shift": lambda: self.quoted(self.one("1min", "-30s", "5min", "10s")),
            "window": lambda: self.one("1", "2", "5", "12", self.quoted(self.one("10s", "1min", "2min"))),
            "share": lambda: self.one("0", "0.3", "0.5", "1"),
            "boolean": lambda: self.one("true", "false"),
            "limit": lambda: self.one("1", "2", "inf"),
            "unit": lambda: self.quoted(self.one("hours", "min", "days", "weeks1", "weeks7", "months", "years")),
            "operator": lambda: self.quoted(self.one("=", "!=", ">", ">=", "<", "<=")),
            "way": lambda: self.quoted(self.one("sum", "average", "min", "max", "first", "last")),
            "word": lambda: self.quoted(self.one("x", "a b", "total.all")),
            "search": lambda: self.quoted(self.one(*SEARCHES)),
            "replacement": lambda: self.quoted(self.one(*REPLACEMENTS)),
        }[kind]()


SEARCHES = (r"(^.*$)", r"^web\.(\d+)\.(hits)", r"(e|i)", r"x*", r"(?P<n>[a-z]+)()", r"(?<=b)\.", r"[.]", r"(\w)\1?(?=\W|$)",
            r"(?i)HITS$")
REPLACEMENTS = (r"\1 A", "", r"<\g<1>>", r"\g<0>\g<0>", "z", r"\\", r"-\.-")

FUNCTIONS = {
    "absolute": "list", "aggregate": "list combining share?", "alias": "list word", "aliasByMetric": "list",
    "aliasByNode": "list nodes", "aliasByTags": "list nodes", "aliasSub": "list search replacement",
    "asPercent": "list one?", "averageAbove": "list number", "averageBelow": "list number", "averageSeries": "lists",
    "averageSeriesWithWildcards": "list position", "avg": "lists", "color": "list word", "consolidateBy": "list way",
    "constantLine": "number", "countSeries": "lists", "cumulative": "list", "currentAbove": "list number",
    "currentBelow": "list number", "dashed": "list", "delay": "list integer", "derivative": "list",
    "diffSeries": "lists", "divideSeries": "list one", "divideSeriesLists": "list list", "drawAsInfinite": "list",
    "exclude": "list search", "exponentialMovingAverage": "list window", "fallbackSeries": "list list",
    "filterSeries": "list aggregation operator number", "grep": "list search", "group": "lists",
    "groupByNode": "list node combining?", "groupByNodes": "list combining nodes", "groupByTags": "list combining tags",
    "highest": "list small aggregation?", "highestAverage": "list small", "highestCurrent": "list small",
    "highestMax": "list small", "hitcount": "list interval boolean?", "integral": "list",
    "integralByInterval": "list interval", "interpolate": "list limit?", "isNonNull": "list",
    "keepLastValue": "list limit?", "limit": "list small", "lineWidth": "list small", "lowest": "list small aggregation?",
    "lowestAverage": "list small", "lowestCurrent": "list small", "maxSeries": "lists", "maximumAbove": "list number",
    "maximumBelow": "list number", "minSeries": "lists", "minimumAbove": "list number", "minimumBelow": "list number",
    "movingAverage": "list window share?", "movingMax": "list window share?", "movingMedian": "list window share?",
    "movingMin": "list window share?", "movingSum": "list window share?", "movingWindow": "list window aggregation? ",
    "multiplySeries": "lists", "multiplySeriesWithWildcards": "list position", "nPercentile": "list positive",
    "nonNegativeDerivative": "list", "offset": "list number", "pct": "list number", "perSecond": "list",
    "percentileOfSeries": "list positive boolean?", "rangeOfSeries": "lists", "removeAbovePercentile": "list positive",
    "removeAboveValue": "list number", "removeBelowPercentile": "list positive", "removeBelowValue": "list number",
    "removeEmptySeries": "list share?", "scale": "list number", "scaleToSeconds": "list number", "secondYAxis": "list",
    "smartSummarize": "list interval", "sortBy": "list aggregation? ", "sortByMaxima": "list", "sortByMinima": "list",
    "sortByName": "list boolean?", "sortByTotal": "list", "stacked": "list", "stddevSeries": "lists",
    "substr": "list integer?", "sum": "lists", "sumSeries": "lists", "sumSeriesWithWildcards": "list position",
    "summarize": "list interval aggregation? ", "threshold": "number", "timeFunction": "word small?",
    "timeShift": "list shift", "transformNull": "list number?",
}
