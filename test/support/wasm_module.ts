import type { WasmModule } from '../../lib/addon/wasm';

/** Memory that has the same buffer object until its size changes, as in Firefox. */
export class MemoryOfFirefox {
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true });
  buffer = this.#memory.buffer;

  grow(pages: number): number {
    const before = this.#memory.grow(pages);
    if (pages > 0) this.buffer = this.#memory.buffer;
    return before;
  }
}

/** A module with memory, whose allocator never uses a place again. */
export class FakeModule implements WasmModule {
  readonly version = '0.0.0';
  addon = {};
  readonly memory: WasmModule['memory'];
  readonly buffers = new WeakSet<ArrayBufferLike>();
  allocations = 0;
  readonly freed: number[] = [];
  reported = 0;
  #next = 64;

  constructor(memory: WasmModule['memory'] = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true })) {
    this.memory = memory;
  }

  allocate(alignment: number, bytes: number): number {
    const place = Math.ceil(this.#next / alignment) * alignment;
    if (place + bytes > this.memory.buffer.byteLength) return 0;
    this.#next = place + bytes;
    this.allocations += 1;
    new Uint8Array(this.memory.buffer, place, bytes).fill(0xff); // as left behind by others
    return place;
  }

  free(pointer: number): void {
    this.freed.push(pointer);
  }

  reportMemory(bytes: number): void {
    this.reported += bytes;
  }
}
