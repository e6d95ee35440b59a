# Trains the network of bag.mjs by PyTorch, with sparse gradients and one thread. Prints the median processor time of a
# step in µs.
import time
import numpy as np
import torch
from torch import nn

EXAMPLES, COLUMNS, EACH, CLASSES, BATCH, EPOCHS = 16_384, 200_000, 44, 10, 64, 15
torch.set_num_threads(1)
entries = np.arange(EXAMPLES * EACH, dtype=np.uint32)
indices = ((entries * np.uint32(2_654_435_761)) >> np.uint32(8)) % np.uint32(COLUMNS)
x = torch.from_numpy(indices.astype(np.int64)).reshape(EXAMPLES, EACH)
y = torch.arange(EXAMPLES) % CLASSES
bag = nn.EmbeddingBag(COLUMNS, 50, mode="sum", sparse=True)
bias = nn.Parameter(torch.zeros(50))
head = nn.Linear(50, CLASSES)
optimizer = torch.optim.SGD([*bag.parameters(), bias, *head.parameters()], lr=0.1)
loss = nn.CrossEntropyLoss()
times = []
for _ in range(EPOCHS):
    begin = time.process_time()
    order = torch.randperm(EXAMPLES)
    for i in range(0, EXAMPLES, BATCH):
        rows = order[i : i + BATCH]
        optimizer.zero_grad(set_to_none=True)
        loss(head(torch.relu(bag(x.index_select(0, rows)) + bias)), y.index_select(0, rows)).backward()
        optimizer.step()
    times.append(time.process_time() - begin)
print(sorted(times[2:])[len(times[2:]) // 2] * 1e6 / (EXAMPLES / BATCH))
