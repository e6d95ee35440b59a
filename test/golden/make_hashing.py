"""Writes hashing.json: see README.md. Needs scikit-learn; written with 1.4.2."""

import json
import pathlib

import sklearn
from sklearn.feature_extraction import FeatureHasher
from sklearn.utils import murmurhash3_32

NAMES = ["", "a", "ab", "abc", "abcd", "abcde", "red", "large", "user=17", "Zürich", "łódź", "日本語", "🙂", "naïve=é", "x" * 300]
EXAMPLES = [
    {"price": 9.5, "colour": "red", "new": True},
    {"price": -2, "colour": "blue", "sold": 0},
    {"Größe": "groß", "n": 1e-3, "🙂": "🙂"},
    {f"word{i}": i / 4 for i in range(40)},
]


def rows(columns, signed):
    table = FeatureHasher(columns, alternate_sign=signed).transform(EXAMPLES)
    table.sort_indices()
    return [
        {
            "indices": table.indices[begin:end].tolist(),
            "values": table.data[begin:end].tolist(),
        }
        for begin, end in zip(table.indptr, table.indptr[1:])
    ]


golden = {
    "scikit-learn": sklearn.__version__,
    "hashes": [
        {"name": name, "seed": seed, "hash": int(murmurhash3_32(name, seed=seed))}
        for seed in [0, 1, 2**31 - 1, 2**32 - 1]
        for name in NAMES
    ],
    "examples": EXAMPLES,
    "tables": [
        {"columns": columns, "signed": signed, "rows": rows(columns, signed)}
        for columns in [1, 16, 1000, 2**18, 2**31 - 1]
        for signed in [True, False]
    ],
}
path = pathlib.Path(__file__).with_name("hashing.json")
path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
