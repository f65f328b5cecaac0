"""Chromium without a window, driven by the DevTools protocol over a pipe: commands and events are
JSON, each ended by a NUL byte, on file descriptors 3 and 4 of the browser. So neither a port, nor a
WebSocket, nor any package besides the browser is needed. Protocol:
https://chromedevtools.github.io/devtools-protocol/"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome-headless-shell")


def find():
    """The path of a browser; $BENCH_CHROMIUM names one. None where there is none."""
    named = os.environ.get("BENCH_CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, NAMES) if path), None)


class BrowserError(Exception):
    pass


class Browser:
    """One browser with one page. Use it in a `with`."""

    def __init__(self, path, deadline_s=240):
        self.deadline_s = deadline_s
        self.home = tempfile.mkdtemp(prefix="bench-browser-")
        self.number = 0
        self.events = []
        self.unread = b""
        to_read, self.to_write = os.pipe()
        self.from_read, from_write = os.pipe()
        # The browser expects 3 and 4; the shell puts them there, whichever numbers ours have.
        command = [path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   "--hide-scrollbars", "--force-color-profile=srgb", "--user-data-dir=" + self.home,
                   "--remote-debugging-pipe", "about:blank"]
        self.log = open(os.path.join(self.home, "log"), "w+b")
        self.process = subprocess.Popen(
            ["sh", "-c", 'exec "$@" 3<&%d 4>&%d' % (to_read, from_write), "sh"] + command,
            pass_fds=(to_read, from_write), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env=dict(os.environ, HOME=self.home, XDG_CONFIG_HOME=self.home, XDG_CACHE_HOME=self.home),
            start_new_session=True)
        os.close(to_read)
        os.close(from_write)
        self.session = None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process.poll() is None:
            try:
                self.session = None
                self.send("Browser.close")
                self.process.wait(10)
            except (BrowserError, OSError, subprocess.TimeoutExpired):
                os.killpg(self.process.pid, 9)
                self.process.wait()
        os.close(self.to_write)
        os.close(self.from_read)
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def said(self):
        self.log.flush()
        with open(self.log.name, "rb") as f:
            return f.read().decode(errors="replace")[-2000:]

    def receive(self, until):
        while b"\0" not in self.unread:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.from_read], [], [], left)[0]:
                raise BrowserError("the browser did not answer in time; it said:\n" + self.said())
            part = os.read(self.from_read, 1 << 20)
            if not part:
                raise BrowserError("the browser ended; it said:\n" + self.said())
            self.unread += part
        line, self.unread = self.unread.split(b"\0", 1)
        return json.loads(line)

    def send(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to_write, data):]
        until = time.monotonic() + self.deadline_s
        while True:
            answer = self.receive(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise BrowserError("%s: %s" % (method, answer["error"]["message"]))
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def run(self, expression):
        """The value of an expression of JavaScript in the page; promises are awaited."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError("%s in %s" % (details.get("exception", {}).get("description", details["text"]), expression))
        return result["result"].get("value")

    def wait(self, expression, what=None):
        until = time.monotonic() + self.deadline_s
        while not self.run(expression):
            if time.monotonic() > until:
                raise BrowserError("never became true: " + (what or expression))
            self.run("new Promise(done => setTimeout(done, 20))")

    def wait_event(self, method):
        until = time.monotonic() + self.deadline_s
        while all(event["method"] != method for event in self.events):
            message = self.receive(until)
            if "method" in message:
                self.events.append(message)

    def open(self, path, ready="document.documentElement.dataset.ready === 'yes'"):
        self.send("Page.navigate", url="file://" + os.path.abspath(path))
        self.wait("document.readyState === 'complete' && location.protocol === 'file:'")
        self.wait(ready, "the page's script did not come to its end: " + "; ".join(self.complaints()))

    def size(self, width, height, phone=False):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone)

    def colours(self, scheme):
        """The system's light or dark. Nothing scrolls smoothly, for a click could miss what moves."""
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                          {"name": "prefers-reduced-motion", "value": "reduce"}])

    KEYS = {"Tab": 9, "Enter": 13, " ": 32, "Escape": 27}

    def key(self, name, shift=False):
        code = self.KEYS[name]
        common = dict(key=name, code="Space" if name == " " else name, windowsVirtualKeyCode=code, modifiers=8 if shift else 0)
        self.send("Input.dispatchKeyEvent", type="keyDown", **common, **({"text": "\r" if name == "Enter" else " "} if name in ("Enter", " ") else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        self.send("Input.insertText", text=text)

    def click(self, selector):
        """A click of the mouse where the element is seen."""
        place = self.run("""(() => { const e = document.querySelector(%s); if (!e) return null; e.scrollIntoView({ block: 'center', behavior: 'instant' });
            const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()""" % json.dumps(selector))
        if not place:
            raise BrowserError("nothing to click at " + selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def screenshot(self, path, whole=False):
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"clip": dict(x=0, y=0, width=size["width"], height=min(size["height"], 12000), scale=1)} if whole else {}
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **clip)
        with open(path, "wb") as f:
            f.write(base64.b64decode(shot["data"]))

    def complaints(self):
        """What the console was told that nobody should have to tell it: exceptions, errors, warnings."""
        found = []
        for event in self.events:
            p = event["params"] if "params" in event else {}
            if event["method"] == "Runtime.exceptionThrown":
                d = p["exceptionDetails"]
                found.append(d.get("exception", {}).get("description", d["text"]))
            elif event["method"] == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
                found.append(p["entry"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled" and p["type"] in ("error", "warning", "assert"):
                found.append(str([a.get("value", a.get("description")) for a in p["args"]]))
        return found

    def requests(self):
        return [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
