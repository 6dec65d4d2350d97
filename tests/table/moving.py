"""Samples for functions that move entries about: shaping, joining, splitting, indexing, sorting."""

import numpy as np
from drawing import MASK, args, optional, with_keywords

from dualrev.core.indexing import cast, getitem, item, replaced
from dualrev.core.objects import assembled
from dualrev.rules.indexing import scattered
from dualrev.rules.shaping import converted, joined

SAMPLES = {
    getitem: args(*((lambda d, i=i: (d(3, 4), i)) for i in ( 0, -1, slice(None, None, 2), (slice(None), 1), (Ellipsis, 2), None, (1, 2), np.array([0, 2, 0]), [1, 1],
        (np.array([0, 1]), np.array([3, 3])), (slice(1, None), [0, 0, 1]), np.arange(12).reshape(3, 4) % 3 == 1, (np.array([True, False, True]), slice(None, None, -1)),
        (np.array([[0], [2]]), np.array([1, 1])), np.int64(2)))),
    scattered: args(lambda d: (d(3), np.array([0, 2, 0]), (4,)), lambda d: (d(2), (slice(None), 1), (2, 3)), lambda d: (d(), (1, 2), (2, 3))),
    replaced: args(lambda d: (d(4), d()[()], 1), lambda d: (d(2, 3), d(3), 0), lambda d: (d(2, 3), d(2, 1), slice(None)), lambda d: (d(4), d(3), np.array([0, 2, 0])),
        lambda d: (d(2, 3), d(4), MASK), lambda d: (d(2, 3), d()[()], MASK), lambda d: (d(2, 3), d(2), (slice(None), -1)), lambda d: (d(4), d(1), slice(1, 3))),
    assembled: [lambda d: ((d()[()], d()[()]), {"shape": (2,)}), lambda d: ((d()[()],), {"shape": ()}), lambda d: (tuple(d(4)), {"shape": (2, 2)})],
    np.where: args(lambda d: (MASK, d(2, 3), d(2, 3)), lambda d: (MASK, d(3), d()[()]), lambda d: (MASK[0], d(2, 1), d(3)), lambda d: (True, d(2), d(2))),
    np.take: [lambda d: ((d(4), [0, 2, 0]), {}), lambda d: ((d(2, 3), np.array([[1, 1], [0, 2]])), {"axis": 1}), lambda d: ((d(2, 3), 1), {"axis": -1}),
        lambda d: ((d(2, 3), [-1, 7]), {"mode": "wrap"}), lambda d: ((d(2, 3), [-1, 7]), {"mode": "clip", "axis": 0}), lambda d: ((d(2, 3), 4), {})],
    np.take_along_axis: [lambda d: ((d(2, 3), np.array([[0, 2], [1, 1]])), {"axis": 1}), lambda d: ((d(2, 3), np.array([[0, 1, 1]])), {"axis": 0}),
        lambda d: ((d(2, 3), np.array([5, 0])), {"axis": None})],
    np.select: args(lambda d: ([MASK, ~MASK], [d(2, 3), d(2, 3)]), lambda d: ([MASK, MASK[:, ::-1]], [d(2, 3), d(3)], 0.5), lambda d: ([MASK], [d(2, 3)], d(2, 3))),
    np.choose: [lambda d: ((np.array([0, 2, 1]), [d(3), d(3), d(3)]), {}), lambda d: ((np.array([[0, 3], [-1, 1]]), [d(2), d(2, 2)]), {"mode": "wrap"}),
        lambda d: ((np.array([0, 5]), [d(2), d()[()]]), {"mode": "clip"})],
    np.compress: [lambda d: (([True, False, True], d(3)), {}), lambda d: (([False, True], d(2, 3)), {"axis": 0}), lambda d: (([True, False, True], d(2, 3)),
        {"axis": -1})],
    np.extract: args(lambda d: (MASK, d(2, 3))),
    np.reshape: [lambda d: ((d(2, 3), (3, 2)), {}), lambda d: ((d(2, 3), -1), {"order": "F"}), lambda d: ((d(1), ()), {}), lambda d: ((d(2, 3), (1, 6)), {"order": "A"})],
    np.transpose: args(lambda d: (d(2, 3),), lambda d: (d(2, 3, 4), (1, 2, 0)), lambda d: (d(2, 3, 4), (-1, 0, 1)), lambda d: (d(3),)),
    np.swapaxes: args(lambda d: (d(2, 3, 4), 0, -1)),
    np.moveaxis: args(lambda d: (d(2, 3, 4), 0, -1), lambda d: (d(2, 3, 4), (0, 1), (2, 0)), lambda d: (d(2, 3, 4), [-1], [0])),
    np.rollaxis: args(lambda d: (d(2, 3, 4), 2), lambda d: (d(2, 3, 4), 0, 2), lambda d: (d(2, 3, 4), -1, 1), lambda d: (d(2, 3, 4), 1, 3)),
    np.expand_dims: args(lambda d: (d(2, 3), 1), lambda d: (d(3), (0, -1)), lambda d: (d()[()], 0)),
    np.squeeze: [lambda d: ((d(2, 1, 3, 1),), {}), lambda d: ((d(2, 1, 3, 1),), {"axis": 1}), lambda d: ((d(2, 1, 3, 1),), {"axis": (1, -1)})],
    np.ravel: [lambda d: ((d(2, 3),), {}), lambda d: ((d(2, 3),), {"order": "F"})],
    np.copy: args(lambda d: (d(2, 3),), lambda d: (d(2, 3).T,)),
    np.flip: [lambda d: ((d(2, 3),), {}), lambda d: ((d(2, 3),), {"axis": 1}), lambda d: ((d(2, 3),), {"axis": (0, -1)})],
    np.roll: [lambda d: ((d(2, 3), 2), {}), lambda d: ((d(2, 3), -1), {"axis": 1}), lambda d: ((d(2, 3), (1, 2)), {"axis": (0, 1)})],
    np.rot90: [lambda d: ((d(2, 3),), {}), lambda d: ((d(2, 3, 2), 3), {"axes": (1, 2)})],
    np.diagonal: [lambda d: ((d(3, 3),), {}), lambda d: ((d(2, 3), 1), {}), lambda d: ((d(2, 3, 4),), {"axis1": 2, "axis2": 0, "offset": -1}), lambda d: ((d(3, 2), -2),
        {}), lambda d: ((d(2, 2), 5), {})],
    np.tril: args(lambda d: (d(3, 3),), lambda d: (d(2, 3, 3), 1)),
    np.triu: args(lambda d: (d(3, 3),), lambda d: (d(2, 3, 3), -1)),
    np.broadcast_to: args(lambda d: (d(3), (2, 3)), lambda d: (d(2, 1), (2, 3)), lambda d: (d()[()], (2,)), lambda d: (d(1, 3), (4, 2, 3))),
    np.repeat: [lambda d: ((d(2, 3), 2), {}), lambda d: ((d(2, 3), 3), {"axis": 0}), lambda d: ((d(2, 3), [1, 0, 2]), {"axis": -1}), lambda d: ((d()[()], 3), {})],
    joined: [lambda d: ((d(2), d(3)), {"axis": 0, "bounds": (0, 2, 5)})],
    np.concatenate: [lambda d: (([d(2), d(3)],), {}), lambda d: ((([d(2, 1), d(2, 3)]), -1), {}), lambda d: (([d(2, 3), d(1, 3)],), {"axis": None}),
        lambda d: ((d(3, 2),), {})],
    np.stack: [lambda d: (([d(3), d(3)],), {}), lambda d: (([d(2, 3), d(2, 3)],), {"axis": -1}), lambda d: (([d()[()], d()[()]],), {}), lambda d: (((d(3), d(3)), 1),
        {})],
    np.atleast_1d: args(lambda d: (d()[()],), lambda d: (d(2), d()[()]), lambda d: (d(2, 3),)),
    np.atleast_2d: args(lambda d: (d()[()],), lambda d: (d(2), d(2, 3))),
    np.atleast_3d: args(lambda d: (d()[()],), lambda d: (d(2), d(2, 3), d(1, 2, 1))),
    np.vstack: args(lambda d: ([d(3), d(2, 3)],)),
    np.hstack: args(lambda d: ([d(3), d(2)],), lambda d: ([d(2, 1), d(2, 3)],), lambda d: ([d()[()], d(2)],)),
    np.dstack: args(lambda d: ([d(3), d(3)],), lambda d: ([d(2, 3), d(2, 3)],)),
    np.column_stack: args(lambda d: ([d(3), d(3, 2)],)),
    np.append: [lambda d: ((d(2, 3), d(2)), {}), lambda d: ((d(2, 3), d(1, 3)), {"axis": 0})],
    np.block: args(lambda d: ([[d(2, 2), d(2, 1)], [d(1, 2), d(1, 1)]],), lambda d: ([d(2), d(3)],), lambda d: ([[d(2), d()[()]]],)),
    np.array_split: [lambda d: ((d(7), 3), {}), lambda d: ((d(2, 5), [1, 3]), {"axis": 1})],
    np.split: [lambda d: ((d(6), 3), {}), lambda d: ((d(2, 5), [1, 3]), {"axis": -1})],
    np.vsplit: args(lambda d: (d(4, 3), 2)),
    np.hsplit: args(lambda d: (d(4), 2), lambda d: (d(2, 4), [1])),
    np.dsplit: args(lambda d: (d(1, 2, 4), 2)),
    np.matrix_transpose: args(lambda d: (d(2, 3, 4),)),
    np.linalg.matrix_transpose: args(lambda d: (d(2, 3, 4),)),
    np.fliplr: args(lambda d: (d(2, 3),)),
    np.flipud: args(lambda d: (d(2, 3),)),
    np.tile: args(lambda d: (d(2, 3), 2), lambda d: (d(3), (2, 2)), lambda d: (d(2, 3), (2, 1, 3)), lambda d: (d(2, 3), (2, 0))),
    np.resize: args(lambda d: (d(2, 3), (3, 4)), lambda d: (d(5), 3)),
    np.broadcast_arrays: args(lambda d: (d(3), d(2, 1))),
    np.diag: args(lambda d: (d(3),), lambda d: (d(2), -1), lambda d: (d(3, 3), 1)),
    np.diagflat: args(lambda d: (d(2, 2),), lambda d: (d(2), 1)),
    np.linalg.diagonal: [lambda d: ((d(2, 3, 3),), {}), lambda d: ((d(2, 3, 3),), {"offset": 1})],
    np.trace: [lambda d: ((d(3, 3),), {}), lambda d: ((d(2, 3, 4),), {"offset": 1, "axis1": 2, "axis2": 0})],
    np.linalg.trace: [lambda d: ((d(2, 3, 3),), {}), lambda d: ((d(3, 4),), {"offset": 1})],
    np.meshgrid: [lambda d: ((d(2), d(3)), {}), lambda d: ((d(2), d(3), d(2)), {"indexing": "ij", "sparse": True})],
    np.full_like: args(lambda d: (d(2, 3), d()[()]), lambda d: (d(2, 3), d(3))),
    converted: args(lambda d: (d(2, 3), np.dtype(complex)), lambda d: (d(2, 3), np.dtype(float))),
}
SAMPLES[np.put_along_axis] = [lambda d: ((d(2, 3), np.array([[0, 2], [1, 0]]), d(2, 2), 1), {}), lambda d: ((d(2, 3), np.array([5, 0]), d(2), None), {})]
SAMPLES[np.copyto] = [lambda d: ((d(2, 3), d(3)), {}), lambda d: ((d(2, 3), d(2, 3)), {"where": np.array([True, False, True])})]
SAMPLES[np.put] = [lambda d: ((d(2, 3), np.array([5, 0]), d(2)), {}), lambda d: ((d(2, 3), np.array([1, 7]), d(2)), {"mode": "wrap"})]
SAMPLES[np.place] = [lambda d: ((d(2, 3), np.array([[True, False, True], [False, True, False]]), d(2)), {})]
SAMPLES[np.putmask] = [lambda d: ((d(2, 3), np.array([[True, False, True], [False, True, False]]), d(2, 3)), {}),
                       lambda d: ((d(2, 3), np.array([[True, False, True], [False, True, True]]), d(4)), {})]
SAMPLES[np.fill_diagonal] = [lambda d: ((d(3, 3), d(3)), {}), lambda d: ((d(4, 2), d()[()]), {"wrap": True})]
MAKERS = (np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray)
SAMPLES |= {maker: [lambda d: ((d(2, 3),), {}), lambda d: ((d(3),), {"dtype": complex})] for maker in MAKERS}
SAMPLES[np.sort] = with_keywords({}, {"axis": 0}, {"axis": None})
SAMPLES[np.partition] = [lambda d: ((d(5), 2), {}), lambda d: ((d(2, 5), (1, 3)), {"axis": -1})]

optional(SAMPLES, "unstack", [lambda d: ((d(2, 3),), {}), lambda d: ((d(2, 3),), {"axis": -1})])
optional(SAMPLES, "permute_dims", args(lambda d: (d(2, 3, 4), (1, 2, 0))))
optional(SAMPLES, "astype", args(lambda d: (d(2, 3), complex), lambda d: (d(2, 3), float)))
SAMPLES[cast] = args(lambda d: (d(2, 3), np.dtype(complex)), lambda d: (d(2, 3), np.dtype(float)))
SAMPLES[item] = args(lambda d: (d(1, 1),), lambda d: (d()[()],))
