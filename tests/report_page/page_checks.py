"""What a person does with the page, one function a thing. Each opens the page that it is about, so
that none depends on another; numbers are held against the run's own files, not against the page."""

import json
import os

PAGE_CHECKS = []


def page_check(function):
    PAGE_CHECKS.append(function)
    return function


def equal(found, expected, what):
    assert found == expected, "%s: found %r, expected %r" % (what, found, expected)


def data_of(folder):
    with open(os.path.join(folder, "your_perf_data.json")) as f:
        return json.load(f)


def fresh(b, path, width=1280, height=800, phone=False, scheme="light"):
    b.events.clear()
    b.send("Emulation.setEmulatedMedia", media="")
    b.size(width, height, phone)
    b.colours(scheme)
    b.open(path)
    b.run("try { localStorage.clear() } catch { } delete document.documentElement.dataset.theme")


def keep(b, screenshots, name, whole=False):
    if screenshots:
        b.screenshot(os.path.join(screenshots, name + ".png"), whole)


def text(b, selector):
    return b.run("document.querySelector(%s).textContent" % json.dumps(selector))


def texts(b, selector):
    return b.run("[...document.querySelectorAll(%s)].map(e => e.textContent)" % json.dumps(selector))


def choose(b, name, label):
    """An option of a list, by what it says."""
    b.run("""(() => { const s = document.querySelector('#cases-controls [name=%s]');
        s.value = [...s.options].find(o => o.textContent === %s).value; s.dispatchEvent(new Event('change')); })()""" % (name, json.dumps(label)))


@page_check
def quiet(b, pages, m, screenshots):
    """no page complains, and none asks for anything but itself"""
    for name, path in pages.items():
        for width, phone, scheme in ((1280, False, "light"), (360, True, "dark")):
            fresh(b, path, width, 800, phone, scheme)
            keep(b, screenshots, "%s-%s-%s" % (name, "phone" if phone else "desk", scheme), phone)
            equal(b.complaints(), [], name)
            equal(len(b.requests()), 1, "requests of " + name)
            assert b.requests()[0].startswith("file:///"), b.requests()


@page_check
def night(b, pages, m, screenshots):
    """a night's page begins with what became worse, or that nothing did; others say nothing of it"""
    fresh(b, pages["night"])
    with open(os.path.join(m.night, "night.json")) as f:
        told = json.load(f)
    equal(texts(b, "#night li"), ["%s %s" % (a["kind"], a["text"]) for a in told["alarms"]], "findings")
    equal(text(b, "#night h2"), "%d things to look at since 2026-11-23" % len(told["alarms"]), "their head")
    equal(b.run("window.hacked === undefined"), True, "findings are text")
    fresh(b, pages["good"])
    with open(os.path.join(m.good_night, "night.json")) as f:
        unsure = json.load(f)["unsure"]
    equal(texts(b, "#night > *"), ["Nothing became worse since 2026-11-23.", "Unsure: " + unsure[0]], "a good night")
    fresh(b, pages["core"])
    equal(text(b, "#night"), "", "a run of no night")


@page_check
def narrow(b, pages, m, screenshots):
    """nothing is wider than a phone, at 360 and 320 pixels"""
    for name, path in pages.items():
        for width in (360, 320):
            fresh(b, path, width, 780, True)
            b.run("document.querySelectorAll('.open-row')[0].click(); document.querySelectorAll('details').forEach(d => { d.open = true; })")
            equal(b.run("document.documentElement.scrollWidth"), width, "width of " + name)


@page_check
def one_screen(b, pages, m, screenshots):
    """the summary fits one screen, and its counts are the run's"""
    fresh(b, pages["core"])
    assert b.run("document.querySelector('#summary').getBoundingClientRect().bottom") <= 800
    equal(text(b, "h1"), "core on NVIDIA H100 80GB HBM3", "title")
    data = data_of(m.core)
    for tile, rule in enumerate(("speedup_vs_flaggems", "relative_to_cuda")):
        answers = [o["decisions"][rule]["answer"] for o in data.values()]
        equal(texts(b, "#tiles .big")[tile], "%d of %d operators" % (answers.count("pass"), len(answers)), rule)
    best = max(data, key=lambda name: data[name]["decisions"]["speedup_vs_flaggems"]["estimate"])
    equal(texts(b, "#lists .tile:first-child li button")[0], best, "first winner")
    assert "0.30 %" in text(b, "#tiles"), "noise floor"


