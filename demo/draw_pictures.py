#!/usr/bin/env python3
"""Draws every picture of the demo catalogue, as SVG.

    python3 demo/draw_pictures.py

It writes, beside itself:

    images/products/<slug>.svg      800 x 800, one for each product
    images/categories/<slug>.svg    1200 x 800, a still life for each category
    images/hero.svg                 1600 x 900, the market at the front of the shop

Only the standard library is used and every random choice is seeded by the
slug, so the same source always writes the same bytes.

How it is laid out: a small drawing kit first (colours, `Pic`, `Solid`), then
shared props (beans, bowls, bands of tibeb), then one function for each
product, registered with its alternative text and its background by `@pic`.
A product function draws the object only, standing on a ground near y = 650 of
an 800 square; the still lifes and the hero place the same functions again.
"""
import math
import pathlib
import random
from contextlib import contextmanager

HERE = pathlib.Path(__file__).resolve().parent

# ---------------------------------------------------------------- colours

INK, PAPER = "#1f1a17", "#faf6ef"
TERRA, SAFFRON, FOREST, INDIGO = "#b5452c", "#e0a526", "#24523f", "#2d3a6b"
WINE, CREAM, SAND, STRAW = "#6e2233", "#f6ead3", "#e8d2a6", "#d8b068"
BEAN, KRAFT, WOOD, WALNUT = "#5a3524", "#c79a68", "#b9793f", "#7c4a2a"
BLUSH, SAGE, SKY, ROSE = "#efd3c2", "#b9c7ae", "#c9d3dd", "#d98a74"
BRASS, SILVER, BLACKCLAY = "#d2a13c", "#cfd2d8", "#33292a"
TAN, COGNAC, OXBLOOD = "#b87a45", "#9a5630", "#5e2323"


def rgb(c):
    """'#rrggbb' -> (r, g, b)"""
    return tuple(int(c[i:i + 2], 16) for i in (1, 3, 5))


def mix(a, b, t):
    """The colour a part `t` of the way from `a` to `b`."""
    return "#" + "".join(f"{round(x + (y - x) * t):02x}" for x, y in zip(rgb(a), rgb(b)))


def dark(c, t=.25):
    return mix(c, INK, t)


def light(c, t=.3):
    return mix(c, "#fffaf0", t)


# ---------------------------------------------------------------- numbers and paths

def n(x):
    """A number as short as it can be written at a tenth of a unit."""
    s = f"{x:.1f}"
    s = s[:-2] if s.endswith(".0") else s
    return "0" if s == "-0" else s


def poly(pts, close=True):
    """A path through straight lines."""
    return "M" + "L".join(f"{n(x)} {n(y)}" for x, y in pts) + ("Z" if close else "")


def smooth(pts, close=False, lead="M"):
    """A Catmull-Rom curve through the points, as cubic Beziers."""
    m = len(pts)
    at = (lambda i: pts[i % m]) if close else (lambda i: pts[max(0, min(m - 1, i))])
    d = f"{lead}{n(pts[0][0])} {n(pts[0][1])}"
    for i in range(m if close else m - 1):
        a, b, c, e = at(i - 1), at(i), at(i + 1), at(i + 2)
        d += "C" + " ".join(n(v) for v in (
            b[0] + (c[0] - a[0]) / 6, b[1] + (c[1] - a[1]) / 6,
            c[0] - (e[0] - b[0]) / 6, c[1] - (e[1] - b[1]) / 6, c[0], c[1]))
    return d + ("Z" if close else "")


def rrect(x, y, w, h, r):
    """A rectangle with round corners, as a path."""
    return (f"M{n(x + r)} {n(y)}h{n(w - 2 * r)}q{n(r)} 0 {n(r)} {n(r)}v{n(h - 2 * r)}"
            f"q0 {n(r)} {n(-r)} {n(r)}h{n(2 * r - w)}q{n(-r)} 0 {n(-r)} {n(-r)}"
            f"v{n(2 * r - h)}q0 {n(-r)} {n(r)} {n(-r)}Z")


def oval(cx, cy, rx, ry=None):
    """An ellipse, as a path."""
    ry = rx if ry is None else ry
    return f"M{n(cx - rx)} {n(cy)}a{n(rx)} {n(ry)} 0 1 1 {n(2 * rx)} 0a{n(rx)} {n(ry)} 0 1 1 {n(-2 * rx)} 0Z"


def polar(cx, cy, r, a, ky=1):
    """The point at radius `r` and angle `a` (degrees, 0 is up, clockwise)."""
    t = math.radians(a)
    return cx + r * math.sin(t), cy - r * math.cos(t) * ky


# ---------------------------------------------------------------- the picture

SHORT = {"sw": "stroke-width", "op": "opacity", "tf": "transform", "dash": "stroke-dasharray",
         "cap": "stroke-linecap", "join": "stroke-linejoin", "fo": "fill-opacity", "rule": "fill-rule"}


class Pic:
    """One SVG being drawn: a list of elements, a set of definitions, a seeded rng."""

    def __init__(self, slug, title, w=800, h=800):
        self.title, self.w, self.h = title, w, h
        self.rng = random.Random("merkato/" + slug)
        self.defs, self.out, self.count = {}, [], 0

    # elements
    def el(self, tag, **kw):
        a = "".join(f' {SHORT.get(k, k)}="{n(v) if isinstance(v, float) and k != "op" else v}"'
                    for k, v in kw.items() if v is not None)
        self.out.append(f"<{tag}{a}/>")

    def path(self, d, fill="none", **kw):
        for need in ("gloss", "round", "panel", "drape", "metal", "gold"):
            if fill == f"url(#{need})" or kw.get("stroke") == f"url(#{need})":
                self.shared(need)
        self.el("path", d=d, fill=fill, **kw)

    def line(self, d, stroke, sw=4, **kw):
        self.path(d, stroke=stroke, sw=sw, cap=kw.pop("cap", "round"), **kw)

    def rect(self, x, y, w, h, fill, r=None, **kw):
        self.el("rect", x=n(x), y=n(y), width=n(w), height=n(h), fill=fill, rx=r, **kw)

    def ell(self, cx, cy, rx, ry, fill, **kw):
        self.el("ellipse", cx=n(cx), cy=n(cy), rx=n(rx), ry=n(ry), fill=fill, **kw)

    def circ(self, cx, cy, r, fill="none", **kw):
        self.el("circle", cx=n(cx), cy=n(cy), r=n(r), fill=fill, **kw)

    def use(self, ref, x, y, rot=0, s=1.0, **kw):
        t = f"translate({n(x)} {n(y)})" + (f"rotate({n(rot)})" if rot else "")
        t += f"scale({s:.2f})" if s != 1 else ""
        self.el("use", href="#" + ref, tf=t, **kw)

    # groups
    @contextmanager
    def g(self, tf=None, **kw):
        a = "".join(f' {SHORT.get(k, k)}="{v}"' for k, v in kw.items())
        self.out.append("<g" + (f' transform="{tf}"' if tf else "") + a + ">")
        yield
        self.out.append("</g>")

    @contextmanager
    def clip(self, d):
        self.count += 1
        key = f"k{self.count}"
        self.defs[key] = f'<clipPath id="{key}"><path d="{d}"/></clipPath>'
        self.out.append(f'<g clip-path="url(#{key})">')
        yield
        self.out.append("</g>")

    # definitions
    def define(self, key, xml):
        self.defs.setdefault(key, xml)
        return key

    def shared(self, key):
        """The gradients that all the pictures share: light comes from the upper left."""
        w, k = 'stop-color="#fff"', f'stop-color="{INK}"'
        o = "stop-opacity"
        xml = {
            "round": f'<linearGradient id="round"><stop {k} {o}=".1"/><stop offset=".13" {w} {o}=".12"/><stop offset=".26" {w} {o}=".26"/>'
                     f'<stop offset=".48" {w} {o}="0"/><stop offset=".55" {k} {o}="0"/><stop offset="1" {k} {o}=".4"/></linearGradient>',
            "panel": f'<linearGradient id="panel"><stop {w} {o}=".16"/><stop offset=".5" {w} {o}="0"/>'
                     f'<stop offset=".5" {k} {o}="0"/><stop offset="1" {k} {o}=".2"/></linearGradient>',
            "drape": f'<linearGradient id="drape" x2="0" y2="1"><stop {w} {o}=".22"/><stop offset=".5" {w} {o}="0"/>'
                     f'<stop offset=".5" {k} {o}="0"/><stop offset="1" {k} {o}=".22"/></linearGradient>',
            "gloss": f'<linearGradient id="gloss" x2="1" y2="1"><stop {w} {o}=".3"/><stop offset=".45" {w} {o}="0"/>'
                     f'<stop offset=".55" {k} {o}="0"/><stop offset="1" {k} {o}=".26"/></linearGradient>',
            "metal": '<linearGradient id="metal" gradientUnits="userSpaceOnUse" x1="200" y1="150" x2="600" y2="650">'
                     '<stop stop-color="#fbfbf9"/><stop offset=".3" stop-color="#b4b8c0"/><stop offset=".5" stop-color="#f1f1f0"/>'
                     '<stop offset=".75" stop-color="#9da1ab"/><stop offset="1" stop-color="#dcdde0"/></linearGradient>',
            "gold": '<linearGradient id="gold" gradientUnits="userSpaceOnUse" x1="200" y1="150" x2="600" y2="650">'
                    '<stop stop-color="#f8dc93"/><stop offset=".3" stop-color="#c18f2e"/><stop offset=".5" stop-color="#f3d07a"/>'
                    '<stop offset=".8" stop-color="#9c6c20"/><stop offset="1" stop-color="#e2b654"/></linearGradient>',
        }[key]
        return self.define(key, xml)

    # depth
    def ground(self, cx, cy, rx, ry=None, op=.17):
        """A soft shadow on the ground, drawn as three ever smaller ellipses."""
        ry = rx * .13 if ry is None else ry
        for t, dx in ((1.16, 26), (1.02, 14), (.88, 4)):
            self.ell(cx + dx, cy + 3, rx * t, ry * t, INK, op=round(op / 2, 3))

    def drop(self, d, dx=13, dy=18, op=.13, tf=""):
        """The shadow of something seen from above."""
        self.path(d, INK, op=op, tf=f"translate({dx} {dy}){tf}")
        self.path(d, INK, op=op, tf=f"translate({dx // 2} {dy // 2}){tf}")

    def svg(self):
        t = self.title.replace("&", "&amp;").replace("<", "&lt;")
        defs = f"<defs>{''.join(self.defs.values())}</defs>" if self.defs else ""
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.w} {self.h}" role="img">'
                f"<title>{t}</title>{defs}{''.join(self.out)}</svg>\n")


class Solid:
    """A thrown, turned or coiled body: radii down an axis, seen from a little above.

    `prof` is [(y, r), ...] from top to bottom; `k` squashes circles to ellipses."""

    def __init__(self, cx, prof, k=.16, straight=False):
        self.cx, self.prof, self.k, self.straight = cx, prof, k, straight
        self.fine = []
        for i in range(len(prof) - 1):
            a, b, c, e = (prof[max(0, min(len(prof) - 1, i + j))] for j in (-1, 0, 1, 2))
            for s in range(12):
                t = s / 12
                if straight:
                    self.fine.append((b[0] + (c[0] - b[0]) * t, b[1] + (c[1] - b[1]) * t))
                else:
                    f = [.5 * (2 * b[j] + (c[j] - a[j]) * t + (2 * a[j] - 5 * b[j] + 4 * c[j] - e[j]) * t * t
                               + (3 * b[j] - a[j] - 3 * c[j] + e[j]) * t ** 3) for j in (0, 1)]
                    self.fine.append(tuple(f))
        self.fine.append(prof[-1])

    def r(self, y):
        """The radius at height `y`."""
        for (y0, r0), (y1, r1) in zip(self.fine, self.fine[1:]):
            if y0 <= y <= y1:
                return r0 + (r1 - r0) * ((y - y0) / (y1 - y0) if y1 > y0 else 0)
        return self.prof[0][1] if y < self.prof[0][0] else self.prof[-1][1]

    def d(self):
        """The outline."""
        run = (lambda p, lead: poly(p, False).replace("M", lead, 1)) if self.straight else (lambda p, lead: smooth(p, lead=lead))
        left = [(self.cx - r, y) for y, r in self.prof]
        right = [(self.cx + r, y) for y, r in reversed(self.prof)]
        (yt, rt), (yb, rb) = self.prof[0], self.prof[-1]
        return (run(left, "M") + f"A{n(rb)} {n(rb * self.k)} 0 0 0 {n(right[0][0])} {n(yb)}" + run(right, "L")
                + f"A{n(rt)} {n(rt * self.k)} 0 0 0 {n(left[0][0])} {n(yt)}Z")

    def pt(self, u, y):
        """The point at `u` (-1 left edge .. 1 right edge, by angle) and height `y`."""
        r, a = self.r(y), u * math.pi / 2
        return self.cx + r * math.sin(a), y + self.k * r * math.cos(a)

    def arc(self, y):
        r = self.r(y)
        return f"M{n(self.cx - r)} {n(y)}A{n(r)} {n(r * self.k)} 0 0 0 {n(self.cx + r)} {n(y)}"

    def band(self, y1, y2):
        r = self.r(y2)
        return self.arc(y1) + f"L{n(self.cx + r)} {n(y2)}A{n(r)} {n(r * self.k)} 0 0 1 {n(self.cx - r)} {n(y2)}Z"

    def teeth(self, y1, y2, m, phase=0.0):
        """`m` triangles round the front, points at y1 and feet at y2."""
        d = ""
        for i in range(m + (1 if phase else 0)):
            u = -1 + 2 * (i - phase) / m
            w = 2 / m
            d += poly([self.pt(u, y2), self.pt(u + w / 2, y1), self.pt(u + w, y2)])
        return d

    def diamonds(self, y1, y2, m, fill=.92):
        d = ""
        for i in range(m):
            u, w, ym = -1 + 2 * (i + .5) / m, fill / m, (y1 + y2) / 2
            d += poly([self.pt(u, y1), self.pt(u + w, ym), self.pt(u, y2), self.pt(u - w, ym)])
        return d

    def zig(self, y1, y2, m):
        """A zigzag line round the front."""
        return poly([self.pt(-1 + i / m, y1 if i % 2 else y2) for i in range(2 * m + 1)], False)

    def cells(self, y1, y2, m, phase=0):
        """Every other cell of a ring of `2 m` cells."""
        d = ""
        for i in range(m):
            u, w = -1 + 2 * (i + phase / 2) / m, 1 / m
            d += poly([self.pt(u, y1), self.pt(u + w, y1), self.pt(u + w, y2), self.pt(u, y2)])
        return d

    def draw(self, p, fill, deco=None, rim=None, lip=0, light_id="round"):
        """Paints the body, its decoration (clipped to it), its volume and its mouth."""
        d = self.d()
        p.path(d, fill)
        if deco:
            with p.clip(d):
                deco()
        p.path(d, f"url(#{light_id})")
        if rim:
            y, r = self.prof[0]
            if lip:
                p.ell(self.cx, y, r, r * self.k, light(fill, .35))
            p.ell(self.cx, y, r - lip, (r - lip) * self.k, rim)


# ---------------------------------------------------------------- backgrounds

def flecks(p, m=34):
    """The fibres of the paper."""
    d = "".join(f"M{p.rng.randrange(p.w)} {p.rng.randrange(p.h)}h{p.rng.choice((0, 1, 3))}" for _ in range(m))
    p.line(d, INK, 3, op=.08)


