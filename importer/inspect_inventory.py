"""Part of inspect.py: conf/operators.yaml, FlagGems' inventory of operators, edited as text: every
byte that is there stays, and an entry is inserted where the file's own order has its place.

An item of the request "inventory": `text`, `entries`: list of {`id`, `description`, `for` (list),
`category`, `name`, `source`}. An answer: `text` and `errors`, `added` and `there` (lists of ids)."""

ENTRY = re.compile(r"^(\s*)-(\s+)id:\s*(['\"]?)([^'\"#\s]+)\3\s*(#.*)?$")

# Where the inventory says nothing of the operator's other forms.
KINDS = {
    "pointwise": "Math",
    "reduction": "Reduction",
    "blas": "BLAS",
    "custom": "Tensor",
}
LABELS = {"pointwise": ["pointwise"], "reduction": ["Reduction"]}


def blocks(lines):
    """(line, id) of each entry, and the line after the last one."""
    starts = [(i, ENTRY.match(line)) for i, line in enumerate(lines)]
    starts = [(i, m) for i, m in starts if m]
    if not starts:
        return [], len(lines), 2
    indent = min(len(m.group(1)) for _, m in starts)
    starts = [(i, m.group(4)) for i, m in starts if len(m.group(1)) == indent]
    end = starts[-1][0] + 1
    while end < len(lines) and (
        lines[end].startswith(" " * (indent + 1)) or not lines[end].strip()
    ):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return starts, end, indent


ORDERS = [
    lambda name: name,
    lambda name: name.lower(),
    lambda name: name.lstrip("_"),
    lambda name: name.lstrip("_").lower(),
]


def place(ids, new):
    """How many of the ids come before a new one: the place with the fewest ids on the wrong side,
    by the order that the file itself follows best."""
    key = min(ORDERS, key=lambda k: sum(k(a) > k(b) for a, b in zip(ids, ids[1:])))
    wrong = sum(key(i) < key(new) for i in ids)
    best, at = wrong, 0
    for count, name in enumerate(ids, 1):
        wrong += 1 if key(name) > key(new) else -1 if key(name) < key(new) else 0
        if wrong <= best:
            best, at = wrong, count
    return at


def newest_version(lines):
    """The newest version that an entry names for `alpha`, else for any stage."""
    for stage in ("alpha", r"\w+"):
        found = [
            m.group(1)
            for line in lines
            for m in [re.match(rf"^\s*-\s+{stage}:\s*'?([0-9][0-9.]*)'?\s*$", line)]
            if m
        ]
        if found:
            return max(found, key=lambda v: [int(p) for p in v.split(".") if p])
    return None


def scalar_text(text):
    """A YAML scalar on one line; quoted where a plain one would mean something else."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9 _.,()/`'=+-]*", text)
    special = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
    return text if plain and text.lower() not in special else json.dumps(text)


def words_of(lines, starts, end, name, key):
    """The list `key` of the entry `name`, or []."""
    for (line, found), (after, _) in zip(starts, starts[1:] + [(end, None)]):
        if found != name:
            continue
        words, inside = [], False
        for text in lines[line:after]:
            match = re.match(r"^\s+(\w+):", text)
            inside = match.group(1) == key if match else inside
            item = re.match(r"^\s+-\s+['\"]?([\w.]+)['\"]?\s*$", text)
            if inside and item:
                words.append(item.group(1))
        return words
    return []


def entry_lines(entry, indent, version, kinds):
    pad = " " * indent
    lines = [f"{pad}- id: {scalar_text(entry['id'])}"]
    lines.append(f"{pad}  description: {scalar_text(entry['description'])}")
    labels = (["aten"] if entry["source"] == "aten" else []) + LABELS.get(
        entry["category"], []
    )
    for key, values in (
        ("for", entry["for"]),
        ("labels", labels),
        ("kind", kinds),
        ("stages", None),
        ("name", [entry["name"]]),
        ("source", [entry["source"]] if entry["source"] else []),
    ):
        if key == "stages":
            lines += [f"{pad}  stages:", f"{pad}    - alpha: '{version}'"]
        elif values:
            lines += [f"{pad}  {key}:", *(f"{pad}    - {scalar_text(v)}" for v in values)]
    return lines


def edit_inventory(item):
    text = item["text"]
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end_of_line)
    added, there = [], []
    version = newest_version(lines)
    if version is None or not blocks(lines)[0]:
        return {
            "text": None,
            "errors": [
                "it has no entry `- id:` with a stage as `- alpha: '5.4'`, so that a new one could "
                "be like it"
            ],
        }
    for entry in item["entries"]:
        starts, end, indent = blocks(lines)
        ids = [name for _, name in starts]
        # An id has no underscore in front, unless that would be another operator's.
        plain = entry["id"].lstrip("_")
        taken = words_of(lines, starts, end, plain, "for")
        if plain and (plain not in ids or set(taken) & set(entry["for"])):
            entry["id"] = plain
        if entry["id"] in ids:
            there.append(entry["id"])
            continue
        kinds = words_of(lines, starts, end, entry["name"], "kind") or [
            KINDS[entry["category"]]
        ]
        at = place(ids, entry["id"])
        line = starts[at][0] if at < len(starts) else end
        lines[line:line] = entry_lines(entry, indent, version, kinds)
        added.append(entry["id"])
    return {"text": end_of_line.join(lines), "errors": [], "added": added, "there": there}


