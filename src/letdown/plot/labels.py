"""Labels beside the ends of curves, moved apart just enough to be read."""

from matplotlib.axes import Axes

__all__ = ["label_ends", "spread"]

LINE_HEIGHT_MM = 2.9


def spread(wanted: list[float], distance: float, low: float, high: float) -> list[float]:
    """Return positions near `wanted`, at least `distance` apart, inside [low, high] where they fit.

    Parameters
    ----------
    wanted : list of float
        Positions, in any order; the result keeps it.
    distance : float
        Least distance between neighbours, in the unit of the positions.
    low, high : float
        Ends of the axis.
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    placed: list[float] = []
    for index in order:
        placed.append(max(wanted[index], placed[-1] + distance if placed else low))
    over = max(0.0, placed[-1] - high) if placed else 0.0
    for i in reversed(range(len(placed))):
        ceiling = placed[i + 1] - distance if i + 1 < len(placed) else placed[i] - over
        placed[i] = min(placed[i], ceiling)
    result = [0.0] * len(wanted)
    for index, position in zip(order, placed, strict=True):
        result[index] = position
    return result


def label_ends(ax: Axes, labels: list[tuple[float, str, str]]) -> None:
    """Write (y, text, colour) beside the right end of the axis, at y or as near to it as there is room."""
    low, high = ax.get_ylim()
    height_mm = ax.get_window_extent().height / ax.get_figure(root=True).dpi * 25.4  # type: ignore[union-attr]
    distance = LINE_HEIGHT_MM / height_mm * (high - low)
    positions = spread([y for y, _, _ in labels], distance, low, high)
    for (_, text, colour), y in zip(labels, positions, strict=True):
        ax.annotate(
            text,
            (1.0, y),
            xycoords=ax.get_yaxis_transform(),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            annotation_clip=False,
        )
