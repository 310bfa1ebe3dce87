"""Hypervolume of points that are all minimised, by slicing; for a few hundred points.

Written apart from the library's own, so that the two can be held against each other: the joiner
computes the hypervolume of ours and theirs with this one.
"""


def dominates(a, b):
    """a is at least as good as b everywhere."""
    return all(p <= q for p, q in zip(a, b))


def non_dominated(points):
    """The points that no other dominates, each once."""
    front = []
    for point in sorted(set(map(tuple, points))):
        # In lexicographic order no later point dominates an earlier one.
        if not any(dominates(other, point) for other in front):
            front.append(point)
    return front


def _area(points, reference):
    """Two objectives: a staircase from left to right."""
    area, floor = 0.0, reference[1]
    for x, y in sorted(points):
        if y < floor:
            area += (reference[0] - x) * (floor - y)
            floor = y
    return area


def _volume(points, reference):
    """Slices along the last objective, each as thick as up to the next point."""
    if len(reference) == 1:
        return reference[0] - min(p[0] for p in points)
    if len(reference) == 2:
        return _area(points, reference)
    points = sorted(points, key=lambda p: p[-1])
    total, below = 0.0, []
    for i, point in enumerate(points):
        below = non_dominated(below + [point[:-1]])
        top = points[i + 1][-1] if i + 1 < len(points) else reference[-1]
        if top > point[-1]:
            total += (top - point[-1]) * _volume(below, reference[:-1])
    return total


def hypervolume(points, reference):
    """What the points dominate up to the reference point; points that do not reach it count 0."""
    inside = [p for p in points if all(a < b for a, b in zip(p, reference))]
    return _volume(non_dominated(inside), tuple(reference)) if inside else 0.0
