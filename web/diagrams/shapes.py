"""Bodies of everything that is not an event or an edge."""

from web.diagrams import icons, labels, talk
from web.diagrams.markup import line_through, moved, path, rect, tag
from web.diagrams.model import ACTIVITIES, DATA, GATEWAYS, Box, Shape

HEADER = 30.0
CORNER = 10.0
MARK_SIZE = 15.0
MARK_ORDER = ("loop", "parallel", "sequential", "compensation", "collapsed", "ad-hoc")


def body(shape: Shape) -> str:
    """Return the outline, icon and inner label of *shape*."""
    if shape.kind in ACTIVITIES:
        return _activity(shape)
    if shape.kind in GATEWAYS:
        return _gateway(shape)
    if talk.is_talk(shape):
        return talk.body(shape) + _marks(shape, talk.room_below(shape))
    if shape.kind in ("participant", "lane"):
        return _pool(shape)
    if shape.kind in DATA:
        return _data(shape)
    if shape.kind == "textAnnotation":
        return _annotation(shape)
    if shape.kind == "group":
        return rect(shape.box, "d-group", CORNER)
    return rect(shape.box, "d-box", 4) + labels.write(labels.inside(shape.name, shape.box))


def _activity(shape: Shape) -> str:
    box, marks = shape.box, shape.marks
    classes = ["d-box"]
    if shape.kind == "callActivity":
        classes.append("d-thick")
    if "event-subprocess" in marks:
        classes.append("d-dotted")
    outline = rect(box, " ".join(classes), min(CORNER, box.height / 4))
    if "transaction" in marks:
        outline += rect(Box(box.x + 3, box.y + 3, max(box.width - 6, 1), max(box.height - 6, 1)), "d-inner", CORNER - 3)
    icon = moved(box.x + 5, box.y + 5, 1, icons.draw(icons.TASKS[shape.kind])) if shape.kind in icons.TASKS else ""
    if "instantiate" in marks and icon:
        icon += tag("circle", {"class": "d-line", "cx": box.x + 13, "cy": box.y + 13, "r": 11})
    below = _marks(shape)
    room = Box(box.x, box.y, box.width, box.height - MARK_SIZE) if below and box.height > 50 else box
    if icon and box.height < 50:
        room = Box(box.x + 16, room.y, max(box.width - 16, 20), room.height)
    label = labels.inside(shape.name, room, "expanded" in marks)
    if icon:
        label = labels.below_icon(label, Box(box.x + 4, box.y + 4, 18, 18), room)
    return outline + icon + labels.write(label) + below


def _marks(shape: Shape, above: float = 0) -> str:
    shown = [mark for mark in MARK_ORDER if mark in shape.marks]
    left = shape.box.cx - (MARK_SIZE + 3) * len(shown) / 2
    top = shape.box.bottom - MARK_SIZE - 2 - above
    return "".join(
        moved(left + (MARK_SIZE + 3) * index + 1.5, top, 1, icons.draw(icons.ACTIVITY_MARKS[mark]))
        for index, mark in enumerate(shown)
    )


def _gateway(shape: Shape) -> str:
    box = shape.box
    corners = [(box.cx, box.y), (box.right, box.cy), (box.cx, box.bottom), (box.x, box.cy)]
    outline = path(line_through(corners) + " Z", "d-box")
    scale = min(box.width, box.height) / 50
    if shape.kind == "eventBasedGateway":
        return outline + moved(box.cx, box.cy, scale, _event_gateway(shape))
    if "plain" in shape.marks and shape.kind == "exclusiveGateway":
        return outline
    return outline + moved(box.cx, box.cy, scale, icons.draw(icons.GATEWAYS[shape.kind]))


