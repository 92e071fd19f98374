"""The page at `/` in a real browser: what a person sees, types and presses, and what a stranger's names do there."""

import hashlib
import json
import os
import random
import re
import subprocess
import time
import urllib.parse

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

import kind_entries
import wire
from browser import Browser
from harness import ROOT, Installation, sanitized
from prefix import Prefix
from processes import eventually

PAGE = os.path.join(ROOT, "readerd", "page")
HOUR = 3_600_000

# What a browser asks of readerd others ask as well, and quicker.
by_browser = pytest.mark.skipif(sanitized(), reason="a browser tests the page, not readerd's memory")


def add_counter(installation, key, entries):
    commands = [("XADD", f"kilometric.{key}", f"{at}-1", "count", count) for at, count in entries]
    installation.redis.pipeline([*commands, ("ZADD", "kilometric:keys", 0, key)])


@pytest.fixture(scope="module")
def store():
    """An hour of a metric of each kind, some with tags, until a minute ago."""
    with Installation(ingestd=False) as installation:
        now = int(time.time()) * 1000
        times = range(now - HOUR, now - 60_000, 10_000)
        numbers = random.Random(7)
        add_counter(installation, "visits", [(at, numbers.randint(1, 9)) for at in times])
        for key, count in (("web.1.hits", 1), ("web.2.hits", 2), ("hits;host=a", 3), ("hits;host=b", 3)):
            add_counter(installation, key, [(at, count) for at in times])
        kind_entries.add(installation.redis, "gauge", "queue",
                         [(f"{at}-1", kind_entries.gauge(2, 9, 5, at=at)) for at in times])
        yield installation


@pytest.fixture(scope="module")
def shown():
    if sanitized():
        pytest.skip(by_browser.kwargs["reason"])
    with Browser() as running:
        yield running


@pytest.fixture
def browser(shown):
    """One for the whole file. Nothing may be left in its console, and nobody else been asked."""
    shown.driver.get_log("performance")
    shown.complaints()
    yield shown
    assert shown.complaints() == []
    origins = {urllib.parse.urlsplit(address).hostname for address in requests(shown)}
    assert origins <= {"127.0.0.1", None}, "another origin was asked"


