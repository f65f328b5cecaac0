"""The last part of inspect.py: answers the request."""


def diff(request):
    old = (request["old"] or "").splitlines(keepends=True)
    new = (request["new"] or "").splitlines(keepends=True)
    source = "a/" + request["path"] if request["old"] is not None else "/dev/null"
    return "".join(difflib.unified_diff(old, new, source, "b/" + request["path"]))


def main():
    request = json.load(sys.stdin)
    work = {
        "operators": check_operators,
        "inits": lambda items: [edit_init(item) for item in items],
        "inventory": lambda items: [edit_inventory(item) for item in items],
        "diffs": lambda items: [diff(item) for item in items],
    }[request["what"]]
    json.dump(work(request[request["what"]]), sys.stdout)


main()