@page_check
def forest(b, pages, m, screenshots):
    """operators: one line each, their estimate and interval, and the other threshold at a click"""
    fresh(b, pages["core"])
    data = data_of(m.core)
    order = sorted(data, key=lambda n: -data[n]["decisions"]["speedup_vs_flaggems"]["estimate"])
    equal(texts(b, ".forest tbody td.name"), order, "order")
    d = data[order[0]]["decisions"]["speedup_vs_flaggems"]
    equal(text(b, ".forest tbody td.value"), "%.2f× %.2f to %.2f×" % (d["estimate"], d["low"], d["high"]), "estimate")
    equal(b.run("document.querySelectorAll('.forest tbody tr:first-child .case').length"), len(data[order[0]]["configs"]), "dots")
    equal(text(b, ".forest thead text.threshold"), "1.30×", "threshold")
    b.click("#operators-controls button:nth-child(2)")
    equal(text(b, ".forest thead text.threshold"), "80 %", "threshold")
    equal(b.run("document.querySelector('#operators-controls button:nth-child(2)').getAttribute('aria-pressed')"), "true", "pressed")
    b.click(".forest [data-sort=name]")
    equal(texts(b, ".forest tbody td.name"), sorted(data), "by name")
    equal(b.run("document.activeElement.dataset.sort"), "name", "focus stays")
    b.click(".forest tbody td.name button")
    first = sorted(data)[0]
    equal(text(b, "#cases-status"), "%d of 219 cases" % len(data[first]["configs"]), "an operator leads to its cases")


@page_check
def filters(b, pages, m, screenshots):
    """cases: searched by typing, filtered by lists, cleared"""
    fresh(b, pages["core"])
    data = data_of(m.core)
    configs = [(name, c) for name, o in data.items() for c in o["configs"]]
    equal(text(b, "#cases-status"), "%d cases" % len(configs), "all")
    b.click("#cases-controls input")
    b.type("softmax bfloat16")
    equal(text(b, "#cases-status"), "%d of 219 cases" % sum(n == "softmax" and c["dtype"] == "bfloat16" for n, c in configs), "typed")
    equal({t.split()[0] for t in texts(b, ".case-table .label")}, {"softmax"}, "what is left")
    b.click("#cases-controls button[type=reset]")
    equal(text(b, "#cases-status"), "219 cases", "cleared")
    choose(b, "operator", "gelu")
    choose(b, "answer", "fail")
    expected = sum(n == "gelu" and c["stats"]["speedup_vs_flaggems"]["answer"] == "fail" for n, c in configs)
    equal(text(b, "#cases-status"), "%d of 219 cases" % expected, "failing ones of gelu")
    b.click("#cases-controls input")
    b.type("no such thing")
    assert "No case matches" in text(b, "#cases-table"), "an empty table says so"


@page_check
def sorting(b, pages, m, screenshots):
    """cases: sorted both ways, a page at a time"""
    fresh(b, pages["core"])
    estimates = sorted(c["stats"]["speedup_vs_flaggems"]["estimate"] for o in data_of(m.core).values() for c in o["configs"])
    shown = "[...document.querySelectorAll('.case-table tr.row td.num:nth-child(2)')].map(e => parseFloat(e.textContent))"
    b.click("#cases-table [data-sort=speedup]")
    assert abs(b.run(shown)[0] / estimates[-1] - 1) < 0.01, "largest first"
    equal(b.run("document.querySelector('#cases-table [data-sort=speedup]').closest('th').getAttribute('aria-sort')"), "descending", "aria-sort")
    b.click("#cases-table [data-sort=speedup]")
    equal(b.run(shown)[:5], [round(e, 2) for e in estimates[:5]], "smallest first")
    equal(text(b, "#cases-pager span"), "Page 1 of 3", "pages")
    b.click("#cases-pager [data-page=next]")
    b.click("#cases-pager [data-page=next]")
    equal(text(b, "#cases-pager span"), "Page 3 of 3", "last page")
    equal(b.run("document.querySelectorAll('.case-table tr.row').length"), 19, "rows of the last page")
    equal(b.run("document.activeElement.dataset.page"), "previous", "the focus is not lost where 'Next' ends")


