#include "distributed/mpi.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "distributed/launch.h"
#include "distributed/mpi_tables.h"
#include "error.h"
#include "system/libraries.h"
#include "system/memory.h"
#include "system/process.h"

namespace glissade {
namespace {

const char* const kHowToGet =
    "On Debian or Ubuntu: apt-get install openmpi-bin, or mpich. "
    "On Fedora: dnf install openmpi. "
    "On macOS: brew install open-mpi. "
    "On a cluster: module load openmpi, or its like. "
    "GLISSADE_MPI names another library.";

[[noreturn]] void refuse(const std::string& what) { throw Error("ERR_MPI_UNAVAILABLE", what); }

/// UCX, which MPICH and Open MPI use, tests its hooks as it starts: it calls sbrk(page) and sbrk(−page), the second
/// even if the first has failed. Where the heap cannot grow, because V8's code begins right behind it, that would take
/// away a page in use. Without memory events, UCX has no hooks; InfiniBand then registers the memory of each message
/// anew.
void protectHeap() {
  if (!isHeapFreeToGrow()) setIfUnset("UCX_MEM_EVENTS", "no");
}

/// @throws Error ERR_MPI_UNAVAILABLE
void* neededSymbol(void* library, const std::string& file, const char* name) {
  void* const symbol = symbolOf(library, name);
  if (!symbol) refuse(file + " has no " + name + ": it is not a library of MPI 3 or later");
  return symbol;
}

template <typename Handle>
class MpiLibrary final : public Mpi {
 public:
  MpiLibrary(void* library, const std::string& file, const MpiConstants<Handle>& constants) : constants_(constants) {
    forEachFunction(call_, [&](auto*& function, const char* name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(neededSymbol(library, file, name));
    });
  }

  std::string version() {
    char text[kMpiText] = "";
    int length = 0;
    check(call_.getLibraryVersion(text, &length), "MPI_Get_library_version");
    return std::string(text, std::strcspn(text, "\n\r"));
  }

  void initialize() override {
    int provided = 0;
    check(call_.initThread(nullptr, nullptr, constants_.threadSerialized, &provided), "MPI_Init_thread");
    channels_[0] = constants_.commWorld;
    for (size_t i = 1; i < std::size(channels_); ++i)
      check(call_.commDup(constants_.commWorld, &channels_[i]), "MPI_Comm_dup");
    for (const Handle channel : channels_)
      check(call_.commSetErrhandler(channel, constants_.errorsReturn), "MPI_Comm_set_errhandler");
    if (provided < constants_.threadSerialized)
      refuse(
          "this library of MPI may only be called by the main thread (it lacks MPI_THREAD_SERIALIZED), and training "
          "runs on another one");
  }
  void finalize() override { check(call_.finalize(), "MPI_Finalize"); }
  void abort(int code) override { call_.abort(constants_.commWorld, code); }

  size_t rank() override {
    int rank = 0;
    check(call_.commRank(constants_.commWorld, &rank), "MPI_Comm_rank");
    return static_cast<size_t>(rank);
  }
  size_t size() override {
    int size = 0;
    check(call_.commSize(constants_.commWorld, &size), "MPI_Comm_size");
    return static_cast<size_t>(size);
  }

  MpiRequest beginSum(void* items, size_t count, Item item) override {
    Handle request;
    check(call_.iallreduce(constants_.inPlace, items, countOf(count), typeOf(item), constants_.sum,
                           constants_.commWorld, &request),
          "MPI_Iallreduce");
    return pack(request);
  }
  MpiRequest beginBroadcast(void* bytes, size_t count) override {
    Handle request;
    check(call_.ibcast(bytes, countOf(count), constants_.byte, 0, constants_.commWorld, &request), "MPI_Ibcast");
    return pack(request);
  }
  MpiRequest beginGather(const void* mine, size_t count, void* all, Channel channel) override {
    Handle request;
    check(call_.iallgather(mine, countOf(count), constants_.byte, all, countOf(count), constants_.byte,
                           channels_[static_cast<size_t>(channel)], &request),
          "MPI_Iallgather");
    return pack(request);
  }
  MpiRequest beginGather(const void* mine, size_t count, void* all, const MpiParts& parts, Channel channel) override {
    Handle request;
    check(call_.iallgatherv(mine, countOf(count), constants_.byte, all, parts.counts.data(), parts.places.data(),
                            constants_.byte, channels_[static_cast<size_t>(channel)], &request),
          "MPI_Iallgatherv");
    return pack(request);
  }
  MpiRequest beginExchange(const void* sent, const MpiParts& sentParts, void* received,
                           const MpiParts& receivedParts) override {
    Handle request;
    check(call_.ialltoallv(sent, sentParts.counts.data(), sentParts.places.data(), constants_.byte, received,
                           receivedParts.counts.data(), receivedParts.places.data(), constants_.byte,
                           constants_.commWorld, &request),
          "MPI_Ialltoallv");
    return pack(request);
  }

