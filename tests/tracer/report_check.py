#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a page or a trace of smc-trace report has to be, beside what other programs say of the same events.

  report_check.py page PAGE                  well-formed, self-contained, accessible
  report_check.py text PAGE TEXT             the text is in it as text
  report_check.py numbers PAGE STATS WHY     its tables have the numbers of stats --json and why --json
  report_check.py arrows PAGE EVENTS COUNT   its arrows are at the times of read --json; COUNT are whole ones at least
  report_check.py trace TRACE EVENTS         the trace event format, with the same events
  report_check.py all FOLDER COUNT           all that of FOLDER/page.html, trace.json, stats.json, why.json and events.json
"""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

ELEMENTS = set("""html head meta title style body a header h1 p code nav ul li main section h2 details summary figure
	figcaption div table caption thead tbody tr th td svg text rect line path circle g""".split())
ATTRIBUTES = set("""lang charset name content http-equiv class href id aria-label aria-labelledby role tabindex scope open
	viewBox x y x1 y1 x2 y2 cx cy r d width height text-anchor data-value data-from data-to data-top data-height
	data-client data-server""".split())


def fail(text):
    print(text)
    sys.exit(1)


def expect(condition, text):
    if not condition:
        fail(text)


def read(path):
    """The page as a tree, and its bytes."""
    with open(path, "rb") as page:
        whole = page.read()
    text = whole.decode("utf-8")
    expect(text.startswith("<!DOCTYPE html>\n"), "it does not begin as HTML")
    return ElementTree.fromstring(text.split("\n", 1)[1]), text


def check_page(path):
    root, text = read(path)
    expect(len(text.encode()) < 2000000, f"{len(text)} bytes are too many")
    for pattern in (r"https?:", r"\bsrc\s*=", r"@import", r"url\s*\(", r"<script", r"\bon[a-z]+\s*=\s*[\"']", r"javascript:"):
        found = [match.group(0) for match in re.finditer(pattern, text, re.I)]
        # Names of files and processes are text: there they are no markup, which the list of elements below says.
        markup = re.sub(r">[^<]*<", "><", text)
        expect(not re.search(pattern, markup, re.I), f"{pattern}: {found[:3]}")
    expect(not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text), "a control character")
    ids = Counter()
    for element in root.iter():
        expect(element.tag in ELEMENTS, f"an element {element.tag}")
        for name in element.attrib:
            expect(name in ATTRIBUTES, f"an attribute {name} of {element.tag}")
        if "id" in element.attrib:
            ids[element.attrib["id"]] += 1
    expect(all(n == 1 for n in ids.values()), f"ids twice: {[i for i in ids if ids[i] > 1]}")
    for element in root.iter():
        for name in element.attrib.get("aria-labelledby", "").split():
            expect(name in ids, f"aria-labelledby {name}: there is no such id")
        if element.tag == "a":
            expect(element.attrib["href"].startswith("#") and element.attrib["href"][1:] in ids, f"a link to {element.attrib['href']}")
        if element.tag == "table":
            expect(element[0].tag == "caption" and element[0].text, "a table without a caption")
            columns = element.find("thead/tr")
            expect(all(cell.attrib.get("scope") == "col" for cell in columns), "a column without a scope")
            for row in element.find("tbody"):
                expect(len(row) == len(columns), f"{len(row)} cells for {len(columns)} columns: {row[0].text}")
        if element.tag == "svg":
            expect(element.attrib.get("role") == "img" and element.find("title") is not None, "an SVG without a title")
        if element.tag == "figure":
            expect(element.find("figcaption") is not None, "a figure without a caption")
    levels = [element.tag for element in root.iter() if element.tag in ("h1", "h2")]
    expect(levels[0] == "h1" and levels.count("h1") == 1 and levels.count("h2") == 8, f"headings: {levels}")
    expect("prefers-color-scheme: dark" in text and "@media print" in text, "neither dark nor print")
    expect("default-src 'none'" in text, "no content security policy")


def check_text(path, wanted):
    root, _ = read(path)
    expect(wanted in "".join(root.itertext()), f"{wanted} is not in the text")


def table(root, caption):
    """Rows of cells as text, by the caption's beginning."""
    for found in root.iter("table"):
        if found[0].text.startswith(caption):
            return [["".join(cell.itertext()) for cell in row] for row in found.find("tbody")]
    return []


