"""Writes numbers/: files of NumPy and scikit-learn, and their contents as JSON. Debian's
numpy 2.2.4, scikit-learn 1.4.2."""

import gzip
import io
import json
import pathlib

import numpy as np
from numpy.lib import format as npy
from sklearn.datasets import dump_svmlight_file, load_svmlight_file

folder = pathlib.Path(__file__).parent / "numbers"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(7)
expected = {}


def plain(array):
    """The numbers of an array in the order of the file, as JSON. Integers of 8 bytes are texts."""
    flat = array.ravel(order="F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C")
    if flat.dtype.kind in "iu" and flat.dtype.itemsize == 8:
        return [str(x) for x in flat]
    return [str(x) if isinstance(x, float) and not np.isfinite(x) else x for x in flat.tolist()]


def save(name, array, version=None):
    with open(folder / f"{name}.npy", "wb") as file:
        npy.write_array(file, array, version=version)
    fortran = bool(array.flags.f_contiguous and not array.flags.c_contiguous)
    expected[f"{name}.npy"] = {"shape": list(array.shape), "fortranOrder": fortran, "data": plain(array)}


for kind in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    limits = np.iinfo(kind)
    numbers = np.array([[limits.min, limits.max, 0], [1, 7, limits.max // 3]], dtype=kind)
    for order, name in [("<", "little"), (">", "big")]:
        if kind[1] != "1":
            save(f"{kind}_{name}", numbers.astype(order + kind))
        elif order == "<":
            save(kind, numbers)
for kind in ["f2", "f4", "f8"]:
    numbers = random.standard_normal((3, 4)).astype(kind)
    numbers[0, :3] = [np.nan, -np.inf, np.finfo(kind).tiny]
    for order, name in [("<", "little"), (">", "big")]:
        save(f"{kind}_{name}", numbers.astype(order + kind))
save("b1", np.array([True, False, True]))
save("fortran", np.asfortranarray(np.arange(6, dtype="<f4").reshape(2, 3)))
save("scalar", np.array(2.5))
save("empty", np.zeros((0, 3)))
save("version2", np.arange(3, dtype="<i4"), version=(2, 0))
save("version3", np.arange(3, dtype="<i4"), version=(3, 0))

# Refused files.
np.save(folder / "text.npy", np.array(["a", "bc"]))
np.save(folder / "complex.npy", np.array([1j]))
np.save(folder / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
np.save(folder / "fields.npy", np.zeros(2, dtype=[("x", "f4"), ("y", "i4")]))
np.savez(folder / "archive.npz", x=np.arange(3))

# libsvm: rows without entries, and indices from 0 and from 1.
table = np.where(random.random((9, 6)) < 0.4, random.standard_normal((9, 6)).round(3), 0)
table[0, 0], table[4], table[8, 5] = 1.5, 0, -2e-7
labels = np.array([-1, 1, 1, -1, 1, -1, -1, 1, 1])
for zero_based, name in [(True, "zero"), (False, "one")]:
    file = folder / f"{name}.libsvm"
    dump_svmlight_file(table, labels, str(file), zero_based=zero_based, comment="nine rows", query_id=np.arange(9) // 3)
    for option, word in [(True, "true"), (False, "false"), ("auto", "auto")]:
        if option is False and zero_based:
            continue
        x, y = load_svmlight_file(str(file), zero_based=option)
        dense = np.asarray(x.todense(), dtype=np.float32)
        expected[f"{name}.libsvm {word}"] = {"columns": x.shape[1], "rows": dense.tolist(), "targets": y.tolist()}
text = (folder / "one.libsvm").read_bytes()
(folder / "one.libsvm.gz").write_bytes(gzip.compress(text, mtime=0))


def idx(code, array):
    head = bytes([0, 0, code, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    return head + array.tobytes()


# Neither package writes IDX: these three lines follow the page of the format.
for code, kind in [(8, "u1"), (9, "i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]:
    numbers = (random.standard_normal((2, 3, 2)) * 50).astype(kind)
    (folder / f"{code}.idx").write_bytes(idx(code, numbers))
    expected[f"{code}.idx"] = {"shape": [2, 3, 2], "data": plain(numbers)}
(folder / "8.idx.gz").write_bytes(gzip.compress((folder / "8.idx").read_bytes(), mtime=0))
buffer = io.BytesIO()
np.save(buffer, np.arange(1000))
(folder / "thousand.npy.gz").write_bytes(gzip.compress(buffer.getvalue(), mtime=0))

(folder / "expected.json").write_text(json.dumps(expected) + "\n")
