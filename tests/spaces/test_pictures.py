"""What our spaces draw of themselves: everything decided is in it, nothing overlaps, and it fits on paper."""

from itertools import combinations

import pytest

from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.catalogue import genotype as named
from nasreid.pictures.diagram import diagram
from nasreid.pictures.diagram.sketch import ONE_COLUMN, TWO_COLUMNS, sketch_of
from nasreid.spaces import in_placement_published as osnet_genotypes
from nasreid.spaces.bn_separation import BNSeparation

MSI, AIN, OSNET, SYSU, REGDB, CDNET = (
    named(name) for name in ("msinet", "osnet-ain", "osnet", "cm-nas-sysu", "cm-nas-regdb", "cdnet"))


def over(inner, arguments, choices):
    small = {**arguments, "width_multiplier": 0.0625}
    labels = decisions(BNSeparation(inner, small))
    picks = {label: choices.get(label, ("share", "separate")[i % 2]) for i, label in enumerate(labels)}
    return Genotype("BNSeparation", {"inner": inner, "inner_args": small}, picks)


def cells(nodes):
    """Auto-ReID's cells, each node of which takes the first and the last of what is before it."""
    taken = {f"{kind}.node{n}": (0, n) for kind in ("normal", "reduction") for n in range(1, nodes + 1)}
    edges = {f"{node}.input{at}": "part" if at else "none" for node, places in taken.items() for at in places}
    sets = {f"{node}.inputs": f"0+{last}" for node, (_, last) in taken.items() if last > 1}
    return Genotype("AutoReID", {"nodes": nodes}, edges | sets)


KINDS = {
    "msi": MSI,
    "msi-wide": Genotype("MSI", {"scale_ratio": 7, "fusion": "minus"}, MSI.choices),
    "osnet-ain": AIN,
    "osnet": OSNET,
    "streams": Genotype("InPlacement", {"streams": 2, "shared": True}, OSNET.choices),
    "attention": named("attention-self"),
    "attention-none": named("attention-none"),
    "cds": CDNET,
    "cds-small": Genotype("CDS", {"width_multiplier": 0.25}, dict.fromkeys(CDNET.choices, "3-5-1")),
    "cds-large": Genotype("CDS", {}, dict.fromkeys(CDNET.choices, "7-9-2")),
    "auto-reid": cells(4),
    "auto-reid-2": cells(2),
    "auto-reid-normal": Genotype("AutoReID", {"nodes": 2, "depths": [6]},
                                 {label: name for label, name in cells(2).choices.items() if "normal" in label}),
    "cm-nas": SYSU,
    "bn-msi": over("nasreid.spaces.msi:MSI", {}, MSI.choices),
    "bn-osnet": over("nasreid.spaces.in_placement:InPlacement", {"shared": True}, AIN.choices),
    "bn-osnet-unshared": over("nasreid.spaces.in_placement:InPlacement", {}, AIN.choices),
}


def spans(sketch):
    for name, data in sketch.graph.nodes.items():
        (x, y), (width, height) = data["at"], data["size"]
        yield name, data["decision"], (x - width / 2, y - height / 2, x + width / 2, y + height / 2)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_overlaps_and_it_fits_on_paper(kind):
    genotype = KINDS[kind]
    sketch = sketch_of(genotype.space, genotype.arguments, genotype.choices)
    assert sketch is not None
    for (a, one, p), (b, two, q) in combinations(spans(sketch), 2):
        apart = p[2] <= q[0] + 1e-6 or q[2] <= p[0] + 1e-6 or p[3] <= q[1] + 1e-6 or q[3] <= p[1] + 1e-6
        assert apart or (one is not None and one == two), (a, b)  # the forms of one decision take the same place
    left, bottom, right, top = sketch.corners()
    paper = ONE_COLUMN if kind == "cm-nas" else TWO_COLUMNS
    assert right - left < paper + 25
    assert top - bottom < 0.9 * TWO_COLUMNS


@pytest.mark.parametrize("kind", KINDS)
def test_arrows_begin_and_end_at_their_boxes(kind):
    genotype = KINDS[kind]
    sketch = sketch_of(genotype.space, genotype.arguments, genotype.choices)
    assert sketch is not None
    boxes = {name: span for name, _, span in spans(sketch)}
    for tail, head, data in sketch.graph.edges(data=True):
        for name, (x, y) in ((tail, data["path"][0]), (head, data["path"][-1])):
            left, bottom, right, top = boxes[name]
            assert left - 0.1 <= x <= right + 0.1, (tail, head)
            assert bottom - 0.1 <= y <= top + 0.1, (tail, head)
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in zip(data["path"], data["path"][1:], strict=False))


@pytest.mark.parametrize("kind", KINDS)
def test_what_makes_no_difference_is_left_out(kind):
    genotype = KINDS[kind]
    sketch = sketch_of(genotype.space, genotype.arguments, genotype.choices)
    assert sketch is not None
    assert {*sketch.decisions(), *sketch.left_out} == set(genotype.choices)
    unused = {label for label in genotype.choices if ".block1.out." in label or ".tail.in-out." in label}
    assert unused <= sketch.left_out
    assert bool(sketch.left_out) == kind.startswith("bn-osnet")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", diagram.SUFFIXES)
def test_every_kind_is_drawn_with_probabilities(kind, suffix, tmp_path, capfd):
    genotype = KINDS[kind]
    chances = {label: {name: 0.7, "other": 0.3} for label, name in genotype.choices.items()}
    diagram.draw(genotype, tmp_path / f"picture{suffix}", probabilities=chances)
    assert (tmp_path / f"picture{suffix}").stat().st_size > 3000
    assert capfd.readouterr() == ("", "")


def test_osnet_and_osnet_ain_differ_at_a_glance():
    found = diagram.graph(AIN, before=OSNET)
    source = diagram.dot(found)
    changed = [name for name, data in found.nodes.items() if data.get("before") and name.endswith(".inside")]
    assert changed == [f"{block}.inside" for block in osnet_genotypes.LABELS if AIN.choices[block] == "in"]
    assert source.count("plain →") == 4


def test_a_bn_that_in_replaces_is_not_drawn():
    found = diagram.graph(AIN)
    assert {block for block in osnet_genotypes.LABELS if f"{block}.bn" not in found} == {
        block for block, name in AIN.choices.items() if name == "in"}
    assert all(f"{block}.bn" in diagram.graph(OSNET) for block in osnet_genotypes.LABELS)


def test_the_strip_has_a_tile_for_each_of_53_layers_and_marks_changes():
    source = diagram.dot(diagram.graph(REGDB, before=SYSU))
    changed = [label for label, name in REGDB.choices.items() if SYSU.choices[label] != name]
    assert source.count("(changed)") / 2 == len(changed) > 5  # as name and as tooltip
    separate = sum(name == "separate" for name in REGDB.choices.values())
    assert source.count("(visible)") / 2 == separate  # halves are for `separate` only