def check_numbers(path, stats_path, why_path):
    root, text = read(path)
    with open(stats_path, encoding="utf-8") as file:
        stats = json.load(file)
    with open(why_path, encoding="utf-8") as file:
        why = json.load(file)
    got = {row[0]: int(row[1]) for row in table(root, "Handshakes by outcome")}
    wanted = {name: stats["handshakes"][key]["count"] for name, key in (("SMC", "smc"), ("TCP", "tcp"), ("failed", "failed"))}
    expect(got == wanted, f"handshakes {got}, not {wanted}")
    for got, key in zip(table(root, "Latencies"), ("clc", "llc", "cdc", "read")):
        expect(int(got[1]) == stats["latency_seconds"][key]["count"], f"{key}: {got}")
    for key in ("clc", "llc", "cdc", "read"):
        bars = [int(bar.attrib["data-value"]) for svg in root.iter("svg") if svg.attrib["aria-labelledby"] == f"latency-{key}"
                for bar in svg.iter("rect")]
        expect(sum(bars) == stats["latency_seconds"][key]["count"], f"bars of {key}: {bars}")
    for way, key in (("sent", "sent"), ("received", "received")):
        for chart, member in (("traffic-bytes", "bytes"), ("traffic-blocked", "blocked")):
            areas = sum(int(bar.attrib["data-value"]) for svg in root.iter("svg") if svg.attrib["aria-labelledby"] == chart
                        for bar in svg.iter("rect") if bar.attrib["class"] == way)
            is_ = stats["connections"]["data"][key][member]
            expect(abs(areas - (is_ if member == "bytes" else is_ * 1e9)) <= (0 if member == "bytes" else 2e3), f"{chart} {way}: {areas}, not {is_}")
    got = sorted((int(row[0]), row[1].split()[0]) for row in table(root, "Fallbacks"))
    wanted = sorted((row["count"], row["reason"]) for row in stats["fallbacks"])
    expect(got == wanted, f"fallbacks {got}, not {wanted}")
    got = sorted((int(row[0]), row[1]) for row in table(root, "Causes"))
    wanted = sorted((row["connections"], "failed" if row["failed"] else "TCP") for row in why["causes"])
    expect(got == wanted[-200:] or got == wanted, f"causes {got}, not {wanted}")
    texts = sorted(re.sub(r" \[[A-Z]+-\d+\]$", "", row[3]) for row in table(root, "Causes"))
    expect(len(wanted) > 200 or texts == sorted(row["text"] for row in why["causes"]), f"texts of causes: {texts}")
    got = {row[0]: [int(n) for n in row[1:]] for row in table(root, "Events by hook")}
    keys = ("seen", "filtered", "sent", "full", "unreadable", "truncated")
    wanted = {name: [hook[key] for key in keys] for name, hook in stats["hooks"].items() if hook["seen"]}
    expect(got == wanted, f"hooks {got}, not {wanted}")
    whole = "".join(root.itertext())
    expect(f"Lost events: {stats['lost']}." in whole, "lost events")
    expect(stats["observed"].split(" (")[0] in whole, "the line of what was observed")
    seen = stats["connections"]["seen"]
    expect(f"{seen} ends of SMC connections were seen, {stats['connections']['open']} of them open" in whole, "connections")
    ends = re.search(r"of those of which (\d+) ends were seen", whole)
    expect(int(ends.group(1)) >= seen, "ends of connections")


def nanoseconds(time):
    """RFC 3339 with nine digits, UTC."""
    import calendar
    match = re.fullmatch(r"(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d{9})Z", time)
    expect(match, f"a time {time}")
    return calendar.timegm(tuple(int(part) for part in match.groups()[:6])) * 10**9 + int(match.group(7))


