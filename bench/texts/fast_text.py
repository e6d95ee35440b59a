# Trains fastText's supervised mode on one thread. Prints the JSON of glissade.mjs, and the million words a second of one fit.
# Processor time includes reading the texts and writing the model's binary file. Arguments: file of prepare.mjs, options as JSON,
# number of the split from 1. Options: rate, epochs, words (the length of the longest sequence), width of the vectors,
# estimated (whether a fifth of the training rows is held out first, to estimate the accuracy).
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile

file, options, number = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
rows, held_out = json.load(open(file, encoding="utf8")).values()
away = set(held_out[number - 1])
training = [row for i, row in enumerate(rows) if i not in away]
held = [rows[i] for i in held_out[number - 1]]
classes = sorted({row["label"] for row in rows})
texts = {id(row): " ".join(re.findall(r"[^\W_]+", row["text"].lower())) for row in rows}
folder = tempfile.TemporaryDirectory()
place = lambda name: os.path.join(folder.name, name)

# The text file of the vectors, which nobody needs here, takes longer than some models. Where a folder has its name, fastText
# ends with an error after the binary file is written.
os.mkdir(place("model.vec"))


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fit(some):
    some = random.Random(number).sample(some, len(some))  # fastText takes texts in the order of the file
    with open(place("texts"), "w", encoding="utf8") as lines:
        lines.writelines(f"__label__{classes.index(row['label'])} {texts[id(row)]}\n" for row in some)
    begin = processor_seconds()
    settings = {
        "input": place("texts"),
        "output": place("model"),
        "lr": options["rate"],
        "epoch": options["epochs"],
        "wordNgrams": options["words"],
        "dim": options["width"],
        "bucket": 2**19,  # rows for pairs of words
        "thread": 1,
        "seed": number,
        "verbose": 0,
    }
    command = ["fasttext", "supervised"] + [str(part) for name, value in settings.items() for part in (f"-{name}", value)]
    ended = subprocess.run(command, capture_output=True, text=True)
    if "vectors" not in ended.stderr:
        raise RuntimeError(ended.stderr)
    return processor_seconds() - begin


def accuracy(some):
    lines = "".join(f"{texts[id(row)]}\n" for row in some)
    command = ["fasttext", "predict", place("model.bin"), "-"]
    found = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.split("\n")
    right = sum(label == f"__label__{classes.index(row['label'])}" for row, label in zip(some, found))
    return 100 * right / len(some)


seconds, result = 0, {}
if options.get("estimated"):
    keys = [row.get("document", i) for i, row in enumerate(training)]
    unique = sorted(set(keys))
    parts = set(random.Random(number).sample(unique, len(unique) // 5))
    seconds = fit([row for row, key in zip(training, keys) if key not in parts])
    result["estimate"] = accuracy([row for row, key in zip(training, keys) if key in parts])
once = fit(training)
words = sum(len(texts[id(row)].split()) for row in training)
result |= {"score": accuracy(held), "seconds": seconds + once, "fit": once}
print(json.dumps({**result, "rate": words * options["epochs"] / once / 1e6}))
