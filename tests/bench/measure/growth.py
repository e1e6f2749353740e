"""A plot of processor time over the number of endpoints, as SVG."""

import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 60, 140, 40, 50
COLOURS = ("#1b6ca8", "#c1440e", "#2e7d32")


def svg(lines, caption):
    """`lines`: {name: [(endpoints, microseconds)]}; endpoints on a logarithmic scale."""
    sizes = sorted({size for points in lines.values() for size, _ in points})
    top = nice_top(max(value for points in lines.values() for _, value in points))
    low, high = math.log10(sizes[0]), math.log10(sizes[-1])

    def x(size):
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(size) - low) / max(high - low, 1e-9)

    def y(value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">'
             % (WIDTH, HEIGHT), '<rect width="100%" height="100%" fill="#fff"/>',
             '<text x="%d" y="22">%s</text>' % (LEFT, caption)]
    for step in range(6):
        value = top * step / 5
        parts.append('<path d="M%d %.1fH%d" stroke="#ddd"/>' % (LEFT, y(value), WIDTH - RIGHT))
        parts.append('<text x="%d" y="%.1f" text-anchor="end">%g</text>' % (LEFT - 8, y(value) + 4, value))
    for size in sizes:
        parts.append('<text x="%.1f" y="%d" text-anchor="middle">%s</text>' % (x(size), HEIGHT - BOTTOM + 20, "{:,}".format(size)))
    parts.append('<text x="%d" y="%d" text-anchor="middle">endpoints registered</text>'
                 % (LEFT + (WIDTH - LEFT - RIGHT) // 2, HEIGHT - 8))
    for colour, (name, points) in zip(COLOURS, sorted(lines.items())):
        path = " ".join("%s%.1f %.1f" % ("L" if i else "M", x(size), y(value)) for i, (size, value) in enumerate(points))
        parts.append('<path d="%s" fill="none" stroke="%s" stroke-width="2"/>' % (path, colour))
        parts += ['<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"><title>%s at %d: %.1f µs</title></circle>'
                  % (x(size), y(value), colour, name, size, value) for size, value in points]
        parts.append('<text x="%.1f" y="%.1f" fill="%s">%s</text>' % (x(points[-1][0]) + 10, y(points[-1][1]) + 4, colour, name))
    return "\n".join(parts + ["</svg>", ""])


def nice_top(value):
    step = 10 ** math.floor(math.log10(value))
    return next(step * factor for factor in (1, 2, 2.5, 5, 10) if step * factor >= value)
