"""A real browser: Debian's Chromium, without a window."""

import os
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from processes import eventually

WITHOUT_SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []  # its sandbox refuses root


class Browser:
    """With a profile of its own, which ends with it. `width`, `height`: of the page, in pixels."""

    def __init__(self, width=1280, height=900, dark=False):
        self._folder = tempfile.TemporaryDirectory(prefix="kilometric-browser-")
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for argument in ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                         "--disable-background-networking", "--disable-component-update", "--no-proxy-server",
                         f"--window-size={width},{height}", f"--user-data-dir={self._folder.name}", *WITHOUT_SANDBOX]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(60)
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.command("Emulation.setEmulatedMedia", features=features)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()
        self._folder.cleanup()

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def run(self, script, *arguments):
        """The value of a script's `return`."""
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        """The texts of what a selector matches, as they are seen."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map((found) => found.innerText.trim())", selector)

    def text(self, selector):
        return (self.all(selector) or [""])[0]

    def await_text(self, selector, wanted, within=20):
        """Awaits that `wanted` stands in one of what the selector matches."""
        eventually(lambda: any(wanted in text for text in self.all(selector)), within,
                   f"{wanted!r} is not in {selector}: {self.all(selector)}, {self.text('#state')}")

    def press(self, *keys):
        """Into what has the focus."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def complaints(self):
        """What the browser has written into its console since the last call, but for what the network says."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def screenshot(self, path):
        self.driver.save_screenshot(path)
