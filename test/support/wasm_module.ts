import type { WasmModule } from '../../lib/addon/wasm';

/** A module with memory, whose allocator never uses a place again. */
export class FakeModule implements WasmModule {
  addon = {};
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true });
  readonly buffers = new WeakSet<ArrayBufferLike>();
  allocations = 0;
  readonly freed: number[] = [];
  reported = 0;
  #next = 64;

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
