"""From matplotlib's SVG to one that a strict Content-Security-Policy lets stand in a page."""

from __future__ import annotations

import hashlib
import re
from xml.etree import ElementTree as ET

from dsr.charts.ink import Ink

_SVG, _HREF = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_FONTS = '"DSR Sans","DSR Arabic","DSR Hebrew",system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif'
_ATTRIBUTES = frozenset({
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin",
    "stroke-dasharray", "stroke-dashoffset", "opacity", "font-size", "font-weight", "font-style", "text-anchor",
})  # fmt: skip
_NAMES = {ink.value: ink.name.lower() for ink in Ink}
_UNTURNED = re.compile(r"rotate\(-?0(?: [^)]*)?\)")
_LOCAL = re.compile(r"url\(#([^)]+)\)")


def presentable(svg: str, *, title: str, description: str) -> str:
    """The same picture: presentation attributes in place of styles, classes beside colours, and a name."""
    root = ET.fromstring(svg)  # noqa: S314  (matplotlib wrote it, without entities)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{_SVG}metadata" or any(row.tag == f"{_SVG}style" for row in child):
                parent.remove(child)
    for element in root.iter():
        _set_plain(element)
    _unwrap(root)
    _name_ids(root, prefix=f"c{hashlib.sha256(svg.encode()).hexdigest()[:10]}-")
    _head(root, title=title, description=description)
    return ET.tostring(root, encoding="unicode")


def _set_plain(element: ET.Element) -> None:
    element.tag = element.tag.removeprefix(_SVG)
    classes = []
    for declaration in filter(None, (part.strip() for part in element.attrib.pop("style", "").split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font-family":
            continue  # the page's own
        if name not in _ATTRIBUTES:
            raise ValueError(f"A chart can't keep the property {name}.")
        if name in {"fill", "stroke"} and value != "none":
            if value not in _NAMES:
                raise ValueError(f"A chart takes colours of Ink alone, not {value}.")
            classes.append(f"{'fill' if name == 'fill' else 'line'}-{_NAMES[value]}")
        element.set(name, value.removesuffix("px"))
    if classes:
        element.set("class", " ".join(classes))
    if _UNTURNED.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]
    if "d" in element.attrib:
        element.set("d", " ".join(element.attrib["d"].split()))
    if _HREF in element.attrib:
        element.set("href", element.attrib.pop(_HREF))
    if element.tag != "text" and not (element.text or "").strip():
        element.text = None
    element.tail = None


def _unwrap(element: ET.Element) -> None:
    """Take out groups that say nothing. Their ids name parts of matplotlib's picture, and no other element."""
    kept: list[ET.Element] = []
    for child in element:
        _unwrap(child)
        if child.tag == "g" and not child.attrib.keys() - {"id"}:
            kept.extend(child)
        else:
            kept.append(child)
    element[:] = kept


def _name_ids(root: ET.Element, *, prefix: str) -> None:
    used = {row.get("href", "").removeprefix("#") for row in root.iter()}
    used |= {found for row in root.iter() for value in row.attrib.values() for found in _LOCAL.findall(value)}
    for element in root.iter():
        own = element.attrib.pop("id", "")
        if own in used - {""}:
            element.set("id", prefix + own)
        for name, value in element.attrib.items():
            if name == "href":
                element.set(name, f"#{prefix}{value.removeprefix('#')}")
            elif value.startswith("url("):
                element.set(name, _LOCAL.sub(rf"url(#{prefix}\1)", value))


def _head(root: ET.Element, *, title: str, description: str) -> None:
    view_box = root.attrib["viewBox"]
    _, _, width, height = view_box.split()
    root.attrib.clear()
    root.attrib |= {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": "chart",
        "role": "img",
        "viewBox": view_box,
        "width": width,
        "height": height,
        "font-family": _FONTS,
        "stroke-linejoin": "round",
        "stroke-linecap": "butt",
    }
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        named = ET.Element(tag)
        named.text = text
        root.insert(place, named)