@page_check
def samples(b, pages, m, screenshots):
    """a case opens, with every round of its three implementations"""
    fresh(b, pages["core"])
    with open(os.path.join(m.core, "journal.jsonl")) as f:
        first = [line for line in map(json.loads, f) if line["case"] == 0 and line["process"] == 0]
    rounds = first[0]["rounds"]
    step = -(-rounds // 240)
    b.click(".open-row")
    equal(b.run("document.querySelector('.open-row').getAttribute('aria-expanded')"), "true", "expanded")
    caption = text(b, ".samples figcaption")
    assert "of 1,024 rounds: every %dth" % step in caption, caption
    drawn = b.run("['candidate', 'reference', 'baseline'].map(role => document.querySelectorAll('.samples .dot.' + role).length)")
    beyond = sum(int(t.split(", ")[-1].split()[0]) for t in texts(b, ".samples text") if "beyond the axis" in t)
    equal(sum(drawn) + beyond, 3 * -(-rounds // step), "dots of the same rounds")
    detail = text(b, ".detail")
    assert first[0]["variant_label"] in detail and "approximate=none" in text(b, ".case-table .label")
    b.run("document.querySelectorAll('.open-row')[1].scrollIntoView({ block: 'start', behavior: 'instant' })")
    keep(b, screenshots, "core-case")
    b.click(".open-row")
    equal(b.run("document.querySelectorAll('.detail').length"), 0, "closed")


@page_check
def keyboard(b, pages, m, screenshots):
    """all of it by keyboard: skip link, sections, sorting, opening; the focus is seen"""
    fresh(b, pages["core"])
    seen = "(e => { const s = getComputedStyle(e), r = e.getBoundingClientRect(); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && r.left >= 0; })(document.activeElement)"
    b.key("Tab")
    equal(b.run("document.activeElement.className"), "skip", "first stop")
    assert b.run("document.activeElement.getBoundingClientRect().left >= 0"), "the skip link is seen when it has the focus"
    b.key("Enter")
    b.wait("document.activeElement.id === 'main'")
    stops = []
    for _ in range(70):
        b.key("Tab")
        stops.append(b.run("document.activeElement.dataset.sort || document.activeElement.name || document.activeElement.textContent.trim().slice(0, 30)"))
        assert b.run(seen), "the focus is not seen at " + stops[-1]
        if b.run("document.activeElement.closest('#cases-table') !== null && document.activeElement.dataset.sort === 'speedup'"):
            break
    else:
        raise AssertionError("the table is not reached by Tab: " + ", ".join(stops))
    for stop in ("softmax", "Of the baseline", "estimate", "text", "operator", "name"):
        assert stop in stops, "%s is no stop of Tab: %s" % (stop, stops)
    b.key("Enter")
    equal(b.run("document.activeElement.closest('th').getAttribute('aria-sort')"), "descending", "sorted by Enter")
    b.key(" ")
    equal(b.run("document.activeElement.closest('th').getAttribute('aria-sort')"), "ascending", "sorted by Space")
    while b.run("document.activeElement.className") != "open-row":
        b.key("Tab")
    b.key("Enter")
    equal(b.run("document.activeElement.getAttribute('aria-expanded')"), "true", "opened by Enter")
    b.key("Tab", shift=True)
    assert b.run("document.activeElement.closest('thead') !== null"), "back by Shift and Tab"


@page_check
def names(b, pages, m, screenshots):
    """whatever can be used or seen has a name for those who hear the page"""
    roles = {"button", "link", "combobox", "searchbox", "textbox", "image", "img", "table", "navigation", "main", "group"}
    for name in ("python", "runs"):  # the latter is about the same run as "core"
        fresh(b, pages[name])
        b.run("document.querySelector('.open-row').click()")
        b.send("Accessibility.enable")
        nodes = b.send("Accessibility.getFullAXTree")["nodes"]
        b.send("Accessibility.disable")
        found = [n for n in nodes if not n.get("ignored") and n["role"]["value"] in roles]
        nameless = [n["role"]["value"] for n in found if not n.get("name", {}).get("value") and n["role"]["value"] not in ("main", "group", "table")]
        equal(nameless, [], "without a name in " + name)
        kinds = {n["role"]["value"] for n in nodes if not n.get("ignored")}
        for kind in ("columnheader", "cell", "row", "table", "navigation", "main", "status"):
            assert kind in kinds, "no %s in %s: %s" % (kind, name, sorted(kinds))
        equal(b.run("document.querySelectorAll('h1').length"), 1, "first headings")


CONTRAST = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgb = colour => { if (!known.has(colour)) known.set(colour, drawn(colour)); return known.get(colour); };
  const drawn = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const grounds = new Map();
  const ground = e => {
    if (!e) return rgb('Canvas');
    if (!grounds.has(e)) { const c = rgb(getComputedStyle(e).backgroundColor); grounds.set(e, c[3] === 255 ? c : ground(e.parentElement)); }
    return grounds.get(e);
  };
  const bad = new Set();
  for (const e of document.querySelectorAll('main *, footer *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.tagName === 'title' || !e.getClientRects().length || e.closest('option, noscript, script, :disabled')) continue;
    const svg = e instanceof SVGElement, style = getComputedStyle(e);
    const a = light(rgb(svg ? style.fill : style.color)), b = light(ground(svg ? e.closest('svg').parentElement : e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.add(`${e.tagName}.${e.className.baseVal ?? e.className} ${ratio.toFixed(2)}`);
  }
  return [...bad];
})()"""


@page_check
def themes(b, pages, m, screenshots):
    """light and dark, by the system and by the button, each with text that can be read (4.5 to 1)"""
    ground = "getComputedStyle(document.body).backgroundColor"
    for name in ("python", "runs"):  # the latter is about the same run as "core"
        for scheme in ("light", "dark"):
            fresh(b, pages[name], scheme=scheme)
            b.run("document.querySelector('.open-row').click(); document.querySelectorAll('details').forEach(d => { d.open = true; })")
            equal(b.run(CONTRAST), [], "contrast of %s in %s" % (name, scheme))
    fresh(b, pages["core"], scheme="light")
    light = b.run(ground)
    b.click("#theme")
    dark = b.run(ground)
    assert light != dark, "the button changes nothing"
    equal(text(b, "#theme"), "Light", "the button")
    b.click("#theme")
    equal(b.run(ground), light, "and back")
    b.colours("dark")
    equal(b.run(ground), light, "what was chosen stays")
    fresh(b, pages["core"], scheme="dark")
    equal(b.run(ground), dark, "the system's choice")


@page_check
def signs(b, pages, m, screenshots):
    """no meaning by colour alone: answers are told by words and by shapes"""
    fresh(b, pages["core"])
    shapes = b.run("Object.fromEntries(['pass', 'fail'].map(a => [a, document.querySelector('.forest tbody .mark.' + a).tagName]))")
    equal(shapes, {"pass": "circle", "fail": "path"}, "marks")
    for answer in texts(b, ".forest tbody .answer"):
        assert answer[1:] in ("pass", "fail", "undetermined"), answer


@page_check
def roofline(b, pages, m, screenshots):
    """roofline: a dot a case, the device's rates, and the other view"""
    fresh(b, pages["core"])
    cases = sum(c["flops"] > 0 for o in data_of(m.core).values() for c in o["configs"])
    equal(b.run("document.querySelectorAll('#roofline-plot .framed .dot').length"), cases, "dots")
    assert any("PFLOP/s" in t and "tensor" in t for t in texts(b, "#roofline-plot text")), "roofs have names"
    b.run("document.querySelector('#roofline').scrollIntoView({ behavior: 'instant' })")
    keep(b, screenshots, "core-roofline")
    b.click("#roofline-controls button:nth-child(2)")
    equal(b.run("document.querySelectorAll('#roofline-plot .framed .dot').length"), 219, "dots against the least time")
    assert "100 %" in texts(b, "#roofline-plot text")


@page_check
def failures(b, pages, m, screenshots):
    """what failed, with the reason, and in the table"""
    fresh(b, pages["python"])
    data = data_of(m.python)
    failed = [(name, f) for name, o in data.items() for f in o["failed"] if f["status"] not in ("unsupported", "unavailable")]
    assert ("%d failures" % len(failed)) in text(b, "#failures-list"), text(b, "#failures-list .lead")
    b.click("#failures-list summary")
    assert b.run("document.querySelector('#failures-list details').open"), "opens"
    assert text(b, "#failures-list pre") in {f["reason"] for _, f in failed}, "the reason in full"
    choose(b, "status", "with failures")
    cases = {(name, json.dumps([f["shape"], f["dtype"], f.get("params")])) for name, f in failed}
    every = cases | {(name, json.dumps([c["shape"], c["dtype"], c.get("params")])) for name, o in data.items() for c in o["configs"]}
    equal(text(b, "#cases-status"), "%d of %d cases" % (len(cases), len(every)), "cases with failures")
    b.run("document.querySelector('#failures').scrollIntoView({ behavior: 'instant' })")
    keep(b, screenshots, "python-failures")


@page_check
def history(b, pages, m, screenshots):
    """several runs: a picture an operator, and the environments side by side"""
    fresh(b, pages["runs"])
    equal(b.run("document.querySelector('#history').hidden"), False, "seen")
    equal(len(texts(b, "#history .panel")), len(set(data_of(m.core)) | set(data_of(m.same))), "panels")
    equal(b.run("[...document.querySelectorAll('#history .panel')].find(p => p.textContent.startsWith('gelu')).querySelectorAll('.mark').length"), 2, "points of gelu")
    assert any("suite" in t or "name" in t for t in texts(b, "#environment tr.differs")), "differences are marked"
    assert "≠" in text(b, "#environment tr.differs")
    b.run("document.querySelector('#history').scrollIntoView({ behavior: 'instant' })")
    keep(b, screenshots, "runs-history")
    fresh(b, pages["changed"])
    assert "▼ 10.0 %" in texts(b, "#history svg text.threshold"), "the change is marked"
    equal(text(b, "#history .panel h3").split("2")[0], "softmax", "what changed comes first")
    assert "driver 570 to 580" in text(b, "#history .change-text")
    fresh(b, pages["core"])
    equal(b.run("document.querySelector('#history').hidden"), True, "nothing of it with one run")


@page_check
def strangers(b, pages, m, screenshots):
    """what strangers write is text, and no script but the page's own can run"""
    fresh(b, pages["hostile"])
    equal(b.run("window.hacked"), None, "run")
    equal(b.run("document.querySelectorAll('img').length"), 0, "pictures")
    equal(b.run("document.querySelectorAll('script').length"), 3, "scripts")
    b.run("document.querySelector('.open-row').click()")
    assert "window.hacked = 1" in text(b, "h1") and "onerror" in text(b, ".detail"), "it is shown"
    equal(b.run("window.hacked"), None, "run after opening")
    b.run("(() => { const s = document.createElement('script'); s.textContent = 'window.hacked = 3'; document.body.append(s); })()")
    equal(b.run("window.hacked"), None, "a script that is put in")
    equal(b.run("fetch('https://example.org/').then(() => 'fetched', () => 'refused')"), "refused", "the network")


@page_check
def paper(b, pages, m, screenshots):
    """on paper: no buttons, dark on white"""
    fresh(b, pages["core"], scheme="dark")
    b.send("Emulation.setEmulatedMedia", media="print")
    equal(b.run("getComputedStyle(document.querySelector('.bar')).display"), "none", "the bar")
    equal(b.run("getComputedStyle(document.querySelector('#cases-controls')).display"), "none", "the controls")
    equal(b.run("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)", "the ground")
    pdf = b.send("Page.printToPDF", printBackground=True)["data"]
    assert len(pdf) > 50000, "prints"


@page_check
def without_script(b, pages, m, screenshots):
    """without JavaScript the operators are there all the same"""
    b.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        b.events.clear()
        b.send("Page.navigate", url="file://" + pages["core"])
        b.wait_event("Page.loadEventFired")
        nodes = b.send("Accessibility.getFullAXTree")["nodes"]
        shown = [n.get("name", {}).get("value") for n in nodes if not n.get("ignored") and n["role"]["value"] == "cell"]
        assert "softmax" in shown and "2.64× (2.56 to 2.74×)" in shown, shown[:20]
    finally:
        b.send("Emulation.setScriptExecutionDisabled", value=False)