def requests(browser):
    """The addresses that the browser has asked for since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")]
    return [message["params"]["request"]["url"] for message in messages
            if message["method"] == "Network.requestWillBeSent"]


def visit(browser, installation, query=""):
    browser.driver.get(f"http://127.0.0.1:{installation.reader_port}/{query}")


def leave(browser):
    """Before the reader ends: what a page asks for then is no complaint of it."""
    browser.driver.get("about:blank")


def leave_the_search(browser):
    browser.press(Keys.ESCAPE)


def address_of(browser):
    return urllib.parse.urlsplit(browser.driver.current_url).query


def legend(browser):
    """The rows of all legends: the label, under the cursor, whole range, per second, min, max, last."""
    return browser.run("""return [...document.querySelectorAll(".legend tbody tr")].map(
        (row) => [...row.cells].slice(1).map((cell) => cell.textContent));""")


def get(installation, path, method="GET", headers=()):
    return wire.request(installation.reader_port, method, path, headers=dict(headers))


# What comes over the wire


def test_files_and_their_heads(store):
    answer = get(store, "/")
    assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    tag = answer.headers["etag"]
    again = get(store, "/", headers={"If-None-Match": tag})
    assert again.status == 304 and again.body == b"" and again.headers["etag"] == tag
    head = get(store, "/", "HEAD")
    assert head.status == 200 and head.headers["content-length"] == answer.headers["content-length"]
    assert get(store, "/", "POST").status == 405
    assert get(store, "/page/none.js").status == 404 and get(store, "/page/../main.js").status in (400, 404)


def test_a_page_is_small(store):
    html = get(store, "/").body.decode()
    files = ["index.html", *re.findall(r'(?:src|href)="page/(.*?)"', html)]
    assert len(files) == 5
    plain = compressed = 0
    for name in files:
        path = "/" if name == "index.html" else f"/page/{name}"
        plain += len(get(store, path).body)
        answer = get(store, path, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        compressed += len(answer.body)
    assert plain <= 100_000 and compressed <= 40_000, (plain, compressed)


def test_the_plots_library_is_as_it_comes():
    with open(os.path.join(PAGE, "vendor", "README.md"), encoding="utf-8") as file:
        told = dict(line.split()[::-1] for line in file if line.startswith("    "))
    assert len(told) == 2
    for name, digest in told.items():
        with open(os.path.join(PAGE, "vendor", name), "rb") as file:
            assert hashlib.sha256(file.read()).hexdigest() == digest


def test_our_sources_make_no_markup_of_text():
    for name in os.listdir(PAGE):
        if name.endswith((".js", ".html")):
            with open(os.path.join(PAGE, name), encoding="utf-8") as file:
                text = file.read()
            for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " onclick=", "style="):
                assert word not in text, f"{name} has {word}"
            assert 'src="/' not in text and 'href="/' not in text, "a link that is not relative"


# What a person sees


def test_the_first_datagram_is_drawn_while_one_looks(browser):
    with Installation(flush_interval=1) as installation:
        visit(browser, installation)
        browser.await_text("#first", "Nothing has been counted yet")
        browser.await_text("#lines", "nc -u")
        installation.send_datagram(b"my-metric:3|c")
        browser.await_text("article h2", "my-metric")
        browser.await_text(".legend", "3")
        assert not browser.driver.find_element(By.ID, "first").is_displayed()
        installation.send_datagram(b"my-metric:4|c")
        browser.await_text(".legend", "7")
        leave(browser)


def test_the_busiest_of_the_hour_is_drawn_first(browser, store):
    visit(browser, store)
    browser.await_text("article h2", "counter visits")
    assert len(browser.all("article")) == 1


def test_the_busiest_of_all_is_found_by_whoever_flushed_it(browser):
    """However many there are before it, and however long their names are."""
    with Installation() as installation:
        names = [f"{number:03}.{'long' * 50}" for number in range(150)]
        assert installation.post_lines("\n".join([*(f"{name}:1|c" for name in names), "zebra:9|c"]).encode()).status == 204
        installation.flush()
        visit(browser, installation)
        browser.await_text("article h2", "counter zebra")
        leave(browser)


def test_a_laptop_that_slept_draws_what_came_meanwhile():
    """In a browser of its own: one that was asleep may stay hidden to later tests."""
    with Installation(flush_interval=1) as installation, Browser() as browser:
        installation.track("visits", 3)
        installation.flush()
        visit(browser, installation, "?m=counter:visits&range=900")
        eventually(lambda: [row[2] for row in legend(browser)] == ["3"])
        browser.command("Page.setWebLifecycleState", state="frozen")
        installation.track("visits", 4)
        installation.flush()
        browser.command("Page.setWebLifecycleState", state="active")
        eventually(lambda: [row[2] for row in legend(browser)] == ["7"])
        leave(browser)


def test_a_hundred_thousand_points(browser, store):
    """As the page's parts take them: the reader's answer becomes numbers, and these a plot."""
    start = 1_700_000_000_000
    for first in range(0, 100_000, 10_000):
        add_counter(store, "big", [(start + at * 1000, at % 1000 + 1) for at in range(first, first + 10_000)])
    visit(browser, store, "?m=counter:visits&live=0")
    browser.await_text(".legend", "count")
    drawn = browser.driver.execute_async_script("""
        const done = arguments[0], place = document.body.appendChild(document.createElement("div"));
        fetch("read?key=big&kind=counter&type=points&period=1").then((answer) => answer.text()).then((text) => {
          const begin = performance.now(), rows = JSON.parse(text).values;
          const data = [rows.map(({ from }) => from / 1000), rows.map(({ value }) => value)];
          const plot = new uPlot({ width: 1200, height: 240, series: [{}, { stroke: "#f00", width: 1 }] }, data, place);
          requestAnimationFrame(() => {
            const { data: pixels } = plot.ctx.getImageData(0, 0, 1200, 240);
            let red = 0;
            for (let i = 0; i < pixels.length; i += 4) if (pixels[i] > 200 && pixels[i + 1] < 100 && pixels[i + 3] > 0) red++;
            done({ points: rows.length, red, ms: performance.now() - begin });
          });
        });""")
    print(f"100,000 points: {drawn['ms']:.0f} ms")
    assert drawn["points"] == 100_000 and drawn["red"] > 1000


def roles(browser):
    """What a screen reader is told: {(role, name)}."""
    browser.command("Accessibility.enable")
    nodes = browser.command("Accessibility.getFullAXTree")["nodes"]
    return {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]}


def test_what_a_screen_reader_is_told(browser, store):
    visit(browser, store, "?m=counter:visits&range=900&table=1")
    browser.await_text(".rows th", "20")
    eventually(lambda: ("image", "Plot of visits; the table has its numbers") in roles(browser))
    told = roles(browser)
    for wanted in (("combobox", "Search metrics"), ("group", "Range"), ("button", "Live"), ("button", "Instances"),
                   ("button", "Keyboard"), ("button", "Remove visits"), ("button", "Copy as curl"), ("link", "CSV"),
                   ("heading", "counter visits"), ("table", "Legend"), ("table", "Numbers"), ("columnheader", "whole range"),
                   ("columnheader", "from"), ("rowheader", "count"), ("combobox", "by"), ("combobox", "only")):
        assert wanted in told, (wanted, sorted(told))
    unnamed = {role for role, name in told if not name and role in ("button", "combobox", "link", "table", "image", "heading")}
    assert not unnamed
    visit(browser, store, "?view=instances")
    browser.await_text("#instances h2", "Lines")
    assert {("table", "Instances"), ("table", "Lines by outcome"), ("columnheader", "lines/s")} <= roles(browser)


def test_search_by_keyboard(browser, store):
    visit(browser, store)
    assert browser.run("return document.activeElement.id") == "words"
    browser.press("que")
    browser.await_text("#found li", "queue")
    assert browser.all("#found mark") == ["que"]
    browser.press(Keys.ENTER)
    browser.await_text("article h2", "queue")
    assert browser.all("article h2") == ["gauge queue"]
    browser.press(Keys.CONTROL + "a", Keys.DELETE, "web")
    eventually(lambda: [row.split()[-1] for row in browser.all("#found li")] == ["web.1.hits", "web.2.hits"])
    browser.press(Keys.ARROW_DOWN)
    ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(Keys.SHIFT).perform()
    eventually(lambda: browser.all("article h2") == ["gauge queue", "counter web.2.hits"])
    browser.press(Keys.CONTROL + "a", Keys.DELETE, "visits", Keys.ENTER)  # before the search has looked
    eventually(lambda: browser.all("article h2") == ["counter visits"])
    leave_the_search(browser)
    assert browser.run("return document.activeElement.id") == ""
    browser.press("/")
    assert browser.run("return document.activeElement.id") == "words"


def test_a_pattern_and_its_sum(browser, store):
    visit(browser, store, "?m=counter:web.*.hits")
    browser.await_text(".legend", "web.2.hits")
    totals = {row[0]: row[2] for row in legend(browser)}
    assert int(totals["web.2.hits"]) == 2 * int(totals["web.1.hits"]) > 0
    leave_the_search(browser)
    browser.press("s")
    browser.await_text(".legend", "count")
    assert legend(browser)[0][2] == f"{3 * int(totals['web.1.hits']):,}"
    assert "sum=1" in address_of(browser)


def test_grouped_by_a_tag(browser, store):
    visit(browser, store, "?m=counter:hits")
    browser.await_text("select option", "host")
    Select(browser.driver.find_element(By.XPATH, "//label[starts-with(., 'by')]/select")).select_by_value("host")
    browser.await_text(".legend", "hits;host=b")
    assert len(legend(browser)) == 2


def test_chosen_by_a_tag(browser, store):
    visit(browser, store, "?m=counter:hits&range=3600")
    browser.await_text("article label", "only")
    names, values = (browser.driver.find_elements(By.CSS_SELECTOR, ".tools select")[at] for at in (0, 1))
    Select(names).select_by_value("host")
    browser.await_text(".tools select option", "host:b")
    Select(values).select_by_value("host:b")
    eventually(lambda: [row[0] for row in legend(browser)] == ["hits;host=b"])
    assert "tag=host%3Ab" in address_of(browser)
    browser.driver.refresh()
    eventually(lambda: [row[0] for row in legend(browser)] == ["hits;host=b"])
    link = browser.driver.find_element(By.LINK_TEXT, "CSV").get_attribute("href")
    assert "tag=host%3Ab" in link and get(store, link[link.index("/read"):]).status == 200
    browser.await_text(".tools button", "host:b ✕")
    browser.driver.find_element(By.XPATH, "//button[starts-with(., 'host:b')]").click()
    eventually(lambda: legend(browser) and "tag=" not in address_of(browser))


def test_how_the_instances_fare(browser):
    """Lines per second by outcome, bad lines as text, an instance of an earlier version; by its key and its address."""
    with Installation(flush_interval=1) as installation:
        installation.track("visits", 5)
        installation.send_datagram(b"<img src=x onerror=alert(1)>:1|x")
        installation.flush()
        visit(browser, installation, "?m=counter:visits&range=900")
        browser.await_text(".legend", "5")
        leave_the_search(browser)
        browser.press("i")
        browser.await_text("#instances code", "<img src=x onerror=alert(1)>")
        assert "view=instances" in address_of(browser) and browser.driver.title == "Instances – Kilometric"
        browser.await_text("#instances th", "bad_type")

        def rates():
            installation.send_datagram(b"visits:1|c")
            rows = [row.split("\t") for row in browser.all("#instances tbody tr")]
            return {row[0]: row[1] for row in rows if row[0] in ("accepted", "bad_type")}

        eventually(lambda: rates()["bad_type"] == "0" and float(rates()["accepted"]) > 0)
        installation.add_instance(int(time.time() * 1000) - 600_000, 1)
        eventually(lambda: "7\t10 min ago, late\t–\t–\t–\t–\t–\t–" in browser.all("#instances tr"))
        browser.driver.refresh()
        browser.await_text("#instances code", "<img")
        leave_the_search(browser)
        browser.press("i")
        browser.await_text(".legend", "count")
        assert "view" not in address_of(browser) and not browser.all("#instances")
        leave(browser)


def test_a_drag_zooms_and_fetches_finer_points(browser, store):
    visit(browser, store, "?m=counter:visits&range=21600")
    browser.await_text(".period", "by 2 min")
    requests(browser)
    over = browser.driver.find_element(By.CSS_SELECTOR, ".u-over")
    ActionChains(browser.driver).move_to_element_with_offset(over, 300, 0).click_and_hold().move_by_offset(150, 0).release().perform()
    browser.await_text(".period", "by 10 s")
    query = urllib.parse.parse_qs(address_of(browser))
    assert 0 < int(query["to"][0]) - int(query["from"][0]) < 21600
    assert any("period=10" in address for address in requests(browser))
    leave_the_search(browser)
    browser.press(Keys.BACKSPACE)
    browser.await_text(".period", "by 2 min")


def test_compare_table_and_units(browser, store):
    visit(browser, store, "?m=counter:visits&range=900")
    browser.await_text(".legend", "count")
    leave_the_search(browser)
    browser.press("c")
    browser.await_text(".legend", "before")
    browser.await_text(".legend", " %")
    browser.press("t")
    browser.await_text(".rows th", "20")
    browser.press("r")
    browser.await_text(".rows th", "per second")
    assert {float(text) for text in browser.all(".rows tbody td")} <= {count / 10 for count in range(10)}
    browser.press("u")
    eventually(lambda: time.strftime("%Y-%m-%d %H:", time.gmtime()) in browser.text(".rows tbody th")
               or time.strftime("%Y-%m-%d %H:", time.gmtime(time.time() - 120)) in browser.text(".rows tbody th"))
    assert {"compare=1", "table=1", "rate=1", "utc=1"} <= set(address_of(browser).split("&"))


@by_browser
def test_a_link_shows_the_same_elsewhere(store):
    with Browser(dark=True) as other:
        visit(other, store, "?m=gauge:queue&m=counter:visits&rate=1&range=21600&table=1")
        other.await_text(".legend", "per second")
        assert other.all("article h2") == ["gauge queue", "counter visits"]
        assert other.text("[aria-pressed=true]") == "6h" and other.all(".rows table")
        background = other.run("return getComputedStyle(document.body).backgroundColor")
        leave_the_search(other)
        other.press("d")
        eventually(lambda: other.run("return getComputedStyle(document.body).backgroundColor") != background)
        assert other.complaints() == []


def test_the_request_behind_a_plot(browser, store):
    """As a command and as a file: what they give is what is drawn."""
    visit(browser, store, "?m=counter:visits&range=900")
    browser.await_text(".legend", "count")
    browser.command("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    browser.driver.find_element(By.XPATH, "//button[text()='Copy as curl']").click()
    browser.await_text(".tools button", "Copied")
    command = browser.run("return navigator.clipboard.readText()")
    done = subprocess.run(["bash", "-c", command.replace("curl ", "curl -s ", 1)], capture_output=True, text=True, check=True)
    values = json.loads(done.stdout)["values"]
    link = browser.driver.find_element(By.LINK_TEXT, "CSV").get_attribute("href")
    rows = get(store, link[link.index("/read"):]).body.decode().split()[1:]
    assert rows == [f"visits,{value['from']},{value['value']}" for value in values] and len(rows) > 10
    assert legend(browser)[0][2].replace(",", "") == str(sum(value["value"] for value in values))


def test_many_plots_follow_what_comes(browser):
    """More of them than a browser has connections."""
    names = [f"many.{number}" for number in range(8)]
    with Installation(flush_interval=1) as installation:
        for name in names:
            installation.track(name)
        installation.flush()
        visit(browser, installation, "?" + urllib.parse.urlencode([("m", f"counter:{name}") for name in names]))
        eventually(lambda: [row[2] for row in legend(browser)] == ["1"] * 8)
        for name in names:
            installation.track(name, 4)
        eventually(lambda: [row[2] for row in legend(browser)] == ["5"] * 8)
        addresses = [urllib.parse.urlsplit(address) for address in requests(browser)]
        assert len([address for address in addresses if address.path == "/live"]) == 1
        leave(browser)


def test_every_kind_as_it_deserves(browser):
    """A timer has the colour of its heat map, a gauge its band, a set its members."""
    with Installation(flush_interval=1) as installation:
        for line in ("page:{}|ms", "queue:{}|g", "users:{}|s"):  # a datagram each, so that one worker sees their order
            installation.send_datagram("\n".join(line.format(value) for value in range(1, 101)).encode())
        installation.flush()
        visit(browser, installation, "?m=timer:page&m=gauge:queue&m=set:users&range=900")
        for wanted in ("p99", "last", "unique"):
            browser.await_text(".legend", wanted)
        rows = [(row[0], float(row[2])) for row in legend(browser)]
        assert [label for label, _ in rows] == ["p50", "p95", "p99", "max", "last", "max", "min", "unique"]
        assert abs(rows[0][1] - 50) < 1 and [value for _, value in rows[3:]] == [100, 100, 100, 1, 100]
        assert colored(browser, 0, "--heat") > 10, "no heat map"
        assert colored(browser, 1, "--heat") == 0
        leave(browser)


def colored(browser, panel, name):
    """How many pixels of a panel's plot lie nearer to the hue of a colour than to grey."""
    return browser.run("""
        const plot = document.querySelectorAll(".plot canvas")[arguments[0]];
        const probe = document.body.appendChild(document.createElement("i"));
        probe.style.color = `var(${arguments[1]})`;
        const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
        probe.remove();
        const { data } = plot.getContext("2d").getImageData(0, 0, plot.width, plot.height);
        let found = 0;
        for (let i = 0; i < data.length; i += 4) {
          const share = (255 - data[i + 1]) / (255 - g);
          const near = (have, full) => Math.abs((255 - have) - share * (255 - full)) < 6;
          if (share > 0.1 && near(data[i], r) && near(data[i + 2], b)) found++;
        }
        return found;""", panel, name)


