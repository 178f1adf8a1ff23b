"""``python benchmarks/pages.py OLD NEW``: how soon pages of two built books are there on a slow processor, as ratios.

OLD and NEW are folders that hold a built book (``_build/html``). Each page is opened in a fresh Chromium window of a
phone's size whose processor is slowed four times, served by this machine, so that the line costs nothing. Measured are

- largest contentful paint: when the largest picture or paragraph of the first screen stands, in ms
- total blocking time: by how much tasks outlast 50 ms after the first paint, summed until two seconds after loading, in ms

Runs of the two books alternate, so that a slow minute of the machine falls on both; the median counts.
"""

import argparse
import functools
import http.server
import json
import platform
import statistics
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

from hanoi.build.paper import browser

PAGES = ("index", "korean-opinion", "expert-positions", "site-activity")
SLOWED = 4
PHONE = {"width": 390, "height": 844}
WATCH = """
window.seen = { paint: 0, largest: 0, tasks: [] };
const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
watch("paint", (entry) => { if (entry.name === "first-contentful-paint") seen.paint = entry.startTime; });
watch("largest-contentful-paint", (entry) => { seen.largest = entry.startTime; });
watch("longtask", (entry) => seen.tasks.push([entry.startTime, entry.duration]));
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_):
        """Say nothing."""


def serve(folder):
    """Serve ``folder`` on this machine; return its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def blocking(paint, tasks):
    """Return by how much ``tasks`` (start, duration in ms) outlast 50 ms, as far as they lie after the first ``paint``."""
    return sum(max(0, start + duration - max(start, paint) - 50) for start, duration in tasks)


def measured(chromium, address):
    """Return largest contentful paint and total blocking time of one opening of a page, in ms. Raises RuntimeError without a paint."""
    context = chromium.new_context(viewport=PHONE, device_scale_factor=2, is_mobile=True)
    tab = context.new_page()
    tab.add_init_script(WATCH)
    context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    tab.goto(address, wait_until="load", timeout=120_000)
    tab.wait_for_timeout(2000)
    seen = tab.evaluate("seen")
    context.close()
    if not seen["largest"]:
        raise RuntimeError(f"{address}: nothing was painted")
    return {"paint": seen["largest"], "blocking": blocking(seen["paint"], seen["tasks"])}


def compare(old, new, runs):
    """Return page → measure → the medians of the old and the new book, in ms, and new divided by old (None: both 0)."""
    books = {"old": serve(old), "new": serve(new)}
    found = {}
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser(), args=["--no-sandbox", "--disable-gpu"])
        for page in PAGES:
            taken = {book: [] for book in books}
            for _ in range(runs):
                for book, home in books.items():
                    taken[book].append(measured(chromium, f"{home}/book/{page}.html"))
            found[page] = {
                measure: ratio(*(statistics.median(run[measure] for run in taken[book]) for book in ("old", "new")))
                for measure in ("paint", "blocking")
            }
        chromium.close()
    return found


def ratio(old, new):
    """Return two medians in whole ms and their ratio; None where the old one is 0."""
    return {"old": round(old), "new": round(new), "ratio": round(new / old, 2) if old else None}


def main():
    """Compare, print a line a page and a measure, and write the values beside it if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--output", type=Path, help="file for the values as JSON")
    chosen = parser.parse_args()
    found = compare(chosen.old.resolve(), chosen.new.resolve(), chosen.runs)
    print(f"{platform.machine()}, slowed {SLOWED} times, median of {chosen.runs} runs, ms")
    for page, measures in found.items():
        for measure, values in measures.items():
            print(f"{page:20} {measure:9} {values['old']:7} → {values['new']:6}   ratio {values['ratio']}")
    if chosen.output:
        chosen.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
