#include "distributed/mpi.h"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

#include "error.h"

using namespace glissade;

// The leak sanitizer would report memory that a library of MPI keeps until the process ends.
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("MPI starts without harm when the heap cannot grow") {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t end = (reinterpret_cast<uintptr_t>(sbrk(0)) + page - 1) / page * page;
  // V8's code may begin right after the heap.
  void* const wall =
      mmap(reinterpret_cast<void*>(end), page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  REQUIRE(wall == reinterpret_cast<void*>(end));
  std::optional<LoadedMpi> loaded;
  try {
    loaded = loadMpi(nullptr);
  } catch (const Error& error) {
    MESSAGE("no MPI is installed: ", error.what());
    return;
  }
  loaded->mpi->initialize();
  CHECK(reinterpret_cast<uintptr_t>(sbrk(0)) == end);
  CHECK(loaded->mpi->size() == 1);
  loaded->mpi->finalize();
}
#endif
