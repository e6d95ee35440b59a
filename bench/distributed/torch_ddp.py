# Prints the median time of a training step in µs, of DistributedDataParallel over gloo. Arguments: network, batch size of
# all processes, number of processes, each of one thread.
import json, os, sys, time
import torch
from torch import nn, multiprocessing

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "pytorch"))
from layers import module, rows_of, shape_of


def train(rank, size, network, batch, results):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29541", GLOO_SOCKET_IFNAME="lo")
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", rank=rank, world_size=size)
    rows, columns = 64 * 128, torch.Size(shape_of(network)).numel()
    x = rows_of(network, torch.arange(rows * columns, dtype=torch.float32).sin().square().reshape(rows, columns), "contiguous")
    y = torch.arange(rows) % network["layers"][-1]["outputs"]
    torch.manual_seed(1)
    model, cross_entropy = nn.parallel.DistributedDataParallel(module(network, "contiguous")), nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def epoch():
        torch.manual_seed(1)
        order = torch.randperm(rows)
        for i in range(0, rows, batch):
            part = order[i + batch * rank // size : i + batch * (rank + 1) // size]
            optimizer.zero_grad(set_to_none=True)
            cross_entropy(model(x.index_select(0, part)), y.index_select(0, part)).backward()
            optimizer.step()

    for _ in range(3):
        epoch()
    times = []
    for _ in range(12):
        begin = time.perf_counter()
        epoch()
        times.append(time.perf_counter() - begin)
    if rank == 0:
        results.put(sorted(times)[len(times) // 2] * 1e6 / (rows / batch))
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    network, batch, size = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    results = multiprocessing.get_context("spawn").Queue()
    multiprocessing.spawn(train, args=(size, network, batch, results), nprocs=size)
    print(results.get())