def scene(p, wall, table, motif="plain", accent=None, hz=565):
    """A wall with something behind, and a table in front."""
    w, h, a = p.w, p.h, accent or light(wall, .5)
    cx = w / 2
    p.rect(0, 0, w, h, wall)
    if motif == "sun":
        p.circ(cx + w * .12, 300, 225, a)
    elif motif == "low":
        p.circ(cx - w * .1, hz, 310, a)
    elif motif == "arch":
        p.path(f"M{n(cx - 260)} {hz}V330a260 260 0 0 1 520 0V{hz}Z", a)
    elif motif == "twin":
        for x in (-250, 30):
            p.path(f"M{n(cx + x)} {hz}V250a110 110 0 0 1 220 0V{hz}Z", a)
    elif motif == "window":
        for i in (0, 1):
            for j in (0, 1):
                x, y = 120 + 180 * i + 60 * j, 60 + 215 * j + 0 * i
                p.path(f"M{x} {y}l160 30l50 190l-160 -30Z", a)
    elif motif == "hills":
        p.circ(w * .73, 210, 92, light(a, .45))
        p.path(f"M0 {hz}V400L120 330H250L330 430L470 300H600L690 390L{w} 350V{hz}Z", a)
        p.path(f"M0 {hz}V480Q200 410 400 480T{w} 460V{hz}Z", mix(a, table, .5))
    elif motif == "rays":
        d = "".join(f"M{n(cx)} {hz}L{n(cx + 1200 * math.cos(t))} {n(hz - 1200 * math.sin(t))}"
                    f"L{n(cx + 1200 * math.cos(t + .13))} {n(hz - 1200 * math.sin(t + .13))}Z"
                    for t in (i * math.pi / 12 + .06 for i in range(12)))
        p.path(d, a)
    elif motif == "awning":
        m = 8
        for i in range(m):
            x = w / m * i
            p.path(f"M{n(x)} 0h{n(w / m)}v96a{n(w / m / 2)} 46 0 0 1 {n(-w / m)} 0Z", a if i % 2 else light(wall, .55))
        p.rect(0, 0, w, 18, INK, op=.12)
    elif motif == "stripes":
        for i in range(5):
            p.rect(w / 5 * i, 0, w / 10, hz, a)
    elif motif == "shelf":
        p.rect(0, 0, w, 120, a)
        p.rect(0, 120, w, 16, dark(a, .18))
    elif motif == "tiles":
        d = "".join(f"M{x} {y}l50 -50l50 50l-50 50Z" for y in range(60, hz, 170) for x in range(20 + (y // 170 % 2) * 85, w, 170))
        p.path(d, a)
    elif motif == "half":
        p.rect(0, 0, w / 2, hz, a)
    flecks(p)
    p.rect(0, hz, w, h - hz, table)
    p.rect(0, hz, w, 7, light(table, .4))
    p.rect(0, h - 90, w, 90, INK, op=.05)


def flat(p, base, motif="plain", accent=None):
    """A ground seen from above."""
    w, h, a = p.w, p.h, accent or light(base, .4)
    p.rect(0, 0, w, h, base)
    if motif == "disc":
        p.circ(w / 2, h / 2, 335, a)
    elif motif == "diag":
        p.path(f"M0 {h}V{n(h * .62)}L{w} {n(h * .25)}V{h}Z", a)
    elif motif == "band":
        p.rect(w * .28, 0, w * .44, h, a)
    elif motif == "cloth":
        with p.g(f"rotate(-12 {w // 2} {h // 2})"):
            p.rect(95, 105, 630, 610, INK, op=.12, tf="translate(12 16)")
            p.rect(95, 105, 630, 610, a)
            for y in (135, 655):
                p.rect(95, y, 630, 26, base, op=.75)
                p.rect(95, y + 34, 630, 6, dark(base, .3), op=.6)
            p.line("".join(f"M{x} 715v16M{x} 105v-16" for x in range(102, 725, 16)), a, 4)
    elif motif == "check":
        p.define("chk", f'<pattern id="chk" width="100" height="100" patternUnits="userSpaceOnUse"><path d="M0 0h50v100h-50zM50 0h50v50h-50z" fill="{a}" opacity=".5"/><path d="M0 0h50v50h-50z" fill="{a}" opacity=".6"/></pattern>')
        p.rect(0, 0, w, h, "url(#chk)")
    elif motif == "planks":
        for i in range(1, 5):
            p.rect(0, h / 5 * i, w, 5, INK, op=.1)
        p.line("M40 60q200 -20 380 0M300 235q200 24 420 0M80 400q160 -20 300 0M420 555q160 24 330 0M60 715q240 -22 480 4", INK, 3, op=.07)
    elif motif == "rays":
        d = "".join(poly([(w / 2, h / 2), polar(w / 2, h / 2, 700, t), polar(w / 2, h / 2, 700, t + 10)]) for t in range(0, 360, 20))
        p.path(d, a)
    elif motif == "quarter":
        p.circ(w, h, 560, a)
    flecks(p)


# ---------------------------------------------------------------- shared props

def bean_def(p):
    """A roasted bean lying flat; its colour is the fill of the <use>."""
    return p.define("bn", '<g id="bn"><ellipse rx="18" ry="13"/><path d="M-17 -2Q-6 -9 0 0T17 2" fill="none" stroke="#1f1a17" stroke-width="3.5" opacity=".55"/>'
                          '<path d="M-11 -7Q-4 -11 4 -10" fill="none" stroke="#fff" stroke-width="3" opacity=".28" stroke-linecap="round"/></g>')


def spread(p, cx, cy, rx, ry, m, gap):
    """Up to `m` points in an ellipse, no two nearer than `gap`; the furthest back first."""
    pts = []
    for _ in range(m * 30):
        a, r = p.rng.random() * 6.283, math.sqrt(p.rng.random())
        x, y = cx + rx * r * math.cos(a), cy + ry * r * math.sin(a)
        if all(math.hypot(x - u, (y - v) * (rx / ry) ** .5) > gap for u, v in pts):
            pts.append((x, y))
            if len(pts) == m:
                break
    return sorted(pts, key=lambda q: q[1])


def beans(p, pts, col=BEAN, s=1.0):
    bean_def(p)
    for x, y in pts:
        p.use("bn", x, y, p.rng.randrange(0, 180, 15), s * p.rng.choice((.94, 1, 1.06)), fill=mix(col, p.rng.choice((INK, "#c08050")), p.rng.choice((0, .1, .18))))


def loose_beans(p, pts, col=BEAN, s=1.0):
    """Beans lying about, each with its little shadow."""
    for x, y in pts:
        p.ell(x + 5, y + 10 * s, 20 * s, 7 * s, INK, op=.16)
    beans(p, pts, col, s)


def dots(p, pts, col, sw=5, **kw):
    """Grains, as one path of dots."""
    p.line("".join(f"M{n(x)} {n(y)}h0" for x, y in pts), col, sw, **kw)


def steam(p, x, y, h=150, col="#fff", op=.5, sw=9):
    d = f"M{x} {y}c-30 {-h * .25:.0f} 30 {-h * .4:.0f} 0 {-h * .62:.0f}s20 {-h * .25:.0f} 4 {-h * .38:.0f}"
    p.line(d, col, sw, op=op)
    p.line(f"M{x + 34} {y - 8}c-22 {-h * .2:.0f} 22 {-h * .3:.0f} 0 {-h * .5:.0f}", col, sw * .8, op=op * .7)


def mound(p, cx, y, rx, h, col, k=.2, grain=26):
    """A heap of ground spice standing on an ellipse at `y`."""
    d = (f"M{n(cx - rx)} {n(y)}C{n(cx - rx * .62)} {n(y - h * .3)} {n(cx - rx * .24)} {n(y - h)} {n(cx)} {n(y - h)}"
         f"S{n(cx + rx * .62)} {n(y - h * .3)} {n(cx + rx)} {n(y)}A{n(rx)} {n(rx * k)} 0 0 1 {n(cx - rx)} {n(y)}Z")
    p.path(d, col)
    p.path(f"M{n(cx)} {n(y - h)}S{n(cx + rx * .62)} {n(y - h * .3)} {n(cx + rx)} {n(y)}A{n(rx)} {n(rx * k)} 0 0 1 {n(cx + rx * .1)} {n(y + rx * k)}"
           f"Q{n(cx + rx * .3)} {n(y - h * .4)} {n(cx)} {n(y - h)}Z", INK, op=.13)
    p.path(f"M{n(cx - rx * .8)} {n(y - h * .06)}C{n(cx - rx * .5)} {n(y - h * .35)} {n(cx - rx * .25)} {n(y - h * .95)} {n(cx - 4)} {n(y - h * .97)}"
           f"Q{n(cx - rx * .25)} {n(y - h * .5)} {n(cx - rx * .42)} {n(y + rx * k * .3)}Z", "#fff", op=.16)
    pts = [(cx + (p.rng.random() - .5) * rx * 1.3, y - p.rng.random() * h * .34 + rx * k * .4) for _ in range(grain)]
    dots(p, pts[::2], light(col, .4), 4.5, op=.7)
    dots(p, pts[1::2], dark(col, .4), 4.5, op=.6)


def leaf(x, y, a, ln, w):
    """A pointed leaf from (x, y) towards angle `a`, as a path."""
    tx, ty = polar(x, y, ln, a)
    l1, l2 = polar(*polar(x, y, ln * .45, a), w, a - 90), polar(*polar(x, y, ln * .45, a), w, a + 90)
    return f"M{n(x)} {n(y)}Q{n(l1[0])} {n(l1[1])} {n(tx)} {n(ty)}Q{n(l2[0])} {n(l2[1])} {n(x)} {n(y)}Z"


def chilli_def(p):
    return p.define("ch", '<g id="ch"><path d="M0 -9C34 -20 86 -8 118 22C78 18 38 26 6 14C-6 8 -6 -6 0 -9Z"/>'
                          '<path d="M8 -4C40 -12 74 -4 96 8" fill="none" stroke="#fff" stroke-width="5" opacity=".3" stroke-linecap="round"/>'
                          '<path d="M6 14C38 26 78 18 118 22C82 10 40 18 2 8Z" fill="#1f1a17" opacity=".25"/>'
                          '<path d="M4 -10Q-14 -8 -10 4Q-4 14 6 13Q-2 2 4 -10ZM-9 0L-34 -12L-36 -5L-10 7Z" fill="#5d7a3a"/></g>')




def tibeb(p, rows, tw=40, at=(0, 0), tf=""):
    """A woven border: a pattern that repeats sideways. `rows` is [(kind, height, colour, ground)].

    Kinds: s stripe, d diamonds, t triangles, v triangles downwards, x crosses, c checks, z zigzag, h hourglasses.
    Returns (fill, height)."""
    y, body = 0, ""
    for kind, h, col, ground in rows:
        c, m = tw / 2, h / 2
        if ground:
            body += f'<path fill="{ground}" d="M0 {n(y)}h{tw}v{n(h + .4)}h-{tw}z"/>'
        d = {
            "s": f"M0 {n(y)}h{tw}v{n(h + .4)}h-{tw}z",
            "d": f"M{n(c)} {n(y + 2)}L{n(tw - 3)} {n(y + m)}L{n(c)} {n(y + h - 2)}L3 {n(y + m)}Z",
            "t": f"M0 {n(y + h)}L{n(c)} {n(y)}L{tw} {n(y + h)}Z",
            "v": f"M0 {n(y)}L{n(c)} {n(y + h)}L{tw} {n(y)}Z",
            "x": f"M{n(c - h * .13)} {n(y + 3)}h{n(h * .26)}v{n(h * .37 - 3)}h{n(h * .37 - 3)}v{n(h * .26)}h{n(3 - h * .37)}v{n(h * .37 - 3)}h{n(-h * .26)}v{n(3 - h * .37)}h{n(3 - h * .37)}v{n(-h * .26)}h{n(h * .37 - 3)}Z",
            "c": f"M0 {n(y)}h{n(c)}v{n(m)}h{n(-c)}zM{n(c)} {n(y + m)}h{n(c)}v{n(m)}h{n(-c)}z",
            "z": f"M0 {n(y + h)}L{n(c)} {n(y + h * .4)}L{tw} {n(y + h)}V{n(y + h * .6)}L{n(c)} {n(y)}L0 {n(y + h * .6)}Z",
            "h": f"M4 {n(y + 2)}H{n(tw - 4)}L{n(c)} {n(y + m)}ZM4 {n(y + h - 2)}H{n(tw - 4)}L{n(c)} {n(y + m)}Z",
        }[kind]
        body += f'<path fill="{col}" d="{d}"/>'
        y += h
    p.count += 1
    key = f"t{p.count}"
    p.define(key, f'<pattern id="{key}" patternUnits="userSpaceOnUse" width="{tw}" height="{n(y)}" patternTransform="{tf}translate({n(at[0])} {n(at[1])})">{body}</pattern>')
    return f"url(#{key})", y


def weave(p, col=INK, gap=7, tf=""):
    """A fine plain-weave texture to lay over cloth, as a fill."""
    key = "wv" + col[1:] + str(gap)
    p.define(key, f'<pattern id="{key}" width="{gap}" height="{gap}" patternUnits="userSpaceOnUse" patternTransform="{tf}">'
                  f'<path d="M0 0h{gap}M0 0v{gap}" stroke="{col}" stroke-width="1.6" opacity=".16"/></pattern>')
    return f"url(#{key})"


def coils(p, s, y1, y2, gap=13, col=INK, op=.2, stitch=True):
    """The coils of a basket: arcs round the body, and stitches over them."""
    y = y1
    d = ""
    while y < y2:
        d += s.arc(y)
        y += gap
    p.line(d, col, 2.5, op=op)
    if stitch:
        p.line(d, "#fff", gap - 4, op=.13, dash="2 7", tf=f"translate(0 {n(gap / 2)})", cap="butt")


def plate(p, cx, cy, r, rings, ky=1.0, base=STRAW, coil=14):
    """A coiled tray seen from above. `rings` is [(r1, r2, teeth, colour, kind)] as parts of r."""
    p.ell(cx, cy, r, r * ky, base)
    for r1, r2, m, col, kind in rings:
        a, b, d = r * r1, r * r2, ""
        if kind == "ring":
            p.ell(cx, cy, (a + b) / 2, (a + b) / 2 * ky, "none", stroke=col, sw=b - a)
            continue
        for i in range(m):
            t, w = 360 * i / m, 180 / m
            if kind == "out":
                q = [(a, t - w), (b, t), (a, t + w)]
            elif kind == "in":
                q = [(b, t - w), (a, t), (b, t + w)]
            elif kind == "dia":
                q = [(a, t), ((a + b) / 2, t + w * .9), (b, t), ((a + b) / 2, t - w * .9)]
            elif kind == "step":
                q = [(a, t - w * .3), (a, t + w * .3), ((a + b) / 2, t + w * .3), ((a + b) / 2, t + w * .65), (b, t + w * .65),
                     (b, t - w * .65), ((a + b) / 2, t - w * .65), ((a + b) / 2, t - w * .3)]
            else:
                q = [(a, t - w / 2), (b, t - w / 2), (b, t + w / 2), (a, t + w / 2)]
            d += poly([polar(cx, cy, x, y, ky) for x, y in q])
        p.path(d, col)
    k = coil
    while k < r:
        p.ell(cx, cy, k, k * ky, "none", stroke=INK, sw=2, op=.17)
        p.ell(cx, cy, k - coil / 2, (k - coil / 2) * ky, "none", stroke="#fff", sw=coil - 4, dash="2 8", op=.14)
        k += coil
    p.path(oval(cx, cy, r, r * ky), "url(#gloss)")


def stitchline(p, d, col=CREAM, sw=3.5, op=.8):
    p.line(d, col, sw, dash="11 8", op=op, cap="butt")


def folds(p, x, y, w, h, m, op=.07):
    """Soft vertical folds in hanging cloth."""
    s = w / m
    d = "".join(f"M{n(x + s * (i + .55))} {n(y)}h{n(s * .4)}l{n(s * .12)} {n(h)}h{n(-s * .6)}Z" for i in range(m))
    p.path(d, INK, op=op)
    p.path("".join(f"M{n(x + s * (i + .12))} {n(y)}h{n(s * .2)}l{n(s * .06)} {n(h)}h{n(-s * .3)}Z" for i in range(m)), "#fff", op=op * 2.4)


PICS = {}


def pic(slug, alt, *bg):
    """Registers a product picture: its slug, its alternative text, its background."""
    def reg(f):
        PICS[slug] = (f, alt, bg)
        return f
    return reg


def backdrop(p, bg):
    if bg[0] == "flat":
        flat(p, *bg[1:])
    else:
        scene(p, *bg)


# ================================================================ coffee

def gusset_bag(p, x, y, w, h, col, side=70, fold=54):
    """A side-gusset bag seen from its left front: x, y is the front's lower left corner."""
    t = y - h
    p.ground(x + w * .6, y - 4, w * .72, 30)
    p.path(f"M{x + w} {y}L{x + w + side} {y - 34}V{t + 20}L{x + w} {t}Z", dark(col, .34))
    p.path(f"M{x + w} {y}L{x + w + side * .5:.0f} {y - 96}V{t + 70}L{x + w} {t}Z", dark(col, .22))
    front = f"M{x + 4} {y}Q{x - 8} {y - h // 2} {x} {t}H{x + w}Q{x + w + 4} {y - h // 2} {x + w} {y}Q{x + w // 2} {y + 10} {x + 4} {y}Z"
    p.path(front, col)
    p.path(front, "url(#panel)")
    p.path(f"M{x - 5} {t + fold}L{x - 2} {t - 22}H{x + w + 2}L{x + w + side * .55:.0f} {t - 8}L{x + w + side} {t + fold - 22}L{x + w + 4} {t + fold}Z", light(col, .16))
    p.path(f"M{x + w + 2} {t - 22}L{x + w + side * .55:.0f} {t - 8}L{x + w + side} {t + fold - 22}L{x + w + 4} {t + fold}Z", dark(col, .16))
    p.path(f"M{x - 5} {t + fold}H{x + w + 4}v9H{x - 5}Z", INK, op=.16)


@pic("yirgacheffe-washed", "A kraft coffee bag with a jasmine label, folded at the top, and roasted beans beside it",
     "#f3dccb", "#d9a98b", "sun", "#f8e9dc")
def _(p):
    gusset_bag(p, 215, 655, 270, 430, KRAFT)
    p.rect(196, 208, 318, 20, TERRA, 4)
    p.path("M196 208l-14 6v12l14 2zM514 208l14 6v12l-14 2z", dark(TERRA))
    p.rect(240, 316, 218, 262, PAPER, 6)
    p.rect(252, 328, 194, 238, "none", 3, stroke=FOREST, sw=3)
    for a, ln in ((-62, 92), (58, 92), (-118, 78), (122, 78), (180, 88)):
        p.path(leaf(349, 440, a, ln, 20), FOREST if a % 4 else light(FOREST, .2))
    for x, y, s in ((349, 420, 1), (302, 474, .68), (400, 482, .68)):
        for i in range(5):
            p.path(leaf(x, y, i * 72 + 10, 56 * s, 19 * s), "#fffaf0", stroke=mix(FOREST, PAPER, .55), sw=2)
        p.circ(x, y, 9 * s, SAFFRON)
    p.rect(296, 540, 106, 12, TERRA, 6)
    loose_beans(p, [(600, 640), (648, 662), (560, 676), (612, 690), (690, 634), (180, 690), (142, 664)], s=1.25)


@pic("sidama-natural", "A plum-coloured stand-up coffee pouch painted with a branch of ripe coffee cherries",
     "#f2d5cb", "#c98d7d", "arch", "#f9e7dd")
def _(p):
    p.ground(400, 656, 178, 28)
    d = "M238 640Q232 400 252 188H548Q568 400 562 640Q556 664 520 664H280Q244 664 238 640Z"
    p.path(d, WINE)
    with p.clip(d):
        p.path("M230 560Q400 500 570 560V680H230Z", dark(WINE, .3))
        p.line("M250 600C300 470 380 430 540 300", "#3f5a33", 11)
        for x, y, a, ln in ((300, 510, -30, 120), (352, 462, 120, 110), (396, 424, -20, 120), (440, 388, 110, 104), (486, 350, -25, 96)):
            q = leaf(x, y, a, ln, 30)
            p.path(q, "#4f7a45" if a < 0 else FOREST)
            e = polar(x, y, ln * .9, a)
            p.line(f"M{x} {y}L{n(e[0])} {n(e[1])}", "#fff", 2, op=.3)
        for x, y in ((318, 548), (350, 530), (330, 574), (394, 476), (420, 494), (428, 462), (474, 408), (496, 424), (504, 392)):
            p.circ(x, y, 19, "#d1372f")
            p.circ(x + 4, y + 4, 15, "#a9231f", op=.5)
            p.circ(x - 6, y - 7, 5, "#fff", op=.6)
    p.path(d, "url(#panel)")
    p.path("M252 188H548L550 226H250Z", dark(WINE, .25))
    p.line("M252 200H548M251 208H549M251 216H549", "#fff", 1.5, op=.25)
    p.circ(400, 262, 13, dark(WINE, .4))
    p.circ(400, 262, 6, light(WINE, .3))
    p.path("M268 240Q256 420 262 620", stroke="#fff", sw=8, op=.16, cap="round")
    for x, y, c in ((610, 664, "#d1372f"), (652, 650, "#a9231f"), (640, 684, "#e0533c")):
        p.ell(x + 6, y + 20, 24, 8, INK, op=.16)
        p.circ(x, y, 22, c)
        p.circ(x - 7, y - 8, 5, "#fff", op=.6)
    p.path(leaf(612, 656, 62, 120, 28), FOREST)
    p.path(leaf(606, 654, -40, 70, 20), "#4f7a45")


@pic("guji-honey-process", "A round coffee tin banded with green hills under a saffron sky, with a scoop of beans",
     "#f6e2b8", "#cf9f5c", "low", "#fbf0d5")
def _(p):
    p.ground(360, 640, 165, 30)
    s = Solid(360, [(250, 150), (630, 150)], .17, True)

    def deco():
        p.path(s.band(250, 640), SAFFRON)
        p.circ(318, 400, 58, "#fbe3a0")
        p.path(oval(318, 400, 58), TERRA, op=.85)
        for i, c in enumerate(("#7d9a62", "#4f7a55", FOREST)):
            y = 446 + 40 * i
            p.path(f"M200 {y + 30}Q260 {y - 46} 330 {y + 16}T450 {y - 8}T530 {y + 20}V680H200Z", c)
        p.line("".join(f"M{210 + i * 22} {604 - (i % 3) * 5}l10 -18l10 18" for i in range(14)), light(FOREST, .35), 3, op=.7)
        p.path(s.band(250, 286), PAPER)
        p.path(s.teeth(262, 282, 14), TERRA)
        p.path(s.band(606, 640), dark(FOREST, .35))
    s.draw(p, SAFFRON, deco)
    lid = Solid(360, [(212, 156), (262, 156)], .17, True)
    lid.draw(p, dark(BEAN, .1), lambda: p.line(lid.arc(250), "#fff", 3, op=.3), light(BEAN, .14))
    p.ell(360, 212, 132, 22, "none", stroke=INK, sw=3, op=.25)
    p.ground(598, 668, 92, 14)
    p.path("M530 640Q532 690 598 690T666 640Z", BRASS)
    p.path("M530 640Q532 690 598 690T666 640Z", "url(#round)")
    p.ell(598, 640, 68, 19, dark(BRASS, .45))
    p.path("M660 640l92 -34q16 -2 14 10l-98 36Z", dark(BRASS, .12))
    beans(p, spread(p, 598, 634, 48, 12, 11, 16), s=.86)
    loose_beans(p, [(490, 690), (452, 712), (520, 722)])


@pic("harrar-longberry", "An open jute sack full of long roasted beans, a wooden scoop standing in it",
     "#f4d9bd", "#b9784f", "tiles", "#f8e6d2")
def _(p):
    p.ground(400, 662, 210, 34)
    d = smooth([(236, 330), (208, 420), (196, 540), (214, 640), (300, 672), (400, 678), (500, 672), (586, 640), (604, 540), (592, 420), (564, 330)]) + "Z"
    p.path(d, "#c39a63")
    with p.clip(d):
        p.rect(180, 300, 440, 400, weave(p, INK, 8, "rotate(4)"))
        for y, c in ((456, TERRA), (600, INDIGO)):
            p.path(poly([(190 + 35 * i, y - 20 + 26 * (i % 2) + 10 * math.sin(i / 12 * 3.14)) for i in range(13)]
                        + [(610 - 35 * i, y + 2 + 26 * (i % 2) + 10 * math.sin(i / 12 * 3.14)) for i in range(13)]), c, op=.85)
        for i in range(5):
            x = 290 + 55 * i
            p.path(f"M{x} 500l22 34l-22 34l-22 -34Z", FOREST, op=.85)
            p.path(f"M{x} 518l10 16l-10 16l-10 -16Z", SAFFRON)
        p.line("M240 380Q226 520 256 660M556 380Q580 520 548 660M330 400q-14 40 -4 70M480 390q18 60 4 90", INK, 7, op=.12)
    p.path(d, "url(#round)")
    p.ell(400, 336, 178, 68, "#c9a26c")
    p.ell(400, 334, 146, 50, dark(BEAN, .5))
    p.path("M506 320L600 130Q606 104 630 112T642 148L556 330Z", WOOD)
    p.path("M530 330L618 112Q644 104 642 148L556 330Z", INK, op=.14)
    p.path("M254 336Q310 262 400 256T546 336Q400 410 254 336Z", dark(BEAN, .3))
    bean_def(p)
    for x, y in spread(p, 400, 328, 124, 48, 44, 21):
        p.use("bn", x, y - 8, p.rng.randrange(-40, 40, 10), 1.12, fill=mix(BEAN, p.rng.choice((INK, "#c08050")), .12))
    p.path("M222 336C222 318 240 302 262 292C246 312 250 336 266 346C320 378 480 378 534 346C550 336 554 312 538 292C560 302 578 318 578 336C576 400 500 418 400 418S224 400 222 336Z", "#d4ae78")
    p.path("M222 336C240 412 560 412 578 336C576 400 500 418 400 418S224 400 222 336Z", INK, op=.15)
    loose_beans(p, [(150, 690), (646, 690), (690, 668), (118, 664), (196, 712)], s=1.1)


@pic("limu-dark-roast", "A black coffee pouch with a moon over the hills, and a glass of coffee steaming beside it",
     "#d9d4d6", "#8d6f66", "window", "#ebe6e2")
def _(p):
    p.ground(330, 652, 160, 28)
    d = "M190 652L200 262Q330 240 460 262L472 652Q330 668 190 652Z"
    p.path(d, "#2a2226")
    with p.clip(d):
        p.circ(352, 400, 74, "#f3dfae")
        p.circ(384, 384, 66, "#2a2226")
        dots(p, [(240, 330), (270, 420), (300, 320), (432, 330), (246, 480), (424, 470), (318, 300)], "#f3dfae", 7)
        p.path("M180 560Q250 480 320 540T480 520V680H180Z", INDIGO)
        p.path("M180 600Q260 550 350 594T480 580V680H180Z", mix(INDIGO, INK, .5))
        p.rect(180, 626, 300, 8, TERRA)
    p.path(d, "url(#panel)")
    p.path("M198 296Q190 200 214 190H446Q470 200 462 296Q330 276 198 296Z", "#3a3035")
    p.path("M214 190H446Q466 196 464 226Q330 212 196 226Q194 196 214 190Z", "#4c4046")
    p.rect(176, 232, 308, 18, BRASS, 5)
    p.path("M214 300Q206 460 210 630", stroke="#fff", sw=7, op=.14, cap="round")
    p.ground(588, 664, 88, 18)
    g = Solid(588, [(486, 74), (560, 66), (640, 54), (662, 46)], .2)
    p.path(g.d(), "#fff", op=.3)
    c = Solid(588, [(520, 69), (560, 65), (638, 53), (654, 46)], .2)
    c.draw(p, "#3d2015", lambda: p.path(c.band(636, 660), "#8a4b26", op=.5), "#6b3a20")
    p.ell(574, 518, 40, 7, "#a46a3c", op=.7)
    p.ell(588, 486, 74, 14.8, "none", stroke="#fff", sw=4, op=.8)
    p.line("M532 510L548 620", "#fff", 8, op=.45)
    steam(p, 580, 470, 190)


@pic("green-coffee-home-roasting", "Green coffee beans in a round iron roasting pan seen from above, with a wooden paddle",
     "flat", "#e7dcc4", "cloth", "#f4ecdc")
def _(p):
    pan = oval(390, 390, 236)
    p.drop(pan + rrect(560, 520, 210, 54, 26))
    with p.g("rotate(38 390 390)"):
        p.rect(600, 364, 196, 52, "#37383b", 24)
        p.rect(610, 372, 180, 12, "#fff", 6, op=.16)
        p.circ(768, 390, 12, "#e7dcc4")
    p.path(pan, "#3b3c40")
    p.path(pan, "url(#gloss)")
    p.circ(390, 390, 206, "#26272a")
    p.ell(398, 400, 190, 186, INK, op=.5)
    bean_def(p)
    cols = ("#a9b581", "#93a36c", "#bcc596", "#8c9a5e", "#b7b184")
    for x, y in spread(p, 390, 394, 172, 172, 105, 28):
        p.use("bn", x, y, p.rng.randrange(0, 180, 20), 1.06, fill=p.rng.choice(cols))
    q = "M150 116q34 -30 62 6l170 236q40 30 26 76t-66 36q-40 -20 -38 -66L128 168q-10 -34 22 -52Z"
    p.drop(q, 12, 16)
    p.path(q, WOOD)
    p.path(q, "url(#gloss)")
    p.line("M170 150L340 390M356 380q24 30 16 66", INK, 3, op=.2)
    bean_def(p)
    for x, y, a in ((640, 180, 20), (690, 232, 110), (110, 650, 60), (164, 690, 150), (650, 690, 0)):
        p.ell(x + 5, y + 8, 19, 12, INK, op=.14)
        p.use("bn", x, y, a, 1.1, fill=cols[a % 5])


@pic("coffee-cherry-tea", "A clip-top glass jar of dried coffee cherry husks and a small glass of amber infusion",
     "#f6dcc0", "#d7a173", "half", "#f9e8d2")
def _(p):
    p.ground(330, 650, 150, 28)
    s = Solid(330, [(286, 112), (316, 120), (350, 142), (600, 142), (640, 132)], .17)
    p.path(s.d(), "#fffdf8", op=.55)
    h = Solid(330, [(372, 132), (600, 132), (630, 124)], .17)
    p.path(h.d(), "#7c2f28")
    p.ell(330, 372, 132, 22, "#8f3b30")
    with p.clip(h.d() + oval(330, 366, 132, 26)):
        for x, y in spread(p, 330, 505, 140, 150, 72, 27):
            c = p.rng.choice(("#a8453a", "#8a332c", "#6a2420", "#bd5a45", "#933f4a"))
            a = p.rng.randrange(0, 360, 30)
            with p.g(f"translate({n(x)} {n(y)})rotate({a})"):
                p.path("M-18 0A18 14 0 0 1 18 0Q0 12 -18 0Z", c)
    p.path(s.d(), "url(#round)")
    p.line("M214 390V600", "#fff", 14, op=.4)
    p.rect(216, 276, 228, 14, "#d46a3a", 7)
    lid = Solid(330, [(238, 112), (262, 118), (278, 112)], .17)
    p.path(lid.d(), "#fffdf8", op=.75)
    p.path(lid.d(), "url(#round)")
    p.ell(330, 238, 112, 19, "#fff", op=.6)
    p.line("M216 282V258H206V330M444 282V258H456V352q0 14 -16 10", "#8c8f95", 6, join="round")
    p.ground(590, 668, 84, 16)
    g = Solid(590, [(500, 72), (580, 50), (600, 50), (664, 66)], .2)
    p.path(g.d(), "#fff", op=.45)
    t = Solid(590, [(532, 64), (580, 46), (600, 46), (654, 60)], .2)
    t.draw(p, "#c8622a", None, "#de8740")
    p.ell(590, 500, 72, 14, "none", stroke="#fff", sw=4, op=.85)
    p.line("M530 516Q552 580 536 640", "#fff", 7, op=.45)
    steam(p, 584, 480, 160)
    for x, y, a in ((470, 700, 10), (510, 722, 200), (428, 726, 90)):
        with p.g(f"translate({x} {y})rotate({a})"):
            p.path("M-20 0A20 16 0 0 1 20 0Q0 14 -20 0Z", "#8a332c")


@pic("four-origins-sampler", "An open box holding four small coffee bags in green, saffron, terracotta and indigo",
     "#ead9c6", "#a9805e", "awning", "#d98a6a")
def _(p):
    p.ground(400, 662, 290, 32)
    p.path("M130 420L190 356H610L670 420Z", dark(KRAFT, .45))
    for i, c in enumerate((FOREST, SAFFRON, TERRA, INDIGO)):
        x = 172 + 116 * i
        y = 214 + (12, 0, 18, 6)[i]
        d = f"M{x} 640L{x + 4} {y + 30}L{x + 8} {y}H{x + 100}L{x + 104} {y + 30}L{x + 108} 640Z"
        p.path(d, c)
        p.path(d, "url(#panel)")
        p.rect(x + 5, y + 2, 98, 28, INK, 2, op=.22)
        p.rect(x + 18, y + 62, 72, 118, PAPER, 4)
        cx, cy = x + 54, y + 112
        if i == 0:
            for a in range(0, 360, 60):
                p.path(leaf(cx, cy, a, 28, 9), FOREST)
        elif i == 1:
            p.path(f"M{cx} {cy - 28}l28 28l-28 28l-28 -28Z", SAFFRON)
            p.path(f"M{cx} {cy - 13}l13 13l-13 13l-13 -13Z", TERRA)
        elif i == 2:
            p.path(f"M{cx - 28} {cy + 20}l19 -30l13 18l10 -12l14 24Z", TERRA)
            p.circ(cx + 8, cy - 18, 9, SAFFRON)
        else:
            p.circ(cx, cy, 27, INDIGO)
            p.circ(cx + 11, cy - 7, 22, PAPER)
        p.rect(x + 30, y + 156, 48, 7, c, 3)
    d = "M130 420H670L652 656Q400 668 148 656Z"
    p.path(d, KRAFT)
    f, h = tibeb(p, [("s", 8, TERRA, None), ("d", 34, INDIGO, PAPER), ("s", 8, TERRA, None)], 38, (130, 0))
    with p.clip(d):
        with p.g("translate(0 510)"):
            p.rect(130, 0, 540, h, f)
        p.rect(120, 420, 560, 12, "#fff", op=.25)
    p.path(d, "url(#panel)")
    loose_beans(p, [(80, 690), (124, 712), (704, 702)], s=1.1)


# ================================================================ spices

def bowl(p, cx, y, r, h, col, inner=None, k=.2, foot=.5, deco=None, lip=8):
    """A bowl whose mouth is at height `y`; returns its Solid."""
    s = Solid(cx, [(y, r), (y + h * .35, r * .94), (y + h * .75, r * .7), (y + h * .93, r * foot), (y + h, r * foot)], k)
    s.draw(p, col, (lambda: deco(s)) if deco else None, inner or dark(col, .35), lip)
    return s


@pic("berbere", "A clay bowl heaped with brick-red berbere and three dried chillies lying in front of it",
     "#f7dfb4", "#d3a263", "sun", "#f3c987")
def _(p):
    p.ground(400, 646, 150, 30)

    def deco(s):
        p.path(s.band(478, 520), PAPER, op=.9)
        p.path(s.diamonds(482, 516, 9), TERRA)
        p.line(s.arc(532), PAPER, 4, op=.8)
    bowl(p, 400, 452, 236, 190, "#8c4a34", deco=deco)
    mound(p, 400, 456, 214, 216, "#b8341f")
    chilli_def(p)
    for x, y, a, c in ((130, 690, -12, "#a8231a"), (300, 706, 14, "#c43422"), (650, 668, 160, "#8f1d18")):
        p.ell(x + (40 if a < 90 else -40), y + 18, 76, 10, INK, op=.16)
        p.use("ch", x, y, a, 1.15, fill=c)
    dots(p, [(250, 668), (268, 676), (560, 690), (578, 682), (590, 694), (544, 700)], "#b8341f", 6)


@pic("mitmita", "A corked bottle of orange-red mitmita with small bird's-eye chillies scattered about",
     "#f9e3c3", "#c7785a", "rays", "#fbecd5")
def _(p):
    p.ground(400, 648, 130, 26)
    s = Solid(400, [(276, 54), (318, 56), (372, 116), (420, 128), (600, 128), (640, 116)], .18)
    p.path(s.d(), "#fffdf7", op=.6)
    f = Solid(400, [(392, 112), (424, 119), (600, 119), (628, 108)], .18)
    f.draw(p, "#d2421c", None, "#e2582a")
    dots(p, [(p.rng.randrange(296, 500), p.rng.randrange(420, 640)) for _ in range(50)], "#f4a34a", 4, op=.7)
    p.path(s.d(), "url(#round)")
    lab = Solid(400, [(474, 128), (580, 128)], .18, True)
    p.path(lab.band(474, 580), PAPER)
    p.path(lab.band(474, 486) + lab.band(568, 580), INDIGO)
    for u, a in ((-.3, -20), (0, 0), (.3, 20)):
        x, y = lab.pt(u, 545)
        p.path(f"M{n(x)} {n(y - 52)}q16 26 0 56q-16 -26 0 -56Z", "#c92d1b")
        p.line(f"M{n(x)} {n(y - 50)}v-14", FOREST, 4)
    p.path(lab.band(474, 580), "url(#round)")
    p.line("M296 430V610", "#fff", 10, op=.5)
    cork = Solid(400, [(222, 50), (290, 44)], .2, True)
    cork.draw(p, "#c99a62", lambda: dots(p, [(p.rng.randrange(356, 446), p.rng.randrange(236, 290)) for _ in range(14)], "#7c4a2a", 5, op=.6), "#dcb27c")
    p.ell(400, 290, 57, 12, "none", stroke="#fff", sw=6, op=.7)
    p.line("M356 316Q400 336 444 316", TERRA, 7)
    p.line("M430 322q30 20 18 60m-20 -60q46 6 54 44", TERRA, 4)
    chilli_def(p)
    for x, y, a, c in ((150, 660, 6, "#d93a1f"), (214, 710, -24, "#c12a1a"), (560, 690, 20, "#e25324"), (640, 640, -8, "#c12a1a"), (600, 738, -6, "#d93a1f")):
        p.ell(x + 26, y + 10, 42, 6, INK, op=.15)
        p.use("ch", x, y, a, .56, fill=c)


@pic("korarima-pods", "Dried korarima pods threaded on a string above a dish of their brown seeds",
     "#ecdfc0", "#b99767", "stripes", "#f3e9d0")
def _(p):
    p.line("M60 90Q400 560 740 90", "#a98352", 6)
    for i in range(9):
        t = (i + .5) / 9
        x, y = 60 + 680 * t, 90 + 2 * t * (1 - t) * 470
        a = (t - .5) * -70
        with p.g(f"translate({n(x)} {n(y)})rotate({n(a)})"):
            c = mix("#8a5a36", p.rng.choice(("#5c3822", "#b98a57")), p.rng.choice((.1, .25, .4)))
            p.path("M0 -14C34 0 46 56 22 92Q0 112 -22 92C-46 56 -34 0 0 -14Z", c)
            p.line("M0 -8C-20 30 -22 66 -10 98M2 -8C20 30 24 62 12 98M0 -8V102", INK, 3, op=.28)
            p.line("M-22 30Q-28 56 -20 78", "#fff", 7, op=.22)
            p.path("M-9 -12q9 -16 18 0l-4 12h-10Z", "#5c3822")
    p.ground(400, 664, 150, 24)

    def deco(s):
        p.path(s.teeth(604, 632, 16), light("#4f6a5a", .5), op=.9)
    bowl(p, 400, 590, 186, 80, "#3f6152", "#22382f", .24, .55, deco)
    mound(p, 400, 592, 160, 48, "#6b3f26", .22, 10)
    for x, y in spread(p, 400, 580, 130, 30, 46, 15):
        p.ell(x, y, 8, 6, p.rng.choice(("#8a5430", "#54301c", "#7a4a2c")))
    with p.g("translate(640 660)rotate(58)"):
        p.ell(10, -16, 46, 14, INK, op=.15, tf="rotate(-58)")
        p.path("M0 -50C34 -36 40 20 18 56Q0 70 -18 56C-40 20 -34 -36 0 -50Z", "#a9764a")
        p.path("M0 -36C22 -24 26 18 12 44Q0 54 -12 44C-26 18 -22 -24 0 -36Z", "#e9d3ad")
        for y in (-14, 4, 22, 38):
            p.ell(-6, y, 8, 8, "#54301c")
            p.ell(8, y + 6, 8, 8, "#6b3f26")


@pic("ground-turmeric", "A wooden scoop of bright yellow turmeric and fresh-cut rhizomes, seen from above",
     "flat", "#f3e3b9", "diag", "#e9cf92")
def _(p):
    q = "M250 210C350 130 520 190 560 320C600 450 520 560 420 570C300 580 190 500 180 380C176 310 200 250 250 210Z"
    p.drop(q)
    with p.g("rotate(45 400 400)"):
        p.drop(rrect(560, 366, 250, 60, 28), 18, 2)
        p.rect(540, 366, 262, 60, WALNUT, 28)
        p.rect(556, 374, 236, 14, "#fff", 7, op=.18)
    p.path(q, WALNUT)
    p.path(q, "url(#gloss)")
    p.path("M262 232C350 164 500 210 538 326C572 440 506 538 416 546C310 552 212 480 204 382C200 318 222 264 262 232Z", dark(WALNUT, .4))
    m = "M270 262C350 196 480 240 512 336C540 430 484 514 410 520C320 522 236 470 226 386C222 330 240 290 270 262Z"
    p.path(m, "#e8a512")
    p.path("M340 340Q400 300 470 330Q500 420 440 500Q400 530 340 500Q420 440 340 340Z", "#c98208", op=.55)
    p.path("M270 300Q330 240 400 260Q340 300 300 380Q260 420 250 400Q240 340 270 300Z", "#fbd35a", op=.8)
    dots(p, [(x, y) for x, y in spread(p, 370, 390, 120, 110, 40, 18)], "#fbe08a", 5, op=.7)
    dots(p, [(x, y) for x, y in spread(p, 380, 400, 120, 110, 30, 18)], "#a96a05", 4, op=.6)
    dots(p, [(p.rng.randrange(150, 300), p.rng.randrange(540, 640)) for _ in range(26)], "#e8a512", 7)
    for x, y, a in ((610, 160, 30), (170, 640, -24), (660, 300, 80)):
        d = "M-90 -26Q-100 -60 -66 -60T-30 -36Q20 -44 40 -34Q44 -76 72 -70T84 -22Q118 -8 100 18T50 28Q36 64 8 54T-12 30Q-70 40 -96 20T-90 -26Z"
        with p.g(f"translate({x} {y})rotate({a})"):
            p.path(d, INK, op=.16, tf="translate(10 14)")
            p.path(d, "#b9762c")
            p.path(d, "url(#gloss)")
            p.line("M-70 -34v52M-44 -34v60M-14 -36v64M16 -38v66M48 -30v54M74 -20v40", "#6b3c12", 4, op=.4)
            p.ell(-94, 0, 13, 24, "#f09a1c")
            p.ell(-94, 0, 7, 15, "#f8bc4a")


@pic("tikur-azmud", "Black cumin seeds spilling out of a twisted paper cone",
     "flat", "#e9d6b4", "disc", "#f6ead0")
def _(p):
    heap = spread(p, 520, 500, 146, 112, 260, 11)
    p.ell(530, 508, 150, 106, INK, op=.13)
    cone = "M120 120L560 330Q600 420 520 500Q450 560 360 548Z"
    p.drop(cone)
    p.path(cone, "#e8dcc0")
    with p.clip(cone):
        p.line("".join(f"M{120 + i * 12} {120 + i * 6}L{330 + i * 26} {600 - i * 16}" for i in range(3, 15, 2)), TERRA, 12, op=.75)
        p.path("M120 120L470 360L360 560Z", INK, op=.12)
        p.path("M120 120L560 330L540 372Z", "#fff", op=.45)
    p.path("M560 330Q610 420 520 506Q440 570 360 548Q330 470 420 380Q500 310 560 330Z", "#cdbd98")
    p.path("M548 350Q582 424 508 490Q440 540 376 528Q356 470 432 396Q500 338 548 350Z", "#2b2422")
    for c, sl in (("#2b2422", heap[::3]), ("#1a1615", heap[1::3]), ("#4a4038", heap[2::3])):
        p.line("".join(f"M{n(x)} {n(y)}l{p.rng.choice((5, 6, 4, -4))} {p.rng.choice((5, -5, 3))}" for x, y in sl), c, 8)
    inn = spread(p, 460, 450, 78, 70, 50, 13)
    p.line("".join(f"M{n(x)} {n(y)}l5 {p.rng.choice((5, -4))}" for x, y in inn), "#574a40", 6)
    p.line("".join(f"M{p.rng.randrange(560, 720)} {p.rng.randrange(420, 690)}l5 {p.rng.choice((5, -5))}" for _ in range(22)), "#2b2422", 8)
    p.path("M120 120q-44 -34 -52 4q18 26 60 6Z", "#cdbd98")


@pic("timiz-long-pepper", "A bundle of timiz long peppers tied with cotton thread on a pale plate",
     "flat", "#d8c7a4", "check", "#efe2c6")
def _(p):
    d = oval(400, 400, 285)
    p.drop(d)
    p.path(d, "#f4efe4")
    p.path(d, "url(#gloss)")
    p.circ(400, 400, 222, "#fbf7ee")
    p.circ(400, 400, 222, "none", stroke=INDIGO, sw=5, op=.7)
    p.circ(400, 400, 252, "none", stroke=INDIGO, sw=14, dash="4 17", op=.6)
    p.define("tz", '<g id="tz"><rect x="-17" y="-150" width="34" height="290" rx="17"/><path d="M0 -140V130" stroke="#fff" stroke-width="26" opacity=".16" stroke-dasharray="7 9"/>'
                   '<path d="M8 -140V130" stroke="#1f1a17" stroke-width="16" opacity=".25" stroke-dasharray="6 7"/><path d="M0 138v36" stroke="#6a4a30" stroke-width="7" stroke-linecap="round"/></g>')
    p.ell(418, 424, 110, 168, INK, op=.16, tf="rotate(20 400 400)")
    for x, y, a, c in ((330, 400, 8, "#5a3f2e"), (480, 404, 34, "#4b3426"), (366, 396, 14, "#6b4a34"), (446, 398, 27, "#6f4f38"), (406, 392, 20, "#7d5a3e")):
        p.use("tz", x, y, a, 1, fill=c)
    with p.g("rotate(20 400 400)"):
        p.path("M318 392q84 34 168 0v34q-84 34 -168 0Z", "#f6ead3")
        p.line("M318 402q84 34 168 0M318 414q84 34 168 0", TERRA, 4)
        p.line("M404 424q-40 60 -10 96M410 424q50 40 44 90", "#f6ead3", 7)
        p.path("M404 420q-62 -34 -70 8q14 28 70 -4ZM410 420q62 -34 70 8q-14 28 -70 -4Z", "#f6ead3", stroke="#c9b48c", sw=3)


@pic("mekelesha", "Whole and ground mekelesha spices laid out as a wheel: cinnamon, cloves, korarima, nutmeg and long pepper",
     "flat", "#7b3a2b", "quarter", "#8b4633")
def _(p):
    d = oval(400, 400, 300)
    p.drop(d, op=.2)
    p.path(d, "#e9d7b4")
    p.path(d, "url(#gloss)")
    p.circ(400, 400, 272, "none", stroke="#c8a56c", sw=4)
    p.define("cs", '<g id="cs"><rect x="-15" y="-70" width="30" height="140" rx="6" fill="#9a5a30"/><rect x="-15" y="-70" width="13" height="140" rx="6" fill="#b8743f"/><path d="M0 -68V68" stroke="#5c3016" stroke-width="4"/></g>')
    p.define("cl", '<g id="cl" fill="#4a2c1e"><path d="M-5 -8h10l-2 44q-3 6 -6 0Z"/><path d="M-14 -14L0 -6L14 -14L8 0H-8Z"/><circle cy="-16" r="9" fill="#7a4a30"/></g>')
    p.define("kp", '<g id="kp"><path d="M0 -46C30 -34 34 18 16 46Q0 58 -16 46C-34 18 -30 -34 0 -46Z" fill="#8a6a44"/><path d="M0 -44C-14 -10 -14 20 -6 50M0 -44C14 -10 14 20 6 50" fill="none" stroke="#4a3420" stroke-width="3"/></g>')
    for a in range(0, 360, 60):
        x, y = polar(400, 400, 186, a)
        p.ell(x + 6, y + 8, 46, 46, INK, op=.1)
        p.use("cs", x - 14, y, a + 4)
        p.use("cs", x + 14, y + 2, a - 4)
        x, y = polar(400, 400, 190, a + 30)
        if a % 120:
            p.use("kp", x + 5, y + 7, a + 30, 1, op=.25)
            p.use("kp", x, y, a + 30, 1)
        else:
            for j in (-16, 0, 16):
                q = polar(400, 400, 186, a + 30 + j * .55)
                p.use("cl", q[0], q[1], a + 30 + j, 1.25)
    for i in range(12):
        x, y = polar(400, 400, 250, i * 30 + 15)
        p.circ(x, y, 11, "#3a2a22")
        p.circ(x - 3, y - 3, 4, "#fff", op=.3)
    p.circ(406, 410, 100, INK, op=.18)
    p.circ(400, 400, 96, "#5b3522")
    p.circ(400, 400, 82, "#8e5a34")
    for r, c in ((82, "#9d683e"), (56, "#b27a49"), (30, "#c68e5a")):
        p.circ(396 - (82 - r) * .2, 396 - (82 - r) * .2, r, c)
    dots(p, spread(p, 398, 398, 74, 74, 50, 12), "#6a3e22", 5, op=.6)


@pic("seven-spice-tin", "An open round steel tin with seven cups of coloured spices, its lid leaning behind",
     "flat", "#c8d0c4", "band", "#dbe0d5")
def _(p):
    lid = oval(590, 215, 190)
    p.drop(lid)
    p.path(lid, "#c3c8cc")
    p.path(lid, "url(#gloss)")
    p.circ(590, 215, 168, "none", stroke="#fff", sw=5, op=.5)
    p.circ(590, 215, 24, "#8f969c")
    p.circ(585, 209, 13, "#e9ecee")
    tin = oval(360, 450, 268)
    p.drop(tin, op=.18)
    p.path(tin, "#b3b9be")
    p.path(tin, "url(#gloss)")
    p.circ(360, 450, 248, "#868d93")
    p.circ(366, 458, 240, "#6d747a")
    cols = ("#e0a51c", "#b8341f", "#7a4a2a", "#5f7a3a", "#d9742a", "#2f2724", "#c9a874")
    for i, c in enumerate(cols):
        x, y = (360, 450) if i == 0 else polar(360, 450, 158, i * 60 + 30)
        p.circ(x + 6, y + 9, 78, INK, op=.3)
        p.circ(x, y, 77, "#d7dbde")
        p.circ(x, y, 68, dark(c, .35))
        p.circ(x + 2, y + 3, 63, c)
        p.path(f"M{n(x - 44)} {n(y + 20)}Q{n(x - 50)} {n(y - 40)} {n(x + 10)} {n(y - 48)}Q{n(x - 24)} {n(y - 20)} {n(x - 44)} {n(y + 20)}Z", "#fff", op=.25)
        g = [(x + (p.rng.random() - .5) * 84, y + (p.rng.random() - .5) * 84) for _ in range(22)]
        dots(p, g[::2], light(c, .45), 7 if i in (2, 3) else 5, op=.8)
        dots(p, g[1::2], dark(c, .45), 7 if i in (5, 3) else 5, op=.7)
    with p.g("translate(318 396)rotate(-48)"):
        p.rect(0, -9, 250, 20, INK, 10, op=.2, tf="translate(-8 14)")
        p.rect(20, -8, 240, 16, "#e6e9eb", 8)
        p.ell(4, 0, 40, 26, "#eef0f1")
        p.ell(4, 2, 30, 18, "#c98c10")


# ================================================================ textiles

def folded(p, x, y, w, h, col, layers=3, edge=None):
    """A cloth folded flat, seen from the front: rounded folds, one over another; y is its top."""
    s = h / layers
    for i in range(layers):
        yy = y + s * (layers - 1 - i)
        d = rrect(x - 3 * (i % 2), yy, w + 4 * (i % 2), s + 2, min(s / 2, 26))
        p.path(d, col if i % 2 else dark(col, .045))
        p.line(f"M{n(x + 18)} {n(yy + s)}H{n(x + w - 16)}", INK, 3, op=.18)
        p.path(f"M{n(x + w - 60)} {n(yy + 4)}h34q22 0 22 {n(s / 2)}t-22 {n(s / 2)}h-34Z", INK, op=.07)


@pic("gabi-blanket", "A thick white cotton gabi folded into a square, its woven tibeb border across the front",
     "#d5d9e2", "#a99a90", "arch", "#e9ebef")
def _(p):
    p.ground(400, 656, 286, 32)
    folded(p, 126, 330, 548, 330, "#f4eee1", 4)
    p.path("M136 352L214 262H618L668 350Q400 372 136 352Z", "#fbf7ee")
    p.path("M618 262L668 350Q600 362 560 360Z", INK, op=.08)
    f, h = tibeb(p, [("s", 7, TERRA, None), ("s", 6, "#f4eee1", None), ("d", 44, TERRA, SAFFRON), ("s", 6, "#f4eee1", None), ("t", 20, FOREST, "#f4eee1"),
                     ("s", 8, FOREST, None), ("x", 44, SAFFRON, FOREST), ("s", 8, FOREST, None), ("v", 20, FOREST, "#f4eee1"), ("s", 6, "#f4eee1", None),
                     ("d", 44, TERRA, SAFFRON), ("s", 6, "#f4eee1", None), ("s", 7, TERRA, None)], 46)
    front = "M262 356Q400 366 540 356V648Q540 660 520 660H282Q262 660 262 648Z"
    top = "M262 357L316 262H512L540 356Q400 366 262 357Z"
    with p.clip(front):
        with p.g("translate(514 340)rotate(90)"):
            p.rect(0, 0, 340, h, f)
    with p.clip(top):
        with p.g("translate(504 262)skewX(-8)rotate(90)scale(1 .9)"):
            p.rect(0, 0, 110, h + 30, f)
        p.path(top, "#fff", op=.18)
    for i in (1, 2, 3):
        p.line(f"M140 {330 + 82 * i}H660", INK, 5, op=.14)
    p.rect(126, 350, 548, 310, weave(p, INK, 9), 26, op=.6)
    p.path(rrect(124, 346, 552, 314, 26), "url(#panel)", op=.8)
    p.line("".join(f"M{x} 660l{p.rng.choice((-3, 0, 3))} {p.rng.randrange(16, 26)}" for x in range(150, 262, 11)), "#e9e0cd", 5)
    p.line("".join(f"M{x} 660l{p.rng.choice((-3, 0, 3))} {p.rng.randrange(16, 26)}" for x in range(548, 660, 11)), "#e9e0cd", 5)


@pic("netela-shawl", "A fine white netela hanging from a wooden rod, light showing through, with a blue and gold border",
     "#dcd6e0", "#b7a6a0", "low", "#ece7ee", 690)
def _(p):
    p.ell(410, 720, 210, 16, INK, op=.1)
    d = "M214 150Q250 140 300 150T400 148T500 152T586 150L606 640Q560 654 520 642T440 650T350 640T270 652T194 640Z"
    p.path(d, INK, op=.08, tf="translate(26 16)")
    p.path(d, "#fdfbf5", op=.9)
    f, h = tibeb(p, [("s", 6, INDIGO, None), ("s", 8, "#fdfbf5", None), ("z", 22, SAFFRON, INDIGO), ("d", 42, SAFFRON, INDIGO), ("z", 22, TERRA, INDIGO), ("s", 8, "#fdfbf5", None),
                     ("h", 26, INDIGO, None), ("s", 8, "#fdfbf5", None), ("s", 6, INDIGO, None)], 34)
    with p.clip(d):
        with p.g("translate(190 478)"):
            p.rect(0, 0, 430, h, f)
        p.rect(190, 440, 430, 6, SAFFRON)
        p.rect(190, 452, 430, 3, INDIGO)
        folds(p, 196, 130, 400, 540, 6, .08)
        p.rect(180, 140, 440, 520, weave(p, INK, 6), op=.5)
    p.path("M300 150L286 460Q400 520 470 150Z", "#fff", op=.35)
    p.line("".join(f"M{x} {644 + 5 * math.sin(x / 28):.0f}q{p.rng.choice((-4, 3))} 20 {p.rng.choice((-3, 0, 2))} {p.rng.randrange(40, 54)}" for x in range(200, 604, 12)), "#fdfbf5", 4)
    p.line("".join(f"M{x} 662h0" for x in range(200, 604, 12)), "#e8dfd2", 8)
    p.rect(130, 128, 540, 22, WOOD, 11)
    p.rect(130, 131, 540, 6, "#fff", 3, op=.3)
    p.path("M214 150Q210 116 250 118H550Q590 116 586 150Q500 164 400 154T214 150Z", "#fffdf8")
    p.path("M214 150Q210 116 250 118H550Q590 116 586 150Q500 164 400 154T214 150Z", "url(#drape)")
    p.line("M170 128Q400 -40 630 128", "#8c6a48", 5)
    p.circ(400, 40, 10, dark(WOOD))


@pic("shemma-table-runner", "A cream shemma runner with a green and saffron border laid along a wooden table, a small bowl on it",
     "#cfd8d0", "#c3ccc2", "half", "#dde4dc", 700)
def _(p):
    p.path("M0 600L170 250H630L800 600V660H0Z", WOOD)
    p.line("M120 350H680M60 470H740M210 250L90 600M640 300L740 600", INK, 3, op=.1)
    p.path("M0 600H800V664H0Z", dark(WOOD, .25))
    p.path("M0 664h800v14H0Z", INK, op=.14)
    top = "M312 250H488L566 600H234Z"
    drop = "M234 600H566L560 744Q400 756 240 744Z"
    p.path("M300 250H312L234 600V742L222 736V604Z", INK, op=.14)
    p.path(top, "#f7f0df")
    p.path(drop, "#f7f0df")
    f, h = tibeb(p, [("s", 6, FOREST, None), ("t", 20, FOREST, SAFFRON), ("d", 40, FOREST, CREAM), ("v", 20, FOREST, SAFFRON), ("s", 6, FOREST, None)], 42, (400, 0))
    with p.clip(drop):
        with p.g("translate(0 628)"):
            p.rect(230, 0, 340, h, f)
        folds(p, 236, 600, 328, 160, 4, .06)
        p.rect(230, 600, 340, 22, "#fff", op=.4)
    with p.clip(top):
        for t, c, w in ((.2, TERRA, 7), (.27, SAFFRON, 5), (.73, SAFFRON, 5), (.8, TERRA, 7)):
            p.path(poly([(312 + 176 * t - w / 3, 250), (312 + 176 * t + w / 3, 250), (234 + 332 * t + w, 600), (234 + 332 * t - w, 600)]), c)
        with p.g("translate(0 262)scale(1 .55)"):
            p.rect(250, 0, 300, h, f)
        p.path(top, weave(p, INK, 8), op=.6)
    p.line("".join(f"M{x} {746 + 3 * math.sin(x / 50):.0f}v26" for x in range(246, 560, 12)), "#efe4cb", 5)
    p.ell(420, 470, 92, 24, INK, op=.16)

    def deco(s):
        p.path(s.teeth(402, 428, 12), "#f3d9b0")
    bowl(p, 400, 386, 92, 84, TERRA, dark(TERRA, .5), .26, .5, deco, 5)
    for x, y, c in ((366, 374, "#d9a22b"), (410, 366, "#c9742c"), (438, 380, "#d9a22b"), (388, 388, "#8f9a4a")):
        p.circ(x, y, 27, c)
        p.circ(x - 8, y - 9, 8, "#fff", op=.35)


@pic("dorze-cushion", "Two square handwoven cushions with stepped diamond bands in terracotta, indigo and saffron",
     "#e2d3c4", "#8f9d92", "window", "#f0e6da")
def _(p):
    p.ground(410, 660, 270, 30)

    def cushion(cx, cy, r, col, rot):
        d = smooth([(cx - r, cy - r), (cx, cy - r * .9), (cx + r, cy - r), (cx + r * .9, cy), (cx + r, cy + r), (cx, cy + r * .9), (cx - r, cy + r), (cx - r * .9, cy)], True)
        with p.g(f"rotate({rot} {cx} {cy})"):
            p.path(d, INK, op=.14, tf="translate(10 10)")
            p.path(d, col)
            with p.clip(d):
                yield d
            p.path(d, "url(#gloss)")
            p.line(f"M{cx - r + 14} {cy - r + 16}Q{cx} {cy - r * .8:.0f} {cx + r - 14} {cy - r + 16}", "#fff", 5, op=.3)
    for d in cushion(510, 430, 176, FOREST, 14):
        for i in range(-5, 6):
            p.rect(320, 430 + i * 40, 400, 13, light(FOREST, .6) if i % 2 else SAFFRON)
        p.path(d, weave(p, INK, 8))
    for d in cushion(330, 462, 200, "#f3e7d0", -5):
        a, ha = tibeb(p, [("s", 10, INDIGO, None), ("d", 70, TERRA, SAFFRON), ("s", 10, INDIGO, None)], 72, (330, 0))
        b, hb = tibeb(p, [("t", 24, INDIGO, None), ("s", 12, TERRA, None), ("h", 44, INDIGO, SAFFRON), ("s", 12, TERRA, None), ("v", 24, INDIGO, None)], 48, (330, 0))
        for y, f, h in ((290, b, hb), (420, a, ha), (530, b, hb)):
            with p.g(f"translate(0 {y})"):
                p.rect(120, 0, 420, h, f)
        p.path("".join(f"M{330 + 72 * i} 448l16 17l-16 17l-16 -17Z" for i in range(-3, 4)), "#f3e7d0", tf="translate(36 0)")
        p.path(d, weave(p, INK, 8))


@pic("cotton-tea-towels", "Three striped cotton tea towels hanging from a peg rail",
     "#e6e1d3", "#cfc6b4", "plain", None, 742)
def _(p):
    p.rect(70, 130, 660, 44, WOOD, 8)
    p.rect(70, 130, 660, 10, "#fff", 5, op=.25)
    p.rect(70, 174, 660, 12, INK, op=.1)
    towels = ((96, 470, INDIGO, "#f7f2e6"), (306, 540, TERRA, "#f3e3c6"), (516, 440, FOREST, "#eef0e4"))
    for i, (x, h, c, base) in enumerate(towels):
        d = f"M{x + 94} 176Q{x + 50} 200 {x + 8} 216L{x} {186 + h}Q{x + 50} {h + 198} {x + 94} {h + 188}T{x + 188} {h + 186}L{x + 180} 216Q{x + 138} 200 {x + 94} 176Z"
        p.path(d, INK, op=.13, tf="translate(20 16)")
        p.path(d, base)
        with p.clip(d):
            if i == 0:
                for j, w in enumerate((26, 8, 8)):
                    p.rect(x - 5, 470 + h - 440 + 30 * j, 200, w, c)
                for j in range(4):
                    p.rect(x + 30 + 40 * j, 160, 4, h + 60, c, op=.55)
            elif i == 1:
                for j in range(9):
                    p.rect(x - 5, 240 + 54 * j, 200, 26, c, op=.85)
                    p.rect(x + 10 + 54 * j, 160, 26, h + 60, c, op=.35)
            else:
                f, hh = tibeb(p, [("s", 6, c, None), ("t", 18, c, None), ("d", 38, TERRA, SAFFRON), ("v", 18, c, None), ("s", 6, c, None)], 38)
                with p.g(f"translate({x} 490)"):
                    p.rect(-4, 0, 200, hh, f)
                p.rect(x, 300, 200, 5, c)
                p.rect(x, 312, 200, 5, c)
            p.path(f"M{x + 94} 176L{x + 40} {h + 200}H{x + 66}ZM{x + 94} 176L{x + 118} {h + 200}H{x + 160}Z", INK, op=.08)
            p.path(f"M{x + 94} 176L{x + 4} {h + 200}H{x + 36}ZM{x + 94} 176L{x + 80} {h + 200}H{x + 104}Z", "#fff", op=.2)
            p.rect(x - 10, 170, 210, h + 40, weave(p, INK, 7), op=.6)
        p.line(f"M{x + 86} 182q8 -34 16 0", c, 6)
        p.circ(x + 94, 152, 17, dark(WOOD, .35))
        p.circ(x + 92, 149, 13, light(WOOD, .2))


@pic("handspun-cotton-yarn", "A skein and two balls of handspun cotton with a wooden drop spindle",
     "#dfd9cc", "#b89b82", "sun", "#efe9dd")
def _(p):
    p.ground(400, 664, 270, 26)

    def ball(x, y, r, c):
        p.ell(x + 14, y + r - 6, r, r * .2, INK, op=.16)
        d = oval(x, y, r)
        p.path(d, c)
        with p.clip(d):
            for a, m in ((20, 9), (95, 6), (150, 5)):
                with p.g(f"rotate({a} {x} {y})"):
                    p.line("".join(f"M{n(x - r)} {n(y - r * .3 + j * r * .14)}q{n(r)} {n(-r * .42)} {n(2 * r)} 0" for j in range(m)), dark(c, .3), 3, op=.55)
                    p.line("".join(f"M{n(x - r)} {n(y - r * .3 + j * r * .14 + 4)}q{n(r)} {n(-r * .42)} {n(2 * r)} 0" for j in range(m)), c, 7)
        p.path(d, "url(#gloss)")
    with p.g("translate(44 22)rotate(16 600 420)"):
        p.rect(592, 180, 16, 462, WALNUT, 8)
        p.rect(594, 180, 5, 440, "#fff", op=.3)
        p.path("M600 420C660 440 664 520 608 560H592C536 520 540 440 600 420Z", "#f4ecdb")
        p.line("".join(f"M{558 + abs(7 - j) * 3} {446 + j * 8}l{84 - abs(7 - j) * 6} -10" for j in range(14)), "#c9bb9d", 3)
        p.ell(600, 570, 62, 16, WOOD)
        p.ell(600, 566, 62, 15, light(WOOD, .25))
        p.path("M594 184q-10 -26 10 -28q14 4 6 18", stroke=WALNUT, sw=7)
    ball(290, 450, 124, "#f3ead8")
    ball(470, 540, 104, INDIGO)
    d = "M80 610C70 560 130 548 190 566S330 600 370 572S420 640 360 656S230 632 180 650S86 668 80 610Z"
    p.ell(236, 666, 170, 18, INK, op=.16)
    p.path(d, SAFFRON)
    with p.clip(d):
        p.line("".join(f"M{60 + 16 * j} {680}q50 -50 30 -130" for j in range(24)), dark(SAFFRON, .3), 4, op=.6)
    p.path(d, "url(#drape)")
    p.path("M204 556q34 10 36 92l-28 4q-10 -60 -36 -88Z", TERRA)
    p.line("M360 462Q420 340 520 300T580 200", "#f3ead8", 4)
    p.line("M570 610q70 60 120 30t60 20", INDIGO, 5)


@pic("tibeb-ribbon", "Three spools of woven tibeb ribbon in different patterns, one unrolling along the table",
     "#e9d5cf", "#c9a59a", "twin", "#f4e7e1")
def _(p):
    sets = ((250, 352, 330, [("s", 8, TERRA, None), ("d", 56, TERRA, SAFFRON), ("s", 8, TERRA, None)], "#efe0c4"),
            (548, 360, 240, [("t", 22, FOREST, CREAM), ("x", 44, CREAM, FOREST), ("v", 22, FOREST, CREAM)], "#e5d3b3"))
    for x, y, hh, rows, w in sets:
        p.ground(x, y + hh - 40, 124, 24)
        h = sum(q[1] for q in rows)
        s = Solid(x, [(y - 30, 104), (y + hh - 50, 104)], .2, True)
        base = Solid(x, [(y + hh - 62, 124), (y + hh - 42, 124)], .2, True)
        base.draw(p, WOOD, None, light(WOOD, .2))

        def deco():
            for j in range(int((hh - 20) // h) + 1):
                yy = y - 30 + j * h
                p.path(s.band(yy, yy + h), rows[0][2])
                k = yy + 8
                p.path(s.band(k, yy + h - 8), rows[1][3] or SAFFRON)
                if rows[1][0] == "d":
                    p.path(s.diamonds(k + 2, yy + h - 10, 6), rows[1][2])
                    p.path(s.diamonds(k + 20, yy + h - 28, 6, .45), CREAM)
                else:
                    p.path(s.teeth(k, k + 22, 7), rows[0][3])
                    p.path(s.diamonds(k + 26, yy + h - 14, 6), CREAM)
                p.line(s.arc(yy), INK, 3, op=.3)
        s.draw(p, w, deco)
        top = Solid(x, [(y - 52, 124), (y - 30, 124)], .2, True)
        top.draw(p, WOOD, None, light(WOOD, .25))
        p.ell(x, y - 52, 26, 6, dark(WOOD, .55))
    f, h = tibeb(p, [("s", 8, INDIGO, None), ("h", 48, INDIGO, SAFFRON), ("s", 8, INDIGO, None)], 46)
    p.path("M96 700Q400 760 700 690L716 700Q420 784 100 718Z", INK, op=.14)
    p.ground(420, 664, 70, 12)
    with p.g("translate(60 640)skewY(4)"):
        p.rect(0, 0, 360, h, f)
    with p.g("translate(420 665)skewY(-8)"):
        p.rect(0, 0, 320, h, f)
        p.path("M320 0l-26 32l26 32Z", "#c9a59a")
        p.path(f"M0 0h60v{h}H0Z", INK, op=.12)
    p.circ(404, 610, 66, dark(INDIGO, .1))
    for r, c in ((58, SAFFRON), (52, INDIGO), (44, SAFFRON), (38, INDIGO), (30, SAFFRON), (24, INDIGO)):
        p.circ(404, 610, r, c)
    p.circ(404, 610, 15, WOOD)
    p.path(oval(404, 610, 66), "url(#gloss)")


@pic("waffle-bath-towel", "Cotton bath towels with coloured stripes, rolled and stacked in a pyramid",
     "#d3dcd9", "#b9a58f", "shelf", "#c4d0cc")
def _(p):
    p.ground(400, 662, 300, 28)

    def roll(x, y, r, c, stripe):
        ln = 150
        d = f"M{x} {y - r}L{x + ln} {y - r - 46}A{r} {r} 0 0 1 {x + ln} {y + r - 46}L{x} {y + r}Z"
        p.path(d, c)
        with p.clip(d):
            for t in (30, 48, 96):
                p.path(f"M{x + t} {y - r - 60}a{r * .55:.0f} {r} 0 0 1 0 {2 * r + 60}l12 0a{r * .55:.0f} {r} 0 0 0 0 {-2 * r - 60}Z", stripe)
            p.path(d, weave(p, INK, 10, "skewY(-17)"))
            p.path(f"M{x} {y + r * .3}L{x + ln + r} {y + r * .1 - 46}V{y + r}H{x}Z", INK, op=.16)
            p.path(f"M{x} {y - r}l{ln + 20} -46v26l{-ln - 20} 46Z", "#fff", op=.3)
        p.circ(x, y, r, light(c, .25))
        q = smooth([polar(x, y, r * (1 - t / 26) * .93, t * 52) for t in range(0, 25)])
        p.line(q, dark(c, .28), 5, op=.75)
        p.circ(x, y, r, "none", stroke=dark(c, .2), sw=3, op=.6)
    roll(170, 590, 74, "#f4efe3", TERRA)
    roll(322, 590, 74, "#e8d9b8", FOREST)
    roll(474, 590, 74, "#f4efe3", INDIGO)
    roll(246, 460, 74, "#dfe5e2", INDIGO)
    roll(398, 460, 74, "#f4efe3", SAFFRON)
    roll(322, 330, 74, "#efd9c8", TERRA)


# ================================================================ ceramics

@pic("jebena-coffee-pot", "A black clay jebena with a round belly, long neck, spout and handle, resting on a straw ring",
     "#e3e4d6", "#b9a58c", "sun", "#e8b988")
def _(p):
    p.ground(400, 652, 170, 28)
    ring = Solid(400, [(606, 132), (626, 150), (650, 140)], .2)
    ring.draw(p, STRAW, lambda: p.path(ring.cells(600, 660, 12), TERRA, op=.75))
    p.line("M440 262C570 262 590 350 530 440", dark(BLACKCLAY, .3), 32)
    p.line("M440 262C570 262 590 350 530 440", BLACKCLAY, 24)
    p.line("M450 256C562 260 578 344 526 424", "#fff", 5, op=.2)
    p.path("M286 452Q240 400 214 330L244 318Q270 380 330 412Z", dark(BLACKCLAY, .15))
    p.ell(229, 324, 18, 9, "#0f0c0b", tf="rotate(-24 229 324)")
    s = Solid(400, [(196, 52), (214, 40), (300, 34), (362, 50), (420, 122), (500, 158), (570, 140), (618, 84)], .2)

    def deco():
        p.path(s.band(404, 420), TERRA, op=.85)
        p.line(s.zig(432, 462, 12), CREAM, 5, op=.85)
        p.path(s.band(474, 482), TERRA, op=.85)
        p.path(s.diamonds(290, 318, 4), CREAM, op=.8)
        p.line(s.arc(334), CREAM, 4, op=.8)
    s.draw(p, BLACKCLAY, deco, "#0f0c0b", 9)
    p.path("M280 470Q262 540 312 590Q284 530 300 470Z", "#fff", op=.2)
    p.path("M370 190Q376 150 400 150T430 190Q400 206 370 190Z", "#8a5a36")
    p.line("M378 186q4 -30 22 -34M400 152v46M422 186q-4 -30 -22 -34", "#5c3822", 3)
    loose_beans(p, [(150, 676), (196, 700), (122, 706), (650, 690), (690, 668)], s=1.15)


@pic("sini-cups-set", "Six small handleless sini cups with coloured bands, standing in two rows on a low wooden tray",
     "#dfe6dc", "#c0a488", "half", "#ecf0e8")
def _(p):
    p.ground(400, 668, 312, 26)
    p.path("M100 566L176 446H624L700 566Z", light(WOOD, .12))
    p.line("M140 506H660M310 446L290 566M490 446L510 566", INK, 3, op=.1)
    p.path("M100 566H700L692 640H108Z", WOOD)
    p.path("M100 566H700V576H100Z", "#fff", op=.28)
    p.path("".join(f"M{130 + 60 * i} 608l20 -18l20 18l-20 18Z" for i in range(9)), dark(WOOD, .35))
    p.path("M130 640h60v32h-46ZM610 640h60l-14 32h-46Z", dark(WOOD, .3))

    def cup(x, y, r, c, kind, full):
        p.ell(x + 12, y + 4, r * .66, r * .17, INK, op=.2)
        s = Solid(x, [(y - r * 1.62, r), (y - r * .9, r * .9), (y - r * .3, r * .62), (y - r * .12, r * .46), (y, r * .5)], .24)

        def deco():
            a, b = y - r * 1.36, y - r * .78
            if kind == 0:
                p.path(s.diamonds(a, b, 4), c)
            elif kind == 1:
                p.path(s.teeth(a, b, 5), c)
            else:
                p.path(s.cells(a, (a + b) / 2, 5) + s.cells((a + b) / 2, b, 5, 1), c)
            p.line(s.arc(a - 6) + s.arc(b + 7), c, 4)
        s.draw(p, "#fbf6ea", deco, "#ded3bd", 5)
        if full:
            p.ell(x, y - r * 1.56, r * .86, r * .19, "#3a2015")
            p.ell(x - r * .2, y - r * 1.58, r * .4, r * .06, "#8a5430")
    for i, (c, k) in enumerate(((INDIGO, 1), (TERRA, 0), (FOREST, 2))):
        cup(262 + 138 * i, 486, 56, c, k, i == 1)
    for i, (c, k) in enumerate(((TERRA, 2), (SAFFRON, 1), (INDIGO, 0))):
        cup(232 + 168 * i, 556, 66, c, k, i != 1)
    steam(p, 396, 376, 150)


@pic("stoneware-tumblers", "Two stacked stoneware tumblers, one dipped in blue glaze and one in rust, a third on its side",
     "#d6dcd2", "#a8927c", "arch", "#e6eae2")
def _(p):
    p.ground(320, 656, 120, 24)

    def tumbler(x, y, glaze, wave):
        s = Solid(x, [(y, 104), (y + 90, 100), (y + 186, 86), (y + 204, 76)], .2)

        def deco():
            pts = [(x - 120 + 24 * i, y + 96 + wave * math.sin(i * .9)) for i in range(11)]
            p.path(smooth([(x - 120, y - 40)] + [(x + 120, y - 40)]) + smooth(pts[::-1], lead="L") + "Z", glaze)
            p.line(smooth(pts), light(glaze, .4), 5, op=.8)
            dots(p, [(x - 95 + p.rng.random() * 190, y + p.rng.random() * 210) for _ in range(40)], "#4a352a", 3.5, op=.6)
            for j in range(5):
                p.line(s.arc(y + 22 + 38 * j), "#fff", 4, op=.09)
        s.draw(p, "#d9c3a2", deco, dark(glaze, .4), 7)
    tumbler(320, 440, "#8c4630", 9)
    tumbler(324, 256, INDIGO, 12)
    p.ground(580, 668, 110, 14)
    with p.g("translate(580 584)rotate(-80)"):
        s = Solid(0, [(-100, 80), (-20, 78), (74, 66), (90, 58)], .3)

        def deco():
            p.path(s.band(-140, -10), FOREST)
            p.line(s.arc(-6), light(FOREST, .4), 5, op=.8)
            dots(p, [(-75 + p.rng.random() * 150, -60 + p.rng.random() * 150) for _ in range(26)], "#4a352a", 3.5, op=.6)
        d = s.d()
        p.path(d, "#d9c3a2")
        with p.clip(d):
            deco()
            p.path("M-90 -120H-30V130H-90Z", INK, op=.22)
            p.path("M40 -120H66V130H40Z", "#fff", op=.25)
        p.ell(0, -100, 80, 24, light(FOREST, .3))
        p.ell(0, -100, 72, 20, dark(FOREST, .5))


@pic("espresso-cup-saucer", "A terracotta espresso cup with a ring handle on its saucer, filled with crema-topped coffee",
     "#e9e2d0", "#8fa08a", "low", "#f5efe0")
def _(p):
    p.ground(400, 640, 250, 40)
    p.ell(400, 630, 268, 66, dark(TERRA, .3))
    p.ell(400, 618, 270, 66, TERRA)
    p.ell(400, 616, 226, 52, dark(TERRA, .14))
    p.ell(400, 618, 222, 48, light(TERRA, .12))
    p.path(oval(400, 618, 270, 66), "url(#gloss)")
    p.ell(424, 622, 118, 26, INK, op=.25)
    p.line("M540 420C660 404 668 532 520 548", dark(TERRA, .25), 36)
    p.line("M540 418C656 404 662 526 520 542", TERRA, 26)
    p.line("M556 414C630 410 640 470 604 506", "#fff", 6, op=.35)
    s = Solid(400, [(362, 162), (440, 158), (530, 130), (590, 92), (612, 84)], .22)

    def deco():
        p.path(s.band(330, 452), "#f3e6cf")
        p.path(s.teeth(420, 452, 12), TERRA)
        p.line(s.arc(404), TERRA, 5)
    s.draw(p, TERRA, deco, "#e4d3b6", 9)
    p.ell(400, 370, 140, 28, "#4a2817")
    p.ell(400, 373, 132, 24, "#a8693a")
    p.ell(388, 370, 92, 14, "#c88a52")
    p.ell(380, 368, 46, 6, "#e0ac74")
    steam(p, 380, 340, 210)
    p.line("M130 640Q170 590 230 600", "#c9ccd2", 9)
    p.ell(118, 652, 34, 14, "#dfe1e5", tf="rotate(-34 118 652)")
    p.rect(630, 640, 44, 32, "#f7efe0", 4, tf="rotate(10 650 650)")
    p.rect(672, 626, 40, 30, "#e6d4b4", 4, tf="rotate(-14 690 640)")


@pic("awash-mug", "A tall mug with river-like waves of blue and green glaze, on a folded cloth",
     "#d3dde0", "#c6a27c", "window", "#e7edee")
def _(p):
    p.ground(380, 668, 230, 22)
    p.path("M150 640L250 586H600L640 646L560 680H190Z", "#f0e3c6")
    p.path("M150 640L190 680H560L640 646V660L562 694H188L150 654Z", dark("#f0e3c6", .16))
    p.line("M182 656L270 602M562 666L600 600", TERRA, 6)
    p.ell(412, 640, 146, 26, INK, op=.2)
    p.line("M500 366C640 340 650 550 500 560", dark("#3f6f83", .35), 44)
    p.line("M500 364C636 340 642 542 500 554", "#3f6f83", 34)
    p.line("M528 362C600 358 618 420 600 480", "#fff", 7, op=.35)
    s = Solid(380, [(256, 138), (300, 136), (420, 142), (560, 142), (626, 130), (640, 118)], .17)

    def deco():
        for i, c in enumerate(("#5f93a0", "#8fb7b3", "#e6ddc2", "#46808c", INDIGO)):
            y = 340 + 62 * i
            pts = [(220 + 36 * j, y + 22 * math.sin(j * .95 + i * 1.3) + 16) for j in range(10)]
            p.path(smooth(pts) + "L560 760H220Z", c)
            p.line(smooth([(x, v - 7) for x, v in pts]), "#fff", 3, op=.4)
    s.draw(p, "#3f6f83", deco, "#25424e", 8)
    p.line("M262 330Q258 460 266 580", "#fff", 10, op=.3)


@pic("sgraffito-serving-bowl", "A wide serving bowl seen from above, scratched with rings of leaves and triangles around a sun",
     "flat", "#c5cdb9", "quarter", "#d4dbc9")
def _(p):
    c = 400
    d = oval(c, c, 300)
    p.drop(d, 18, 26, .15)
    p.path(d, "#f0e4cc")
    p.circ(c, c, 286, FOREST)
    p.circ(c + 6, c + 8, 232, dark(FOREST, .3))
    p.circ(c, c, 226, "#f0e4cc")
    out = "".join(leaf(*polar(c, c, 238, t), t + 40, 52, 13) for t in range(0, 360, 12))
    p.path(out, "#f0e4cc")
    p.path("".join(poly([polar(c, c, 222, t - 7.5), polar(c, c, 176, t), polar(c, c, 222, t + 7.5)]) for t in range(0, 360, 15)), TERRA)
    p.circ(c, c, 168, INDIGO)
    p.path("".join(leaf(*polar(c, c, 88, t), t, 74, 20) for t in range(0, 360, 20)), "#f0e4cc")
    p.path("".join(leaf(*polar(c, c, 96, t), t, 52, 9) for t in range(0, 360, 20)), INDIGO)
    p.circ(c, c, 82, SAFFRON)
    p.path("".join(poly([polar(c, c, 50, t - 15), polar(c, c, 76, t), polar(c, c, 50, t + 15)]) for t in range(0, 360, 30)), TERRA)
    p.circ(c, c, 44, TERRA)
    p.circ(c, c, 30, "#f0e4cc")
    p.circ(c, c, 15, TERRA)
    for r in (130, 196, 260):
        p.circ(c, c, r, "none", stroke=INK, sw=2, op=.12)
    p.path("M190 330A226 226 0 0 1 400 174Q280 220 190 330Z", "#fff", op=.3)
    p.path(d, "url(#gloss)")
    p.path("M130 300A286 286 0 0 1 330 122Q200 190 130 300Z", "#fff", op=.28)


@pic("incense-burner", "A footed clay incense burner with pierced sides, embers glowing and smoke curling up",
     "#e0d8d2", "#9a7c70", "twin", "#ece6e0")
def _(p):
    p.ground(400, 652, 150, 26)
    for x, w, o in ((392, 20, .5), (420, 13, .36)):
        p.line(f"M{x} 380C{x - 90} 320 {x + 80} 270 {x - 10} 200S{x + 50} 90 {x - 6} 40", "#fff", w, op=o)
    p.circ(400, 372, 90, "#f08a3c", op=.22)
    s = Solid(400, [(392, 152), (440, 146), (492, 104), (524, 54), (560, 50), (610, 96), (640, 128), (650, 130)], .2)

    def deco():
        p.path(s.band(392, 418), "#f0dfc4")
        p.path(s.teeth(398, 416, 14), "#8a3f2c")
        for u in (-.66, -.33, 0, .33, .66):
            x, y = s.pt(u, 446)
            w = 15 * math.cos(u * 1.5)
            p.path(f"M{n(x - w)} {n(y)}L{n(x)} {n(y - 22)}L{n(x + w)} {n(y)}L{n(x)} {n(y + 22)}Z", "#2a1512")
            p.path(f"M{n(x - w * .5)} {n(y + 6)}L{n(x)} {n(y - 10)}L{n(x + w * .5)} {n(y + 6)}L{n(x)} {n(y + 18)}Z", "#e8742e")
        p.line(s.arc(534) + s.arc(544), "#f0dfc4", 4)
        p.path(s.diamonds(594, 624, 8), "#f0dfc4")
    s.draw(p, "#a4553a", deco, "#3a201a", 10)
    for x, y, r, c in ((336, 386, 22, "#4a2a22"), (378, 392, 22, "#2f1c18"), (428, 390, 22, "#4a2a22"), (468, 386, 19, "#2f1c18"), (402, 378, 22, "#3a221c")):
        p.circ(x, y, r, c)
        p.path(f"M{x - r * .6:.0f} {y}q{r * .6:.0f} {-r} {r * 1.1:.0f} {-2}q-{r * .5:.0f} {r * .5:.0f} -{r * 1.1:.0f} 2Z", "#f2792e", op=.9)
    for x, y in ((362, 374), (418, 372), (446, 378)):
        p.path(f"M{x} {y - 14}l15 9l-3 15l-19 2l-5 -16Z", "#f4d58a")
    for x, y in ((180, 680), (214, 698), (150, 704), (620, 694), (652, 676)):
        p.ell(x + 6, y + 10, 20, 6, INK, op=.15)
        p.path(f"M{x} {y - 16}l18 10l-2 16l-24 4l-9 -18Z", "#f0cf86")
        p.path(f"M{x} {y - 16}l-4 14l20 12l2 -16Z", "#fff3cf", op=.7)


@pic("ensera-vase", "A tall narrow-necked vase banded with terracotta and cream, holding dried grasses and seed heads",
     "#dbe0cf", "#b7977a", "arch", "#e9ecdf")
def _(p):
    p.ground(400, 658, 120, 26)
    for x, y, c in ((250, 92, "#c9a45c"), (330, 70, "#b98a4a"), (470, 76, "#c9a45c"), (560, 112, "#a8763c")):
        p.line(f"M400 300Q{400 + (x - 400) * .4:.0f} 190 {x} {y}", "#8a7a44", 5)
        a = math.degrees(math.atan2(x - 400, 230))
        d = "".join(leaf(*polar(x, y + 8, -16 * j, a), a + s * 34, 44, 9) for j in range(5) for s in (-1, 1))
        p.path(d, c)
        p.path(leaf(x, y + 10, a, 50, 10), light(c, .25))
    for x, y, r in ((200, 170, 24), (400, 112, 28), (612, 190, 22)):
        p.line(f"M400 300Q{400 + (x - 400) * .5:.0f} 230 {x} {y}", "#6f7a4c", 5)
        p.circ(x, y, r, TERRA)
        p.path("".join(poly([polar(x, y, r * .6, t), polar(x, y, r * 1.35, t + 15), polar(x, y, r * .6, t + 30)]) for t in range(0, 360, 30)), TERRA)
        p.circ(x - 4, y - 4, r * .55, SAFFRON)
    s = Solid(400, [(290, 60), (310, 46), (356, 44), (410, 110), (480, 150), (560, 132), (630, 82), (652, 78)], .18)

    def deco():
        p.path(s.band(280, 350), TERRA)
        p.path(s.teeth(392, 424, 11), TERRA)
        p.path(s.band(424, 436), TERRA)
        p.path(s.band(452, 524), INDIGO)
        p.path(s.diamonds(456, 520, 7), CREAM)
        p.path(s.diamonds(474, 502, 7, .4), TERRA)
        p.path(s.band(540, 552), TERRA)
        p.line(s.zig(568, 592, 14), TERRA, 6)
        p.path(s.band(606, 680), TERRA)
    s.draw(p, "#f0e2c6", deco)
    p.path("M276 470Q262 540 312 600Q290 530 298 462Z", "#fff", op=.25)


# ================================================================ baskets

@pic("mesob-table", "A tall mesob basket table with a flared foot and a pointed lid, woven in zigzags and diamonds",
     "#f5ddb8", "#c49061", "sun", "#f9e9cc")
def _(p):
    p.ground(400, 700, 180, 28)
    foot = Solid(400, [(448, 196), (500, 150), (560, 104), (600, 98), (650, 132), (704, 168)], .15)

    def deco():
        p.path(foot.band(448, 492), "#8f2f24")
        p.path(foot.diamonds(452, 490, 9), SAFFRON)
        p.path(foot.teeth(504, 546, 9), INDIGO)
        p.path(foot.band(556, 576), "#8f2f24")
        p.path(foot.band(604, 616), FOREST)
        p.path(foot.teeth(622, 668, 9), "#8f2f24")
        p.path(foot.band(680, 720), INDIGO)
        coils(p, foot, 448, 716, 13)
    foot.draw(p, STRAW, deco)
    lid = Solid(400, [(126, 16), (160, 26), (220, 78), (300, 152), (380, 206), (440, 226), (460, 222)], .17)

    def deco2():
        p.path(lid.band(120, 176), INDIGO)
        p.path(lid.teeth(186, 236, 6), "#8f2f24")
        p.path(lid.band(244, 256), FOREST)
        p.path(lid.band(270, 350), "#8f2f24")
        p.path(lid.diamonds(274, 346, 7), SAFFRON)
        p.path(lid.diamonds(294, 326, 7, .42), INDIGO)
        p.path(lid.teeth(362, 402, 13), FOREST)
        p.path(lid.band(408, 420), "#8f2f24")
        p.path(lid.cells(428, 448, 15), INDIGO)
        coils(p, lid, 130, 470, 13)
    lid.draw(p, STRAW, deco2)
    p.ell(400, 118, 20, 22, TERRA)
    p.circ(394, 110, 6, "#fff", op=.4)
    p.line("M400 98q-4 -26 -20 -34M400 98q2 -28 14 -38M400 98q12 -18 30 -20", "#8f2f24", 6)


@pic("harari-wall-basket", "Three round Harari coiled plates hung on a wall: a large star, a stepped cross and a zigzag ring",
     "flat", "#efd9bd", "diag", "#e6c9a6")
def _(p):
    for cx, cy, r in ((300, 310, 232), (600, 560, 156), (220, 650, 108)):
        p.drop(oval(cx, cy, r), 16, 24)
    plate(p, 300, 310, 232, [(.9, 1, 1, "#7d2430", "ring"), (.7, .9, 20, "#7d2430", "out"), (.62, .68, 1, FOREST, "ring"), (.2, .6, 8, "#c23b2a", "dia"),
                             (.34, .6, 8, INDIGO, "in"), (.1, .2, 1, "#c23b2a", "ring"), (0, .1, 1, SAFFRON, "ring")], coil=23)
    plate(p, 600, 560, 156, [(.88, 1, 24, INDIGO, "cell"), (.8, .86, 1, TERRA, "ring"), (.3, .78, 6, FOREST, "step"), (.44, .7, 6, TERRA, "x"), (0, .22, 1, TERRA, "ring")], base="#e9cf9c", coil=19)
    plate(p, 220, 650, 108, [(.84, 1, 1, "#4a2a22", "ring"), (.52, .8, 14, "#c23b2a", "out"), (.4, .5, 1, "#4a2a22", "ring"), (0, .34, 7, SAFFRON, "out")], base="#d9b06a", coil=15)
    for cx, cy, r in ((300, 310, 232), (600, 560, 156), (220, 650, 108)):
        p.circ(cx, cy, r - 3, "none", stroke=INK, sw=6, op=.2)


@pic("agelgil-lunch-basket", "A round agelgil lunch basket covered in red-brown leather with cut fringes and a carrying strap",
     "#ecdcc0", "#b08a62", "low", "#f5ead4", 580)
def _(p):
    p.ground(400, 660, 190, 30)
    p.line("M216 470C150 150 650 150 584 470", dark(OXBLOOD, .2), 26)
    p.line("M216 466C154 156 646 156 584 466", COGNAC, 18)
    stitchline(p, "M216 466C154 156 646 156 584 466")
    s = Solid(400, [(450, 190), (520, 198), (600, 176), (650, 130)], .18)

    def deco():
        p.path(s.band(470, 486), dark(COGNAC, .5))
        p.path(s.diamonds(500, 570, 9), dark(COGNAC, .5))
        p.path(s.diamonds(516, 554, 9, .5), SAFFRON)
        p.path(s.band(584, 594), dark(COGNAC, .5))
        p.path(s.teeth(600, 632, 12), dark(COGNAC, .35))
    s.draw(p, COGNAC, deco)
    lid = Solid(400, [(296, 22), (318, 60), (360, 132), (410, 180), (450, 202), (470, 202)], .18)

    def deco2():
        p.path(lid.teeth(316, 366, 8), dark(COGNAC, .5))
        p.path(lid.band(378, 392), dark(COGNAC, .5))
        p.path(lid.cells(400, 424, 13), TERRA)
        p.path(lid.band(436, 490), dark(COGNAC, .45))
        p.line(lid.arc(446), CREAM, 3.5, dash="11 8", op=.8, cap="butt")
    lid.draw(p, COGNAC, deco2)
    knob = Solid(400, [(262, 20), (276, 30), (298, 20)], .3)
    knob.draw(p, dark(COGNAC, .3))
    fr = "".join(f"M{n(x)} {n(y)}l{(i % 3 - 1) * 3} 34" for i, (x, y) in ((i, lid.pt(-.98 + i * .0545, 468)) for i in range(37)))
    p.line(fr, dark(COGNAC, .35), 8, cap="butt")
    for x in (216, 584):
        p.circ(x, 476, 17, dark(COGNAC, .5))
        p.circ(x, 476, 10, BRASS)


@pic("palm-market-basket", "A woven palm-leaf market basket with leather handles, filled with greens and a loaf",
     "#dfe3c8", "#c29a6a", "awning", "#7fa07a")
def _(p):
    p.ground(400, 662, 214, 30)
    p.line("M262 400C262 150 538 150 538 400", dark(COGNAC, .3), 17)
    for x, a, ln, w, c in ((250, -28, 190, 40, FOREST), (310, -12, 230, 44, "#3f7a4e"), (210, -50, 140, 34, "#5f9a5a"), (360, 4, 210, 40, FOREST), (282, -38, 170, 30, "#86b06a")):
        q = leaf(x, 420, a, ln, w)
        p.path(q, c)
        e = polar(x, 420, ln * .9, a)
        p.line(f"M{x} 420L{n(e[0])} {n(e[1])}", "#fff", 3, op=.35)
    p.path("M430 420L470 240Q500 210 540 236T570 290L540 420Z", "#c98a44")
    p.line("M486 262l56 26M474 306l64 26M464 348l64 24", "#f2d9a8", 9)
    for x, y, r, c in ((400, 380, 44, TERRA), (352, 392, 36, "#d9502f")):
        p.circ(x, y, r, c)
        p.circ(x - r * .3, y - r * .35, r * .22, "#fff", op=.5)
    d = "M180 400H620L580 640Q400 680 220 640Z"
    p.path(d, "#dcbf84")
    p.define("pw", '<pattern id="pw" width="52" height="52" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0h26v26h-26zM26 26h26v26h-26z" fill="#c6a463"/><path d="M0 13h26M39 26v26" stroke="#fff" stroke-width="3" opacity=".3"/><path d="M26 0v52M0 26h52" stroke="#7c5a2a" stroke-width="2" opacity=".4"/></pattern>')
    with p.clip(d):
        p.rect(170, 390, 460, 290, "url(#pw)")
        f, h = tibeb(p, [("s", 8, TERRA, None), ("d", 50, INDIGO, SAFFRON), ("s", 8, TERRA, None)], 52)
        with p.g("translate(174 500)"):
            p.rect(0, 0, 460, h, f)
    p.path(d, "url(#panel)")
    p.path("M172 388H628L624 424Q400 444 176 424Z", dark(COGNAC, .1))
    stitchline(p, "M186 414Q400 432 614 414")
    p.line("M262 420C262 190 538 190 538 420", COGNAC, 18)
    p.line("M258 410C262 184 538 184 540 380", "#fff", 4, op=.25)
    for x in (262, 538):
        p.rect(x - 17, 400, 34, 66, dark(COGNAC, .2), 8)
        p.circ(x, 418, 5, BRASS)
        p.circ(x, 448, 5, BRASS)


@pic("oval-bread-basket", "A low oval bread basket holding two round loaves on a checked cloth",
     "#f6e0bf", "#a9744c", "stripes", "#f9ead0")
def _(p):
    p.ground(400, 660, 280, 30)
    p.ell(400, 500, 290, 80, dark(STRAW, .5))
    p.path("M150 510Q180 420 300 440T520 430T660 512Q560 570 400 570T150 510Z", PAPER)
    for i in range(7):
        p.line(f"M{180 + 70 * i} {470 + (i % 2) * 10}l34 70", TERRA, 7, op=.8)
    for x, y, rx, ry, a in ((480, 420, 150, 104, 8), (306, 408, 158, 116, -8)):
        with p.g(f"rotate({a} {x} {y})"):
            p.ell(x + 8, y + 8, rx, ry, INK, op=.2)
            p.ell(x, y, rx, ry, "#c27a36")
            p.ell(x - 4, y - 8, rx * .93, ry * .86, "#d9944a")
            p.ell(x - 10, y - 16, rx * .74, ry * .6, "#e6ab62")
            p.line("".join(f"M{x} {y - 14}L{n(x + rx * .84 * math.sin(t))} {n(y - 14 - ry * .72 * math.cos(t))}" for t in (i * math.pi / 4 for i in range(8))), "#8f5220", 6, op=.75)
            p.ell(x, y - 14, rx * .4, ry * .34, "none", stroke="#8f5220", sw=6, op=.75)
            dots(p, spread(p, x, y - 14, rx * .7, ry * .6, 16, 18), "#2b2422", 5, op=.7)
    s = Solid(400, [(500, 292), (560, 284), (620, 250), (648, 226)], .28)
    d = s.band(504, 590) + ""
    body = s.arc(500) + "L" + poly([(400 + s.r(y), y) for y in (520, 540, 560, 590, 620, 640)], False)[1:] + f"A{n(s.r(640))} 46 0 0 1 {n(400 - s.r(640))} 640L" + poly([(400 - s.r(y), y) for y in (620, 590, 560, 540, 520)], False)[1:] + "Z"
    p.path(body, STRAW)
    with p.clip(body):
        p.path(s.teeth(524, 566, 15), INDIGO)
        p.path(s.band(572, 582), TERRA)
        p.path(s.teeth(632, 590, 15), FOREST)
        coils(p, s, 504, 660, 15)
    p.path(body, "url(#round)")
    p.line(s.arc(502), dark(STRAW, .15), 22)
    p.line(s.arc(502), TERRA, 22, dash="18 26", cap="butt")
    p.line(s.arc(496), "#fff", 4, op=.35)


@pic("lidded-laundry-basket", "A tall lidded laundry basket woven with dark diamonds, a striped cloth hanging from under the lid",
     "#e6dccb", "#bf9f80", "half", "#efe7da", 610)
def _(p):
    p.ground(400, 712, 170, 30)
    s = Solid(400, [(250, 160), (340, 188), (500, 198), (640, 176), (712, 150)], .16)

    def deco():
        p.path(s.diamonds(310, 450, 5), "#6b3a24")
        p.path(s.diamonds(346, 414, 5, .48), "#e9cf9c")
        p.path(s.diamonds(450, 590, 5), "#6b3a24")
        p.path(s.diamonds(486, 554, 5, .48), TERRA)
        p.path(s.cells(620, 642, 11) + s.cells(642, 664, 11, 1), "#6b3a24")
        coils(p, s, 250, 730, 17)
    s.draw(p, "#d9b878", deco)
    q = "M470 262Q520 262 552 250L572 420Q540 448 500 430T456 440Z"
    p.path(q, "#f6efe0")
    with p.clip(q):
        p.line("M450 300Q520 310 570 290M450 370Q520 384 580 360M452 384Q520 398 580 374", INDIGO, 9)
        p.path("M500 260l-10 180h26l10 -180Z", INK, op=.1)
    lid = Solid(400, [(150, 26), (168, 80), (206, 150), (244, 174), (262, 172)], .17)

    def deco2():
        p.path(lid.teeth(160, 214, 9), "#6b3a24")
        p.path(lid.cells(226, 250, 12), TERRA)
        coils(p, lid, 150, 290, 15)
    lid.draw(p, "#d9b878", deco2)
    p.line("M372 152C372 100 428 100 428 152", COGNAC, 14)
    p.line("M374 146C376 104 420 102 426 140", "#fff", 4, op=.3)


@pic("nesting-bowl-baskets", "Three coiled basket bowls of different sizes, the smallest tipped to show the spiral inside",
     "#f3d6b8", "#9c6b4a", "twin", "#f8e6d2")
def _(p):
    def bb(cx, y, r, h, base, deco, k=.22):
        p.ground(cx, y + h - 2, r * .72, r * .11)
        s = Solid(cx, [(y, r), (y + h * .4, r * .96), (y + h * .8, r * .72), (y + h, r * .54)], k)

        def dd():
            deco(s, y, h)
            coils(p, s, y, y + h + 20, 17)
        s.draw(p, base, dd)
        p.ell(cx, y, r, r * k, dark(base, .12))
        p.ell(cx, y + 3, r - 12, (r - 12) * k, dark(base, .5))
        for t in (.82, .6, .4):
            p.ell(cx, y + 3 + (1 - t) * 18, r * t, r * t * k * .86, "none", stroke=base, sw=4, op=.3)
        p.ell(cx, y, r - 4, (r - 4) * k, "none", stroke=TERRA, sw=9, dash="16 22")

    def d1(s, y, h):
        p.path(s.teeth(y + 24, y + 84, 10), "#8f2f24")
        p.path(s.band(y + 92, y + 104), INDIGO)
        p.path(s.teeth(y + 172, y + 116, 10), FOREST)

    def d2(s, y, h):
        p.path(s.diamonds(y + 20, y + 96, 8), INDIGO)
        p.path(s.diamonds(y + 40, y + 76, 8, .45), SAFFRON)
        p.path(s.band(y + 108, y + 118), TERRA)
    bb(306, 372, 206, 250, STRAW, d1)
    bb(536, 496, 158, 170, "#e4c78e", d2)
    p.ell(250, 700, 100, 12, INK, op=.2)
    plate(p, 232, 612, 98, [(.84, 1, 20, "#8f2f24", "cell"), (.5, .8, 12, FOREST, "out"), (.36, .46, 1, TERRA, "ring"), (0, .3, 6, INDIGO, "dia")], .9, "#e4c78e", 12)
    p.path("M150 660A98 88 0 0 0 316 656Q300 716 232 716T150 660Z", "#c49a58")
    p.line("M150 664A98 88 0 0 0 316 660M156 678A98 84 0 0 0 308 674M168 694A98 80 0 0 0 296 692", INK, 2.5, op=.25)


@pic("sefed-winnowing-tray", "A flat sefed tray with a radiating pattern and a heap of pale teff grain, a small hand brush beside it",
     "#efe0c0", "#b98a5c", "hills", "#dcbf94", 470)
def _(p):
    p.ground(400, 640, 330, 70, .2)
    p.ell(400, 586, 330, 132, dark(STRAW, .4))
    plate(p, 400, 568, 330, [(.9, 1, 26, "#7d2430", "cell"), (.64, .88, 18, INDIGO, "out"), (.56, .62, 1, "#7d2430", "ring"), (.3, .54, 12, FOREST, "in"), (0, .28, 1, "#e9cf9c", "ring")], .4, STRAW, 22)
    p.ell(420, 578, 168, 52, INK, op=.16)
    mound(p, 390, 560, 166, 120, "#d9b57e", .26, 60)
    dots(p, spread(p, 400, 574, 230, 70, 70, 14), "#c49858", 5)
    dots(p, spread(p, 390, 540, 100, 40, 40, 12), "#f3dfb4", 5)
    with p.g("translate(640 690)rotate(-24)"):
        p.ell(20, 26, 110, 12, INK, op=.16)
        p.path("M-110 -22Q-40 -8 40 -10V14Q-40 18 -120 34Z", "#c9a052")
        p.line("".join(f"M40 {-6 + 3 * j}L{-112 - (j % 2) * 8} {-20 + 9 * j}" for j in range(6)), "#8f6a2a", 3)
        p.rect(30, -13, 110, 28, OXBLOOD, 12)
        p.line("M44 -12v26M56 -12v26M68 -12v26", SAFFRON, 5)


# ================================================================ jewellery

def wires(p, d, sw, metal="url(#metal)", edge="#4a4d57", **kw):
    """Metalwork drawn as wires: an edge, the metal, and a thin light on it."""
    p.line(d, INK, sw + 3, op=.22, tf="translate(8 11)", join="round", **kw)
    p.line(d, edge, sw + 4, join="round", **kw)
    p.line(d, metal, sw, join="round", **kw)
    p.line(d, "#fff", max(1.5, sw * .16), op=.6, join="round", tf=f"translate({n(-sw * .2)} {n(-sw * .2)})", **kw)


def plaque(p, d, metal="url(#metal)", edge="#4a4d57", **kw):
    """Sheet metal cut to a shape."""
    p.path(d, INK, op=.22, tf="translate(8 12)", **kw)
    p.path(d, metal, stroke=edge, sw=4, join="round", **kw)


@pic("lalibela-cross-pendant", "A silver Lalibela cross pendant with a rounded lattice frame, hanging on a black cord",
     "flat", "#e9dccf", "disc", "#2b3358")
def _(p):
    p.line("M400 196C330 140 250 60 230 -10M400 196C470 140 550 60 570 -10", "#171312", 9)
    wires(p, oval(400, 188, 20, 24), 9)
    frame = smooth([(400, 236), (520, 272), (562, 370), (528, 462), (440, 524), (400, 548), (360, 524), (272, 462), (238, 370), (280, 272)], True)
    knobs = "".join(oval(x, y, 14) for x, y in ((400, 222), (478, 240), (546, 296), (578, 370), (556, 446), (504, 502), (296, 502), (244, 446), (222, 370), (254, 296), (322, 240)))
    plaque(p, knobs)
    inner = smooth([(400, 268), (496, 296), (528, 370), (498, 444), (400, 510), (302, 444), (272, 370), (304, 296)], True)
    p.path(inner, "#1d2444", op=.6)
    lat = "M318 300L482 446M482 300L318 446M400 270L288 370L400 506L512 370Z"
    wires(p, lat, 8)
    wires(p, frame, 22)
    wires(p, inner, 6)
    arm = "M400 282l30 26l-16 40h28l34 -20l16 42l-16 42l-34 -20h-28l16 40l-30 34l-30 -34l16 -40h-28l-34 20l-16 -42l16 -42l34 20h28l-16 -40Z"
    plaque(p, arm)
    plaque(p, "M400 342l28 28l-28 28l-28 -28Z")
    p.circ(400, 370, 11, INDIGO)
    p.circ(397, 366, 4, "#fff", op=.7)
    plaque(p, "M376 540H424L418 580H446V606H418L426 662H374L382 606H354V580H382Z")
    p.line("M390 620h20M388 640h24", "#4a4d57", 3)


@pic("gondar-cross-pendant", "A silver Gondar cross pendant of interlaced bands with four flared arms, on a beaded chain",
     "flat", "#dfe3da", "disc", "#24453a")
def _(p):
    for sx in (-1, 1):
        pts = [(400 + sx * (14 + 200 * t), 190 - 200 * t ** 1.2) for t in (i / 9 for i in range(10))]
        for x, y in pts:
            p.circ(x + 4, y + 6, 11, INK, op=.25)
            p.circ(x, y, 11, "#c9ccd2", stroke="#4a4d57", sw=2)
            p.circ(x - 3, y - 4, 4, "#fff", op=.9)
    wires(p, oval(400, 206, 18, 18), 8)
    for a in (0, 90, 180, 270):
        with p.g(f"rotate({a} 400 410)"):
            plaque(p, "M374 300Q380 262 348 240L400 222L452 240Q420 262 426 300Z")
            p.path("M388 290Q392 266 378 250L400 243L422 250Q408 266 412 290Z", "#24453a", op=.8)
    for a in (45, 135, 225, 315):
        x, y = polar(400, 410, 158, a)
        plaque(p, oval(x, y, 20))
        p.circ(x, y, 8, "#24453a")
    p.circ(400, 410, 134, "#1c362d")
    sq = "M400 296L514 410L400 524L286 410ZM400 336L474 410L400 484L326 410ZM400 374L436 410L400 446L364 410Z"
    wires(p, sq + "M320 330L480 490M480 330L320 490", 10)
    wires(p, "M400 286V534M276 410H524", 10)
    wires(p, oval(400, 410, 132), 18)
    p.circ(400, 410, 132, "none", stroke="#4a4d57", sw=3, dash="3 14")
    plaque(p, oval(400, 410, 24))
    p.circ(400, 410, 11, TERRA)
    p.circ(396, 406, 4, "#fff", op=.7)


@pic("telsum-necklace", "A telsum necklace of silver crescents and charms between dark red beads, on a linen bust",
     "#d9c7bd", "#8a5f55", "arch", "#6b2a35")
def _(p):
    p.ground(400, 690, 190, 22)
    bust = "M330 130Q340 200 320 250Q200 290 176 420Q200 620 300 700H500Q600 620 624 420Q600 290 480 250Q460 200 470 130Q400 110 330 130Z"
    p.path(bust, "#efe3cf")
    p.path(bust, weave(p, INK, 9))
    p.path(bust, "url(#round)")
    p.ell(400, 128, 70, 15, "#fbf4e6")
    pts = [(400 + 158 * math.sin(t), 250 + 176 * math.cos(t)) for t in (math.radians(7 * (i - 12)) for i in range(25))]
    p.line(smooth([(x + 8, y + 12) for x, y in pts]), INK, 18, op=.16)
    for i, (x, y) in enumerate(pts):
        if i % 4 == 2:
            p.circ(x, y, 13, "#cfd2d8", stroke="#4a4d57", sw=3)
            p.circ(x - 3, y - 4, 4, "#fff")
        else:
            p.circ(x, y, 12, "#7a1f2c")
            p.circ(x - 3, y - 4, 3.5, "#fff", op=.5)
    for i in (5, 8, 16, 19):
        x, y = pts[i]
        b = y + 58
        wires(p, f"M{n(x)} {n(y + 14)}v16", 5)
        if i in (8, 16):
            plaque(p, f"M{n(x - 21)} {n(b - 30)}h42v66h-42Z")
            p.path(f"M{n(x)} {n(b - 24)}l16 23l-16 23l-16 -23Z", "#7a1f2c")
        else:
            plaque(p, f"M{n(x - 25)} {n(b - 28)}A28 28 0 1 0 {n(x + 25)} {n(b - 28)}A28 21 0 1 1 {n(x - 25)} {n(b - 28)}Z")
            p.circ(x, b + 4, 5, "#7a1f2c")
    x, y = pts[12]
    wires(p, f"M{n(x)} {n(y + 14)}v18", 6)
    plaque(p, f"M{n(x)} {n(y + 30)}l38 54l-38 66l-38 -66Z")
    p.path(f"M{n(x)} {n(y + 50)}l23 34l-23 42l-23 -42Z", "#7a1f2c")
    plaque(p, f"M{n(x)} {n(y + 66)}l11 18l-11 20l-11 -20Z")
    for dx in (-22, 0, 22):
        yy = y + 150 - abs(dx) * 1.6
        wires(p, f"M{n(x + dx)} {n(yy)}v14", 3)
        plaque(p, oval(x + dx, yy + 24, 9))


@pic("amber-resin-strand", "A strand of large honey-coloured resin beads with small silver spacers, curled on indigo cloth",
     "flat", "#dccbb0", "cloth", "#2b3560")
def _(p):
    m = 23
    pts = []
    for i in range(m):
        t = i / (m - 1)
        a = -2.75 + 5.5 * t
        pts.append((400 + 232 * math.sin(a), 360 - 206 * math.cos(a) * -1 + 20))
    ends = (pts[0], pts[-1])
    p.line(smooth(pts), "#171312", 5)
    p.line(f"M{n(ends[0][0])} {n(ends[0][1])}Q360 90 300 60M{n(ends[1][0])} {n(ends[1][1])}Q450 100 520 70", "#171312", 6)
    for i, (x, y) in enumerate(pts):
        t = abs(i / (m - 1) - .5) * 2
        r = 53 - 24 * t
        a = math.degrees(math.atan2(pts[min(m - 1, i + 1)][1] - pts[max(0, i - 1)][1], pts[min(m - 1, i + 1)][0] - pts[max(0, i - 1)][0]))
        c = mix("#d98a1e", p.rng.choice(("#f0b03a", "#a85a14", "#c8701c")), p.rng.choice((.2, .5, .8)))
        with p.g(f"translate({n(x)} {n(y)})rotate({n(a)})"):
            if i % 2:
                p.rect(-7, -15, 14, 30, "#cfd2d8", 5, stroke="#4a4d57", sw=2.5)
                continue
            p.ell(0, 0, r * 1.08, r, INK, op=.25, tf=f"rotate({n(-a)})translate(9 13)rotate({n(a)})")
            p.ell(0, 0, r * 1.08, r, c)
            with p.g(f"rotate({n(-a)})"):
                p.ell(r * .2, r * .25, r * .7, r * .62, light(c, .35), op=.55)
                p.path(f"M{n(-r * .7)} {n(-r * .1)}A{n(r * .75)} {n(r * .75)} 0 0 1 {n(r * .1)} {n(-r * .72)}Q{n(-r * .4)} {n(-r * .5)} {n(-r * .7)} {n(-r * .1)}Z", "#fff", op=.65)
                p.line(f"M{n(-r * .3)} {n(r * .5)}q{n(r * .5)} -6 {n(r * .7)} {n(-r * .4)}", "#7a3a0c", 2.5, op=.4)


@pic("filigree-hoop-earrings", "A pair of silver filigree hoop earrings with small drops, hanging from a brass stand",
     "#dfd6dc", "#7f6a78", "sun", "#f0eaee")
def _(p):
    p.ground(400, 660, 170, 24)
    b = Solid(400, [(628, 140), (654, 150)], .18, True)
    b.draw(p, WALNUT, None, light(WALNUT, .15))
    wires(p, "M400 632V150", 13, "url(#gold)", "#5a3c10")
    wires(p, "M170 180Q400 110 630 180", 12, "url(#gold)", "#5a3c10")
    for x in (170, 630):
        p.circ(x, 180, 13, BRASS, stroke="#5a3c10", sw=3)
    x, y = 232, 330
    with p.g(id="er"):
        p.line(f"M{x} 166q20 10 4 54", "#9da1ab", 5)
        plaque(p, oval(x, y - 100, 17))
        p.path(oval(x, y, 92), INK, op=.1)
        petals = "".join(oval(*polar(x, y, 60, t), 17) for t in range(0, 360, 36))
        wires(p, petals, 4)
        wires(p, "".join(oval(*polar(x, y, 60, t), 7) for t in range(0, 360, 36)), 3)
        wires(p, oval(x, y, 90) + oval(x, y, 80), 7)
        wires(p, oval(x, y, 36), 7)
        p.path("".join(leaf(x, y, t, 30, 8) for t in range(0, 360, 60)), "#e8e9ea", stroke="#4a4d57", sw=2)
        p.circ(x, y, 9, WINE)
        for t in (130, 155, 180, 205, 230):
            q = polar(x, y, 96, t)
            ln = 30 if t == 180 else 20
            p.line(f"M{n(q[0])} {n(q[1])}v{ln}", "#9da1ab", 3)
            p.path(f"M{n(q[0])} {n(q[1] + ln - 6)}q15 22 0 32q-15 -10 0 -32Z", "#dfe1e5", stroke="#4a4d57", sw=2.5)
    p.use("er", 336, 0)


@pic("brass-bangle-trio", "Three brass bangles stacked at angles: one twisted, one engraved with triangles, one hammered",
     "#ead9bf", "#6f7f6c", "low", "#f6ead4")
def _(p):
    p.ground(400, 660, 250, 30)

    def bangle(cx, cy, rx, ry, w, rot, style):
        with p.g(f"rotate({rot} {cx} {cy})"):
            outer = oval(cx, cy, rx, ry)
            p.path(oval(cx, cy + w, rx, ry) + oval(cx, cy + w - 4, rx - 16, ry - 10), "#6a4612", rule="evenodd")
            p.ell(cx, cy + w * .1, rx - 8, ry - 5, "none", stroke="#8a5f1c", sw=16)
            d = f"M{cx - rx} {cy}A{rx} {ry} 0 0 0 {cx + rx} {cy}V{cy + w}A{rx} {ry} 0 0 1 {cx - rx} {cy + w}Z"
            back = f"M{cx - rx} {cy}A{rx} {ry} 0 0 1 {cx + rx} {cy}V{cy + w}A{rx} {ry} 0 0 0 {cx - rx} {cy + w}Z"
            p.path(back, "#7c5418")
            p.path(d, "url(#gold)")
            s = Solid(cx, [(cy, rx), (cy + w, rx)], ry / rx, True)
            with p.clip(d):
                if style == 0:
                    p.path("".join(poly([s.pt(-1 + i / 11, cy), s.pt(-1 + (i + .5) / 11, cy), s.pt(-1 + (i + 1.3) / 11, cy + w), s.pt(-1 + (i + .8) / 11, cy + w)]) for i in range(-1, 22)), "#7c5418", op=.75)
                elif style == 1:
                    p.path(s.teeth(cy + w * .2, cy + w * .5, 14), "#6a4612")
                    p.path(s.teeth(cy + w * .82, cy + w * .52, 14), TERRA)
                    p.line(s.arc(cy + w * .1) + s.arc(cy + w * .9), "#6a4612", 3)
                else:
                    for _ in range(60):
                        u, t = p.rng.uniform(-.95, .95), p.rng.random()
                        x, y = s.pt(u, cy + w * t)
                        p.ell(x, y, 11 * math.cos(u * 1.4) + 1, 8, "#fff" if p.rng.random() < .5 else "#6a4612", op=.2)
            p.path(d, "url(#round)")
            p.line(s.arc(cy + 2), "#fff0c0", 4, op=.8)
    bangle(380, 540, 220, 72, 62, 0, 1)
    bangle(404, 474, 206, 68, 46, -7, 0)
    bangle(420, 374, 200, 70, 72, 7, 2)


@pic("welo-opal-ring", "A silver ring set with an oval Welo opal flashing green, orange and blue, resting on a rough stone",
     "flat", "#d5d9d6", "rays", "#e2e5e2")
def _(p):
    p.ground(400, 690, 300, 40)
    p.path("M90 690L140 560L300 500L520 510L660 570L720 680L600 730H200Z", "#8d8378")
    p.path("M140 560L300 500L520 510L440 600L240 610Z", "#a89e92")
    p.path("M440 600L520 510L660 570L720 680L600 730Z", "#6f665d")
    p.path("M90 690L140 560L240 610L200 730Z", "#7c7268")
    p.ell(420, 568, 170, 34, INK, op=.28)
    p.ell(400, 424, 160, 164, "none", stroke="#4a4d57", sw=46)
    p.ell(400, 424, 160, 164, "none", stroke="url(#metal)", sw=38)
    p.shared("metal")
    p.ell(400, 424, 172, 176, "none", stroke="#fff", sw=4, op=.6)
    p.path("M262 508A160 164 0 0 0 540 504", stroke=INK, sw=38, op=.16)
    plaque(p, "M300 300Q330 240 400 240T500 300L470 338H330Z")
    plaque(p, oval(400, 218, 132, 100))
    p.ell(400, 218, 132, 100, "none", stroke="#4a4d57", sw=10, dash="4 12", op=.6)
    st = oval(400, 216, 108, 78)
    p.path(st, "#f3e9dc", stroke="#4a4d57", sw=4)
    with p.clip(st):
        for x, y in spread(p, 400, 216, 104, 74, 46, 20):
            c = p.rng.choice(("#6fcf97", "#f2994a", "#56a8e0", "#eb6a5a", "#f4d35e", "#9b7fd1", "#4fc3b8"))
            k = p.rng.randrange(14, 30)
            p.path(f"M{n(x)} {n(y - k)}l{k} {k // 2}l{-k // 3} {k}l{-k} {-k // 3}Z", c, op=.6)
        p.ell(430, 260, 110, 50, "#fff", op=.18)
    p.path("M312 210Q320 156 400 146Q350 172 336 220Z", "#fff", op=.8)
    p.path(st, "url(#gloss)")
    for t in (-62, -28, 28, 62, 118, 152, 208, 242):
        x, y = polar(400, 216, 110, t, .72)
        p.circ(x, y, 9, "#e6e8ea", stroke="#4a4d57", sw=2)


@pic("glass-bead-bracelets", "Five thin bracelets of small glass beads in red, yellow, blue, green and white, overlapping in rings",
     "flat", "#efe0cf", "quarter", "#e3cdb6")
def _(p):
    sets = ((300, 310, 168, (TERRA, TERRA, SAFFRON)), (500, 300, 150, (INDIGO, INDIGO, "#f8f2e6", "#f8f2e6")), (410, 480, 176, (SAFFRON, SAFFRON, FOREST, FOREST, TERRA)),
            (250, 520, 128, (FOREST, "#f8f2e6", FOREST)), (570, 520, 132, ("#f8f2e6", "#f8f2e6", TERRA, INDIGO, TERRA)))
    for cx, cy, r, cols in sets:
        circ = 2 * math.pi * r
        m = round(circ / 22 / len(cols)) * len(cols)
        step = circ / m
        p.circ(cx + 8, cy + 12, r, "none", stroke=INK, sw=20, op=.16)
        p.circ(cx, cy, r, "none", stroke=INK, sw=5, op=.5)
        for j, c in enumerate(cols):
            p.circ(cx, cy, r, "none", stroke=dark(c, .3), sw=24, cap="round", dash=f"0 {step * len(cols):.3f}", **{"stroke-dashoffset": f"{-step * j:.3f}"})
            p.circ(cx, cy, r, "none", stroke=c, sw=20, cap="round", dash=f"0 {step * len(cols):.3f}", **{"stroke-dashoffset": f"{-step * j:.3f}"})
        p.circ(cx - 3, cy - 4, r, "none", stroke="#fff", sw=6, cap="round", dash=f"0 {step:.3f}", op=.65)
        x, y = polar(cx, cy, r, 200)
        p.circ(x, y, 17, BRASS, stroke="#5a3c10", sw=3)
        p.circ(x - 4, y - 5, 5, "#fff", op=.7)


# ================================================================ leather

@pic("messenger-satchel", "A cognac leather satchel with a long flap, two buckled straps and a shoulder strap",
     "#d6dccd", "#a98a68", "arch", "#e6eadd")
def _(p):
    p.ground(400, 662, 250, 28)
    p.line("M190 360C130 120 670 120 610 360", dark(COGNAC, .35), 26)
    p.line("M190 356C136 128 664 128 610 356", dark(COGNAC, .12), 17)
    d = rrect(160, 340, 480, 322, 34)
    p.path(d, dark(COGNAC, .22))
    p.path("M606 352q34 10 34 30v246q0 30 -34 34Z", dark(COGNAC, .42))
    f = "M154 336Q154 316 186 316H614Q646 316 646 336L634 540Q620 580 570 582H230Q180 580 166 540Z"
    p.path(f, INK, op=.2, tf="translate(4 12)")
    p.path(f, COGNAC)
    p.path(f, "url(#gloss)")
    stitchline(p, "M170 338L182 536Q194 566 232 568H568Q606 566 618 536L630 338")
    p.path("M154 336Q154 316 186 316H614Q646 316 646 336L645 352H155Z", light(COGNAC, .2), op=.6)
    for x in (262, 538):
        p.path(f"M{x - 24} 330H{x + 24}V600L{x} 622L{x - 24} 600Z", INK, op=.18, tf="translate(5 5)")
        p.path(f"M{x - 24} 330H{x + 24}V600L{x} 622L{x - 24} 600Z", dark(COGNAC, .3))
        p.line(f"M{x - 16} 340V596M{x + 16} 340V596", CREAM, 2.5, dash="8 7", op=.7, cap="butt")
        p.rect(x - 35, 496, 70, 58, "none", 10, stroke="#7a5410", sw=12)
        p.rect(x - 35, 495, 70, 58, "none", 10, stroke=BRASS, sw=8)
        p.line(f"M{x} 498v50", "#f3d07a", 7)
        for y in (576, 592):
            p.circ(x, y, 3.5, INK)
    for x in (190, 610):
        p.rect(x - 20, 330, 40, 36, BRASS, 8)
        p.rect(x - 11, 339, 22, 18, dark(COGNAC, .4), 4)
    p.path("M340 400q60 -30 120 0v70q-60 44 -120 0Z", INK, op=.1)
    p.path("M400 408l34 24l-34 44l-34 -44Z", "none", stroke=dark(COGNAC, .4), sw=5)
    p.path("M400 426l17 10l-17 20l-17 -20Z", dark(COGNAC, .4))


@pic("everyday-tote", "A tall forest-green leather tote with tan handles and a small hanging luggage tag",
     "#e8dac6", "#9b8168", "window", "#f3e9da")
def _(p):
    p.ground(400, 668, 200, 28)
    p.line("M300 330C290 90 510 90 500 330", dark(TAN, .4), 18)
    p.path("M190 300L230 262H570L612 300L560 330H240Z", dark(FOREST, .55))
    d = "M190 300H612L586 650Q580 672 556 672H246Q222 672 216 650Z"
    p.path(d, FOREST)
    p.path("M612 300L586 650Q580 672 556 672H530L548 300Z", INK, op=.2)
    p.path(d, "url(#gloss)")
    p.path("M204 560H598L590 640Q580 672 556 672H246Q222 672 214 640Z", TAN)
    p.path("M530 560H598L590 640Q580 672 530 672Z", INK, op=.16)
    stitchline(p, "M206 572H596")
    stitchline(p, "M196 314H606", light(FOREST, .6))
    p.path("M300 330Q320 470 306 556M470 330Q456 440 470 556", stroke=INK, sw=7, op=.12)
    p.line("M286 420C270 80 530 80 514 420", TAN, 22)
    p.line("M286 420C270 80 530 80 514 420", "#fff", 4, op=.25, tf="translate(-3 -3)")
    for x in (286, 514):
        p.rect(x - 20, 330, 40, 104, TAN, 14)
        p.line(f"M{x - 12} 344v76M{x + 12} 344v76", CREAM, 2.5, dash="8 7", op=.8, cap="butt")
        p.circ(x, 350, 6, BRASS)
        p.circ(x, 416, 6, BRASS)
    p.line("M510 300q30 50 20 110", dark(TAN, .3), 6)
    with p.g("rotate(-8 530 460)"):
        p.rect(502, 408, 62, 104, INK, 12, op=.2, tf="translate(6 8)")
        p.rect(502, 408, 62, 104, COGNAC, 12)
        p.rect(514, 436, 38, 62, CREAM, 4)
        p.path("M533 446l12 20l-12 20l-12 -20Z", TERRA)
        p.circ(533, 422, 6, FOREST)


@pic("saddle-leather-belt", "A coiled tan leather belt with a brass buckle, its tooled end lying forward",
     "#e5d7c8", "#7d6a5e", "low", "#f1e7db")
def _(p):
    p.ground(400, 640, 230, 44)
    for i, r in enumerate((214, 176, 138, 100)):
        c = mix(TAN, COGNAC, i * .2)
        k = .34
        y = 520
        p.path(f"M{400 - r} {y}A{r} {n(r * k)} 0 0 1 {400 + r} {y}V{y + 70}A{r} {n(r * k)} 0 0 0 {400 - r} {y + 70}Z", dark(c, .45))
        p.path(f"M{400 - r} {y}A{r} {n(r * k)} 0 0 1 {400 + r} {y}", stroke=light(c, .3), sw=7)
    p.ell(400, 556, 92, 26, dark(COGNAC, .6))
    for i, r in ((3, 100), (2, 138), (1, 176), (0, 214)):
        c = mix(TAN, COGNAC, i * .2)
        y = 520
        k = .34
        s = Solid(400, [(y, r), (y + 74, r)], k, True)
        p.path(s.band(y, y + 74), c)
        if i == 0:
            p.path(s.diamonds(y + 20, y + 56, 11, .7), dark(c, .3), op=.8)
            p.line(s.arc(y + 10) + s.arc(y + 64), CREAM, 3, dash="9 8", op=.8, cap="butt")
        p.path(s.band(y, y + 74), "url(#round)")
        p.line(s.arc(y), light(c, .35), 6)
    p.path("M560 600Q650 624 716 664L738 698L718 730Q640 700 548 678Z", INK, op=.22, tf="translate(2 8)")
    p.path("M560 580Q650 610 716 656L738 690L718 724Q640 690 548 662Z", TAN)
    p.path("M560 580Q650 610 716 656L738 690L718 724Q640 690 548 662Z", "url(#panel)")
    stitchline(p, "M566 594Q646 620 710 664M556 650Q640 676 712 708")
    for x, y in ((612, 638), (646, 654), (680, 672)):
        p.ell(x, y, 6, 7, INK)
    with p.g("rotate(-7 250 600)"):
        p.rect(198, 548, 112, 122, INK, 22, op=.22, tf="translate(7 10)")
        p.rect(204, 554, 100, 110, "none", 18, stroke="#6a4612", sw=24)
        p.rect(204, 554, 100, 110, "none", 18, stroke="url(#gold)", sw=18)
        p.shared("gold")
        p.rect(198, 546, 112, 6, "#fff3c8", 3, op=.7)
        p.rect(246, 600, 76, 17, BRASS, 8)
        p.rect(250, 602, 66, 5, "#fff3c8", 3, op=.7)


@pic("card-wallet", "An open oxblood card wallet with three coloured cards, and a closed indigo one beneath it",
     "flat", "#d8d2c4", "diag", "#cbbfae")
def _(p):
    with p.g("rotate(-18 520 520)"):
        d = rrect(400, 440, 300, 214, 20)
        p.drop(d)
        p.path(d, INDIGO)
        p.path(d, "url(#gloss)")
        stitchline(p, rrect(414, 454, 272, 186, 12))
        p.path("M550 440v214", stroke=INK, sw=4, op=.3)
        p.rect(640, 524, 62, 42, dark(INDIGO, .3), 12)
        p.circ(664, 545, 12, BRASS)
        p.circ(661, 541, 4, "#fff", op=.7)
    with p.g("rotate(9 360 330)"):
        d = rrect(130, 150, 460, 340, 24)
        p.drop(d, 14, 20, .16)
        p.path(d, OXBLOOD)
        p.path("M360 150v340", stroke=INK, sw=8, op=.35)
        p.path(d, "url(#gloss)")
        for i, c in enumerate((SAFFRON, "#f4ecdc", "#4f7a6a")):
            y = 180 + 60 * i
            p.rect(384, y, 184, 110, c, 10)
            p.rect(400, y + 14, 34, 22, dark(c, .25), 5)
            p.line(f"M446 {y + 20}h96M446 {y + 32}h60", dark(c, .25), 5, op=.7)
            q = f"M376 {y + 54}Q470 {y + 70} 576 {y + 54}V476H376Z"
            p.path(q, INK, op=.25, tf="translate(0 -5)")
            p.path(q, mix(OXBLOOD, "#8a3a34", .2 + .2 * i))
            stitchline(p, f"M384 {y + 66}Q470 {y + 82} 568 {y + 66}", sw=2.5)
        p.path("M152 186H344V476H152Z", mix(OXBLOOD, "#8a3a34", .35))
        p.path("M152 300Q250 250 344 300V476H152Z", mix(OXBLOOD, "#8a3a34", .6))
        stitchline(p, "M160 304Q250 262 338 304", sw=2.5)
        p.path("M248 346l30 38l-30 38l-30 -38Z", "none", stroke=dark(OXBLOOD, .4), sw=5)
        p.rect(168, 206, 160, 60, "#a9b98f", 4)
        p.rect(180, 218, 136, 36, "none", 3, stroke="#6f8258", sw=3)
        stitchline(p, rrect(142, 162, 436, 316, 16))


@pic("leather-sandals", "A pair of tan leather sandals seen from above, with crossed straps and one toe loop",
     "flat", "#e7c9a4", "rays", "#ecd3b3")
def _(p):
    sole = "M0 -300C78 -300 112 -210 98 -110C88 -40 66 10 76 110C90 220 66 300 2 300C-62 300 -84 220 -70 110C-60 30 -86 -30 -94 -110C-104 -210 -74 -300 0 -300Z"
    for x, a, m in ((258, -8, 1), (546, 9, -1)):
        with p.g(f"translate({x} 402)rotate({a})scale({m} 1)"):
            p.path(sole, INK, op=.2, tf=f"translate({16 * m} 20)")
            p.path(sole, dark(WALNUT, .4), tf="translate(4 8)")
            p.path(sole, TAN)
            p.path(sole, "url(#gloss)")
            p.line("M0 -282C66 -280 96 -204 82 -110C72 -44 50 10 60 110C72 212 54 282 2 282C-50 282 -68 212 -54 110C-44 34 -70 -30 -78 -110C-88 -200 -62 -280 0 -282Z", CREAM, 3, dash="10 8", op=.7, cap="butt")
            p.ell(0, 200, 38, 54, INK, op=.08)
            p.ell(2, -150, 56, 74, INK, op=.07)
            for q, c in (("M-112 -60Q-20 -150 60 -196L84 -150Q0 -110 -96 -6Z", COGNAC), ("M112 -60Q20 -150 -70 -190L-92 -146Q0 -104 98 -6Z", dark(COGNAC, .14))):
                p.path(q, INK, op=.25, tf="translate(5 10)")
                p.path(q, c)
                p.path(q, "url(#gloss)")
            p.line("M-104 -44Q-20 -128 66 -176M104 -44Q20 -128 -78 -172", CREAM, 2.5, dash="8 7", op=.7, cap="butt")
            p.circ(4, -126, 15, BRASS)
            p.circ(0, -131, 5, "#fff", op=.7)
            p.path("M-34 -230Q-14 -262 6 -232L-6 -206Q-14 -226 -26 -208Z", COGNAC)
            q = "M-86 60Q0 10 90 60L88 104Q0 56 -82 104Z"
            p.path(q, INK, op=.25, tf="translate(4 10)")
            p.path(q, COGNAC)
            p.path(q, "url(#gloss)")
            p.rect(50, 44, 36, 46, "none", 8, stroke=BRASS, sw=7, tf="rotate(14 68 67)")
            p.path("".join(f"M{-50 + 28 * i} {58 - abs(i - 1.4) * -5:.0f}l9 11l-9 11l-9 -11Z" for i in range(3)), TERRA)


@pic("weekend-duffel", "A round-ended weekend bag in dark leather with canvas panels, brass zip and rolled handles",
     "#dcd7cf", "#8c7a6a", "hills", "#c4bfae")
def _(p):
    p.ground(400, 660, 300, 28)
    p.line("M300 420C290 210 510 210 500 420", dark(WALNUT, .5), 18)
    d = "M120 470Q116 352 230 340H570Q684 352 680 470L676 600Q672 660 610 660H190Q128 660 124 600Z"
    p.path(d, "#8e9a76")
    with p.clip(d):
        p.rect(100, 330, 600, 340, weave(p, INK, 8))
        p.path("M100 560H700V680H100Z", WALNUT)
        p.line("M100 574H700", CREAM, 3.5, dash="11 8", op=.8, cap="butt")
        for x in (100, 600):
            p.rect(x, 330, 100, 340, WALNUT)
        p.line("M190 340V560M610 340V560", CREAM, 3.5, dash="11 8", op=.8, cap="butt")
        for x in (262, 492):
            p.rect(x, 330, 46, 340, dark(WALNUT, .14))
            p.line(f"M{x + 8} 330V670M{x + 38} 330V670", CREAM, 2.5, dash="9 8", op=.7, cap="butt")
        p.path("M120 640Q400 690 680 640V680H120Z", INK, op=.2)
    p.path(d, "url(#drape)")
    p.path("M136 420Q150 352 230 344H570Q650 352 664 420Q640 366 570 362H230Q160 366 136 420Z", dark(WALNUT, .3))
    p.line("M196 354H604", BRASS, 7, dash="5 4", cap="butt")
    p.rect(590, 346, 40, 16, BRASS, 5)
    p.path("M622 354l26 40l-14 8l-20 -40Z", COGNAC)
    p.line("M285 470C270 170 530 170 515 470", COGNAC, 22)
    p.line("M285 470C270 170 530 170 515 470", "#fff", 4, op=.25, tf="translate(-3 -3)")
    p.rect(366, 232, 68, 32, dark(COGNAC, .35), 14)
    for x in (285, 515):
        p.circ(x, 470, 17, dark(WALNUT, .5))
        p.circ(x, 470, 11, BRASS)
    p.path("M346 440h108v84q-54 26 -108 0Z", "#7d8966")
    stitchline(p, "M352 446h96v74q-48 22 -96 0Z")
    p.path("M342 432h116v34q-58 24 -116 0Z", WALNUT)
    p.circ(400, 464, 8, BRASS)


@pic("hair-sheep-gloves", "A pair of fine chestnut leather gloves, one laid over the other, with three stitched lines on the back",
     "flat", "#d4d9d8", "band", "#e2e6e4")
def _(p):
    hand = ("M-86 300L-84 120Q-90 60 -112 10Q-150 -50 -170 -96Q-172 -128 -142 -126Q-112 -100 -84 -54L-92 -190Q-92 -226 -66 -226Q-44 -226 -40 -190L-32 -92"
            "L-30 -244Q-28 -276 -2 -276Q22 -276 24 -244L24 -92L40 -222Q46 -252 70 -248Q92 -244 88 -212L76 -76L102 -156Q114 -182 134 -174Q152 -164 146 -136L112 20Q98 80 94 140L98 300Q0 322 -86 300Z")
    for x, y, a, c, m in ((470, 420, 24, dark(COGNAC, .28), -1), (340, 440, -10, COGNAC, 1)):
        with p.g(f"translate({x} {y})rotate({a})scale({m * 1.06} 1.06)"):
            p.path(hand, INK, op=.2, tf=f"translate({14 * m} 18)")
            p.path(hand, c, stroke=dark(c, .3), sw=4)
            p.path(hand, "url(#gloss)")
            p.line("M-44 30Q-50 -30 -56 -70M0 34V-66M42 30Q46 -30 52 -62", dark(c, .45), 5)
            p.line("M-49 30Q-55 -30 -61 -70M-5 34V-66M37 30Q41 -30 47 -62", CREAM, 2.5, dash="7 6", op=.8, cap="butt")
            p.path("M-84 214Q0 236 96 214L98 300Q0 322 -86 300Z", dark(c, .25))
            p.line("M-84 226Q0 248 96 226", CREAM, 3, dash="9 7", op=.8, cap="butt")
            p.path("M34 232L62 300", stroke=INK, sw=4, op=.4)
            p.circ(40, 262, 10, BRASS)
            p.line("M-66 -200Q-66 -150 -60 -110M-4 -250V-120M68 -226Q62 -160 58 -120M-146 -106Q-120 -60 -98 -20", "#fff", 8, op=.16)
            p.line("M-70 120Q-30 140 -10 132M-66 160Q-40 170 -24 166", dark(c, .4), 3, op=.5)


@pic("stitched-pouf", "A round floor pouf of twelve leather panels in saffron and tan with contrasting seams",
     "#d9e0d5", "#b08f70", "sun", "#e9eee6")
def _(p):
    p.ground(400, 660, 258, 34)
    s = Solid(400, [(350, 210), (400, 262), (490, 288), (580, 262), (640, 206)], .24)
    cols = (SAFFRON, TAN)

    def deco():
        for i in range(8):
            u0, u1 = -1.06 + i * .265, -1.06 + (i + 1) * .265
            ys = [340 + 40 * j for j in range(9)]
            q = poly([s.pt(u0, y) for y in ys] + [s.pt(u1, y) for y in ys[::-1]])
            p.path(q, cols[i % 2])
        seams = "".join(smooth([s.pt(-1.06 + i * .265, 340 + 60 * j) for j in range(6)]) for i in range(1, 8))
        p.line(seams, INK, 6, op=.25)
        p.line(seams, CREAM, 3, dash="9 8", op=.9, cap="butt", tf="translate(6 0)")
    s.draw(p, TAN, deco)
    y = 362
    p.ell(400, y, 214, 54, dark(TAN, .2))
    for i in range(12):
        a, b = i * 30 + 6, i * 30 + 36
        q = [(400 + 210 * math.sin(math.radians(t)), y - 8 - 56 * math.cos(math.radians(t))) for t in (a, a + 10, a + 20, b)]
        p.path(poly([(400, y - 14)] + q), light(cols[i % 2], .12))
        p.line(f"M400 {y - 14}L{n(q[0][0])} {n(q[0][1])}", CREAM, 2.5, dash="8 7", op=.9, cap="butt")
    p.path(oval(400, y - 8, 210, 56), "url(#gloss)")
    p.ell(400, y - 14, 58, 16, COGNAC)
    p.ell(400, y - 15, 58, 16, "none", stroke=CREAM, sw=3, dash="7 6")
    p.path("".join(poly([(400 + 44 * math.sin(math.radians(t - 20)), y - 14 - 11 * math.cos(math.radians(t - 20))), (400, y - 14), (400 + 44 * math.sin(math.radians(t + 20)), y - 14 - 11 * math.cos(math.radians(t + 20)))]) for t in range(0, 360, 90)), SAFFRON)


# ================================================================ kitchen

@pic("chefs-knife", "A chef's knife with a dark wood handle lying across a board with a sliced red onion and herbs",
     "flat", "#c8d3c9", "planks")
def _(p):
    with p.g("rotate(-8 400 420)"):
        d = rrect(90, 200, 620, 440, 40)
        p.drop(d, 14, 22, .16)
        p.path(d, "#cf9a5c")
        with p.clip(d):
            p.rect(90, 330, 620, 110, "#c08a4c")
            p.rect(90, 540, 620, 100, "#d9a968")
            p.line("M90 250q300 26 620 0M90 290q300 -20 620 6M90 380q300 24 620 0M90 480q260 -24 620 10M90 590q300 26 620 -6", "#7c4a2a", 3, op=.22)
        p.path(d, "url(#gloss)")
        p.circ(150, 260, 20, "#c8d3c9")
        p.circ(150, 260, 20, "none", stroke=INK, sw=4, op=.25)
    with p.g("rotate(-34 400 400)"):
        b = "M40 380L560 372V452H470Q200 456 40 380Z"
        p.path(b, INK, op=.22, tf="translate(8 26)")
        p.path("M556 366H780Q806 372 800 400Q796 440 760 430Q690 420 640 436T556 430Z", INK, op=.22, tf="translate(8 26)")
        p.path(b, "#e3e6e8")
        p.path("M40 380Q200 456 470 452H560V428Q240 432 40 380Z", "#b4bac0")
        p.line("M80 382L548 376", "#fff", 5, op=.8)
        p.path("M548 366h28v88q-28 6 -28 -2Z", "#8f969c")
        h = "M572 364H776Q806 370 800 402Q794 440 758 430Q690 418 640 436T572 432Z"
        p.path(h, "#4a2c1e")
        p.path(h, "url(#drape)")
        p.line("M590 380Q690 372 780 384M600 410Q690 394 770 406", "#8a5a3a", 3, op=.6)
        for x in (606, 676, 746):
            p.circ(x, 400, 9, BRASS)
            p.circ(x - 2, 397, 3, "#fff", op=.7)
    for x, y, r in ((262, 330, 66), (196, 470, 54)):
        p.circ(x + 8, y + 12, r, INK, op=.18)
        p.circ(x, y, r, "#7d2748")
        for t, c in ((.9, "#f2dbe3"), (.72, "#a84a72"), (.66, "#f2dbe3"), (.46, "#a84a72"), (.4, "#f2dbe3"), (.2, "#a84a72"), (.13, "#f2dbe3")):
            p.circ(x, y, r * t, c)
    for x, y, a in ((560, 560, 60), (540, 586, 100), (520, 554, 20), (600, 600, 80), (490, 590, 140)):
        p.path(leaf(x + 5, y + 8, a, 70, 20), INK, op=.16)
        p.path(leaf(x, y, a, 70, 20), "#3f7a4e" if a % 40 else FOREST)
        e = polar(x, y, 60, a)
        p.line(f"M{x} {y}L{n(e[0])} {n(e[1])}", "#fff", 2, op=.35)


@pic("wanza-chopping-board", "A long chopping board of streaked wanza wood with a rounded handle, leaning on a wall, limes beside it",
     "#cfd9d0", "#a8937c", "tiles", "#dde5de")
def _(p):
    p.ground(400, 664, 190, 22)
    d = "M232 640L246 300Q250 258 300 252Q346 246 350 208L352 150Q356 100 402 100T452 150L454 208Q458 246 504 252Q552 258 556 300L570 640Q570 664 546 664H256Q232 664 232 640Z"
    p.path(d, INK, op=.16, tf="translate(30 6)")
    p.path(d, dark(WOOD, .4), tf="translate(9 3)")
    p.path(d, "#c88d52")
    with p.clip(d):
        p.path("M300 90Q280 300 330 680H420Q370 300 420 90Z", "#a96a36")
        p.path("M470 90Q440 400 500 680H540Q480 400 500 90Z", "#dba76a")
        p.line("M262 680Q240 400 290 90M286 680Q262 420 312 240M360 680Q330 380 372 90M440 680Q400 380 440 90M462 680Q420 380 462 90M520 680Q500 460 520 240M556 680Q530 480 540 250", "#6b3a1c", 3.5, op=.4)
        p.path("M396 430q34 -40 62 0q-20 52 -62 0Z", "#8a5228", op=.8)
        p.path("M408 430q20 -22 38 0q-14 28 -38 0Z", "#5c3016")
        p.line("M380 432q50 -76 94 0q-40 84 -94 0", "#6b3a1c", 3, op=.5)
    p.path(d, "url(#gloss)")
    p.ell(402, 152, 19, 22, "#cfd9d0")
    p.line("M402 148Q470 60 402 36Q340 60 400 140", TERRA, 7)
    p.circ(402, 34, 9, "#5c4030")
    for x, y, r, cut in ((636, 640, 46, 0), (172, 650, 44, 0), (700, 676, 40, 1)):
        p.ell(x + 10, y + r - 3, r, 9, INK, op=.18)
        p.circ(x, y, r, "#6f9a3c")
        if cut:
            p.circ(x, y, r * .9, "#eef3d0")
            p.circ(x, y, r * .8, "#b5d06a")
            p.line("".join(f"M{x} {y}L{n(polar(x, y, r * .78, t)[0])} {n(polar(x, y, r * .78, t)[1])}" for t in range(0, 360, 45)), "#eef3d0", 4)
        else:
            p.path(oval(x, y, r), "url(#gloss)")
            p.circ(x - r * .35, y - r * .4, r * .18, "#fff", op=.5)


@pic("clay-mitad-griddle", "A black clay mitad griddle on three stones over embers, its coned straw lid leaning behind",
     "#e9d8c6", "#9a7a66", "rays", "#f1e4d6")
def _(p):
    p.ground(400, 670, 300, 30)
    p.ell(400, 640, 190, 30, "#f08a3c", op=.3)
    with p.g("translate(-24 84)rotate(14 560 380)"):
        s = Solid(540, [(190, 18), (230, 70), (330, 180), (420, 250), (440, 250)], .2)

        def deco():
            p.path(s.teeth(240, 310, 8), "#8f2f24")
            p.path(s.band(326, 338), INDIGO)
            p.path(s.diamonds(350, 406, 9), FOREST)
            p.path(s.band(418, 432), "#8f2f24")
            coils(p, s, 196, 500, 16)
        s.draw(p, STRAW, deco)
        p.line("M516 190Q520 140 540 140T564 190", dark(STRAW, .35), 13)
    for x in (210, 380, 560):
        p.path(f"M{x} 664l-18 -50l24 -44h50l26 48l-16 46Z", "#7d736a")
        p.path(f"M{x + 6} 570l50 0l26 48l-40 -10Z", "#9a9086")
        p.path(f"M{x + 40} 608l42 10l-16 46h-36Z", "#5f564e")
    for x, y in ((300, 652), (340, 660), (470, 654), (510, 660)):
        p.path(f"M{x - 26} {y}l18 -22h30l14 20l-22 12Z", "#33241f")
        p.path(f"M{x - 10} {y - 4}l12 -14l16 10l-10 10Z", "#f0762a")
    p.line("M296 640L440 668M520 640L380 670", "#6b4630", 18)
    p.path("M400 640q-34 -30 -8 -62q4 22 18 22q-4 -26 14 -40q22 40 12 80Z", "#f29a3c")
    p.path("M402 640q-16 -18 0 -36q10 8 14 36Z", "#f7d06a")
    g = Solid(400, [(500, 312), (524, 312), (566, 250), (580, 200)], .2)
    g.draw(p, "#2f2a2a", None)
    p.ell(400, 500, 312, 62, "#4a4444")
    p.ell(400, 502, 296, 56, "#332d2d")
    inj = oval(400, 500, 262, 46)
    p.path(inj, "#cdb08a")
    p.path(inj, "url(#gloss)")
    dots(p, [(x, y) for x, y in spread(p, 400, 500, 244, 40, 130, 13)], "#8f7350", 6, op=.65)
    dots(p, [(x + 2, y + 1) for x, y in spread(p, 400, 500, 240, 38, 60, 20)], "#6f5638", 4, op=.6)
    steam(p, 250, 440, 170)
    steam(p, 350, 430, 130)


@pic("mukecha-mortar", "A tall wooden mukecha mortar with carved bands and a long pestle standing in it, garlic beside it",
     "#dfe0cd", "#b08d6c", "half", "#ebecdd")
def _(p):
    p.ground(390, 660, 150, 28)
    q = Solid(432, [(70, 34), (90, 42), (150, 40), (190, 24), (420, 22)], .25)
    s = Solid(390, [(330, 144), (360, 150), (440, 136), (510, 92), (540, 80), (580, 96), (636, 132), (656, 134)], .2)
    rim = oval(390, 330, 144, 29)

    def deco():
        p.path(s.teeth(372, 408, 12), dark(WOOD, .45))
        p.path(s.band(416, 424), dark(WOOD, .45))
        p.path(s.diamonds(434, 476, 9), dark(WOOD, .45))
        p.path(s.diamonds(446, 464, 9, .4), light(WOOD, .3))
        p.line(s.arc(528) + s.arc(546), dark(WOOD, .45), 6)
        p.path(s.teeth(632, 596, 12), dark(WOOD, .45))
        p.line("M290 360Q280 420 330 500M470 360Q480 430 440 520M330 600q-20 30 -30 60M452 600q20 30 26 60", "#5c3016", 3, op=.3)
    d = s.d()
    front = s.arc(330) + "V700H246V330Z"
    p.path(rim, dark(WOOD, .55))
    with p.clip("M0 0H800V330H534A144 28.8 0 0 1 246 330H0Z"):
        with p.g("rotate(14 420 330)"):
            q.draw(p, WALNUT, lambda: p.line(q.arc(120) + q.arc(132), SAFFRON, 5), light(WALNUT, .2))
    with p.clip(front):
        p.path(d, WOOD)
        deco()
        p.path(d, "url(#round)")
    p.path(rim, "none", stroke=light(WOOD, .3), sw=9)
    for x, y, r in ((610, 650, 42), (668, 668, 32)):
        p.ell(x + 8, y + r * .8, r, r * .2, INK, op=.16)
        p.path(f"M{x} {n(y - r * 1.5)}Q{n(x + r * .1)} {n(y - r * .8)} {n(x + r)} {n(y - r * .1)}Q{n(x + r)} {n(y + r * .85)} {x} {n(y + r * .85)}T{n(x - r)} {n(y - r * .1)}Q{n(x - r * .1)} {n(y - r * .8)} {x} {n(y - r * 1.5)}Z", "#f4ece2")
        p.line(f"M{x} {n(y - r)}Q{n(x - r * .7)} {y} {n(x - r * .2)} {n(y + r * .8)}M{x} {n(y - r)}Q{n(x + r * .7)} {y} {n(x + r * .2)} {n(y + r * .8)}", "#b89ab0", 3.5, op=.7)
    chilli_def(p)
    p.ell(160, 690, 50, 7, INK, op=.15)
    p.use("ch", 110, 672, 6, .8, fill="#b32a1c")


@pic("olive-wood-spoon-set", "Five carved wooden kitchen tools side by side: spoon, slotted spoon, spatula, ladle and honey dipper",
     "flat", "#c3cfc6", "cloth", "#eef0e6")
def _(p):
    def tool(x, a, head, col, extra=None):
        with p.g(f"translate({x} 400)rotate({a})"):
            d = head + rrect(-11, -120, 22, 410, 11)
            p.path(d, INK, op=.2, tf="translate(10 14)")
            p.path(d, col)
            p.path(d, "url(#panel)")
            p.line("M-4 -20Q2 100 -3 260M5 0Q0 120 5 250", "#5c3016", 2.5, op=.35)
            if extra:
                extra()
            p.line("M0 270v0", "#eef0e6", 10)
    sp = "M0 -270C66 -270 76 -130 0 -60C-76 -130 -66 -270 0 -270Z"
    tool(156, -7, sp, "#c58f52", lambda: p.path("M0 -250C48 -250 56 -150 0 -96C-56 -150 -48 -250 0 -250Z", INK, op=.2))
    tool(276, 4, sp, WOOD, lambda: p.line("M-22 -210v74M0 -226v104M22 -210v74", "#7c4a2a", 13))
    tool(400, -2, "M-50 -270Q0 -290 50 -256L34 -90Q16 -60 0 -56Q-20 -60 -36 -90Z", "#a9723e", lambda: p.line("M-30 -250L-22 -110", "#fff", 7, op=.25))
    tool(528, 5, oval(0, -170, 84, 92), "#c99a5c", lambda: (p.ell(0, -174, 66, 72, dark(WOOD, .4)), p.path("M-54 -190A66 72 0 0 1 10 -244Q-30 -220 -54 -190Z", "#fff", op=.3)))
    dip = "".join(rrect(-w, -250 + 34 * i, 2 * w, 24, 12) for i, w in enumerate((26, 44, 52, 44, 28))) + rrect(-12, -240, 24, 190, 8)
    tool(652, 10, dip, WALNUT)


@pic("enamel-kettle", "A white enamel kettle with a blue rim and painted flowers, steam rising from its spout",
     "#f1dccb", "#7f9c96", "low", "#f8ebe0")
def _(p):
    p.ground(390, 652, 220, 30)
    p.line("M250 330C230 120 550 120 530 330", INDIGO, 24)
    p.line("M250 326C236 128 544 128 530 326", "#fbf8f0", 11)
    p.rect(316, 160, 148, 36, WALNUT, 18)
    p.rect(326, 165, 128, 9, "#fff", 4, op=.3)
    p.path("M540 560Q620 520 640 400L690 372L700 396Q690 560 560 620Z", "#e9e4d8")
    p.path("M640 400L690 372L702 392L650 424Z", INDIGO)
    p.path("M600 540Q650 490 664 416L700 396Q690 560 560 620Z", INK, op=.14)
    s = Solid(390, [(330, 128), (380, 166), (480, 206), (580, 204), (640, 176)], .17)

    def deco():
        p.path(s.band(628, 690), INDIGO)
        p.path(s.band(320, 346), INDIGO)
        for cx, cy, r, c in ((350, 520, 1.2, TERRA), (450, 490, .85, SAFFRON), (262, 480, .7, INDIGO)):
            for a in (60, 150, 250, 320):
                p.path(leaf(cx, cy, a, 74 * r, 15 * r), FOREST if a % 100 else "#4f8a5a")
            for t in range(0, 360, 72):
                x, y = polar(cx, cy, 24 * r, t)
                p.circ(x, y, 19 * r, c)
            p.circ(cx, cy, 14 * r, "#f8e3a0" if c != SAFFRON else TERRA)
        dots(p, [(300, 440), (410, 440), (500, 560), (230, 560), (300, 600), (420, 600), (520, 440)], TERRA, 12)
    s.draw(p, "#fbf8f0", deco)
    lid = Solid(390, [(290, 40), (304, 96), (326, 122), (336, 124)], .17)
    lid.draw(p, "#fbf8f0", lambda: p.path(lid.band(318, 350), INDIGO))
    k = Solid(390, [(258, 20), (272, 26), (292, 14)], .3)
    k.draw(p, WALNUT)
    for x in (258, 522):
        p.circ(x, 336, 13, INDIGO)
        p.circ(x - 3, 333, 4, "#fff", op=.6)
    p.path("M214 460Q196 540 226 610Q222 540 240 450Z", "#fff", op=.8)
    steam(p, 712, 362, 200)


@pic("hand-coffee-mill", "A tall brass hand coffee mill with a folding crank and wooden knob, beans at its foot",
     "#dbd5c8", "#8d7a63", "twin", "#e9e4d9")
def _(p):
    p.ground(380, 662, 110, 24)
    s = Solid(380, [(280, 84), (650, 84)], .2, True)

    def deco():
        p.path(s.band(280, 304), dark(BRASS, .3))
        p.path(s.diamonds(318, 366, 8), dark(BRASS, .38))
        p.path(s.diamonds(332, 352, 8, .4), light(BRASS, .4))
        p.path(s.band(376, 386), dark(BRASS, .3))
        p.path(s.band(470, 492), INK, op=.5)
        p.line(s.arc(481), BRASS, 4)
        p.path(s.teeth(516, 556, 10), dark(BRASS, .38))
        p.path(s.teeth(600, 560, 10), dark(BRASS, .38))
        p.path(s.band(616, 626), dark(BRASS, .3))
        for j in range(3):
            p.line(s.arc(410 + 18 * j), "#fff", 3, op=.3)
    s.draw(p, BRASS, deco)
    p.line("M318 320V640", "#fff6d8", 12, op=.5)
    foot = Solid(380, [(638, 88), (660, 94)], .2, True)
    foot.draw(p, dark(BRASS, .18))
    dome = Solid(380, [(206, 18), (222, 44), (256, 80), (284, 88)], .2)
    dome.draw(p, BRASS)
    p.rect(368, 150, 24, 66, "#8f6a20", 6)
    p.path("M370 170L596 128Q610 126 610 140T600 154L374 198Z", INK, op=.14, tf="translate(10 20)")
    p.path("M362 164L596 122Q612 120 612 136T600 152L366 196Z", BRASS)
    p.path("M362 164L596 122Q606 121 610 128L364 174Z", "#fff3c8", op=.6)
    p.circ(380, 178, 20, dark(BRASS, .2))
    p.circ(376, 173, 8, "#fff3c8", op=.8)
    p.line("M594 132V86", "#6a4612", 9)
    k = Solid(594, [(28, 20), (44, 32), (76, 28), (92, 16)], .25)
    k.draw(p, WALNUT, None, light(WALNUT, .15))
    loose_beans(p, [(540, 668), (590, 690), (636, 660), (560, 714), (210, 690), (166, 668), (640, 706)], s=1.25)


@pic("three-tier-tiffin", "A three-tier steel lunch carrier with coloured bands, side clasps and a top handle, an orange beside it",
     "#e6dfc8", "#6f8f96", "shelf", "#d8cfae")
def _(p):
    p.ground(380, 662, 160, 26)
    p.line("M226 300V250Q226 150 380 150T534 250V300", "#7c828a", 20)
    p.line("M226 300V250Q226 152 380 152T534 250V300", "#c6cbd0", 11)
    p.rect(312, 132, 136, 36, TERRA, 18)
    p.rect(322, 138, 116, 8, "#fff", 4, op=.35)
    for i, c in ((2, INDIGO), (1, SAFFRON), (0, TERRA)):
        y = 296 + 122 * i
        s = Solid(380, [(y, 150), (y + 100, 150), (y + 120, 138)], .15, True)

        def deco():
            p.path(s.band(y + 26, y + 88), c)
            if i == 0:
                p.path(s.diamonds(y + 32, y + 82, 8), CREAM)
            elif i == 1:
                p.path(s.teeth(y + 34, y + 80, 9), FOREST)
            else:
                p.path("".join(oval(*s.pt(-.86 + .215 * j, y + 57), 14 * math.cos(1.35 * (-.86 + .215 * j)) + 1, 14) for j in range(9)), CREAM)
            p.line(s.arc(y + 8), "#fff", 4, op=.8)
        s.draw(p, "#c6cbd0", deco)
        p.line(s.arc(y + 1), "#878d95", 5)
    lid = Solid(380, [(256, 120), (274, 148), (298, 154)], .15)
    lid.draw(p, "#d3d7da", None)
    p.ell(380, 256, 120, 18, "#e3e6e8")
    p.ell(380, 253, 54, 8, TERRA, op=.9)
    for x in (226, 534):
        p.rect(x - 11, 286, 22, 356, "#aab0b7", 6)
        p.rect(x - 7, 290, 6, 346, "#fff", 3, op=.5)
        p.rect(x - 15, 274, 30, 46, TERRA, 8)
    p.ell(622, 676, 60, 12, INK, op=.18)
    p.circ(612, 622, 56, "#e2862a")
    p.path(oval(612, 622, 56), "url(#gloss)")
    dots(p, spread(p, 616, 626, 44, 44, 26, 12), "#b55f14", 3.5, op=.6)
    p.path(leaf(612, 570, 60, 60, 18), FOREST)
    p.line("M612 574q-2 -12 4 -18", "#5c4030", 6)


# ================================================================ paper

@pic("tibeb-notebook", "Two cloth-bound notebooks with woven tibeb spines and elastic bands, one lying on the other at an angle",
     "flat", "#ead4c8", "quarter", "#f2e2d8")
def _(p):
    def book(x, y, w, h, c, rows, tw, band, rot):
        with p.g(f"rotate({rot} {x + w // 2} {y + h // 2})"):
            d = rrect(x, y, w, h, 14)
            p.drop(d, 16, 22, .16)
            p.path(rrect(x + 8, y + 8, w, h, 12), "#f7f0e2")
            p.line(f"M{x + w + 3} {y + 24}V{y + h - 4}M{x + 20} {y + h + 4}H{x + w - 6}", "#c9b99a", 2)
            p.path(d, c)
            p.path(d, weave(p, INK, 7))
            f, hh = tibeb(p, rows, tw)
            with p.clip(d):
                with p.g(f"translate({x + 30 + sum(q[1] for q in rows)} {y})rotate(90)"):
                    p.rect(0, 0, h, hh, f)
                p.rect(x, y, 30, h, INK, op=.22)
                p.rect(x + 28, y, 4, h, "#fff", op=.2)
            p.path(d, "url(#gloss)")
            p.rect(x + w - 62, y - 3, 15, h + 14, band, 4)
            p.rect(x + w - 60, y - 3, 4, h + 14, "#fff", op=.3)
    book(300, 150, 340, 470, FOREST, [("s", 6, SAFFRON, None), ("z", 26, SAFFRON, TERRA), ("z", 26, CREAM, TERRA), ("s", 6, SAFFRON, None)], 44, SAFFRON, 14)
    p.path("M330 700l22 -60l16 6l-6 64l-14 -18Z", TERRA)
    book(160, 170, 350, 480, TERRA, [("s", 7, INDIGO, None), ("t", 20, INDIGO, CREAM), ("d", 52, INDIGO, SAFFRON), ("v", 20, INDIGO, CREAM), ("s", 7, INDIGO, None)], 50, INDIGO, -9)
    with p.g("rotate(38 620 640)"):
        p.rect(470, 660, 320, 20, INK, 4, op=.18, tf="translate(6 16)")
        p.rect(480, 640, 250, 22, INDIGO)
        p.rect(480, 640, 250, 8, "#fff", op=.25)
        p.path("M730 640l48 11l-48 11Z", "#e9cfa4")
        p.path("M764 647l14 4l-14 4Z", INK)
        p.rect(464, 640, 18, 22, BRASS)


def fidel(p, x, y, k, s, col):
    """A few letters of the Ge'ez script, drawn as pen strokes in a box `s` wide."""
    d = {
        "ha": "M10 16V58Q10 88 42 88T74 58V16M4 16H18M66 16H80",
        "le": "M14 88V54Q14 16 42 16T72 50V88M66 88H80",
        "he": "M8 88V46Q8 16 28 16T44 46V88M44 46Q46 16 60 16T78 46V88",
        "be": "M14 88V20H70V88M8 88H20M64 88H76",
        "te": "M42 12V88M14 40H72M34 88H50",
        "ai": "M42 30A28 28 0 1 1 41.9 30Z",
        "me": "M24 26A22 22 0 1 0 24.1 26ZM62 40A22 22 0 1 0 62.1 40ZM40 40L46 50",
        "se": "M8 16V58Q8 88 26 88T42 58V16M42 58Q42 88 60 88T78 58V16",
    }[k]
    p.line(d, col, 11, tf=f"translate({n(x)} {n(y)})scale({s / 100:.2f})", join="round", cap="butt")


@pic("fidel-workbook", "An open writing workbook with letters of the Ge'ez script in a grid and practice lines, a pencil across it",
     "flat", "#c7d0d8", "check", "#dbe2e8")
def _(p):
    with p.g("rotate(-4 400 400)"):
        p.drop(rrect(70, 170, 660, 470, 14), 14, 24, .16)
        p.path(rrect(66, 166, 668, 478, 16), TERRA)
        left = "M84 184Q240 156 400 190V634Q240 600 84 628Z"
        right = "M716 184Q560 156 400 190V634Q560 600 716 628Z"
        p.path(left, "#fbf7ec")
        p.path(right, "#fbf7ec")
        ks = ("ha", "le", "he", "me", "se", "be", "te", "ai", "ha")
        for i in range(9):
            x, y = 104 + 96 * (i % 3), 214 + 128 * (i // 3)
            p.rect(x, y, 84, 108, (light(SAFFRON, .7), light(FOREST, .75), light(TERRA, .75))[(i + i // 3) % 3], 8)
            if i < 8:
                fidel(p, x + 9, y + 16, ks[i], 78, (TERRA, INDIGO, FOREST)[i % 3])
            else:
                p.path(f"M{x + 42} {y + 20}l24 34l-24 34l-24 -34Z", SAFFRON)
        for r in range(4):
            y = 232 + 94 * r
            p.line(f"M424 {y}H696M424 {y + 62}H696", INDIGO, 2, op=.5)
            p.line(f"M424 {y + 31}H696", TERRA, 2, dash="7 7", op=.6)
            for j in range(4 - r if r else 4):
                fidel(p, 426 + 66 * j, y, ("ha", "be", "le", "te")[r], 64, INK if j == 0 else mix(INK, "#fbf7ec", .45 + .12 * j))
        p.path("M400 190Q370 178 340 178V616Q370 620 400 634Z", INK, op=.08)
        p.path("M400 190Q430 178 470 176V614Q430 620 400 634Z", INK, op=.14)
        p.line("M400 190V634", INK, 3, op=.3)
    with p.g("rotate(-52 600 560)"):
        p.rect(470, 560, 280, 22, INK, 4, op=.2, tf="translate(-4 18)")
        for i, c in enumerate((light(SAFFRON, .3), SAFFRON, dark(SAFFRON, .2))):
            p.rect(486, 544 + 9 * i, 230, 9, c)
        p.path("M486 544L440 557.500L486 571Z", "#ecd3aa")
        p.path("M454 553L440 557.500L454 562Z", INK)
        p.rect(716, 544, 22, 27, "#b9bfc6")
        p.rect(738, 544, 28, 27, ROSE, 8)


@pic("letterpress-cards", "Four letterpress greeting cards fanned out, showing a jebena, a sun, a bird and a flower, with a kraft envelope",
     "flat", "#e3dccf", "diag", "#d8cbb8")
def _(p):
    with p.g("rotate(6 400 580)"):
        d = rrect(190, 440, 440, 290, 8)
        p.drop(d)
        p.path(d, KRAFT)
        p.path("M190 448L410 610L630 448V440H190Z", dark(KRAFT, .12))
        p.line("M192 446L410 610L628 446", INK, 3, op=.25)
        p.path(d, "url(#gloss)")
    for i, (x, y, a, c) in enumerate(((214, 350, -22, "#f6efe0"), (336, 310, -8, SAFFRON), (464, 308, 6, "#f6efe0"), (590, 346, 20, "#d9e2d2"))):
        with p.g(f"translate({x} {y})rotate({a})"):
            d = rrect(-104, -150, 208, 300, 8)
            p.path(d, INK, op=.2, tf="translate(8 14)")
            p.path(d, c)
            p.rect(-90, -136, 180, 272, "none", 4, stroke=(INDIGO, TERRA, TERRA, FOREST)[i], sw=3)
            if i == 0:
                p.path("M-16 -80H16L12 -30Q60 0 54 46Q46 90 0 90T-54 46Q-58 20 -40 0L-66 -34L-52 -42L-24 -14L-12 -30Z", INDIGO)
                p.line("M14 -60Q64 -56 44 6", INDIGO, 11)
                p.path("M-42 30h84l-6 18h-72Z", SAFFRON)
                p.line("M-4 -92q-16 -14 0 -30", INDIGO, 4)
            elif i == 1:
                p.path("".join(poly([polar(0, 0, 50, t - 9), polar(0, 0, 84, t), polar(0, 0, 50, t + 9)]) for t in range(0, 360, 24)), TERRA)
                p.circ(0, 0, 44, TERRA)
                p.circ(0, 0, 28, "#f6efe0")
                p.circ(0, 0, 14, TERRA)
            elif i == 2:
                p.path("M-66 20Q-30 -60 30 -40Q40 -66 62 -54L84 -44L62 -34Q60 40 -10 46L-74 70Z", TERRA)
                p.path("M-30 10Q10 -30 30 0Q10 30 -30 10Z", "#f6efe0")
                p.circ(54, -44, 5, "#f6efe0")
                p.line("M-6 46v44M14 42v48M-60 96Q0 84 70 98", FOREST, 5)
                p.path(leaf(-40, 92, -30, 36, 9) + leaf(50, 94, 30, 36, 9), FOREST)
            else:
                p.line("M0 110V-10", FOREST, 6)
                p.path(leaf(0, 80, -50, 70, 18) + leaf(0, 60, 50, 70, 18), FOREST)
                p.path("".join(leaf(0, -30, t, 70, 19) for t in range(0, 360, 45)), TERRA)
                p.circ(0, -30, 18, SAFFRON)


@pic("brana-bookmarks", "Four parchment bookmarks painted with crosses, diamonds, vines and birds, each with a coloured tassel",
     "flat", "#33473f", "disc", "#3d5349")
def _(p):
    for i, (x, a, c) in enumerate(((172, 8, TERRA), (318, 3, INDIGO), (482, -3, FOREST), (628, -8, "#7d2430"))):
        y0 = (110, 80, 120, 90)[i]
        with p.g(f"translate({x} {y0})rotate({a})"):
            d = "M-56 4Q0 -4 56 2L54 230L57 440Q0 448 -55 442L-57 200Z"
            p.path(d, INK, op=.3, tf="translate(10 16)")
            p.path(d, "#eddcb4")
            p.path("M-56 4L-57 200L-55 442Q-44 440 -40 430Q-46 200 -42 10Z", "#fff", op=.3)
            p.rect(-44, 18, 88, 406, "none", 3, stroke=c, sw=4)
            p.rect(-38, 24, 76, 394, "none", 2, stroke=SAFFRON, sw=3)
            if i == 0:
                for j in range(3):
                    y = 86 + 126 * j
                    p.path(f"M-8 {y - 50}h16l8 42l20 -8v32l-20 -8l-8 42h-16l-8 -42l-20 8v-32l20 8Z", c)
                    p.path(f"M0 {y - 14}l14 14l-14 14l-14 -14Z", SAFFRON)
                    p.path(f"M-34 {y + 54}h68l-34 16Z", INDIGO) if j < 2 else None
            elif i == 1:
                for j in range(6):
                    y = 58 + 65 * j
                    p.path(f"M0 {y - 32}L34 {y}L0 {y + 32}L-34 {y}Z", c if j % 2 else TERRA)
                    p.path(f"M0 {y - 16}L17 {y}L0 {y + 16}L-17 {y}Z", SAFFRON)
            elif i == 2:
                p.line("M0 410C-50 330 50 280 0 210S-40 100 0 34", c, 6)
                for j in range(7):
                    y = 390 - 54 * j
                    p.path(leaf(math.sin(j * 1.6) * -12, y, 60 if j % 2 else -60, 42, 13), c if j % 2 else "#5f8f6a")
                    p.circ(math.sin(j * 1.6) * -12 + (-18 if j % 2 else 18), y - 20, 9, TERRA)
            else:
                for j in range(3):
                    y = 100 + 122 * j
                    m = -1 if j % 2 else 1
                    with p.g(f"translate(0 {y})scale({m} 1)"):
                        p.path("M-34 24Q-20 -30 10 -22Q14 -44 28 -38L38 -30L26 -26Q28 24 -4 30L-34 44Z", c)
                        p.path("M-14 6Q6 -12 14 4Q4 18 -14 6Z", SAFFRON)
                        p.line("M-2 30v22M6 28v24", INK, 3)
                        p.circ(24, -32, 3, "#eddcb4")
                    p.path(f"M-34 {y + 62}h68v6h-68Z", c) if j < 2 else None
            p.circ(0, 434, 6, "#33473f")
            p.line("M0 434q14 30 0 60", c, 5)
            p.path("M-10 488h20l4 16l8 76q-22 8 -44 0l8 -76Z", c)
            p.line("M-8 510l-8 66M0 510v70M8 510l8 66", "#fff", 2.5, op=.35)
            p.rect(-13, 500, 26, 10, SAFFRON, 4)


@pic("market-kitchen-cookbook", "A hardback cookbook standing upright, its cover showing a steaming pot between spices and leaves",
     "#f2dfc0", "#b06a4c", "sun", "#f8ecd4")
def _(p):
    p.ground(420, 660, 210, 26)
    p.path("M250 170L580 150L636 190V640L590 668L250 664Z", dark(FOREST, .5))
    p.path("M566 168L622 192V632L574 656Z", "#f5ecd8")
    p.line("M580 176V650M592 182V644M604 187V640M614 190V636", "#c9b48c", 2.5)
    c = "M196 176Q192 164 206 163L566 142Q578 142 578 156V656Q578 670 566 670L206 660Q196 660 196 648Z"
    p.path(c, FOREST)
    with p.clip(c):
        p.circ(400, 470, 190, SAFFRON)
        p.circ(400, 470, 160, light(SAFFRON, .3))
        for t in (-50, -25, 0, 25, 50):
            x, y = polar(400, 470, 198, t)
            p.path(leaf(x, y, t, 42, 14), CREAM if t % 2 else "#8fb088")
        p.ell(400, 590, 150, 22, INK, op=.2)
        s = Solid(400, [(430, 140), (470, 150), (540, 146), (590, 112)], .2)
        s.draw(p, TERRA, lambda: (p.path(s.band(460, 500), CREAM), p.path(s.diamonds(462, 498, 9), INDIGO)), dark(TERRA, .5), 9)
        mound(p, 400, 432, 122, 40, "#c9742c", .18, 14)
        for x in (252, 548):
            p.circ(x, 486, 22, "none", stroke=dark(TERRA, .2), sw=13)
        steam(p, 360, 394, 120, "#fffaf0", .8, 9)
        steam(p, 430, 390, 100, "#fffaf0", .8, 9)
        p.rect(256, 176, 296, 18, CREAM, 4)
        p.rect(310, 202, 190, 8, SAFFRON, 4)
        chilli_def(p)
        p.use("ch", 262, 630, -8, .8, fill="#d4402a")
        for x in (440, 470, 500):
            p.circ(x, 632, 11, SAFFRON)
        p.path("M196 140H236V680H196Z", dark(FOREST, .35))
        p.path("M236 140H242V680H236Z", "#fff", op=.18)
        p.path("".join(f"M216 {200 + 48 * j}l12 18l-12 18l-12 -18Z" for j in range(10)), SAFFRON)
    p.path(c, "url(#gloss)")
    p.path("M380 664v50l14 -14l14 14v-50Z", TERRA)


@pic("cedar-pencil-set", "Eight coloured pencils spread in a fan above a patterned card sleeve",
     "flat", "#d9ddc8", "rays", "#e3e7d5")
def _(p):
    cols = (OXBLOOD, TERRA, "#d9742a", SAFFRON, "#7f9a4a", FOREST, "#3f7a8a", INDIGO)
    p.define("pn", '<g id="pn"><path d="M-17 -130h34v450h-34z"/><path d="M-17 -130h11v450h-11z" fill="#fff" opacity=".28"/><path d="M6 -130h11v450h-11z" fill="#1f1a17" opacity=".22"/>'
                   '<path d="M-17 -129Q-11 -140 -6 -129Q0 -140 6 -129Q11 -140 17 -129L0 -212Z" fill="#ecd3aa"/><path d="M6 -129Q11 -140 17 -129L0 -212Z" fill="#1f1a17" opacity=".12"/><path d="M-7 -178L0 -212L7 -178Z"/></g>')
    for i, c in enumerate(cols):
        a = (i - 3.5) * 6.3
        with p.g(f"rotate({n(a)} 400 860)translate(400 {360 + abs(i - 3.5) * 3:.0f})"):
            p.path("M-17 -130L0 -212L17 -130V320H-17Z", INK, op=.17, tf="translate(10 14)")
            p.use("pn", 0, 0, fill=c)
    d = "M236 510H564L540 736Q400 752 260 736Z"
    p.drop(d, 8, 14, .16)
    p.path(d, "#f3e7cf")
    f, h = tibeb(p, [("s", 8, INDIGO, None), ("t", 24, INDIGO, SAFFRON), ("d", 60, TERRA, CREAM), ("v", 24, INDIGO, SAFFRON), ("s", 8, INDIGO, None)], 54, (400, 0))
    with p.clip(d):
        with p.g("translate(0 562)"):
            p.rect(220, 0, 360, h, f)
        p.rect(220, 510, 360, 12, KRAFT)
        p.rect(220, 726, 360, 30, KRAFT)
    p.path(d, "url(#panel)")
    p.path("M372 510a28 24 0 0 0 56 0Z", dark("#f3e7cf", .35))


@pic("block-print-wrapping-paper", "Three upright rolls of block-printed wrapping paper with leaf, sun and zigzag patterns, one sheet unrolling",
     "#e2dad6", "#9a8c94", "half", "#eee8e4")
def _(p):
    p.ground(400, 668, 260, 26)
    lf = p.define("pl", f'<pattern id="pl" width="62" height="70" patternUnits="userSpaceOnUse"><path d="{leaf(15, 34, 30, 34, 10)}{leaf(15, 34, -30, 34, 10)}{leaf(46, 68, 30, 34, 10)}{leaf(46, 68, -30, 34, 10)}" fill="#f3e7cf"/></pattern>')
    sun = "".join(poly([polar(38, 38, 17, t - 14), polar(38, 38, 29, t), polar(38, 38, 17, t + 14)]) for t in range(0, 360, 45))
    sn = p.define("ps", f'<pattern id="ps" width="76" height="76" patternUnits="userSpaceOnUse"><path d="{sun}{oval(38, 38, 12)}M0 0l9 0l-9 9zM76 0v9l-9 -9zM0 76v-9l9 9zM76 76h-9l9 -9z" fill="{TERRA}"/></pattern>')
    zz, _h = tibeb(p, [("z", 30, SAFFRON, INDIGO), ("s", 8, INDIGO, None), ("d", 30, CREAM, INDIGO), ("s", 8, INDIGO, None)], 40)
    for x, y, r, c, f in ((250, 150, 62, FOREST, f"url(#{lf})"), (548, 190, 60, INDIGO, zz)):
        s = Solid(x, [(y, r), (652, r)], .24, True)
        d = s.d()
        p.path(d, c)
        p.path(d, f)
        p.path(d, "url(#round)")
        p.ell(x, y, r, r * .24, light(c, .25))
        for t in (.78, .55, .33):
            p.ell(x + 2, y, r * t, r * t * .24, "none", stroke=dark(c, .3), sw=3)
        p.ell(x, y, r * .24, r * .07, dark(c, .6))
    sh = "M400 236Q470 250 520 300Q560 340 640 330V664Q560 690 510 660Q460 640 400 668Z"
    p.path(sh, INK, op=.16, tf="translate(12 10)")
    p.path(sh, SAFFRON)
    with p.clip(sh):
        p.rect(390, 220, 260, 480, f"url(#{sn})")
        p.path("M470 230Q560 300 540 680H600Q620 300 520 230Z", INK, op=.12)
        p.path("M400 220Q470 240 450 680H470Q490 240 420 220Z", "#fff", op=.25)
    s = Solid(384, [(232, 66), (664, 66)], .24, True)
    d = s.d()
    p.path(d, SAFFRON)
    p.path(d, f"url(#{sn})")
    p.path(d, "url(#round)")
    p.ell(384, 232, 66, 16, light(SAFFRON, .5))
    for t in (.78, .55, .33):
        p.ell(386, 232, 66 * t, 16 * t, "none", stroke=dark(SAFFRON, .35), sw=3)
    p.ell(384, 232, 15, 4, dark(SAFFRON, .6))
    b = s.band(430, 466)
    p.path(b, CREAM)
    p.path(b, "url(#round)")
    p.path("M384 462q-50 -34 -58 6q18 22 58 -6ZM384 462q50 -34 58 6q-18 22 -58 -6Z", TERRA)
    p.line("M380 466l-22 56M388 466l22 56", TERRA, 8)


@pic("thirteen-month-calendar", "A wall calendar of thirteen small panels, twelve of equal size and a short thirteenth, under a painted meskel daisy",
     "#d5dcd6", "#b9a48c", "plain", None, 740)
def _(p):
    d = rrect(180, 80, 440, 620, 8)
    p.path(d, INK, op=.12, tf="translate(22 22)")
    p.path(d, INK, op=.12, tf="translate(8 10)")
    p.path(d, "#fbf6ea")
    p.rect(180, 80, 440, 244, INDIGO, 8)
    with p.clip("M180 88Q180 80 188 80H612Q620 80 620 88V324H180Z"):
        p.path("M180 300Q260 240 340 280T500 250T620 290V330H180Z", FOREST)
        p.path("M180 324V306Q300 270 420 304T620 300V324Z", "#3f7a4e")
        p.circ(548, 146, 40, TERRA)
        for x, y, r in ((300, 200, 1), (400, 170, 1.25), (484, 222, .8), (228, 240, .7)):
            p.line(f"M{x} {y}Q{x + 10} 280 {x - 6} 330", "#86b06a", 5)
            p.path("".join(leaf(x, y, t, 56 * r, 17 * r) for t in range(0, 360, 45)), SAFFRON)
            p.path("".join(leaf(x, y, t + 22, 40 * r, 9 * r) for t in range(0, 360, 45)), "#f3c64e")
            p.circ(x, y, 13 * r, "#8a4a1c")
    cols = (TERRA, FOREST, INDIGO, "#c98a1a")
    for i in range(13):
        if i < 12:
            x, y, rows = 200 + 102 * (i % 4), 344 + 104 * (i // 4), 5
        else:
            x, y, rows = 200, 656, 1
        c = cols[(i + i // 4) % 4]
        w = 94
        if i < 12:
            p.rect(x, y, w, 94, mix(c, "#fbf6ea", .86), 5)
            p.rect(x, y, w, 18, c, 5)
            dots(p, [(x + 12 + 11.6 * (k % 7), y + 31 + 13 * (k // 7)) for k in range(30)], c, 6)
        else:
            p.rect(x, y, 400, 32, mix(TERRA, "#fbf6ea", .86), 5)
            p.rect(x, y, 94, 32, TERRA, 5)
            dots(p, [(x + 130 + 22 * k, y + 16) for k in range(5)], TERRA, 9)
            p.path("".join(f"M{x + 270 + 28 * k} {y + 4}l10 12l-10 12l-10 -12Z" for k in range(5)), SAFFRON)
    p.rect(172, 66, 456, 26, WOOD, 8)
    p.rect(172, 69, 456, 7, "#fff", 4, op=.3)
    p.rect(176, 694, 448, 18, WOOD, 8)
    p.line("M240 66L400 14L560 66", "#6b4a30", 5)
    p.circ(400, 14, 9, "#5c4030")


# ================================================================ still lifes

def place(p, slug, x, y, s):
    """Sets a product of the catalogue into a larger picture: its foot at (x, y), its scale `s`."""
    with p.g(f"translate({n(x - 400 * s)} {n(y - 655 * s)})scale({s})"):
        PICS[slug][0](p)


CATEGORIES = {
    "coffee": ("Coffee bags, a tin, a sack of beans and a black jebena on a table before a rising sun",
               ("#f4dcc8", "#c28a66", "hills", "#e7b491", 520),
               [("harrar-longberry", 225, 640, .92), ("guji-honey-process", 870, 610, .86), ("yirgacheffe-washed", 610, 640, .88),
                ("jebena-coffee-pot", 440, 716, .66), ("limu-dark-roast", 1010, 730, .62), ("sidama-natural", 776, 726, .6)]),
    "spices": ("A string of korarima pods over bowls of berbere and seeds, a bottle of mitmita and heaps of spice",
               ("#f8e2ba", "#c98f52", "rays", "#fbecd0", 545),
               [("korarima-pods", 610, 640, .94), ("berbere", 260, 690, .84), ("mitmita", 946, 690, .82)]),
    "textiles": ("Folded gabi blankets, cushions, spools of tibeb ribbon, yarn and rolled towels",
                 ("#d7dae3", "#a8968b", "arch", "#e9ebef", 545),
                 [("waffle-bath-towel", 960, 640, .72), ("dorze-cushion", 270, 650, .86), ("gabi-blanket", 620, 690, .8),
                  ("handspun-cotton-yarn", 250, 754, .56), ("tibeb-ribbon", 985, 740, .6)]),
    "ceramics": ("A jebena, a tall vase, a blue mug, tumblers and a tray of sini cups",
                 ("#dbe2d5", "#b39a80", "sun", "#ecd2ae", 545),
                 [("ensera-vase", 246, 640, .96), ("jebena-coffee-pot", 600, 640, .98), ("awash-mug", 960, 640, .72),
                  ("sini-cups-set", 830, 752, .66), ("stoneware-tumblers", 390, 744, .5)]),
    "baskets": ("A mesob, a lidded basket, a market basket and bowls, with Harari plates on the wall",
                ("#f3dab6", "#b98452", "half", "#f7e5c9", 560),
                [("harari-wall-basket", 250, 400, .5), ("lidded-laundry-basket", 1020, 620, .78), ("mesob-table", 610, 680, 1.02),
                 ("palm-market-basket", 250, 690, .72), ("nesting-bowl-baskets", 930, 752, .56)]),
    "jewellery": ("A telsum necklace on a bust, filigree earrings on a brass stand and a stack of bangles",
                  ("#dccdc8", "#6d4f5c", "twin", "#ece2dc", 545),
                  [("filigree-hoop-earrings", 226, 670, .76), ("welo-opal-ring", 1000, 640, .6), ("telsum-necklace", 640, 690, .92),
                   ("brass-bangle-trio", 930, 756, .5)]),
    "leather": ("A satchel, a green tote, a duffel bag, a saffron pouf and a coiled belt",
                ("#d8ddcf", "#9d8066", "window", "#e9ecdf", 540),
                [("everyday-tote", 960, 630, .86), ("weekend-duffel", 330, 640, .92), ("messenger-satchel", 680, 716, .74),
                 ("stitched-pouf", 1040, 748, .5), ("saddle-leather-belt", 270, 752, .58)]),
    "kitchen": ("A wooden board, an enamel kettle, a brass mill, a tiffin carrier and a mortar",
                ("#dfe3d3", "#a58a6e", "tiles", "#ebeee0", 550),
                [("wanza-chopping-board", 290, 610, .86), ("hand-coffee-mill", 1020, 612, .74), ("three-tier-tiffin", 860, 690, .8),
                 ("enamel-kettle", 545, 680, .84), ("mukecha-mortar", 240, 740, .62)]),
    "paper": ("A cookbook, rolls of printed paper, greeting cards, coloured pencils and a wall calendar",
              ("#e6dfd8", "#a58c80", "low", "#f2ece4", 560),
              [("thirteen-month-calendar", 170, 470, .62), ("block-print-wrapping-paper", 960, 650, .9), ("market-kitchen-cookbook", 560, 690, .9),
               ("cedar-pencil-set", 330, 740, .52), ("letterpress-cards", 800, 760, .46)]),
}


def category(slug):
    alt, bg, things = CATEGORIES[slug]
    p = Pic("category/" + slug, alt, 1200, 800)
    scene(p, *bg)
    for what, x, y, s in things:
        place(p, what, x, y, s)
    if slug == "spices":
        for x, y, r, c, b in ((470, 712, 84, "#e0a51c", INDIGO), (720, 724, 78, "#6b7a34", TERRA)):
            p.ground(x, y + r * .52, r * .7, r * .12)
            bowl(p, x, y - r * .1, r, r * .64, b, k=.22, lip=5)
            mound(p, x, y - r * .1, r * .9, r * .7, c, .2, 14)
    return p


# ================================================================ the market

def stall(p, x, w, top, foot, c1, c2, cloth, back, stripes=9):
    """A stall: posts, a striped awning with a scalloped edge, a shaded inside and a counter under a woven cloth."""
    desk = foot - 210
    p.ground(x + w / 2, foot + 4, w * .56, 26)
    p.rect(x + 20, top + 60, w - 40, foot - top - 80, back)
    p.path(f"M{x + 20} {top + 130}H{x + w - 20}V{top + 210}Q{x + w / 2:.0f} {top + 250} {x + 20} {top + 210}Z", INK, op=.22)
    for px in (x + 8, x + w - 24):
        p.rect(px, top + 60, 16, foot - top - 60, WALNUT)
        p.rect(px, top + 60, 5, foot - top - 60, "#fff", op=.2)
    yield desk
    p.rect(x - 14, desk, w + 28, 22, WOOD, 4)
    p.rect(x - 14, desk, w + 28, 6, "#fff", 3, op=.35)
    d = f"M{x} {desk + 22}H{x + w}V{foot}H{x}Z"
    p.path(d, cloth[0])
    f, h = tibeb(p, cloth[1], 44)
    with p.g(f"translate({x} {desk + 66})"):
        p.rect(0, 0, w, h, f)
    folds(p, x, desk + 22, w, foot - desk - 22, 7, .06)
    p.rect(x, desk + 22, w, 16, INK, op=.18)
    m = stripes
    for i in range(m):
        a, b = x + 26 + (w - 52) * i / m, x + 26 + (w - 52) * (i + 1) / m
        u, v = x - 44 + (w + 88) * i / m, x - 44 + (w + 88) * (i + 1) / m
        c = c1 if i % 2 == 0 else c2
        p.path(f"M{n(a)} {top}H{n(b)}L{n(v)} {top + 104}H{n(u)}Z", c)
        r = (v - u) / 2
        p.path(f"M{n(u)} {top + 104}H{n(v)}V{top + 130}A{n(r)} {n(r * .8)} 0 0 1 {n(u)} {top + 130}Z", dark(c, .14))
    p.path(f"M{x + 26} {top}H{x + w - 26}L{x + w + 44} {top + 104}H{x - 44}Z", "url(#gloss)")
    p.shared("gloss")
    p.rect(x + 22, top - 7, w - 44, 12, WALNUT, 6)


def hanging(p, x, y, w, h, base, rows, tw=34):
    """A length of cloth over a rail, its border near the foot."""
    d = f"M{x} {y}H{x + w}L{x + w + 3} {y + h}Q{x + w / 2:.0f} {y + h + 9} {x - 3} {y + h}Z"
    p.path(d, INK, op=.2, tf="translate(8 8)")
    p.path(d, base)
    f, hh = tibeb(p, rows, tw)
    with p.clip(d):
        with p.g(f"translate({x - 4} {n(y + h - hh - 22)})"):
            p.rect(0, 0, w + 8, hh, f)
        folds(p, x, y, w, h + 8, 3, .08)
    p.path(d, "url(#drape)")
    p.shared("drape")
    p.line("".join(f"M{n(x + 3 + 8 * i)} {y + h + 4}v13" for i in range(int(w / 8))), base, 3)


def walker(p, x, y, s, wrap, border, load=None):
    """An abstract figure in a long white wrap, seen from afar."""
    with p.g(f"translate({x} {y})scale({s})"):
        p.ell(16, 2, 60, 9, INK, op=.2)
        p.path("M-34 0Q-40 -120 -24 -190Q0 -214 24 -190Q42 -120 36 0Z", wrap)
        p.path("M36 0Q42 -120 24 -190Q8 -120 10 0Z", INK, op=.1)
        p.path("M-36 -14H37V-4H-36ZM-35 -30H37V-25H-35Z", border)
        p.ell(0, -214, 20, 24, "#6a4028")
        p.path("M-27 -186Q-30 -246 0 -248T27 -186Q10 -172 0 -176T-27 -186ZM-14 -200Q0 -190 14 -200Q16 -230 0 -232T-14 -200Z", wrap, rule="evenodd")
        p.path("M-26 -180Q20 -150 30 -96L22 -84Q0 -140 -32 -150Z", light(border, .1))
        if load == "basket":
            b = Solid(0, [(-300, 44), (-276, 42), (-250, 26)], .22)
            b.draw(p, STRAW, lambda: p.path(b.diamonds(-292, -268, 7), TERRA), dark(STRAW, .4), 4)
            for u, c in ((-22, SAFFRON), (2, TERRA), (24, "#7f9a4a")):
                p.circ(u, -306, 16, c)
        elif load == "parasol":
            p.line("M30 -90L52 -330", WALNUT, 6)
            p.path("M-50 -300Q-30 -400 62 -394T160 -286Q130 -306 108 -282Q82 -310 56 -290Q30 -316 4 -292Q-24 -318 -50 -300Z", TERRA)
            p.path("M4 -292Q20 -370 62 -394Q84 -350 56 -290Q30 -316 4 -292Z", SAFFRON)
            p.path("M108 -282Q104 -360 62 -394Q140 -390 160 -286Q130 -306 108 -282Z", FOREST)


def hero():
    p = Pic("hero", "An open-air market at sunrise: striped stalls of cloth and coffee, a long table of spices, baskets and sacks, hills behind", 1600, 900)
    p.rect(0, 0, 1600, 900, "#f8e3bd")
    p.define("sky", '<linearGradient id="sky" x2="0" y2="1"><stop stop-color="#f9efdc"/><stop offset="1" stop-color="#f4cf94"/></linearGradient>')
    p.rect(0, 0, 1600, 640, "url(#sky)")
    p.circ(830, 330, 270, SAFFRON, op=.16)
    p.circ(830, 330, 205, SAFFRON, op=.35)
    p.circ(830, 330, 146, SAFFRON)
    for x, y, s in ((470, 120, 1), (540, 150, .7), (1110, 110, .9), (1180, 86, .6)):
        p.line(f"M{x} {y}q{14 * s:.0f} {-16 * s:.0f} {26 * s:.0f} 0q{12 * s:.0f} {-16 * s:.0f} {28 * s:.0f} 0", INK, 4 * s, op=.55)
    p.path("M0 470L110 372H250L340 440L470 350H640L760 452L900 396H1040L1130 452L1290 330H1450L1600 420V640H0Z", mix(INDIGO, "#f4cf94", .55))
    p.path("M0 540L160 450L330 520L520 436L720 520L960 470L1180 530L1380 452L1600 520V660H0Z", mix(INDIGO, "#e0a98a", .35), op=.8)
    p.path("M0 580Q240 500 480 566T960 560T1600 552V700H0Z", mix(FOREST, "#e0c080", .35))
    p.path("M0 610Q300 560 640 606T1200 600T1600 596V700H0Z", mix(FOREST, "#e0c080", .12))
    # round houses and trees on the far slope
    for x, y, s in ((548, 590, .9), (622, 596, .7), (1046, 590, .85), (1122, 596, .65)):
        p.rect(x - 30 * s, y - 34 * s, 60 * s, 38 * s, "#d9b48a")
        p.rect(x - 7 * s, y - 24 * s, 14 * s, 28 * s, "#6b3a24")
        p.path(f"M{n(x - 46 * s)} {n(y - 30 * s)}L{x} {n(y - 92 * s)}L{n(x + 46 * s)} {n(y - 30 * s)}Q{x} {n(y - 20 * s)} {n(x - 46 * s)} {n(y - 30 * s)}Z", "#a8743c")
        p.path(f"M{x} {n(y - 92 * s)}L{n(x + 46 * s)} {n(y - 30 * s)}Q{n(x + 24 * s)} {n(y - 24 * s)} {n(x + 8 * s)} {n(y - 25 * s)}Z", INK, op=.15)
    for x, y, s in ((486, 600, 1), (688, 604, .8), (980, 600, .9), (1176, 600, 1)):
        p.line(f"M{x} {y}v{-60 * s:.0f}M{x} {y - 30 * s:.0f}l{-22 * s:.0f} {-26 * s:.0f}M{x} {y - 36 * s:.0f}l{22 * s:.0f} {-22 * s:.0f}", "#4a3424", 5 * s)
        p.path(f"M{n(x - 64 * s)} {n(y - 52 * s)}Q{n(x - 30 * s)} {n(y - 92 * s)} {x} {n(y - 78 * s)}T{n(x + 64 * s)} {n(y - 54 * s)}Q{x} {n(y - 44 * s)} {n(x - 64 * s)} {n(y - 52 * s)}Z", FOREST)
    p.rect(0, 620, 1600, 280, "#d9a066")
    p.path("M0 620H1600V660Q1200 640 800 664T0 656Z", "#e4b67e")
    p.path("M0 780Q400 740 820 790T1600 770V900H0Z", "#c98b54")
    p.path("M620 622H960L1150 900H430Z", "#ecc894", op=.6)
    walker(p, 742, 668, .5, "#fdf9ef", TERRA, "basket")
    walker(p, 884, 690, .6, "#fbf5e6", FOREST, "parasol")
    walker(p, 806, 640, .36, "#f6ead3", INDIGO)

    cl = [("s", 6, SAFFRON, None), ("t", 18, SAFFRON, None), ("d", 40, CREAM, None), ("v", 18, SAFFRON, None), ("s", 6, SAFFRON, None)]
    # cloth
    for desk in stall(p, 60, 470, 190, 740, INDIGO, PAPER, (INDIGO, cl), "#4a3a3a"):
        p.rect(70, 326, 450, 10, WOOD, 5)
        hanging(p, 96, 330, 82, 170, "#fdf9ef", [("s", 5, TERRA, None), ("d", 30, TERRA, SAFFRON), ("s", 5, TERRA, None)], 28)
        hanging(p, 196, 330, 74, 150, TERRA, [("z", 18, SAFFRON, None), ("z", 18, CREAM, None)], 26)
        hanging(p, 288, 330, 86, 172, "#f6ead3", [("t", 12, FOREST, None), ("x", 30, SAFFRON, FOREST), ("v", 12, FOREST, None)], 28)
        hanging(p, 394, 330, 90, 156, FOREST, [("s", 5, SAFFRON, None), ("d", 28, SAFFRON, None), ("s", 5, SAFFRON, None)], 28)
        for x, cols in ((80, (TERRA, "#fdf9ef", SAFFRON)), (214, ("#fdf9ef", "#7fa07a", "#fdf9ef")), (348, (SAFFRON, INDIGO, "#f3e4c8", TERRA))):
            for i, c in enumerate(cols):
                y = desk - 24 * (i + 1)
                p.rect(x + 3 * (i % 2), y, 116, 23, c, 11)
                p.rect(x + 3 * (i % 2), y + 14, 116, 9, INK, 5, op=.14)
                p.rect(x + 44, y, 20, 23, (INDIGO, TERRA, FOREST, CREAM)[i])
    # coffee
    cl2 = [("s", 6, CREAM, None), ("h", 40, CREAM, None), ("s", 6, CREAM, None), ("z", 20, SAFFRON, None)]
    for desk in stall(p, 1080, 470, 190, 740, FOREST, PAPER, (FOREST, cl2), "#4a3730"):
        p.rect(1100, 400, 430, 10, WOOD)
        for i, c in enumerate((TERRA, SAFFRON, INDIGO, "#f3e4c8", WINE, FOREST, SAFFRON)):
            x = 1112 + 60 * i
            h = (62, 70, 58, 66, 60, 72, 56)[i]
            p.rect(x, 400 - h, 44, h, c, 5)
            p.rect(x + 24, 400 - h, 20, h, INK, 5, op=.18)
            p.rect(x + 8, 400 - h * .62, 28, h * .36, CREAM, 2)
            p.rect(x - 2, 400 - h, 48, 9, dark(c, .3), 3)
        place(p, "jebena-coffee-pot", 1190, desk, .3)
        for i, c in enumerate((TERRA, INDIGO, SAFFRON, FOREST)):
            s = Solid(1290 + 50 * i, [(desk - 36, 21), (desk - 18, 18), (desk - 3, 10), (desk, 11)], .24)
            s.draw(p, "#fbf6ea", lambda: p.path(s.teeth(desk - 30, desk - 14, 7), c), "#3a2015", 3)
        steam(p, 1300, desk - 40, 70, sw=5)
    # spices
    cl3 = [("s", 7, TERRA, None), ("t", 20, TERRA, SAFFRON), ("d", 44, INDIGO, CREAM), ("v", 20, TERRA, SAFFRON), ("s", 7, TERRA, None)]
    p.ground(800, 852, 330, 26)
    for x in (540, 800, 1044):
        p.rect(x, 720, 20, 128, WALNUT)
    heaps = ((548, "#b8341f", 92), (678, "#e0a51c", 104), (806, "#7a4a2a", 84), (930, "#6f7f36", 94), (1056, "#d9742a", 96))
    p.path("M470 734H1130L1150 764H450Z", light(WOOD, .2))
    for x, c, h in heaps:
        bowl(p, x, 690, 62, 56, (INDIGO, TERRA, FOREST, "#8c4a34", INDIGO)[heaps.index((x, c, h))], k=.22, lip=5)
        mound(p, x, 690, 56, h, c, .2, 16)
    p.rect(446, 762, 708, 14, WOOD, 4)
    f, h = tibeb(p, cl3, 48)
    with p.g("translate(460 776)"):
        p.rect(0, 0, 680, h, f)
        p.line("".join(f"M{4 + 12 * i} {n(h)}v16" for i in range(57)), CREAM, 4)
        folds(p, 0, 0, 680, h, 9, .06)
        p.rect(0, 0, 680, 10, INK, op=.2)
    # before the stalls
    place(p, "mesob-table", 150, 850, .5)
    place(p, "nesting-bowl-baskets", 342, 880, .36)
    place(p, "harrar-longberry", 1300, 850, .46)
    place(p, "harrar-longberry", 1462, 866, .42)
    place(p, "palm-market-basket", 1180, 886, .26)
    # bunting between the stalls
    p.line("M500 200Q800 300 1110 200", "#5c4030", 4)
    for i in range(15):
        t = (i + .5) / 15
        x, y = 500 + 610 * t, 200 + 200 * t * (1 - t)
        p.path(f"M{n(x - 15)} {n(y)}h30l-15 34Z", (TERRA, PAPER, FOREST, INDIGO, SAFFRON, TERRA, FOREST, PAPER)[i % 8])
        p.path(f"M{n(x)} {n(y)}h15l-15 34Z", INK, op=.1)
    flecks(p, 60)
    return p


# ================================================================ all of it

def save(p, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(p.svg(), encoding="utf-8")


def product(slug):
    draw, alt, bg = PICS[slug]
    p = Pic(slug, alt)
    backdrop(p, bg)
    draw(p)
    return p


def main():
    for slug in PICS:
        save(product(slug), HERE / "images" / "products" / f"{slug}.svg")
    for slug in CATEGORIES:
        save(category(slug), HERE / "images" / "categories" / f"{slug}.svg")
    save(hero(), HERE / "images" / "hero.svg")
    print(f"{len(PICS)} products, {len(CATEGORIES)} categories, 1 hero")


if __name__ == "__main__":
    main()