  MpiRequest beginSend(const void* byte, size_t to) override {
    Handle request;
    check(call_.isend(byte, 1, constants_.byte, static_cast<int>(to), 0, channels_[2], &request), "MPI_Isend");
    return pack(request);
  }
  MpiRequest beginReceive(void* byte, size_t from) override {
    Handle request;
    check(call_.irecv(byte, 1, constants_.byte, static_cast<int>(from), 0, channels_[2], &request), "MPI_Irecv");
    return pack(request);
  }

  bool isDone(MpiRequest& packed) override {
    Handle request;
    std::memcpy(&request, &packed.handle, sizeof request);
    int done = 0;
    check(call_.test(&request, &done, constants_.statusIgnore), "MPI_Test");
    packed = pack(request);
    return done != 0;
  }

 private:
  static MpiRequest pack(const Handle& request) {
    MpiRequest packed;
    std::memcpy(&packed.handle, &request, sizeof request);
    return packed;
  }

  static int countOf(size_t count) {
    if (count > kMost) throw Error("ERR_INTERNAL", "an operation of MPI with too many items");
    return static_cast<int>(count);
  }

  Handle typeOf(Item item) const {
    return item == Item::byte ? constants_.byte : item == Item::float32 ? constants_.float32 : constants_.float64;
  }

  void check(int code, const char* call) {
    if (code == 0) return;  // MPI_SUCCESS, in all libraries
    char text[kMpiText] = "";
    int length = 0;
    if (call_.errorString(code, text, &length) != 0) std::strcpy(text, "an unknown error");
    std::string reason(text);  // MPICH's has a line for each of its functions
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    throw Error("ERR_MPI", std::string(call) + ": " + reason);
  }

  MpiFunctions<Handle> call_;
  Handle channels_[3]{};
  const MpiConstants<Handle> constants_;
};

enum class Family { standard, mpich, openMpi };

/// Tells families of binary interfaces apart, as mpi4py does: the standard's has a function to ask for its version, and
/// answers −1 where handles are of another kind; Open MPI has its objects as symbols.
Family familyOf(void* library) {
  if (void* const function = symbolOf(library, "MPI_Abi_get_version")) {
    int major = -1, minor = -1;
    const int code = reinterpret_cast<int (*)(int*, int*)>(function)(&major, &minor);
    if (code == 0 && major >= 1) return Family::standard;
  }
  return symbolOf(library, "ompi_mpi_comm_self") ? Family::openMpi : Family::mpich;
}

/// Without a choice, Open MPI sums in place along a tree, in which ranks send all numbers up to 2 log₂ p times. By
/// Rabenseifner's algorithm, its third from version 5 on, each rank sends fewer than twice as many numbers as there
/// are.
void chooseSumOfOpenMpi(const std::string& version) {
  constexpr std::string_view kName = "Open MPI v";
  const size_t place = version.find(kName);
  if (place == std::string::npos || std::atoi(version.c_str() + place + kName.size()) < 5) return;
  setIfUnset("OMPI_MCA_coll_libnbc_iallreduce_algorithm", "3");
}

template <typename Handle>
LoadedMpi loaded(void* library, const std::string& file, const MpiConstants<Handle>& constants) {
  auto mpi = std::make_unique<MpiLibrary<Handle>>(library, file, constants);
  std::string version = mpi->version();
  return {std::move(mpi), file, std::move(version)};
}

LoadedMpi loadFrom(void* library, const std::string& file) {
  const Family family = familyOf(library);
  if (family != Family::openMpi) checkSocketOfLauncher();
  switch (family) {
    case Family::standard: return loaded(library, file, standardConstants());
    case Family::mpich: return loaded(library, file, mpichConstants());
    case Family::openMpi: {
      const auto constants = openMpiConstants([&](const char* name) { return neededSymbol(library, file, name); });
      LoadedMpi mpi = loaded(library, file, constants);
      chooseSumOfOpenMpi(mpi.version);
      return mpi;
    }
  }
  __builtin_unreachable();
}

}  // namespace

LoadedMpi loadMpi(const char* chosen) {
  if (!mayOpenLibraries()) refuse("no library of MPI can be opened: " + faultOfOpening());
  protectHeap();
  const std::string standard = libraryFile("mpi_abi", 0), mpich = libraryFile("mpi", 12),
                    openMpi = libraryFile("mpi", 40);
  std::vector<std::string> files{standard, mpich, openMpi};
  if (isLaunchedByPmix()) files = {openMpi, standard, mpich};
  if (chosen) files = {chosen};
  std::string tried;
  for (const std::string& file : files) {
    if (void* const library = openLibrary(file.c_str())) return loadFrom(library, file);
    tried += std::string("\n  ") + faultOfOpening();
  }
  refuse(std::string("no library of MPI can be opened; tried:") + tried + "\n" + kHowToGet);
}

}  // namespace glissade
