// A preloaded library that makes chosen allocations of the addon fail, and no others.
//
// GLISSADE_ALLOCATIONS names a file of two 64-bit numbers, which the process writes and reads by its path: how many
// more allocations of the addon succeed before one fails (below 0: all), and how many there have been.
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

struct Counts {
  std::atomic<int64_t> left, seen;
};
Counts* counts = nullptr;
thread_local bool isLooking = false;

/// The place of a shared library in memory.
struct Library {
  const char* name;
  uintptr_t begin = 0, end = 0;

  bool has(const void* address) const {
    const auto at = reinterpret_cast<uintptr_t>(address);
    return begin <= at && at < end;
  }
};
Library addon{"glissade.node"}, standard{"libstdc++"}, own{"failing_allocations"};

int note(dl_phdr_info* info, size_t, void*) {
  for (Library* const library : {&addon, &standard, &own}) {
    if (!std::strstr(info->dlpi_name, library->name)) continue;
    library->begin = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; ++i)
      library->end = std::max(library->end, info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz);
  }
  return 0;
}

/// Whether the addon requested the memory, itself or through the standard library.
bool isOfAddon(const void* caller) {
  if (addon.end == 0) dl_iterate_phdr(note, nullptr);
  if (!addon.has(caller) && !standard.has(caller)) return false;
  void* frames[12];
  const int count = backtrace(frames, 12);
  for (int i = 0; i < count; ++i)
    if (!own.has(frames[i]) && !standard.has(frames[i])) return addon.has(frames[i]);
  return false;
}

bool fails(const void* caller) {
  if (!counts || isLooking || counts->left.load(std::memory_order_relaxed) < 0) return false;
  isLooking = true;
  const bool counted = isOfAddon(caller);
  isLooking = false;
  if (!counted) return false;
  counts->seen.fetch_add(1);
  // One allocation fails; those after it succeed.
  if (counts->left.fetch_sub(1) != 0) return false;
  if (std::getenv("GLISSADE_ALLOCATIONS_TRACE")) {
    isLooking = true;
    void* frames[40];
    backtrace_symbols_fd(frames, backtrace(frames, 40), STDERR_FILENO);
    isLooking = false;
  }
  return true;
}

__attribute__((constructor)) void start() {
  const char* const path = std::getenv("GLISSADE_ALLOCATIONS");
  if (!path) return;
  const int file = ::open(path, O_RDWR);
  if (file < 0) return;
  void* const memory = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) return;
  void* frames[2];
  backtrace(frames, 2);  // the first call allocates
  counts = static_cast<Counts*>(memory);
}

void* allocated(size_t size, const void* caller) {
  if (fails(caller)) throw std::bad_alloc();
  void* const memory = std::malloc(size ? size : 1);
  if (!memory) throw std::bad_alloc();
  return memory;
}

void* alignedTo(size_t alignment, size_t size, const void* caller) {
  if (fails(caller)) throw std::bad_alloc();
  void* memory = nullptr;
  if (::posix_memalign(&memory, alignment, size) != 0) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t size) { return allocated(size, __builtin_return_address(0)); }
void* operator new[](size_t size) { return allocated(size, __builtin_return_address(0)); }
void* operator new(size_t size, std::align_val_t alignment) {
  return alignedTo(static_cast<size_t>(alignment), size, __builtin_return_address(0));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

extern "C" void* __libc_calloc(size_t, size_t) noexcept;
extern "C" void* __libc_realloc(void*, size_t) noexcept;

extern "C" void* calloc(size_t count, size_t size) {
  return fails(__builtin_return_address(0)) ? nullptr : __libc_calloc(count, size);
}
extern "C" void* realloc(void* memory, size_t size) {
  return fails(__builtin_return_address(0)) ? nullptr : __libc_realloc(memory, size);
}