@by_browser
def test_a_picture_for_the_readme(tmp_path):
    """Two hours of a shop, as anybody would see them; KILOMETRIC_PICTURE says where the picture is to be kept."""
    with Installation(ingestd=False) as installation, Browser(width=1200, height=1000) as camera:
        numbers = random.Random(4)
        start = int(time.time()) * 1000 - 2 * HOUR
        for key, most in (("shop.orders", 9), ("shop.visits", 40)):
            add_counter(installation, key, [(start + at, numbers.randint(most // 3, most)) for at in range(0, 2 * HOUR, 10_000)])
        entries = []
        for at in range(0, 2 * HOUR, 30_000):
            slow = 0.7 if 0.9 * HOUR < at < 1.2 * HOUR else 0
            samples = [round(numbers.lognormvariate(4 + slow, 0.5), 1) for _ in range(60)]
            entries.append((f"{start + at}-1", kind_entries.timer(*samples)))
        kind_entries.add(installation.redis, "timer", "shop.checkout", entries)
        visit(camera, installation, "?m=timer:shop.checkout&m=counter:shop.orders&range=7200&live=0&utc=1")
        camera.await_text(".legend", "count")
        camera.await_text(".legend", "p99")
        leave_the_search(camera)
        picture = os.environ.get("KILOMETRIC_PICTURE", str(tmp_path / "page.png"))
        camera.screenshot(picture)
        assert os.path.getsize(picture) > 20_000
        assert camera.complaints() == []


# Who asks for trouble


STRANGE = ["<img src=x onerror=alert(1)>", "</title><script>alert(1)</script>", "=HYPERLINK(1)", "a\u202eb", "x'\"&amp;", "{{7*7}}"]


def test_names_of_strangers_are_text(browser):
    with Installation(flush_interval=1) as installation:
        for name in STRANGE:
            installation.track(name)
        installation.flush()
        query = urllib.parse.urlencode([("m", "counter:" + name.replace("{", "\\{").replace("}", "\\}")) for name in STRANGE])
        visit(browser, installation, "?table=1&range=900&" + query)
        seen = [name.replace("\u202e", "\\u202e") for name in STRANGE]
        eventually(lambda: len(browser.all(".legend tbody tr")) == len(STRANGE))
        assert browser.all("article h2") == ["counter " + name for name in seen]
        assert browser.run("return document.querySelectorAll('article img, article script').length") == 0
        browser.press("a")
        browser.await_text("#found li", "a\\u202eb")
        browser.press(Keys.CONTROL + "a", Keys.DELETE, "<img")
        browser.await_text("#found li", STRANGE[0])
        eventually(lambda: len(browser.all("#found li")) == 1)
        browser.press(Keys.ENTER)
        eventually(lambda: browser.driver.title == f"counter {STRANGE[0]} – Kilometric")
        link = eventually(lambda: browser.run("return document.querySelector('.tools a').href"))
        assert get(installation, link[link.index("/read"):]).status == 200
        leave(browser)


def test_redis_goes_and_comes_back(browser):
    with Installation(flush_interval=1) as installation:
        installation.track("there", 5)
        installation.flush()
        visit(browser, installation, "?m=counter:there&range=900")
        browser.await_text(".legend", "5")
        installation.redis.stop()
        browser.await_text(".note", "Redis", within=40)
        installation.redis.start()
        eventually(lambda: browser.text(".note") == "", within=60)
        installation.track("there", 6)
        browser.await_text(".legend", "11", within=40)
        leave(browser)
        browser.complaints()  # the 503s


def test_below_the_path_of_a_proxy(browser, store):
    with Prefix(store.reader_port) as proxy:
        browser.driver.get(proxy.address + "?m=counter:visits&live=0")
        browser.await_text(".legend", "count")
        assert all(path.startswith("/stats/") for path in proxy.paths)
        leave(browser)


@by_browser
def test_on_a_narrow_screen(store):
    with Browser(width=360, height=740) as narrow:
        visit(narrow, store, "?m=counter:visits&m=gauge:queue")
        narrow.await_text(".legend", "last")
        assert narrow.run("return document.documentElement.scrollWidth") <= 360


def test_help_and_focus(browser, store):
    visit(browser, store, "?m=counter:visits")
    browser.await_text(".legend", "count")
    leave_the_search(browser)
    browser.press("?")
    eventually(lambda: browser.driver.find_element(By.ID, "help").is_displayed())
    browser.press(Keys.ESCAPE)
    eventually(lambda: not browser.driver.find_element(By.ID, "help").is_displayed())
    for key, name in (("1", "15m"), ("4", "24h"), ("0", "all")):
        browser.press(key)
        eventually(lambda name=name: name in browser.all("#ranges [aria-pressed=true]"))