def _event_gateway(shape: Shape) -> str:
    outer = tag("circle", {"class": "d-line", "r": 14})
    if "instantiate-parallel" in shape.marks:
        return outer + moved(0, 0, 0.8, icons.draw(icons.CATCHING["parallel-multiple"]))
    inner = "" if "instantiate" in shape.marks else tag("circle", {"class": "d-line", "r": 11})
    return outer + inner + moved(0, 0, 0.72, icons.draw(icons.CATCHING["multiple"]))


def _pool(shape: Shape) -> str:
    box, is_lane = shape.box, shape.kind == "lane"
    outline = rect(box, "d-lane" if is_lane else "d-pool")
    if "black-box" in shape.marks:
        return outline + labels.write(labels.inside(shape.name, box), "d-text d-strong") + _pool_mark(shape)
    classes = "d-text" if is_lane else "d-text d-strong"
    if "vertical" in shape.marks:
        line = "" if is_lane else path(line_through([(box.x, box.y + HEADER), (box.right, box.y + HEADER)]), "d-line")
        return outline + line + labels.write(labels.inside(shape.name, Box(box.x, box.y, box.width, HEADER)), classes)
    line = "" if is_lane else path(line_through([(box.x + HEADER, box.y), (box.x + HEADER, box.bottom)]), "d-line")
    words = labels.turned(shape.name, Box(box.x, box.y, HEADER, box.height))
    return outline + line + labels.write(words, classes) + _pool_mark(shape)


def _pool_mark(shape: Shape) -> str:
    if "many" not in shape.marks:
        return ""
    return moved(shape.box.cx - 7, shape.box.bottom - 16, 1, icons.draw(icons.ACTIVITY_MARKS["parallel"]))


def _data(shape: Shape) -> str:
    if shape.kind in ("dataStore", "dataStoreReference"):
        return _data_store(shape.box)
    box = shape.box
    fold = min(box.width, box.height) * 0.3
    corner = [(box.right - fold, box.y), (box.right - fold, box.y + fold), (box.right, box.y + fold)]
    page = [(box.x, box.y), corner[0], corner[2], (box.right, box.bottom), (box.x, box.bottom)]
    parts = [path(line_through(page) + " Z", "d-box"), path(line_through(corner), "d-line")]
    if shape.kind in ("dataInput", "dataOutput"):
        picture = icons.CATCHING["link"] if shape.kind == "dataInput" else icons.THROWING["link"]
        parts.append(moved(box.x + 10, box.y + 10, 0.7, icons.draw(picture)))
    if "collection" in shape.marks:
        parts.append(moved(box.cx - 7, box.bottom - 15, 0.9, icons.draw(icons.ACTIVITY_MARKS["parallel"])))
    return "".join(parts)


def _data_store(box: Box) -> str:
    depth = min(box.height / 6, 8.0)
    half = f"{box.width / 2:.1f}"
    ring = f"{half} {depth:.1f} 0 0"
    sides = (
        f"M{box.x:.1f} {box.y + depth:.1f} A{ring} 1 {box.right:.1f} {box.y + depth:.1f} V{box.bottom - depth:.1f}"
        f" A{ring} 1 {box.x:.1f} {box.bottom - depth:.1f} Z"
    )
    bands = "".join(
        f" M{box.x:.1f} {box.y + depth + step:.1f} A{ring} 0 {box.right:.1f} {box.y + depth + step:.1f}"
        for step in (0.0, depth * 0.7, depth * 1.4)
    )
    return path(sides, "d-box") + path(bands.strip(), "d-line")


def _annotation(shape: Shape) -> str:
    box = shape.box
    bracket = [(box.x + 10, box.y), (box.x, box.y), (box.x, box.bottom), (box.x + 10, box.bottom)]
    most = max(int(box.height / labels.LINE_HEIGHT), 1)
    lines = labels.wrap(shape.name, max(box.width - 10, 30), most)
    words = labels.Label(lines, box.x + 6, box.y + 3, "start") if lines else None
    return rect(box, "d-clear") + path(line_through(bracket), "d-line") + labels.write(words)
