#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace glissade {

/// An operation of all ranks that has begun: the library's own handle.
struct MpiRequest {
  uintptr_t handle = 0;
};

/// Parts of some memory, by rank: how many bytes, and where each begins. They must stay until the operation is done.
struct MpiParts {
  std::vector<int> counts, places;
};

/// The part of MPI that the package uses, for any library. One thread makes all calls. All ranks begin the operations
/// of a channel in the same order. Memory of an operation must stay where it is until the operation is done.
///
/// @throws Error ERR_MPI if the library says that a call has failed.
class Mpi {
 public:
  enum class Item { byte, float32, float64 };
  enum class Channel { first, second, ends };

  virtual ~Mpi() = default;

  /// Starts MPI in this process. Once.
  virtual void initialize() = 0;
  /// Ends MPI in this process. All ranks call it.
  virtual void finalize() = 0;
  /// Ends all processes of the job.
  virtual void abort(int code) = 0;

  virtual size_t rank() = 0;
  virtual size_t size() = 0;

  /// Sums over ranks, in place; in an order that the library chooses.
  virtual MpiRequest beginSum(void* items, size_t count, Item item) = 0;
  /// From the first rank to all.
  virtual MpiRequest beginBroadcast(void* bytes, size_t count) = 0;
  /// `count` bytes of each rank, to all, in the order of ranks.
  virtual MpiRequest beginGather(const void* mine, size_t count, void* all, Channel channel = Channel::first) = 0;
  /// The part of each rank, to all.
  virtual MpiRequest beginGather(const void* mine, size_t count, void* all, const MpiParts& parts,
                                 Channel channel = Channel::first) = 0;
  /// A part of each rank to each other one.
  virtual MpiRequest beginExchange(const void* sent, const MpiParts& sentParts, void* received,
                                   const MpiParts& receivedParts) = 0;

  /// A byte to, or from, one rank, on Channel::ends.
  virtual MpiRequest beginSend(const void* byte, size_t to) = 0;
  virtual MpiRequest beginReceive(void* byte, size_t from) = 0;

  /// Lets the library work, and says whether an operation is done. Once it is, the request is of no further use.
  virtual bool isDone(MpiRequest& request) = 0;

  /// The most items or bytes of one operation: MPI counts in `int`.
  static constexpr size_t kMost = size_t{1} << 30;
};

struct LoadedMpi {
  std::unique_ptr<Mpi> mpi;
  std::string file, version;  // the opened file; the library's own description, in a line
};

/// Opens a library of MPI: `chosen`, or, if that is null, the first one found among the standard's binary interface,
/// MPICH's and Open MPI's. If the launcher of this process speaks PMIx, Open MPI's comes first.
/// @throws Error ERR_MPI_UNAVAILABLE, with what was tried and how to get one; or if the launcher of this process cannot
///   be reached.
LoadedMpi loadMpi(const char* chosen);

}  // namespace glissade
