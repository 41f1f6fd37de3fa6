#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A page of smc-trace report in a browser without a window: what it loads and says, where the keyboard leads, and contrast.

  report_browser.py BROWSER PAGE [LIGHT.png DARK.png]   pictures of a timeline, light and dark

Prints TAP. The browser is asked by its debugging protocol, over a pipe.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys

# Elements that the keyboard reaches, in their order; what is within closed details is not there yet.
FOCUSABLE = """[...document.querySelectorAll('a[href], summary, [tabindex="0"]')].filter(e => e.checkVisibility())"""

# Each text with its colour and that of its background, and each graphic: those with too little contrast.
CONTRAST = """(() => {
	const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	const parse = c => { const n = c.match(/[\\d.]+/g).map(Number); return n.length > 3 && n[3] == 0 ? null : n; };
	const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
	const ratio = (a, b) => { const x = light(a), y = light(b); return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
	const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c) return c; } return [255, 255, 255]; };
	const bad = [], all = [];
	for (const e of document.querySelectorAll('body *')) {
		const style = getComputedStyle(e), graphic = ['rect', 'line', 'path', 'circle'].includes(e.tagName);
		const own = [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()) && e.tagName != 'title';
		if (!graphic && !own)
			continue;
		const svg = e.namespaceURI.endsWith('svg');
		const colour = parse(svg ? (e.tagName == 'line' ? style.stroke : style.fill) : style.color);
		const r = ratio(colour, ground(e));
		all.push(r);
		if (r < (graphic ? 3 : 4.5))
			bad.push(`${e.tagName}.${e.getAttribute('class')} ${r.toFixed(2)}`);
	}
	return { count: all.length, least: Math.min(...all), bad: [...new Set(bad)] };
})()"""


class Browser:
    """A browser, and one page in it."""

    def __init__(self, program, home):
        read, self.to = os.pipe()
        self.source, write = os.pipe()
        # The browser reads its descriptor 3 and writes to 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{read} 4>&{write}', "bash", program, "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             f"--user-data-dir={home}", "--remote-debugging-pipe"], pass_fds=(read, write), stderr=subprocess.DEVNULL)
        os.close(read)
        os.close(write)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def message(self):
        while b"\0" not in self.buffer:
            data = os.read(self.source, 1 << 16)
            if not data:
                raise EOFError("the browser has ended")
            self.buffer += data
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        call = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            call["sessionId"] = self.session
        os.write(self.to, json.dumps(call).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def open(self, url, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self.message())

    def ask(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def key(self, name, code, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code, text=text if kind == "keyDown" else "")

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def end(self):
        os.close(self.to)
        self.process.terminate()
        self.process.wait()


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, name, condition, note=""):
        self.count += 1
        self.failed += not condition
        print(f"{'ok' if condition else 'not ok'} {self.count} - {name}" + (f"\n# {note}" if not condition else ""), flush=True)


def check_quiet(browser, tap, url):
    said = [event for event in browser.events if event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")]
    tap.ok("page__says_nothing_on_the_console", not said, said)
    asked = {event["params"]["request"]["url"] for event in browser.events if event["method"] == "Network.requestWillBeSent"}
    tap.ok("page__loads_nothing_else", asked == {url}, asked)
    tap.ok("page__has_no_script", browser.ask("document.scripts.length") == 0)
    tap.ok("page__content_is_there", browser.ask("document.querySelectorAll('main section').length") == 8)
    tap.ok("page__is_as_wide_as_the_window", browser.ask("document.documentElement.scrollWidth <= innerWidth"))


def check_keyboard(browser, tap):
    wanted = browser.ask(f"{FOCUSABLE}.length")
    reached, outlined = [], 0
    for _ in range(wanted):
        browser.key("Tab", 9)
        reached.append(browser.ask(f"{FOCUSABLE}.indexOf(document.activeElement)"))
        outlined += browser.ask("getComputedStyle(document.activeElement).outlineStyle != 'none'")
    tap.ok("keyboard__reaches_all_in_their_order", reached == list(range(wanted)) and wanted > 12, reached)
    tap.ok("keyboard__shows_where_it_is", outlined == wanted, f"{outlined} of {wanted}")
    browser.ask("document.querySelector('section > details:not([open]) > summary').focus()")
    browser.key("Enter", 13, "\r")
    tap.ok("keyboard__opens_details", browser.ask("document.activeElement.parentElement.open"))
    browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
    tap.ok("keyboard__reaches_more_when_all_is_open", browser.ask(f"{FOCUSABLE}.length") > wanted)


def check_looks(browser, tap):
    backgrounds = []
    for scheme in ("light", "dark"):
        browser.scheme(scheme)
        found = browser.ask(CONTRAST)
        tap.ok(f"{scheme}__has_contrast", not found["bad"] and found["count"] > 100, found)
        backgrounds.append(browser.ask("getComputedStyle(document.body).backgroundColor"))
    tap.ok("schemes__differ", backgrounds[0] != backgrounds[1], backgrounds)
    tap.ok("page__prints", len(base64.b64decode(browser.call("Page.printToPDF")["data"])) > 10000)
    browser.call("Emulation.setEmulatedMedia", media="print")
    tap.ok("print__has_no_navigation", browser.ask("getComputedStyle(document.querySelector('nav')).display") == "none")


def main(program, page, *pictures):
    browser, tap = Browser(program, pathlib.Path(page).parent / "browser"), Tap()
    url = pathlib.Path(page).resolve().as_uri()
    try:
        browser.open(url, 900, 760)
        check_quiet(browser, tap, url)
        if pictures:
            browser.scheme("light")
            browser.ask("document.getElementById('details').scrollIntoView()")
            browser.picture(pictures[0])
            browser.scheme("dark")
            browser.picture(pictures[1])
            browser.ask("scrollTo(0, 0)")
        check_keyboard(browser, tap)
        check_looks(browser, tap)
    finally:
        browser.end()
    print(f"1..{tap.count}")
    return tap.failed > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