def events_of(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            event["ns"] = nanoseconds(event["time"])
            yield event


def check_arrows(path, events_path, least):
    root, _ = read(path)
    by_time, halves = {}, {}
    for event in events_of(events_path):
        by_time.setdefault(event["ns"], []).append(event)
        if event["kind"] in (1, 2, 3) and event["id"]:
            halves.setdefault(event["id"], []).append(event)
    whole = half = points = 0
    for svg in root.iter("svg"):
        if "data-from" not in svg.attrib:
            continue
        begin, end, top, height = (float(svg.attrib[f"data-{key}"]) for key in ("from", "to", "top", "height"))
        begin, end = int(svg.attrib["data-from"]), int(svg.attrib["data-to"])
        seen = 0

        def y_of(time):
            return top + ((time - begin) * height / (end - begin) if end > begin else height / 2)

        for group in svg.iter("g"):
            times = [int(group.attrib["data-client"]), int(group.attrib["data-server"])]
            text = group.find("title").text
            seen += 1
            for time in filter(None, times):
                expect(begin <= time <= end, "an event outside of its picture")
                expect(any(event["text"].lstrip("<> ")[:60] == text[:60] for event in by_time.get(time, [])), f"no event '{text}' at {time}")
            line, circle = group.find("line"), group.find("circle")
            if circle is not None:
                points += 1
                expect(abs(float(circle.attrib["cy"]) - y_of(max(times))) < 0.011, f"a point of {text}")
                continue
            x1, x2, y1, y2 = (float(line.attrib[key]) for key in ("x1", "x2", "y1", "y2"))
            if not all(times):
                half += 1
                expect(line.attrib.get("class") == "half" and y1 == y2, "half of a message is not drawn as one")
                expect(abs(y1 - y_of(max(times))) < 0.011, f"half of {text}")
                # What is drawn as seen at one end was seen at no other within the trace.
                event = next(e for e in by_time[max(times)] if e["text"].lstrip("<> ")[:60] == text[:60])
                expect(len(halves.get(event["id"], [])) < 2, f"{text} was seen at both ends")
                continue
            whole += 1
            sender = 0 if x1 < x2 else 1
            expect(abs(y1 - y_of(times[sender])) < 0.011 and abs(y2 - y_of(times[1 - sender])) < 0.011, f"the arrow of {text}")
            pair = [e for e in by_time[times[sender]] if e["kind"] in (1, 2, 3) and e["text"].startswith(">")]
            ids = {e["id"] for e in pair} & {e["id"] for e in by_time[times[1 - sender]] if e["text"].startswith("<")}
            expect(ids, f"the ends of {text} are not of one message")
        expect(seen == int(re.search(r": (\d+) events", svg.find("title").text).group(1)), "events of a picture")
    print(f"{whole} arrows, {half} halves, {points} points")
    expect(whole >= int(least), f"{whole} whole arrows are fewer than {least}")


def check_trace(path, events_path):
    with open(path, encoding="utf-8") as file:
        trace = json.load(file)
    begin = int(trace["otherData"]["begin_ns"])
    named, slices, flows, texts = set(), {}, {}, Counter()
    for event in trace["traceEvents"]:
        place = (event["pid"], event["tid"])
        expect(event["ph"] in "XisfM" and isinstance(event["name"], str), f"{event}")
        if event["ph"] == "M":
            expect(event["name"] in ("process_name", "thread_name") and event["args"]["name"], f"{event}")
            named.add((event["name"], event["pid"], event["tid"] if event["name"] == "thread_name" else 0))
            continue
        expect(("process_name", event["pid"], 0) in named and ("thread_name", *place) in named, f"{event}: nameless")
        at = round(event["ts"] * 1000)
        expect(event["ts"] >= 0, f"{event}")
        if event["ph"] == "X":
            expect(event["dur"] >= 0, f"{event}")
            slices.setdefault(place, []).append((at, at + round(event["dur"] * 1000), event["name"]))
        if event["ph"] == "i":
            expect(event["s"] == "t", f"{event}")
        if event["ph"] in "sf":
            flows.setdefault(event["id"], {})[event["ph"]] = (place, at)
        elif "text" in event.get("args", {}):
            texts[(at + begin, event["args"]["text"][:60])] += 1
    wanted = Counter((event["ns"], re.sub(r"[^ -~]", "\ufffd", event["text"])[:60]) for event in events_of(events_path))
    expect(texts == wanted, f"events: {list((texts - wanted).items())[:2]}, not {list((wanted - texts).items())[:2]}")
    for number, flow in flows.items():
        expect(set(flow) == {"s", "f"}, f"flow {number} has one end")
        for place, at in flow.values():
            expect(any(at == start for start, _, name in slices[place] if name.endswith("message")), f"flow {number} is bound to nothing")
    for place, rows in slices.items():
        stack = []
        for start, end, name in sorted(rows, key=lambda row: (row[0], -row[1])):
            while stack and stack[-1] <= start:
                stack.pop()
            expect(not stack or end <= stack[-1] or name.endswith("message"), f"{name} of {place} overlaps")
            if end > start:
                stack.append(end)
    print(f"{sum(texts.values())} events, {len(flows)} flows")


def check_all(folder, least):
    check_page(f"{folder}/page.html")
    check_numbers(f"{folder}/page.html", f"{folder}/stats.json", f"{folder}/why.json")
    check_arrows(f"{folder}/page.html", f"{folder}/events.json", least)
    check_trace(f"{folder}/trace.json", f"{folder}/events.json")


if __name__ == "__main__":
    {"all": check_all, "page": check_page, "text": check_text, "numbers": check_numbers, "arrows": check_arrows, "trace": check_trace}[sys.argv[1]](*sys.argv[2:])
